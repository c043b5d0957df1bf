/* Installs the filter in the file named first, then makes the system calls named after it and prints "name errno" for each.
 * A call is name[:argument...], decimal or 0x; "x86/" before it makes it by int 0x80, "x32/" with bit 30 set; a number names itself. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define S(name) {#name, SYS_##name}
static const struct { const char *name; long number; } calls[] = {
    S(acct), S(add_key), S(bpf), S(chroot), S(clone), S(clone3), S(fsopen), S(getpid), S(init_module), S(io_uring_setup), S(kcmp),
    S(keyctl), S(mount), S(move_mount), S(open_by_handle_at), S(open_tree), S(perf_event_open), S(personality), S(pivot_root), S(ptrace),
    S(reboot), S(request_key), S(setns), S(settimeofday), S(socket), S(swapon), S(syslog), S(umount2), S(unshare), S(userfaultfd), S(write),
};

static long number_of(const char *name) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0) return calls[i].number;
    return strtol(name, NULL, 0);
}

#ifdef __x86_64__
static long by_int80(long number, unsigned long *a) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]) : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#endif

int main(int argc, char **argv) {
    static struct sock_filter filter[4096];
    int fd = open(argv[1], O_RDONLY);
    long bytes = read(fd, filter, sizeof filter);
    struct sock_fprog program = {.len = (unsigned short)(bytes / (long)sizeof *filter), .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        perror("installing the filter");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s", argv[i]);
        unsigned long a[6] = {0};
        char *call = strtok(text, ":");
        for (int n = 0; n < 6; n++) {
            char *argument = strtok(NULL, ":");
            if (argument != NULL) a[n] = strtoul(argument, NULL, 0);
        }
        int failed = 0;
        if (strcmp(call, "fork") == 0) {
            pid_t child = fork();
            if (child == 0) _exit(0);
            failed = child < 0 ? errno : 0;
#ifdef __x86_64__
        } else if (strncmp(call, "x86/", 4) == 0) {
            long result = by_int80(strtol(call + 4, NULL, 0), a);
            failed = result < 0 ? (int)-result : 0;
#endif
        } else {
            long bit = strncmp(call, "x32/", 4) == 0 ? 0x40000000 : 0;
            errno = 0;
            failed = syscall(bit | number_of(bit ? call + 4 : call), a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? errno : 0;
        }
        printf("%s %d\n", argv[i], failed);
        fflush(stdout);
    }
    return 0;
}
