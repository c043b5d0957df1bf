/* System calls without a C library: the keeper starts in a fraction of the time, costs a few pages of memory, and loads nothing
   from anywhere. Every call returns the kernel's answer: a negative number is -errno. Only calls that x86-64 and aarch64 share. */
#ifndef KEEPER_SYS_H
#define KEEPER_SYS_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SAFETY: the kernel's calling convention (syscall(2), "Architecture calling conventions"): rcx and r11 are lost on x86-64, nothing
   on aarch64; memory may be read and written by any call. */
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "the keeper runs on x86-64 and aarch64"
#endif
}

#define SYS_PADDED(n, a, b, c, d, e, f, ...) sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* SYS(__NR_close, fd): missing arguments are 0 */
#define SYS(...) SYS_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_EMPTY_PATH 0x1000
#define AT_RECURSIVE 0x8000

#define SIGHUP 1
#define SIGKILL 9
#define SIGPIPE 13
#define SIGCHLD 17

static inline long sys_open(const char *path, int flags) { return SYS(__NR_openat, AT_FDCWD, path, flags, 0); }
static inline long sys_close(int fd) { return SYS(__NR_close, fd); }
static inline long sys_read(int fd, void *into, size_t count) { return SYS(__NR_read, fd, into, count); }
static inline long sys_write(int fd, const void *from, size_t count) { return SYS(__NR_write, fd, from, count); }
_Noreturn static inline void sys_exit(int code)
{
    for (;;) {
        SYS(__NR_exit_group, code);
    }
}

#endif
