/* Binds of the host's files and of volumes, as detached mounts. What lies in a volume is its users' and may be hostile: a path below it is
   resolved with the volume as its root, and what is bound is the very file that was found (the class of CVE-2017-1002101). */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

/* What is missing is made through a mount that maps nothing: as root of the disk, which is root inside. */
static int source_open(const struct plan *plan, const struct plan_mount *mount)
{
    long fd = must(sys_open(mount->source, O_PATH | O_CLOEXEC), mount->source, "it can't be bind-mounted");
    if (!mount->sub_path) {
        return (int)fd;
    }
    users_cease(plan);
    int below = make_target((int)fd, mount->sub_path, true);
    users_act(plan);
    sys_close((int)fd);
    return below;
}

static void change(int mount, uint64_t attributes, uint64_t propagation, bool recursive, const char *path)
{
    struct mount_attr attr = {.attr_set = attributes, .propagation = propagation};
    long result = SYS(__NR_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
    must(result, path, "the bind's attributes can't be set");
}

/* A clone of a shared mount is a peer of it. PRIVATE and SLAVE part from it; SHARED stays, so that mounts go both ways. */
int bind_prepare(const struct plan *plan, const struct plan_mount *mount)
{
    bool recursive = (mount->flags & MOUNT_RECURSIVE) != 0;
    uint64_t attributes = mount->flags & MOUNT_READ_ONLY ? MOUNT_ATTR_RDONLY : 0;
    int source = source_open(plan, mount);
    int bind = mount_clone(source, "", recursive);
    sys_close(source);
    static const uint64_t propagations[] = {MS_PRIVATE, MS_SLAVE, 0};
    if (mount->propagation > PROPAGATION_SHARED) {
        fail(-EINVAL, mount->target, "the mount's propagation is none that is known");
    }
    if (mount->propagation == PROPAGATION_SHARED && users_own(plan)) {
        fail(-EPERM, mount->target, "mounts of a pod with users of its own can't reach the host: set hostUsers: true, or mountPropagation: HostToContainer");
    }
    change(bind, 0, propagations[mount->propagation], recursive, mount->source);
    if (attributes) {
        change(bind, attributes, 0, (mount->flags & MOUNT_READ_ONLY_BELOW) != 0, mount->source);
    }
    mount_idmap(plan, bind, recursive, mount->source);
    return bind;
}
