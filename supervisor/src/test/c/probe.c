/* What a process in a container tries, one attempt a call: prints "ok" or the error's name, so that a test can read what the kernel said.

   PROBE=1 probe ATTEMPT [ARGUMENT]; several attempts are separated by "--". */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static long opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd;
}

/* chroot below, leave it by a descriptor of above, climb, chroot there */
static long double_chroot(const char *marker)
{
    int above = open("/", O_RDONLY | O_DIRECTORY);
    mkdir("/tmp/below", 0755);
    if (above < 0 || chroot("/tmp/below") < 0 || fchdir(above) < 0) {
        return -1;
    }
    for (int i = 0; i < 64; i++) {
        if (chdir("..") < 0) {
            return -1;
        }
    }
    return chroot(".") < 0 ? -1 : access(marker, F_OK);
}

/* The host's file systems by inode number instead of name (the "shocker" of 2014). */
static long by_handle(void)
{
    struct {
        struct file_handle head;
        uint8_t bytes[8];
    } handle = {{8, 1}, {2}};
    int mount = open("/etc/hosts", O_RDONLY);
    return open_by_handle_at(mount, &handle.head, O_RDONLY);
}

static long device(const char *numbers, int type)
{
    unsigned int major, minor;
    sscanf(numbers, "%u:%u", &major, &minor);
    unlink("/tmp/node");
    if (mknod("/tmp/node", (mode_t)type | 0600, makedev(major, minor)) < 0) {
        return -1;
    }
    return opened("/tmp/node", O_RDONLY);
}

static long write_to(const char *path, const char *what)
{
    int fd = open(path, O_WRONLY);
    return fd < 0 ? fd : write(fd, what, strlen(what));
}

static long descriptors(void)
{
    DIR *all = opendir("/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(all))) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) > 2 && atoi(entry->d_name) != dirfd(all)) {
            printf("descriptor %s ", entry->d_name);
        }
    }
    return 0;
}

static long attempt(const char *what, const char *with)
{
#define IS(name) (strcmp(what, name) == 0)
    if (IS("mount")) return mount("none", "/tmp", "tmpfs", 0, "");
    if (IS("umount")) return umount2("/proc/kcore", MNT_DETACH);
    if (IS("remount")) return mount("", "/sys", "", MS_REMOUNT | MS_BIND, "");
    if (IS("fsopen")) return syscall(SYS_fsopen, "tmpfs", 0);
    if (IS("open_tree")) return syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */);
    if (IS("unshare")) return unshare((int)strtol(with, NULL, 0));
    if (IS("clone3")) return syscall(SYS_clone3, NULL, 0);
    if (IS("init_module")) return syscall(SYS_init_module, "x", 1, "");
    if (IS("finit_module")) return syscall(SYS_finit_module, 0, "", 0);
    if (IS("delete_module")) return syscall(SYS_delete_module, "loop", O_NONBLOCK);
    if (IS("kexec_load")) return syscall(SYS_kexec_load, 0, 0, NULL, 0);
    if (IS("reboot")) return syscall(SYS_reboot, 0xfee1dead, 672274793, 0 /* CAD off */, NULL);
    if (IS("settime")) return syscall(SYS_settimeofday, NULL, NULL);
    if (IS("bpf")) return syscall(SYS_bpf, 0, NULL, 0);
    if (IS("perf")) return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
    if (IS("session")) { /* which keyring is the session's */
        long keyring = syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* the session's */, 0);
        printf("%ld ", keyring);
        return keyring;
    }
    if (IS("keyring")) return syscall(SYS_add_key, "user", "x", "y", 1, -4 /* the user's */);
    if (IS("syslog")) return syscall(SYS_syslog, 2, NULL, 0);
    if (IS("userfaultfd")) return syscall(SYS_userfaultfd, 0);
    if (IS("io_uring")) return syscall(SYS_io_uring_setup, 1, NULL);
    if (IS("setns")) return syscall(SYS_setns, open("/proc/1/ns/mnt", O_RDONLY), 0);
    if (IS("read")) { /* how many bytes can be had */
        int fd = open(with, O_RDONLY);
        char bytes[64];
        ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
        if (count >= 0) printf("%zd bytes ", count);
        return count;
    }
    if (IS("open")) return opened(with, O_RDONLY);
    if (IS("write")) return opened(with, O_WRONLY);
    if (IS("put")) return write_to(with, "1");
    if (IS("mkdir")) return mkdir(with, 0755);
    if (IS("exists")) return access(with, F_OK);
    if (IS("block")) return device(with, S_IFBLK);
    if (IS("char")) return device(with, S_IFCHR);
    if (IS("kill")) return kill((pid_t)atoi(with), 0);
    if (IS("ptrace")) return ptrace(PTRACE_ATTACH, (pid_t)atoi(with), NULL, NULL);
    if (IS("chroot")) return double_chroot(with);
    if (IS("handle")) return by_handle();
    if (IS("fds")) return descriptors();
    if (IS("uid")) return setresuid(0, 0, 0);
    if (IS("caps")) {
        char line[256];
        FILE *status = fopen("/proc/self/status", "r");
        while (fgets(line, sizeof line, status)) {
            if (strncmp(line, "CapEff", 6) == 0 || strncmp(line, "CapPrm", 6) == 0 || strncmp(line, "CapBnd", 6) == 0) {
                printf("%.6s=%s", line, strtok(line + 8, "\n"));
                putchar(' ');
            }
        }
        return 0;
    }
    if (IS("exec")) { /* in a child, so that the next attempt is made as well */
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            execl(with, with, "caps", (char *)NULL);
            printf("%s ", strerrorname_np(errno));
            fflush(stdout);
            _exit(1);
        }
        int status;
        waitpid(child, &status, 0);
        return 0;
    }
    errno = ENOTSUP;
    return -1;
}

int main(int argc, char **argv)
{
    if (!getenv("PROBE")) { /* much of it would succeed there */
        fputs("to be run in a container, with PROBE set\n", stderr);
        return 2;
    }
    for (int at = 1; at < argc; at++) {
        const char *what = argv[at], *with = at + 1 < argc && strcmp(argv[at + 1], "--") != 0 ? argv[++at] : "";
        printf("%s%s%s: ", what, *with ? " " : "", with);
        fflush(stdout);
        errno = 0;
        long result = attempt(what, with);
        printf("%s\n", result < 0 ? strerrorname_np(errno) : "ok");
        fflush(stdout);
        if (at + 1 < argc && strcmp(argv[at + 1], "--") == 0) {
            at++;
        }
    }
    return 0;
}
