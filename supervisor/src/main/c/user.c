/* Which ids `user[:group]` means, by the image's own /etc/passwd and /etc/group: a bounded parser, no library (CVE-2019-14271).
   Called in the child with the container's root as root. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

enum { LINE = 2048, FILE_LIMIT = 4 << 20 };

struct lines {
    int fd;
    size_t at, filled, total;
    char buffer[4096];
    char line[LINE];
};

/* A regular file only: an image's FIFO or device would block or lie. */
static bool lines_open(struct lines *lines, const char *path)
{
    int root = (int)must(sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/", "it can't be opened");
    int fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    sys_close(root);
    struct statx about;
    if (fd < 0) {
        return false;
    }
    if (SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &about) < 0 || (about.stx_mode & 0170000) != 0100000) {
        sys_close(fd);
        return false;
    }
    lines->fd = fd;
    lines->at = lines->filled = lines->total = 0;
    return true;
}

/* The next line without its end; lines longer than the buffer are passed over. */
static bool lines_next(struct lines *lines)
{
    size_t length = 0;
    for (;;) {
        if (lines->at == lines->filled) {
            long count = lines->total < FILE_LIMIT ? sys_read(lines->fd, lines->buffer, sizeof lines->buffer) : 0;
            if (count <= 0) {
                lines->line[length < LINE ? length : 0] = 0;
                return length > 0 && length < LINE;
            }
            lines->at = 0;
            lines->filled = (size_t)count;
            lines->total += (size_t)count;
        }
        char c = lines->buffer[lines->at++];
        if (c == '\n') {
            if (length < LINE) {
                lines->line[length] = 0;
                return true;
            }
            length = 0;
        } else if (length < LINE) {
            lines->line[length++] = c == 0 ? '\n' : c; /* a NUL is no part of a name */
            if (length == LINE) {
                continue;
            }
        }
    }
}

/* Cuts a line at its colons; answers how many fields there are. */
static size_t cut(char *line, char **fields, size_t most)
{
    size_t count = 0;
    fields[count++] = line;
    for (char *at = line; *at; at++) {
        if (*at == ':' && count < most) {
            *at = 0;
            fields[count++] = at + 1;
        }
    }
    return count;
}

static bool as_id(const char *text, uint32_t *id)
{
    uint64_t number;
    if (!text_read_number(&text, &number) || *text || number > 0xfffffffeu) {
        return false;
    }
    *id = (uint32_t)number;
    return true;
}

/* Fills uid, gid and home from the line that has this name, or else this number. */
static bool find_passwd(const char *wanted, struct user *user, char name[256])
{
    static struct lines lines;
    char *fields[7];
    uint32_t number = 0, uid, gid;
    bool by_number = as_id(wanted, &number);
    if (!lines_open(&lines, "/etc/passwd")) {
        return false;
    }
    bool found = false;
    while (!found && lines_next(&lines)) {
        if (cut(lines.line, fields, 7) < 6 || !as_id(fields[2], &uid) || !as_id(fields[3], &gid)) {
            continue;
        }
        if (text_equal(fields[0], wanted) || (by_number && uid == number)) {
            found = true;
            user->uid = uid;
            user->gid = gid;
            struct text text = text_into(user->home, sizeof user->home);
            text_add(&text, fields[5]);
            text = text_into(name, 256);
            text_add(&text, fields[0]);
        }
    }
    sys_close(lines.fd);
    return found;
}

static void add_group(struct user *user, uint32_t gid)
{
    if (user->group_count < sizeof user->groups / sizeof user->groups[0]) {
        user->groups[user->group_count++] = gid;
    }
}

static bool is_member(const char *members, const char *name)
{
    size_t length = text_length(name);
    while (*members) {
        if (text_starts(members, name) && (members[length] == ',' || members[length] == 0)) {
            return true;
        }
        while (*members && *members++ != ',') {
        }
    }
    return false;
}

/* Finds the named group, and the groups that list the user. */
static bool read_groups(const char *wanted, const char *name, struct user *user)
{
    static struct lines lines;
    char *fields[4];
    uint32_t gid;
    bool found = false;
    if (!lines_open(&lines, "/etc/group")) {
        return false;
    }
    while (lines_next(&lines)) {
        if (cut(lines.line, fields, 4) < 4 || !as_id(fields[2], &gid)) {
            continue;
        }
        if (wanted && !found && text_equal(fields[0], wanted)) {
            user->gid = gid;
            found = true;
        }
        if (!wanted && name[0] && is_member(fields[3], name)) {
            add_group(user, gid);
        }
    }
    sys_close(lines.fd);
    return found;
}

void user_find(const struct plan *plan, struct user *user)
{
    char wanted[256] = "0", name[256] = "";
    const char *group = NULL;
    if (plan->user && plan->user[0]) {
        const char *colon = plan->user;
        while (*colon && *colon != ':') {
            colon++;
        }
        struct text text = text_into(wanted, sizeof wanted);
        text_bytes(&text, plan->user, (size_t)(colon - plan->user));
        group = *colon && colon[1] ? colon + 1 : NULL;
    }
    struct text text = text_into(user->home, sizeof user->home);
    text_add(&text, "/");
    if (!find_passwd(wanted, user, name) && !as_id(wanted, &user->uid)) {
        fail(-ENOENT, plan->user, "the image's /etc/passwd has no such user");
    }
    if (group && !read_groups(group, name, user) && !as_id(group, &user->gid)) {
        fail(-ENOENT, group, "the image's /etc/group has no such group");
    }
    if (!group) {
        read_groups(NULL, name, user);
    }
    const uint64_t *extra = plan->extra_groups.items;
    for (size_t i = 0; i < plan->extra_groups.count; i++) {
        add_group(user, (uint32_t)extra[i]);
    }
}
