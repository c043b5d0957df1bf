/* The exit file: how the process ended, for a daemon that was not there. Power loss takes the process with it, so no fsync. */
#include "keeper.h"

#include <linux/fcntl.h>

static void line(struct text *to, const char *key, uint64_t value)
{
    text_add(text_number(text_add(text_add(to, key), "="), value), "\n");
}

static void words(struct text *to, const char *key, const char *value)
{
    text_add(text_add(to, key), "=");
    for (; *value; value++) {
        text_bytes(to, *value == '\n' ? " " : value, 1);
    }
    text_add(to, "\n");
}

static void describe(struct text *to)
{
    words(to, "version", "1");
    words(to, "container", kept.container_id);
    line(to, "generation", kept.generation);
    words(to, "boot-id", kept.boot_id);
    if (shared && shared->failure.set) {
        line(to, "code", shared->failure.exit_code);
        words(to, "failed-step", step_name(shared->step));
        line(to, "errno", shared->failure.error);
        words(to, "path", shared->failure.path);
        words(to, "sentence", shared->failure.sentence);
    } else if ((kept.status & 0x7f) == 0) {
        line(to, "code", (uint64_t)(kept.status >> 8 & 0xff));
    } else {
        line(to, "code", 128u + (uint64_t)(kept.status & 0x7f));
        line(to, "signal", (uint64_t)(kept.status & 0x7f));
    }
    line(to, "wall-nanos", kept.exit_wall_nanos);
    line(to, "boot-nanos", kept.exit_boot_nanos);
    line(to, "pid", kept.process);
    line(to, "start-ticks", kept.process_start_ticks);
    line(to, "inside-pid", shared->inside);
    line(to, "keeper-pid", (uint64_t)SYS(__NR_getpid));
    line(to, "keeper-start-ticks", kept.keeper_start_ticks);
    static const char *const kinds[] = {"ns-pid", "ns-mnt", "ns-cgroup", "ns-net", "ns-ipc", "ns-uts", "ns-user"};
    for (int i = 0; i < NAMESPACE_KINDS; i++) {
        line(to, kinds[i], shared->namespaces[i]);
    }
    line(to, "dropped-bytes", kept.dropped_bytes);
}

void exit_file_write(void)
{
    char path[600], temporary[600], content[2048];
    if (!kept.state_directory[0]) {
        return; /* a plan that could not be read: only the connection can say so */
    }
    struct text text = text_into(path, sizeof path);
    text_add(text_add(&text, kept.state_directory), "/exit");
    text = text_into(temporary, sizeof temporary);
    text_add(text_add(&text, path), ".tmp");
    text = text_into(content, sizeof content);
    describe(&text);
    long fd = SYS(__NR_openat, AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return; /* the daemon then learns of the exit by its connection, or finds a keeper gone without a word */
    }
    bool whole = sys_write((int)fd, content, text.length) == (long)text.length;
    sys_close((int)fd);
    if (whole) {
        SYS(__NR_renameat2, AT_FDCWD, temporary, AT_FDCWD, path, 0);
    }
}
