/* Detached mounts, made with the host's privileges, and the targets they are attached to inside a root. Paths of an image are
   only ever resolved in that root, without magic links, and mounted on by descriptor (CVE-2021-30465, CVE-2024-45310). */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

/* fsopen(2)'s descriptor answers read(2) with what the file system says about a failed call. */
_Noreturn static void fail_mount(int context, long error, const char *filesystem, const char *sentence)
{
    char said[200];
    long count = sys_read(context, said, sizeof said - 1);
    if (count > 0) {
        said[count] = 0;
        while (count > 0 && said[count - 1] == '\n') {
            said[--count] = 0;
        }
        fail(error, filesystem, said);
    }
    fail(error, filesystem, sentence);
}

static void set(int context, const char *filesystem, const char *name, const char *value)
{
    long result = SYS(__NR_fsconfig, context, FSCONFIG_SET_STRING, name, value, 0);
    if (result < 0) {
        fail_mount(context, result, filesystem, name);
    }
}

static int finish(int context, const char *filesystem, uint64_t attributes)
{
    long result = SYS(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    if (result < 0) {
        fail_mount(context, result, filesystem, "the file system can't be made");
    }
    long mount = SYS(__NR_fsmount, context, FSMOUNT_CLOEXEC, attributes);
    if (mount < 0) {
        fail_mount(context, mount, filesystem, "the mount can't be made");
    }
    sys_close(context);
    return (int)mount;
}

int mount_new(const char *filesystem, const char *const *options, uint64_t attributes)
{
    int context = (int)must(SYS(__NR_fsopen, filesystem, FSOPEN_CLOEXEC), filesystem, "the kernel has no such file system");
    for (; options && *options; options += 2) {
        set(context, filesystem, options[0], options[1]);
    }
    return finish(context, filesystem, attributes);
}

/* fsconfig strings end at 255 bytes, so a long path goes by way of a descriptor's own name. Short ones are handed over as they
   are: mountinfo shows them. The descriptors stay open until the file system is made. */
enum { HELD = 512, LONGEST_STRING = 250 };
static struct {
    int descriptors[HELD];
    size_t count;
} held;

static void add_short_name(struct text *to, const char *path)
{
    long fd = must(sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path, "the layer's directory can't be opened");
    if (held.count == HELD) {
        fail(-E2BIG, path, "an overlay has at most 500 layers");
    }
    held.descriptors[held.count++] = (int)fd;
    text_number(text_add(to, "/proc/self/fd/"), (uint64_t)fd);
}

static void forget_short_names(void)
{
    while (held.count) {
        sys_close(held.descriptors[--held.count]);
    }
}

static long try_path(int context, const char *name, const char *path)
{
    char link[40];
    if (text_length(path) > LONGEST_STRING) {
        struct text text = text_into(link, sizeof link);
        add_short_name(&text, path);
        path = link;
    }
    return SYS(__NR_fsconfig, context, FSCONFIG_SET_STRING, name, path, 0);
}

#ifdef WITHOUT_LOWERDIR_PLUS /* what a test builds, to go the older kernels' way */
static bool has_lowerdir_plus(void)
{
    return false;
}
#else
/* Since 6.7. Before 6.5 any option is taken, and one that isn't known is refused only when the overlay is made: hence the nonsense. */
static bool has_lowerdir_plus(void)
{
    int context = (int)must(SYS(__NR_fsopen, "overlay", FSOPEN_CLOEXEC), "overlay", "the kernel has no overlay file system");
    bool checks = SYS(__NR_fsconfig, context, FSCONFIG_SET_STRING, "nonsense", "/", 0) < 0;
    bool takes = SYS(__NR_fsconfig, context, FSCONFIG_SET_STRING, "lowerdir+", "/", 0) == 0;
    sys_close(context);
    return checks && takes;
}
#endif

int mount_overlay(const struct plan_rootfs *rootfs)
{
    if (!has_lowerdir_plus()) {
        return mount_overlay_by_options(rootfs);
    }
    int context = (int)must(SYS(__NR_fsopen, "overlay", FSOPEN_CLOEXEC), "overlay", "the kernel has no overlay file system");
    set(context, "overlay", "source", "stowbook");
    /* A change of owner or mode copies no data up, and directories can be renamed: the graph driver tells both whole. */
    set(context, "overlay", "redirect_dir", "on");
    set(context, "overlay", "metacopy", "on");
    set(context, "overlay", "index", "off");
    const char *const *lower = rootfs->lower.items;
    for (size_t i = 0; i < rootfs->lower.count; i++) {
        long result = try_path(context, "lowerdir+", lower[i]);
        if (result < 0) {
            fail_mount(context, result, lower[i], "the layer can't be added to the overlay");
        }
    }
    const char *names[2] = {"upperdir", "workdir"}, *paths[2] = {rootfs->upper, rootfs->work};
    for (int i = 0; i < 2; i++) {
        long result = try_path(context, names[i], paths[i]);
        if (result < 0) {
            fail_mount(context, result, paths[i], "the directory can't be the overlay's upper or work directory");
        }
    }
    int mount = finish(context, "overlay", 0);
    forget_short_names();
    return mount;
}

int mount_clone(int directory, const char *path, bool recursive)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return (int)must(SYS(__NR_open_tree, directory, path, flags), path, "it can't be bind-mounted");
}

void mount_set(int mount, uint64_t attributes, bool recursive, const char *path)
{
    struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};
    long result = SYS(__NR_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
    must(result, path, "the mount's attributes can't be set");
}

int mount_bind(const struct plan *plan, const char *source, uint64_t attributes, bool recursive)
{
    int mount = mount_clone(AT_FDCWD, source, recursive);
    mount_set(mount, attributes, recursive, source);
    mount_idmap(plan, mount, recursive, source);
    return mount;
}

void mount_attach(int mount, int target, const char *path)
{
    long result = SYS(__NR_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    must(result, path, "nothing can be mounted there");
}

int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve};
    for (int attempt = 0; attempt < 32; attempt++) {
        long fd = SYS(__NR_openat2, root, path, &how, sizeof how);
        if (fd != -EAGAIN) { /* a rename somewhere raced with `..` */
            return (int)fd;
        }
    }
    return -EAGAIN;
}

bool is_directory(int fd)
{
    struct statx about;
    return SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &about) == 0 && (about.stx_mode & 0170000) == 0040000;
}

/* /proc, /sys and /dev must be real directories: a link would put our mounts where the image chose (CVE-2023-28642). */
int open_real_directory(int root, const char *name)
{
    long made = SYS(__NR_mkdirat, root, name, 0755);
    if (made < 0 && made != -EEXIST) {
        must(made, name, "the image lacks this directory, and it can't be made");
    }
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};
    long fd = SYS(__NR_openat2, root, name, &how, sizeof how);
    if (fd == -ELOOP || fd == -ENOTDIR) {
        fail(fd, name, "in the image this is not a real directory but a link or a file; refused");
    }
    return (int)must(fd, name, "the directory can't be opened");
}

static int make_directory(int parent, const char *name, const char *path)
{
    long made = SYS(__NR_mkdirat, parent, name, 0755);
    if (made < 0 && made != -EEXIST) {
        must(made, path, "the mount's target is missing and can't be made");
    }
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)must(SYS(__NR_openat2, parent, name, &how, sizeof how), path, "the mount's target can't be opened");
}

static int make_last(int parent, const char *name, bool directory, const char *path)
{
    if (directory) {
        return make_directory(parent, name, path);
    }
    long fd = SYS(__NR_openat, parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC, 0644);
    must(fd, path, "the mount's target is missing and can't be made");
    sys_close((int)fd);
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)must(SYS(__NR_openat2, parent, name, &how, sizeof how), path, "the mount's target can't be opened");
}

/* Opens what path names inside root; what is missing is made, one name at a time below descriptors that are in the root. */
int make_target(int root, const char *path, bool directory)
{
    int fd = open_in_root(root, path, O_PATH, 0);
    if (fd != -ENOENT) {
        return (int)must(fd, path, "the mount's target can't be opened in the container's root");
    }
    char prefix[4096];
    struct text text = text_into(prefix, sizeof prefix);
    int parent = open_in_root(root, "/", O_PATH | O_DIRECTORY, 0);
    must(parent, "/", "the container's root can't be opened");
    while (*path == '/') {
        path++;
    }
    for (const char *at = path; *at;) {
        const char *end = at;
        while (*end && *end != '/') {
            end++;
        }
        char name[256];
        struct text piece = text_into(name, sizeof name);
        text_bytes(&piece, at, (size_t)(end - at));
        text_bytes(text_add(&text, "/"), at, (size_t)(end - at));
        if (piece.full || text.full || text_equal(name, "..") || text_equal(name, ".")) {
            fail(-EINVAL, path, "a mount's target that has to be made may not hold `.`, `..` or too long names");
        }
        while (*end == '/') {
            end++;
        }
        bool last = !*end;
        int next = open_in_root(root, prefix, O_PATH, 0);
        if (next == -ENOENT) {
            next = last ? make_last(parent, name, directory, path) : make_directory(parent, name, path);
        }
        must(next, path, "the mount's target can't be opened in the container's root");
        sys_close(parent);
        parent = next;
        at = end;
    }
    return parent;
}
