package dev.stowbook.linux.seccomp;

import dev.stowbook.linux.Arch;

/** An architecture of system calls; one processor may serve several. */
public enum SeccompArch {
    // Tokens of seccomp.h are those of linux/audit.h, but for x32, which shares AUDIT_ARCH_X86_64 and has bit 30 set in its numbers.
    X86_64(0xC000003E, 0xC000003E),
    X86(0x40000003, 0x40000003),
    X32(0x4000003E, 0xC000003E),
    AARCH64(0xC00000B7, 0xC00000B7),
    ARM(0x40000028, 0x40000028);

    /** The bit that every system call number of x32 has (asm/unistd_x32.h). */
    static final int X32_BIT = 0x40000000;

    final int token;
    final int audit;

    SeccompArch(int token, int audit) {
        this.token = token;
        this.audit = audit;
    }

    /** The architecture of this JVM's own system calls. */
    public static SeccompArch ofThisMachine() {
        return Arch.isAarch64() ? AARCH64 : X86_64;
    }
}
