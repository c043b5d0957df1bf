package dev.stowbook.linux.seccomp;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * libseccomp's C interface (seccomp.h of 2.5).
 *
 * <p>SAFETY: these functions answer a negative error number and leave errno alone, so none declares LastErrorException. A context is used by
 * one thread and released once. Nothing here changes the state of the calling thread: seccomp_load(3) is not mapped. Declared with fixed
 * arguments only; the variadic seccomp_rule_add(3) is not used.
 */
interface NativeSeccomp extends Library {
    int SCMP_FLTATR_ACT_BADARCH = 2;
    int SCMP_FLTATR_CTL_OPTIMIZE = 8;
    /** Sorts system calls into a binary tree. */
    int OPTIMIZE_BINARY_TREE = 2;
    /** {@code __NR_SCMP_ERROR}: no such name. */
    int NR_UNKNOWN = -1;
    /** Bytes of {@code struct scmp_arg_cmp}: u32 argument, u32 operator, u64 datum_a, u64 datum_b. */
    int ARG_CMP_BYTES = 24;

    @Nullable Pointer seccomp_init(int defaultAction);

    void seccomp_release(Pointer context);

    int seccomp_arch_add(Pointer context, int archToken);

    int seccomp_arch_remove(Pointer context, int archToken);

    int seccomp_arch_exist(Pointer context, int archToken);

    int seccomp_attr_set(Pointer context, int attribute, int value);

    int seccomp_syscall_resolve_name(String name);

    int seccomp_syscall_resolve_name_arch(int archToken, String name);

    /** SAFETY: {@code arguments} holds {@code count} times {@link #ARG_CMP_BYTES} bytes, copied by the callee. */
    int seccomp_rule_add_array(Pointer context, int action, int syscall, int count, byte @Nullable [] arguments);

    int seccomp_export_bpf(Pointer context, int fd);
}
