/* /proc and /sys of the container, and what of them is masked or read-only. Everything goes through descriptors of our own fresh
   mounts, never through a path of the image (CVE-2019-16884, CVE-2025-31133, CVE-2025-52881). */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>

#include <asm/statfs.h>

static void require(int mount, long type, const char *path)
{
    struct statfs about;
    if (SYS(__NR_fstatfs, mount, &about) < 0 || about.f_type != type) {
        fail(-EPERM, path, "what was just mounted is not the file system it should be");
    }
}

void proc_attach(int root, int *proc, int *sys)
{
    const uint64_t quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    int target = open_real_directory(root, "proc");
    *proc = mount_new("proc", NULL, quiet); /* of the caller's own pid namespace: only its first process can make it */
    mount_attach(*proc, target, "/proc");
    require(*proc, PROC_SUPER_MAGIC, "/proc");
    sys_close(target);
    step(STEP_SYS);
    target = open_real_directory(root, "sys");
    *sys = mount_new("sysfs", NULL, quiet | MOUNT_ATTR_RDONLY); /* of the network namespace just joined */
    mount_attach(*sys, target, "/sys");
    require(*sys, SYSFS_MAGIC, "/sys");
    sys_close(target);
}

/* A file of our own mount: no links, no way up, no other mount in between. */
static int open_own(int mount, const char *path, uint64_t flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};
    return (int)SYS(__NR_openat2, mount, path, &how, sizeof how);
}

static int open_masked(int root, int proc, int sys, const char *path)
{
    if (text_starts(path, "/proc/")) {
        return open_own(proc, path + 6, O_PATH);
    }
    if (text_starts(path, "/sys/")) {
        return open_own(sys, path + 5, O_PATH);
    }
    return open_in_root(root, path, O_PATH, 0);
}

static void mask(int target, int null, int *empty, const char *path)
{
    int cover;
    if (!is_directory(target)) {
        cover = mount_clone(null, "", false);
    } else if (*empty < 0) {
        static const char *const options[] = {"mode", "555", "size", "4k", NULL};
        cover = *empty = mount_new("tmpfs", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    } else {
        cover = mount_clone(*empty, "", false); /* one empty file system serves all: read-only, so nothing passes through it */
    }
    mount_attach(cover, target, path);
    if (cover != *empty) {
        sys_close(cover);
    }
}

void masks_attach(const struct plan *plan, int root, int proc, int sys, int null)
{
    int empty = -1;
    for (size_t i = 0; i < plan->readonly_paths.count; i++) {
        const char *path = plan->readonly_paths.items[i];
        int target = open_masked(root, proc, sys, path);
        if (target == -ENOENT) {
            continue;
        }
        must(target, path, "the path to make read-only can't be opened");
        int cover = mount_clone(target, "", true);
        mount_set(cover, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, true, path);
        mount_attach(cover, target, path);
        sys_close(cover);
        sys_close(target);
    }
    for (size_t i = 0; i < plan->masked_paths.count; i++) {
        const char *path = plan->masked_paths.items[i];
        int target = open_masked(root, proc, sys, path);
        if (target == -ENOENT || target == -ENOTDIR) {
            continue; /* this kernel has no such file */
        }
        must(target, path, "the path to mask can't be opened");
        mask(target, null, &empty, path);
        sys_close(target);
    }
    if (empty >= 0) {
        sys_close(empty);
    }
}

/* Only what the container's own namespaces hold; everything else is the whole host's. */
static bool sysctl_is_own(const char *name)
{
    static const char *const own[] = {"net.", "fs.mqueue.", "kernel.msg", "kernel.shm"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (text_starts(name, own[i])) {
            return true;
        }
    }
    return text_equal(name, "kernel.sem");
}

void sysctls_write(const struct plan *plan, int proc)
{
    const struct plan_sysctl *sysctls = plan->sysctls.items;
    for (size_t i = 0; i < plan->sysctls.count; i++) {
        if (!sysctls[i].name || !sysctls[i].value || !sysctl_is_own(sysctls[i].name)) {
            fail(-EPERM, sysctls[i].name ? sysctls[i].name : "sysctl",
                 "this sysctl belongs to the whole host, not to the container; set it on the host");
        }
        char path[200];
        struct text text = text_into(path, sizeof path);
        text_add(text_add(&text, "sys/"), sysctls[i].name);
        for (char *at = path; *at; at++) {
            *at = *at == '.' ? '/' : *at;
        }
        int fd = (int)must(open_own(proc, path, O_WRONLY), sysctls[i].name, "there is no such sysctl");
        require(fd, PROC_SUPER_MAGIC, sysctls[i].name);
        must(sys_write(fd, sysctls[i].value, text_length(sysctls[i].value)), sysctls[i].name, sysctls[i].value);
        sys_close(fd);
    }
}
