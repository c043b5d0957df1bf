/* /dev: a tmpfs filled by the privileged side before it is attached; pseudo terminals; the process's standard streams. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include <asm/ioctls.h>
#include <asm/termios.h>

enum { S_CHAR = 0020000, S_BLOCK = 0060000 };

static const struct {
    const char *name;
    unsigned major, minor;
} nodes[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

static const char *const links[][2] = {
    {"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"},
    {"pts/ptmx", "ptmx"}};

static unsigned device_number(uint64_t major, uint64_t minor)
{
    return (unsigned)((minor & 0xff) | (major & 0xfff) << 8 | (minor & ~(uint64_t)0xff) << 12);
}

static const char *next_slash(const char *name)
{
    while (*name && *name != '/') {
        name++;
    }
    return *name ? name : NULL;
}

static void close_unless(int fd, int kept_open)
{
    if (fd != kept_open) {
        sys_close(fd);
    }
}

static void make_extra(const struct plan *plan, int dev)
{
    const struct plan_device *devices = plan->devices.items;
    for (size_t i = 0; i < plan->devices.count; i++) {
        const struct plan_device *device = &devices[i];
        const char *name = device->path;
        if (!name || !text_starts(name, "/dev/") || (device->type != 'c' && device->type != 'b')) {
            fail(-EINVAL, name ? name : "launch plan", "a device's path begins with /dev/, and its type is c or b");
        }
        name += 5;
        int parent = dev;
        for (const char *slash; (slash = next_slash(name)); name = slash + 1) {
            char directory[256];
            struct text text = text_into(directory, sizeof directory);
            text_bytes(&text, name, (size_t)(slash - name));
            SYS(__NR_mkdirat, parent, directory, 0755);
            /* our own fresh tmpfs, but its links lead out of it */
            struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
            long next = SYS(__NR_openat2, parent, directory, &how, sizeof how);
            close_unless(parent, dev);
            parent = (int)must(next, device->path, "the device's directory in /dev can't be made");
        }
        unsigned mode = (device->type == 'c' ? S_CHAR : S_BLOCK) | (unsigned)(device->mode & 0777);
        long made = SYS(__NR_mknodat, parent, name, mode, device_number(device->major, device->minor));
        if (made != -EEXIST) {
            must(made, device->path, "the device's node can't be made");
            must(SYS(__NR_fchownat, parent, name, plan->user_first + device->uid, plan->user_first + device->gid, AT_SYMLINK_NOFOLLOW), device->path, "its owner can't be set");
        }
        close_unless(parent, dev);
    }
}

void dev_prepare(const struct plan *plan, struct prepared *to)
{
    static const char *const options[] = {"mode", "755", "size", "65536k", NULL};
    to->dev = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID);
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        unsigned number = device_number(nodes[i].major, nodes[i].minor);
        must(SYS(__NR_mknodat, to->dev, nodes[i].name, S_CHAR | 0666, number), nodes[i].name, "the device's node can't be made");
    }
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        must(SYS(__NR_symlinkat, links[i][0], to->dev, links[i][1]), links[i][1], "the link in /dev can't be made");
    }
    static const char *const directories[] = {"pts", "shm", "mqueue"};
    for (int i = 0; i < 3; i++) {
        must(SYS(__NR_mkdirat, to->dev, directories[i], 0755), directories[i], "the directory in /dev can't be made");
    }
    make_extra(plan, to->dev);
    /* every mount of devpts is an instance of its own since 4.7 */
    char tty[24];
    struct text group = text_into(tty, sizeof tty);
    text_number(&group, plan->user_first + 5);
    const char *terminals[] = {"ptmxmode", "0666", "mode", "0620", "gid", tty, NULL};
    to->devpts = mount_new("devpts", terminals, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (users_own(plan)) { /* its own two inodes belong to root of the mounter's user namespace */
        SYS(__NR_fchownat, to->devpts, "", plan->user_first, plan->user_first, AT_EMPTY_PATH);
        SYS(__NR_fchownat, to->devpts, "ptmx", plan->user_first, plan->user_first, 0);
    }
    char size[24];
    struct text text = text_into(size, sizeof size);
    text_number(&text, plan->shm_bytes ? plan->shm_bytes : 64 << 20);
    const char *memory[] = {"mode", "1777", "size", size, NULL};
    to->shm = mount_new("tmpfs", memory, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

void terminal_size(int terminal, uint64_t rows, uint64_t columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    SYS(__NR_ioctl, terminal, TIOCSWINSZ, &size);
}

static void open_terminal(const struct plan *plan, struct prepared *to)
{
    /* the pty of the container's own instance, opened in our detached mount of it: no path of the image is used */
    long fd = SYS(__NR_openat, to->devpts, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
    to->terminal = (int)must(fd, "/dev/pts/ptmx", "the terminal can't be opened");
    int unlock = 0;
    must(SYS(__NR_ioctl, fd, TIOCSPTLCK, &unlock), "/dev/pts/ptmx", "the terminal can't be unlocked");
    if (plan->rows && plan->columns) {
        terminal_size(to->terminal, plan->rows, plan->columns);
    }
    long made = SYS(__NR_openat, to->dev, "console", O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0620);
    sys_close((int)must(made, "/dev/console", "it can't be made"));
}

static void open_pipe(struct prepared *to, int stream)
{
    int ends[2];
    must(SYS(__NR_pipe2, ends, O_CLOEXEC), "pipe", "no pipe for a standard stream");
    to->stdio[stream] = ends[stream != 0];
    to->stdio_peers[stream] = ends[stream == 0];
    SYS(__NR_fcntl, to->stdio_peers[stream], F_SETFL, O_NONBLOCK);
}

void stdio_prepare(const struct plan *plan, struct prepared *to)
{
    for (int i = 0; i < 3; i++) {
        to->stdio[i] = to->stdio_peers[i] = -1;
    }
    to->terminal = -1;
    bool discard = plan->mode == MODE_EXEC && !plan_has(plan, FLAG_ATTACH);
    if (plan_has(plan, FLAG_TTY)) {
        if (plan->mode == MODE_RUN) {
            open_terminal(plan, to);
        }
    } else {
        if (plan_has(plan, FLAG_STDIN)) {
            open_pipe(to, 0);
        }
        if (!discard) {
            open_pipe(to, 1);
            open_pipe(to, 2);
        }
    }
    int ends[2];
    must(SYS(__NR_socketpair, 1 /* AF_UNIX */, 5 /* SOCK_SEQPACKET */ | O_CLOEXEC, 0, ends), "socketpair", "no status channel");
    to->status_keeper = ends[0];
    to->status_child = ends[1];
}

static int directory_in_dev(int dev, const char *name)
{
    return (int)must(SYS(__NR_openat, dev, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0), name, "it is gone from /dev");
}

void dev_attach(const struct prepared *from, int root)
{
    int target = open_real_directory(root, "dev");
    mount_attach(from->dev, target, "/dev");
    int pts = directory_in_dev(from->dev, "pts");
    mount_attach(from->devpts, pts, "/dev/pts");
    int shm = directory_in_dev(from->dev, "shm");
    mount_attach(from->shm, shm, "/dev/shm");
    int mqueue = directory_in_dev(from->dev, "mqueue");
    int queues = mount_new("mqueue", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    mount_attach(queues, mqueue, "/dev/mqueue");
    sys_close(queues);
    sys_close(mqueue);
    sys_close(shm);
    sys_close(pts);
    sys_close(target);
}

/* The host's /dev/null in the child's own copy of the host's mounts, for masks. An image can't stand in for it (CVE-2025-31133). */
int open_null(void)
{
    int fd = (int)must(sys_open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC), "/dev/null", "the host's can't be opened");
    struct statx about;
    must(SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &about), "/dev/null", "the host's can't be examined");
    if ((about.stx_mode & 0170000) != S_CHAR || about.stx_rdev_major != 1 || about.stx_rdev_minor != 3) {
        fail(-EPERM, "/dev/null", "the host's /dev/null is not the character device 1:3");
    }
    return fd;
}
