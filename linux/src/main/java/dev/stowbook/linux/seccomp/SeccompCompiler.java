package dev.stowbook.linux.seccomp;

/** Turns profiles into filter programs. */
public interface SeccompCompiler {

    /**
     * Compiles a profile.
     *
     * <p>The answer is an array of {@code struct sock_filter} (linux/filter.h: u16 code, u8 jt, u8 jf, u32 k, in the machine's byte order),
     * at most 4096 of them. Point {@code struct sock_fprog} at it and call {@code seccomp(SECCOMP_SET_MODE_FILTER, 0, &prog)}: no flags are
     * needed by a single-threaded process. The caller needs no_new_privs or CAP_SYS_ADMIN in its user namespace.
     *
     * <p>Any thread; the same profile gives the same bytes. Costs about three milliseconds: keep the answer.
     *
     * @throws SeccompException naming the rule that libseccomp refuses
     */
    byte[] compile(SeccompProfile profile) throws SeccompException;

    /** Whether there is a system call of this name, on any architecture. A compiler that cannot tell takes every name for one. */
    default boolean knows(String name) {
        return true;
    }
}
