package dev.stowbook.linux.seccomp;

/**
 * What the kernel does with a system call (seccomp(2), "SECCOMP_RET_*").
 *
 * @param kind which action
 * @param errno the error number of {@link Kind#ERRNO}, the message of {@link Kind#TRACE}; otherwise 0
 */
public record SeccompAction(Kind kind, int errno) {

    /** Names as in profiles, without {@code SCMP_ACT_}; {@code KILL} is a synonym of KILL_THREAD there. */
    public enum Kind {
        KILL_PROCESS(0x80000000),
        KILL_THREAD(0x00000000),
        TRAP(0x00030000),
        ERRNO(0x00050000),
        TRACE(0x7ff00000),
        LOG(0x7ffc0000),
        ALLOW(0x7fff0000);

        private final int value;

        Kind(int value) {
            this.value = value;
        }
    }

    /** Lets the call through. */
    public static final SeccompAction ALLOW = new SeccompAction(Kind.ALLOW, 0);

    /** The call fails with this error number, 0 to 4095. */
    public static SeccompAction errno(int errno) {
        return new SeccompAction(Kind.ERRNO, errno);
    }

    /** @throws IllegalArgumentException if the error number is out of range */
    public SeccompAction {
        if (errno < 0 || errno > 4095) {
            throw new IllegalArgumentException("errno " + errno + " is not between 0 and 4095");
        }
    }

    /** The value of linux/seccomp.h and of libseccomp, which are the same. */
    int value() {
        return kind.value | errno;
    }
}
