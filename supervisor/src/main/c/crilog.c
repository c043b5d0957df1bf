/* Output as log lines in CRI format: `<RFC 3339 with nanoseconds> <stream> <P|F> <bytes>`. P: the line goes on in the next entry of
   the same stream. A full disk never stops the container: what can't be written is counted and told. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

static struct {
    int fd;
    uint64_t inode;   /* of the current file */
    uint64_t size;    /* of it, always at the end of an entry */
    uint64_t written; /* by this keeper, over all files */
    uint64_t retry_at_nanos; /* when to try again after the file could not be opened */
    size_t pending;
    uint64_t pending_payload;
} out = {.fd = -1};
static uint8_t buffer[32768];

enum { HEADER = 64 };

static void path_of(char *path, size_t capacity, uint64_t number)
{
    struct text text = text_into(path, capacity);
    text_add(text_add(&text, kept.log_directory), "/log");
    if (number) {
        text_number(text_add(&text, "."), number);
    }
}

static long open_current(void)
{
    char path[600];
    path_of(path, sizeof path, 0);
    long fd = SYS(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0) {
        return fd;
    }
    struct statx about;
    long result = SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE | STATX_INO, &about);
    out.size = result < 0 ? 0 : about.stx_size;
    out.inode = result < 0 ? 0 : about.stx_ino;
    out.fd = (int)fd;
    return 0;
}

static void dropped(uint64_t bytes, long error)
{
    bool first = kept.dropped_bytes == 0;
    kept.dropped_bytes += bytes;
    kept.dropped_error = (uint64_t)-error;
    if (first) {
        control_dropped();
    }
}

void log_open(void)
{
    long error = open_current();
    if (error < 0) {
        dropped(0, error);
    }
}

/* log.1 is the youngest of the old ones; the oldest is overwritten. */
static void rotate(void)
{
    char from[600], to[600];
    sys_close(out.fd);
    out.fd = -1;
    for (uint64_t i = kept.log_max_files - 1; i >= 1; i--) {
        path_of(from, sizeof from, i - 1);
        path_of(to, sizeof to, i);
        SYS(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    }
    if (kept.log_max_files <= 1) {
        path_of(from, sizeof from, 0);
        SYS(__NR_unlinkat, AT_FDCWD, from, 0);
    }
}

/* Writes the buffer as a whole or not at all: after a short write the file is cut back to the last full entry. */
static void flush(void)
{
    if (out.pending == 0) {
        return;
    }
    if (out.fd >= 0 && out.size && out.size + out.pending > kept.log_max_bytes) {
        rotate();
    }
    long result = 0;
    if (out.fd < 0) {
        uint64_t now = clock_nanos(MONOTONIC);
        result = now < out.retry_at_nanos ? -EIO : open_current();
        if (result < 0 && now >= out.retry_at_nanos) {
            out.retry_at_nanos = now + 1000000000u;
        }
    }
    if (result == 0) {
        result = sys_write(out.fd, buffer, out.pending);
        if (result == (long)out.pending) {
            out.size += out.pending;
            out.written += out.pending;
            result = 0;
        } else {
            SYS(__NR_ftruncate, out.fd, out.size);
            result = result < 0 ? result : -ENOSPC;
        }
    }
    if (result < 0) {
        dropped(out.pending_payload, result);
    }
    out.pending = 0;
    out.pending_payload = 0;
}

static void two(struct text *to, uint64_t number)
{
    text_number(text_add(to, number < 10 ? "0" : ""), number);
}

/* Days since 1970-01-01 to a date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
static void header(struct text *to, uint64_t nanos, int stream)
{
    uint64_t seconds = nanos / 1000000000u, fraction = nanos % 1000000000u, of_day = seconds % 86400;
    uint64_t z = seconds / 86400 + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    text_add(text_number(to, yoe + era * 400 + (month <= 2)), "-");
    two(to, month);
    text_add(to, "-");
    two(to, day);
    text_add(to, "T");
    two(to, of_day / 3600);
    text_add(to, ":");
    two(to, of_day / 60 % 60);
    text_add(to, ":");
    two(to, of_day % 60);
    text_add(to, ".");
    for (uint64_t unit = 100000000; unit > 1 && fraction < unit; unit /= 10) {
        text_add(to, "0");
    }
    text_number(to, fraction);
    text_add(text_add(to, "Z "), stream == 2 ? "stderr " : "stdout ");
}

void log_append(int stream, const uint8_t *bytes, size_t count)
{
    char head[HEADER];
    struct text text = text_into(head, sizeof head);
    header(&text, clock_nanos(REALTIME), stream);
    while (count) {
        size_t length = 0;
        while (length < count && bytes[length] != '\n') {
            length++;
        }
        bool whole = length < count;
        if (out.pending + text.length + length + 3 > sizeof buffer) {
            flush();
        }
        memcpy(buffer + out.pending, head, text.length);
        out.pending += text.length;
        memcpy(buffer + out.pending, whole ? "F " : "P ", 2);
        memcpy(buffer + out.pending + 2, bytes, length);
        out.pending += 2 + length;
        buffer[out.pending++] = '\n';
        size_t taken = length + whole;
        out.pending_payload += taken;
        bytes += taken;
        count -= taken;
    }
    flush();
}

uint64_t log_written(void)
{
    return out.written;
}

uint64_t log_place(uint64_t *offset)
{
    *offset = out.fd < 0 ? 0 : out.size;
    return out.fd < 0 ? 0 : out.inode;
}
