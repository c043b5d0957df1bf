/* The launch plan: what the daemon asks for, as read from the sealed memfd. All text lies in the mapped plan. */
#ifndef KEEPER_PLAN_H
#define KEEPER_PLAN_H

#include "sys.h"
#include "wire.h"

enum plan_mode { MODE_RUN = 1, MODE_EXEC = 2, MODE_SANDBOX = 3, MODE_PORTS = 4, MODE_POD_INIT = 5 };

enum plan_flag {
    FLAG_TTY = 1,              /* a terminal instead of pipes */
    FLAG_STDIN = 2,            /* standard input is open; otherwise it is /dev/null */
    FLAG_READ_ONLY_ROOT = 4,
    FLAG_NO_NEW_PRIVS = 8,
    FLAG_HOLD = 16,            /* prepare everything, then wait for the start command before exec */
    FLAG_ATTACH = 32,          /* exec: output is read only once somebody has attached */
    FLAG_SECCOMP = 64,         /* a filter must be there: an empty one is an error, not freedom */
    FLAG_NON_ROOT = 1 << 16,   /* a process that would start as user 0 does not */
    FLAG_EXACT_OOM = 1 << 17,  /* oom_score_adj as asked for, or no start at all */
    FLAG_INIT = 1 << 18,       /* process 1 is an init of ours, the program its child */
    FLAG_STDIN_ONCE = 1 << 19, /* standard input ends with the first reader that could write to it */
};

enum rootfs_kind { ROOTFS_OVERLAY = 1, ROOTFS_DIRECTORY = 2 };
enum mount_kind { MOUNT_BIND = 1, MOUNT_TMPFS = 2 };
enum mount_flag { MOUNT_READ_ONLY = 1, MOUNT_RECURSIVE = 2, MOUNT_READ_ONLY_BELOW = 4 };
enum mount_propagation { PROPAGATION_PRIVATE = 0, PROPAGATION_SLAVE = 1, PROPAGATION_SHARED = 2 };

struct texts {
    const char **items; /* ends with a null */
    size_t count;
};

struct records {
    void *items;
    size_t count;
};

struct plan_rootfs {
    uint64_t kind;
    struct texts lower;
    const char *upper, *work, *directory;
};

struct plan_mount {
    uint64_t kind;
    const char *source, *target;
    uint64_t flags, size_bytes, mode;
    const char *sub_path; /* of a bind: what below the source, resolved in it */
    uint64_t propagation;
};

struct plan_namespace {
    uint64_t kind; /* CLONE_NEW* */
    const char *path;
    uint64_t pid, start_ticks; /* the process whose it must be; 0: nobody's in particular */
};

struct plan_rlimit {
    uint64_t resource, soft, hard;
};

struct plan_sysctl {
    const char *name, *value;
};

struct plan_device {
    const char *path;
    uint64_t type, major, minor, mode, uid, gid; /* type: 'c' or 'b' */
};

struct plan_port {
    uint64_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
    struct span address; /* 4 or 16 bytes */
    uint64_t port;
    struct span target; /* where its traffic is carried to, 4 or 16 bytes; nowhere if empty */
    uint64_t target_port;
};

struct plan {
    uint64_t mode, flags, generation;
    const char *container_id, *state_directory;
    const char *log_directory;
    uint64_t log_max_bytes, log_max_files, drain_millis;
    struct texts argv, env;
    const char *cwd, *user;
    struct records extra_groups; /* uint64_t */
    struct records rootfs, mounts, namespaces;
    const char *cgroup_directory, *keeper_cgroup_directory;
    struct texts cgroup_tasks, keeper_cgroup_tasks;
    uint64_t caps_bounding, caps_permitted;
    struct span seccomp;
    struct records rlimits;
    uint64_t oom_score_adj, keeper_oom_score_adj; /* signed */
    struct texts masked_paths, readonly_paths;
    struct records sysctls, devices;
    uint64_t shm_bytes, rows, columns;
    uint64_t target_pid, target_start_ticks;
    const char *hostname, *domainname, *pod_directory;
    const char *network, *user_namespace; /* the namespaces to live in, by files; NULL for new ones */
    struct records ports;
    uint64_t user_first, user_count; /* the pod's own users: ids of the host; none if the count is 0 */
};

/* Maps and reads the plan; fails with a sentence. The mapping stays until plan_forget. */
void plan_read(int fd, struct plan *plan);
/* The same of bytes in memory. `lists` are zeroes, aligned to 16, and take what the plan counts; `plan` is zeroes. */
void plan_parse(const uint8_t *bytes, size_t size, uint8_t *lists, size_t room, struct plan *plan);
/* Memory that the lists of a plan of so many bytes may take: at most one item of 8 to 96 bytes for each 6 bytes of plan. */
static inline size_t plan_room(size_t size) { return size * 4 + 65536; }
void plan_forget(void);

static inline bool plan_has(const struct plan *plan, uint64_t flag) { return (plan->flags & flag) != 0; }

#endif
