/* /sys/fs/cgroup inside: the container's own groups, bound read-only. A bind of the group's directory costs a few microseconds,
   a fresh mount of each v1 hierarchy about a hundred; the cgroup namespace makes mountinfo show its root as `/`. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>

static const uint64_t shown = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
static const char base[] = "/sys/fs/cgroup/";

static void add_view(struct prepared *to, const char *directory, const char *name, size_t name_length)
{
    if (to->cgroup_count == CGROUP_VIEWS || name_length >= sizeof to->cgroup_names[0]) {
        return;
    }
    int at = to->cgroup_count++;
    struct text text = text_into(to->cgroup_names[at], sizeof to->cgroup_names[at]);
    text_bytes(&text, name, name_length);
    to->cgroup_views[at] = mount_clone(AT_FDCWD, directory, false);
}

/* The hierarchy's name is that of its mount: /sys/fs/cgroup/<name>/... */
static void add_named(struct prepared *to, const char *directory)
{
    if (!text_starts(directory, base)) {
        return;
    }
    const char *name = directory + sizeof base - 1;
    size_t length = 0;
    while (name[length] && name[length] != '/') {
        length++;
    }
    add_view(to, directory, name, length);
}

void cgroup_view_prepare(const struct plan *plan, struct prepared *to)
{
    to->cgroup_tmpfs = -1;
    to->cgroup_count = 0;
    if (plan->cgroup_tasks.count == 0) {
        if (plan->cgroup_directory) {
            add_view(to, plan->cgroup_directory, "", 0);
        }
        return;
    }
    for (size_t i = 0; i < plan->cgroup_tasks.count; i++) {
        char directory[1024];
        struct text text = text_into(directory, sizeof directory);
        text_add(&text, plan->cgroup_tasks.items[i]);
        while (text.length && directory[text.length - 1] != '/') {
            directory[--text.length] = 0;
        }
        add_named(to, directory);
    }
    if (plan->cgroup_directory) {
        add_named(to, plan->cgroup_directory);
    }
    static const char *const options[] = {"mode", "755", "size", "64k", NULL};
    to->cgroup_tmpfs = mount_new("tmpfs", options, shown & ~(uint64_t)MOUNT_ATTR_RDONLY);
    for (int i = 0; i < to->cgroup_count; i++) {
        SYS(__NR_mkdirat, to->cgroup_tmpfs, to->cgroup_names[i], 0755);
    }
}

void cgroup_view_attach(const struct prepared *from, int sys)
{
    if (from->cgroup_count == 0) {
        return;
    }
    int target = (int)SYS(__NR_openat, sys, "fs/cgroup", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    must(target, "/sys/fs/cgroup", "it can't be opened");
    if (from->cgroup_tmpfs < 0) {
        mount_attach(from->cgroup_views[0], target, "/sys/fs/cgroup");
        mount_set(from->cgroup_views[0], shown, false, "/sys/fs/cgroup");
    } else {
        mount_attach(from->cgroup_tmpfs, target, "/sys/fs/cgroup");
        for (int i = 0; i < from->cgroup_count; i++) {
            const char *name = from->cgroup_names[i];
            int place = (int)SYS(__NR_openat, from->cgroup_tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
            must(place, name, "it is gone from /sys/fs/cgroup");
            mount_attach(from->cgroup_views[i], place, name);
            sys_close(place);
        }
        mount_set(from->cgroup_tmpfs, shown, true, "/sys/fs/cgroup"); /* all of them at once */
    }
    sys_close(target);
}
