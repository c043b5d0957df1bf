/* The container's root: prepared by the keeper, attached and entered by the child. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include <asm/statfs.h>

/* Upper and work directory must lie in one mount, so their parent's clone serves both. */
static const char *parent_of_both(const struct plan_rootfs *rootfs)
{
    static char parent[4096];
    struct text text = text_into(parent, sizeof parent);
    text_add(&text, rootfs->upper);
    while (text.length && parent[text.length - 1] != '/') {
        parent[--text.length] = 0;
    }
    const char *below = rootfs->work + text.length;
    bool same = !text.full && text.length > 1 && text_starts(rootfs->work, parent);
    for (const char *at = below; same && *at; at++) {
        same = *at != '/';
    }
    if (!same) {
        fail(-EINVAL, rootfs->work, "for a pod's own users, upper and work directory must lie in the same directory");
    }
    return parent;
}

static int mount_overlay_of(const struct plan *plan, const struct plan_rootfs *rootfs)
{
    if (!users_own(plan)) {
        return mount_overlay(rootfs);
    }
    for (size_t i = 0; i < rootfs->lower.count; i++) {
        mount_idmapped_over(plan, rootfs->lower.items[i]);
    }
    mount_idmapped_over(plan, parent_of_both(rootfs));
    int mount = mount_overlay(rootfs);
    enum { READ_ONLY = 1 };
    struct statfs about;
    if (SYS(__NR_fstatfs, mount, &about) < 0 || about.f_flags & READ_ONLY) {
        fail(-EROFS, rootfs->upper, "the overlay came up read-only: the pod's root can't write to its upper directory");
    }
    return mount;
}

void rootfs_prepare(const struct plan *plan, struct prepared *to)
{
    if (plan->rootfs.count != 1) {
        fail(-EINVAL, "launch plan", "a container has exactly one root file system");
    }
    const struct plan_rootfs *rootfs = plan->rootfs.items;
    if (rootfs->kind == ROOTFS_OVERLAY && rootfs->lower.count && rootfs->upper && rootfs->work) {
        to->rootfs = mount_overlay_of(plan, rootfs);
    } else if (rootfs->kind == ROOTFS_DIRECTORY && rootfs->directory) {
        to->rootfs = mount_bind(plan, rootfs->directory, 0, false);
    } else {
        fail(-EINVAL, "launch plan", "the root file system is neither an overlay nor a directory, or lacks a path");
    }
}

void volumes_prepare(const struct plan *plan, struct prepared *to)
{
    const struct plan_mount *mounts = plan->mounts.items;
    if (plan->mounts.count > VOLUMES) {
        fail(-E2BIG, "launch plan", "a container has at most 512 mounts");
    }
    for (size_t i = 0; i < plan->mounts.count; i++) {
        const struct plan_mount *mount = &mounts[i];
        if (!mount->target || mount->target[0] != '/') {
            fail(-EINVAL, "launch plan", "a mount's target is not an absolute path");
        }
        uint64_t attributes = mount->flags & MOUNT_READ_ONLY ? MOUNT_ATTR_RDONLY : 0;
        if (mount->kind == MOUNT_BIND && mount->source) {
            to->volumes[i] = bind_prepare(plan, mount);
        } else if (mount->kind == MOUNT_TMPFS) {
            char size[24], mode[24];
            struct text text = text_into(size, sizeof size);
            text_number(&text, mount->size_bytes);
            text = text_into(mode, sizeof mode);
            for (int shift = 9; shift >= 0; shift -= 3) {
                text_number(&text, mount->mode >> shift & 7);
            }
            const char *options[] = {"mode", mode, "size", size, NULL};
            to->volumes[i] = mount_new("tmpfs", options, attributes | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
        } else {
            fail(-EINVAL, mount->target, "the mount is neither a bind nor a tmpfs, or lacks its source");
        }
    }
}

int rootfs_attach(const struct prepared *from)
{
    /* First act in a new mount namespace: nothing done here reaches the host. */
    must(SYS(__NR_mount, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "/", "the mount namespace can't be made a slave");
    /* Any directory does as the place to attach to: pivot_root takes it away. This one can be opened by everybody. */
    int place = (int)must(sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/", "it can't be opened");
    mount_attach(from->rootfs, place, "/");
    sys_close(place);
    return from->rootfs;
}

static void refuse_kernel_file_systems(int target, const char *path)
{
    struct statfs about;
    if (SYS(__NR_fstatfs, target, &about) < 0 || about.f_type == PROC_SUPER_MAGIC || about.f_type == SYSFS_MAGIC) {
        fail(-EPERM, path, "nothing may be mounted inside /proc or /sys");
    }
}

void volumes_attach(const struct plan *plan, const struct prepared *from, int root)
{
    const struct plan_mount *mounts = plan->mounts.items;
    for (size_t i = 0; i < plan->mounts.count; i++) {
        int target = make_target(root, mounts[i].target, is_directory(from->volumes[i]));
        refuse_kernel_file_systems(target, mounts[i].target);
        mount_attach(from->volumes[i], target, mounts[i].target);
        sys_close(target);
        sys_close(from->volumes[i]);
    }
}

void rootfs_enter(const struct plan *plan, int root)
{
    if (plan_has(plan, FLAG_READ_ONLY_ROOT)) {
        mount_set(root, MOUNT_ATTR_RDONLY, false, "/"); /* last: targets of mounts had to be made */
    }
    must(SYS(__NR_fchdir, root), "/", "the container's root can't be entered");
    must(SYS(__NR_pivot_root, ".", "."), "/", "the container's root can't become the root");
    enum { MNT_DETACH = 2 };
    /* pivot_root(2), "pivot_root(".", ".")": the old root lies on top of the new one */
    must(SYS(__NR_umount2, ".", MNT_DETACH), "/", "the host's root can't be detached");
    must(SYS(__NR_chdir, "/"), "/", "the container's root can't be entered");
    sys_close(root);
}
