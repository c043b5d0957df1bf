/* Overlay on kernels before 6.7, whose fsconfig(2) knows no lowerdir+: mount(2), with all options in one page. A process of its own
   makes the mount in a mount namespace of its own and hands it over through the descriptor table that both share. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/wait.h>

enum { PAGE = 4096, MOST_LAYERS = 500 };
static char page[PAGE];
static int opened[MOST_LAYERS + 2];
static size_t opened_count;

static bool is_ambiguous(const char *path)
{
    for (; *path; path++) {
        if (*path == ',' || *path == ':' || *path == '\\') {
            return true;
        }
    }
    return false;
}

/* A directory as it is called, or by its descriptor's number, which is short: the working directory is /proc/self/fd. */
static void add_directory(struct text *to, const char *path, bool by_number)
{
    if (!by_number) {
        text_add(to, path);
        return;
    }
    /* Only now: an overlay is made of what this mount namespace has, and an earlier descriptor is of another one. */
    long fd = must(sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path, "the layer's directory can't be opened");
    opened[opened_count++] = (int)fd;
    text_number(to, (uint64_t)fd);
}

static bool fits(const struct plan_rootfs *rootfs, bool by_number)
{
    struct text text = text_into(page, sizeof page);
    bool ambiguous = is_ambiguous(rootfs->upper) || is_ambiguous(rootfs->work);
    text_add(&text, "redirect_dir=on,metacopy=on,index=off,lowerdir=");
    for (size_t i = 0; i < rootfs->lower.count; i++) {
        text_add(&text, i ? ":" : "");
        add_directory(&text, rootfs->lower.items[i], by_number);
        ambiguous = ambiguous || is_ambiguous(rootfs->lower.items[i]);
    }
    add_directory(text_add(&text, ",upperdir="), rootfs->upper, by_number);
    add_directory(text_add(&text, ",workdir="), rootfs->work, by_number);
    return !text.full && (by_number || !ambiguous);
}

_Noreturn static void make_mount(const struct plan_rootfs *rootfs, int into)
{
    in_child = true;
    must(SYS(__NR_unshare, CLONE_NEWNS), "", "no mount namespace can be made");
    must(SYS(__NR_mount, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "/", "the mount namespace can't be made a slave");
    if (!fits(rootfs, false) && !fits(rootfs, true)) {
        fail(-E2BIG, "overlay", "the layers' names don't fit into mount(2)'s page of options");
    }
    must(SYS(__NR_chdir, "/proc/self/fd"), "/proc/self/fd", "it can't be entered");
    /* Any directory does as the place: this mount namespace ends with this process. */
    const char *place = rootfs->upper;
    must(SYS(__NR_mount, "stowbook", place, "overlay", 0, page), page, "the overlay can't be mounted");
    long mount = must(SYS(__NR_open_tree, AT_FDCWD, place, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), place, "the overlay can't be detached");
    must(SYS(__NR_dup3, mount, into, O_CLOEXEC), place, "the overlay can't be handed over");
    sys_close((int)mount);
    while (opened_count) {
        sys_close(opened[--opened_count]);
    }
    sys_exit(0);
}

int mount_overlay_by_options(const struct plan_rootfs *rootfs)
{
    if (rootfs->lower.count > MOST_LAYERS) {
        fail(-E2BIG, "overlay", "an overlay has at most 500 layers");
    }
    int mount = (int)must(sys_open("/", O_PATH | O_CLOEXEC), "/", "it can't be opened"); /* its number, for the mount to come */
    long pid = clone_process(CLONE_FILES, NULL);
    must(pid, "", "the process that mounts the overlay can't be cloned");
    if (pid == 0) {
        make_mount(rootfs, mount);
    }
    int status = 0;
    must(SYS(__NR_wait4, pid, &status, 0, NULL), "", "the process that mounts the overlay was lost");
    if (status != 0) {
        fail(-ECHILD, "overlay", "the process that mounts the overlay was killed"); /* or said why it failed */
    }
    return mount;
}
