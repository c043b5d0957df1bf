/* Small files of the kernel. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

long read_whole(int directory, const char *path, char *into, size_t capacity)
{
    long fd = SYS(__NR_openat, directory, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    size_t length = 0;
    long count;
    while (length + 1 < capacity && (count = sys_read((int)fd, into + length, capacity - 1 - length)) > 0) {
        length += (size_t)count;
    }
    into[length] = 0;
    sys_close((int)fd);
    return (long)length;
}

long write_file(int directory, const char *path, const char *what, size_t length)
{
    long fd = SYS(__NR_openat, directory, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    long written = sys_write((int)fd, what, length);
    sys_close((int)fd);
    return written;
}

uint64_t process_start_ticks(uint64_t pid)
{
    char path[40], stat[1024];
    struct text text = text_into(path, sizeof path);
    text_add(text_number(text_add(&text, "/proc/"), pid), "/stat");
    long length = read_whole(AT_FDCWD, path, stat, sizeof stat);
    if (length <= 0) {
        return 0;
    }
    /* proc_pid_stat(5): the name in parentheses may hold anything; start time is the 20th field behind it */
    const char *at = stat + length;
    while (at > stat && *at != ')') {
        at--;
    }
    for (int blanks = 0; *at && blanks < 20; at++) {
        blanks += *at == ' ';
    }
    uint64_t ticks = 0;
    text_read_number(&at, &ticks);
    return ticks;
}

uint64_t inode_of(int directory, const char *path)
{
    struct statx about;
    if (SYS(__NR_statx, directory, path, 0, STATX_INO, &about) < 0) {
        return 0;
    }
    return about.stx_ino;
}

/* Before the process is executed: one that ends at once has no namespaces any more when somebody comes to look. */
void namespaces_note(int directory, const char *process)
{
    static const char *const kinds[NAMESPACE_KINDS] = {"pid", "mnt", "cgroup", "net", "ipc", "uts", "user"};
    for (int i = 0; i < NAMESPACE_KINDS; i++) {
        char path[64];
        struct text text = text_into(path, sizeof path);
        text_add(text_add(text_add(&text, process), "/ns/"), kinds[i]);
        shared->namespaces[i] = inode_of(directory, path);
    }
}

void boot_id(char into[37])
{
    char text[64];
    long length = read_whole(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof text);
    memset(into, 0, 37);
    memcpy(into, text, length >= 36 ? 36 : 0);
}

void kill_process(uint64_t pid, int signal)
{
    SYS(__NR_kill, pid, signal);
}

static void line(struct text *to, const char *key, uint64_t value)
{
    text_add(text_number(text_add(text_add(to, key), "="), value), "\n");
}

/* So that a daemon that was not there finds a process again: pid, start time and boot id. */
void identity_write(const char *directory, const char *name, uint64_t pid, uint64_t start_ticks)
{
    char path[600], temporary[600], content[160], boot[37];
    struct text text = text_into(path, sizeof path);
    text_add(text_add(text_add(&text, directory), "/"), name);
    text = text_into(temporary, sizeof temporary);
    text_add(text_add(&text, path), ".tmp");
    boot_id(boot);
    text = text_into(content, sizeof content);
    line(&text, "pid", pid);
    line(&text, "start-ticks", start_ticks);
    text_add(text_add(text_add(&text, "boot-id="), boot), "\n");
    long fd = SYS(__NR_openat, AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    must(fd, temporary, "the identity of the process can't be written");
    must(sys_write((int)fd, content, text.length), temporary, "the identity of the process can't be written");
    sys_close((int)fd);
    must(SYS(__NR_renameat2, AT_FDCWD, temporary, AT_FDCWD, path, 0), path, "the identity of the process can't be put in place");
}
