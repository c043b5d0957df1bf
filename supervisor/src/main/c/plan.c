#include "keeper.h"

#include <linux/mman.h>
#include <linux/stat.h>

enum { PLAN_VERSION = 1, PLAN_LIMIT = 8 << 20 };
static const char magic[4] = {'S', 'B', 'K', 'P'};

enum kind { TEXT, TEXTS, NUMBER, NUMBERS, BYTES, RECORDS };

struct shape {
    size_t size;
    size_t count;
    const struct field {
        uint16_t tag;
        enum kind kind;
        size_t offset;
        const struct shape *shape;
    } * fields;
};

enum { MOST_FIELDS = 64 }; /* of any shape */
#define COUNT(table) (sizeof(table) / sizeof(table[0]))
#define SHAPE(type, table) {sizeof(type), COUNT(table), table}
#define FITS(table) _Static_assert(COUNT(table) <= MOST_FIELDS, #table " has more fields than are counted")

#define F(tag, kind, member) {tag, kind, offsetof(struct plan_rootfs, member), NULL}
static const struct field rootfs_fields[] = {
    F(1, NUMBER, kind), F(2, TEXTS, lower), F(3, TEXT, upper), F(4, TEXT, work), F(5, TEXT, directory)};
FITS(rootfs_fields);
static const struct shape rootfs_shape = SHAPE(struct plan_rootfs, rootfs_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_mount, member), NULL}
static const struct field mount_fields[] = {
    F(1, NUMBER, kind), F(2, TEXT, source), F(3, TEXT, target), F(4, NUMBER, flags), F(5, NUMBER, size_bytes), F(6, NUMBER, mode),
    F(140, TEXT, sub_path), F(141, NUMBER, propagation)};
FITS(mount_fields);
static const struct shape mount_shape = SHAPE(struct plan_mount, mount_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_namespace, member), NULL}
static const struct field namespace_fields[] = {F(1, NUMBER, kind), F(2, TEXT, path), F(3, NUMBER, pid), F(4, NUMBER, start_ticks)};
FITS(namespace_fields);
static const struct shape namespace_shape = SHAPE(struct plan_namespace, namespace_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_rlimit, member), NULL}
static const struct field rlimit_fields[] = {F(1, NUMBER, resource), F(2, NUMBER, soft), F(3, NUMBER, hard)};
FITS(rlimit_fields);
static const struct shape rlimit_shape = SHAPE(struct plan_rlimit, rlimit_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_sysctl, member), NULL}
static const struct field sysctl_fields[] = {F(1, TEXT, name), F(2, TEXT, value)};
FITS(sysctl_fields);
static const struct shape sysctl_shape = SHAPE(struct plan_sysctl, sysctl_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_device, member), NULL}
static const struct field device_fields[] = {F(1, TEXT, path), F(2, NUMBER, type), F(3, NUMBER, major), F(4, NUMBER, minor),
                                             F(5, NUMBER, mode), F(6, NUMBER, uid), F(7, NUMBER, gid)};
FITS(device_fields);
static const struct shape device_shape = SHAPE(struct plan_device, device_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan_port, member), NULL}
static const struct field port_fields[] = {F(1, NUMBER, protocol), F(2, BYTES, address), F(3, NUMBER, port), F(4, BYTES, target), F(5, NUMBER, target_port)};
FITS(port_fields);
static const struct shape port_shape = SHAPE(struct plan_port, port_fields);
#undef F
#define F(tag, kind, member) {tag, kind, offsetof(struct plan, member), NULL}
#define R(tag, member, shape) {tag, RECORDS, offsetof(struct plan, member), &shape}
static const struct field plan_fields[] = {
    F(1, NUMBER, mode), F(2, TEXT, container_id), F(3, NUMBER, generation), F(4, TEXT, state_directory),
    F(5, TEXT, log_directory), F(6, NUMBER, log_max_bytes), F(7, NUMBER, log_max_files), F(8, NUMBER, drain_millis),
    F(9, NUMBER, flags), F(10, TEXTS, argv), F(11, TEXTS, env), F(12, TEXT, cwd), F(13, TEXT, user),
    F(14, NUMBERS, extra_groups), R(15, rootfs, rootfs_shape), R(16, mounts, mount_shape), R(17, namespaces, namespace_shape),
    F(18, TEXT, cgroup_directory), F(19, TEXTS, cgroup_tasks), F(20, TEXT, keeper_cgroup_directory),
    F(21, TEXTS, keeper_cgroup_tasks), F(22, NUMBER, caps_bounding), F(23, NUMBER, caps_permitted), F(24, BYTES, seccomp),
    R(25, rlimits, rlimit_shape), F(26, NUMBER, oom_score_adj), F(27, TEXTS, masked_paths), F(28, TEXTS, readonly_paths),
    R(29, sysctls, sysctl_shape), R(30, devices, device_shape), F(31, NUMBER, shm_bytes), F(32, NUMBER, rows),
    F(33, NUMBER, columns), F(34, NUMBER, target_pid), F(35, NUMBER, target_start_ticks), F(36, NUMBER, keeper_oom_score_adj),
    F(40, TEXT, hostname), F(41, TEXT, pod_directory), R(50, ports, port_shape), F(60, TEXT, network), F(61, TEXT, user_namespace),
    F(100, NUMBER, user_first), F(101, NUMBER, user_count), F(120, TEXT, domainname)};
FITS(plan_fields);
static const struct shape plan_shape = SHAPE(struct plan, plan_fields);
#undef F
#undef R

static struct {
    uint8_t *at, *end; /* lists are laid out here */
} memory;

static struct {
    void *plan, *lists;
    size_t plan_size, lists_size;
} mapped;

static void malformed(const char *what, unsigned tag)
{
    char sentence[96];
    struct text text = text_into(sentence, sizeof sentence);
    text_number(text_add(text_add(&text, what), ", at tag "), tag);
    fail(-EINVAL, "launch plan", sentence);
}

static void *allot(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(memory.end - memory.at)) {
        fail(-ENOMEM, "launch plan", "the plan's lists don't fit the memory set aside for them");
    }
    void *at = memory.at;
    memory.at += size;
    return at;
}

static const struct field *field_of(const struct shape *shape, uint16_t tag)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->fields[i].tag == tag) {
            return &shape->fields[i];
        }
    }
    malformed("the plan holds a field that this keeper doesn't know", tag);
    return NULL;
}

/* How big one item of a list is in memory; 0 for what is no list. */
static size_t item_size(const struct field *field)
{
    switch (field->kind) {
    case TEXTS: return sizeof(const char *);
    case NUMBERS: return sizeof(uint64_t);
    case RECORDS: return field->shape->size;
    default: return 0;
    }
}

static void allot_lists(struct span in, const struct shape *shape, uint8_t *into)
{
    uint32_t counts[MOST_FIELDS] = {0};
    uint16_t tag;
    struct span value;
    int more;
    while ((more = wire_next(&in, &tag, &value)) > 0) {
        counts[field_of(shape, tag) - shape->fields]++;
    }
    if (more < 0) {
        malformed("a field is longer than the record it is in", tag);
    }
    for (size_t i = 0; i < shape->count; i++) {
        size_t size = item_size(&shape->fields[i]);
        if (size) {
            /* one more than counted: lists of text end with a null */
            struct records *list = (struct records *)(into + shape->fields[i].offset);
            list->items = allot((counts[i] + 1) * size);
        } else if (counts[i] > 1) {
            malformed("a field stands twice", shape->fields[i].tag);
        }
    }
}

static void read_record(struct span in, const struct shape *shape, uint8_t *into)
{
    allot_lists(in, shape, into);
    uint16_t tag;
    struct span value;
    while (wire_next(&in, &tag, &value) > 0) {
        const struct field *field = field_of(shape, tag);
        void *at = into + field->offset;
        struct records *list = at;
        uint8_t *item = item_size(field) ? (uint8_t *)list->items + list->count++ * item_size(field) : at;
        switch (field->kind) {
        case TEXT:
        case TEXTS:
            *(const char **)item = wire_as_text(value);
            if (!*(const char **)item) {
                malformed("a text has no NUL at its end, or one inside", tag);
            }
            break;
        case NUMBER:
        case NUMBERS:
            if (!wire_as_number(value, (uint64_t *)item)) {
                malformed("a number is not 8 bytes long", tag);
            }
            break;
        case BYTES: *(struct span *)item = value; break;
        case RECORDS: read_record(value, field->shape, item); break;
        }
    }
}

void plan_parse(const uint8_t *bytes, size_t size, uint8_t *lists, size_t room, struct plan *plan)
{
    if (size < 12 || size > PLAN_LIMIT) {
        fail(-EINVAL, "launch plan", "the plan is shorter than its head, or longer than 8 MiB");
    }
    memory.at = lists;
    memory.end = lists + room;
    uint32_t version, length;
    memcpy(&version, bytes + 4, 4);
    memcpy(&length, bytes + 8, 4);
    if (memcmp(bytes, magic, 4) != 0 || version != PLAN_VERSION || length != size - 12) {
        fail(-EINVAL, "launch plan", "the plan's head is not that of a plan of version 1");
    }
    read_record((struct span){bytes + 12, size - 12}, &plan_shape, (uint8_t *)plan);
}

void plan_read(int fd, struct plan *plan)
{
    struct statx about;
    must(SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &about), "launch plan", "its size can't be read");
    size_t size = about.stx_size;
    if (size == 0 || size > PLAN_LIMIT) {
        plan_parse(NULL, size, NULL, 0, plan);
    }
    mapped.plan_size = size;
    mapped.plan = (void *)must(SYS(__NR_mmap, 0, size, PROT_READ, MAP_PRIVATE, fd, 0), "launch plan", "it can't be mapped");
    mapped.lists_size = plan_room(size);
    mapped.lists = (void *)must(SYS(__NR_mmap, 0, mapped.lists_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "launch plan", "no memory");
    plan_parse(mapped.plan, size, mapped.lists, mapped.lists_size, plan);
}

void plan_forget(void)
{
    SYS(__NR_munmap, mapped.plan, mapped.plan_size);
    SYS(__NR_munmap, mapped.lists, mapped.lists_size);
}
