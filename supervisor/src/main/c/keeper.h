/* What the keeper's files share. One process, one container, no threads, no heap. */
#ifndef KEEPER_H
#define KEEPER_H

#include "plan.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);

/* The descriptors the daemon hands over; everything else is closed first of all. */
enum { FD_PLAN = 3, FD_CONTROL = 4 };

int keeper_main(int argc, char **argv);

/* ---- steps.c: where a start is, how long each step took, and why it failed ---- */

/* In the order of a start. The names in steps.c are part of the protocol: append only. */
enum step {
    STEP_PLAN, STEP_HYGIENE, STEP_ROOTFS, STEP_VOLUMES, STEP_DEV, STEP_CGROUP_VIEW, STEP_CLONE, STEP_PLACE, STEP_NAMESPACES,
    STEP_ATTACH_ROOTFS, STEP_ATTACH_DEV, STEP_PROC, STEP_SYS, STEP_ATTACH_CGROUP, STEP_ATTACH_VOLUMES, STEP_MASK, STEP_PIVOT,
    STEP_USER, STEP_STDIO, STEP_LIMITS, STEP_PRIVILEGES, STEP_EXEC, STEP_KEEP, STEP_SANDBOX, STEP_PORTS, STEP_POD_INIT, STEP_COUNT
};

struct failure {
    uint64_t set, error, exit_code;
    char path[512], sentence[256];
};

enum { NAMESPACE_KINDS = 7 };

/* A page that keeper and child share until the child's exec: the child has no other way to say what went wrong. */
struct shared {
    uint64_t step, began;
    uint64_t nanos[STEP_COUNT];
    uint64_t clamp_count;
    struct clamp {
        uint64_t resource, wanted_soft, wanted_hard, soft, hard; /* resource CLAMP_OOM: oom_score_adj; CLAMP_CAPABILITIES: sets */
    } clamps[20];
    uint64_t namespaces[NAMESPACE_KINDS]; /* inodes: pid, mnt, cgroup, net, ipc, uts, user */
    uint64_t inside;  /* the process's id in its own pid namespace */
    uint64_t process; /* cloned by a process in between: its pid, in the host's pid namespace */
    struct failure failure;
};
enum { CLAMP_OOM = 1000, CLAMP_CAPABILITIES = 1001 };
void clamp_note(uint64_t resource, uint64_t wanted_soft, uint64_t wanted_hard, uint64_t soft, uint64_t hard);
extern struct shared *shared;

void steps_begin(void);
void step(enum step next);
const char *step_name(uint64_t step);
/* Ends the start: notes step, errno (as -errno), path and sentence; a child exits, the keeper reports and exits. */
_Noreturn void fail(long error, const char *path, const char *sentence);
_Noreturn void fail_with_code(long error, const char *path, const char *sentence, int exit_code);
/* Answers the result if it is no error, otherwise fails. */
long must(long result, const char *path, const char *sentence);
/* Who is asked to report when the keeper itself fails. */
extern void (*on_failure)(void);
extern bool in_child;

uint64_t clock_nanos(int clock);
enum { REALTIME = 0, MONOTONIC = 1, BOOTTIME = 7 };

/* ---- hygiene.c ---- */
void hygiene_descriptors(void);
void hygiene_process(const struct plan *plan);
/* Leaves the spawned process behind: the keeper proper is nobody's child, and in its own v2 cgroup from its first instruction. */
void hygiene_detach(const char *cgroup_directory);
void hygiene_place(const struct texts *tasks);

/* ---- files.c ---- */
long read_whole(int directory, const char *path, char *into, size_t capacity); /* length, NUL-terminated */
long write_file(int directory, const char *path, const char *what, size_t length);
uint64_t process_start_ticks(uint64_t pid); /* 0: no such process */
uint64_t inode_of(int directory, const char *path);
void boot_id(char into[37]);
void identity_write(const char *directory, const char *name, uint64_t pid, uint64_t start_ticks); /* renamed into place */
void namespaces_note(int directory, const char *process); /* of directory/process/ns, into the shared page */

/* ---- mounts.c, binds.c: detached mounts and targets inside a root ---- */
int mount_new(const char *filesystem, const char *const *options, uint64_t attributes); /* options: name, value, ..., null */
int mount_overlay(const struct plan_rootfs *rootfs);
int mount_overlay_by_options(const struct plan_rootfs *rootfs); /* optionpage.c: kernels before 6.7 */
int mount_bind(const struct plan *plan, const char *source, uint64_t attributes, bool recursive); /* in the pod's own users, if it has any */
int mount_clone(int directory, const char *path, bool recursive);
void mount_set(int mount, uint64_t attributes, bool recursive, const char *path);
int bind_prepare(const struct plan *plan, const struct plan_mount *mount);
void mount_attach(int mount, int target, const char *path);
int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve); /* descriptor or -errno */
int open_real_directory(int root, const char *name);
int make_target(int root, const char *path, bool directory);
bool is_directory(int fd);

/* ---- what a start prepares with the host's privileges, for the child to attach ---- */
enum { CGROUP_VIEWS = 24, VOLUMES = 512 };
struct prepared {
    int rootfs, dev, devpts, shm;
    int cgroup_tmpfs, cgroup_views[CGROUP_VIEWS];
    char cgroup_names[CGROUP_VIEWS][32];
    int cgroup_count;
    int volumes[VOLUMES];
    int stdio[3];       /* the process's ends; -1: none */
    int stdio_peers[3]; /* the keeper's ends */
    int terminal;       /* the keeper's end of the pty; -1: none */
    int status_keeper, status_child;
};

void rootfs_prepare(const struct plan *plan, struct prepared *to);
void volumes_prepare(const struct plan *plan, struct prepared *to);
void dev_prepare(const struct plan *plan, struct prepared *to);
void cgroup_view_prepare(const struct plan *plan, struct prepared *to);
void stdio_prepare(const struct plan *plan, struct prepared *to);
void terminal_size(int terminal, uint64_t rows, uint64_t columns);

int rootfs_attach(const struct prepared *from); /* the root's descriptor */
void dev_attach(const struct prepared *from, int root);
void proc_attach(int root, int *proc, int *sys);
void cgroup_view_attach(const struct prepared *from, int sys);
void volumes_attach(const struct plan *plan, const struct prepared *from, int root);
void masks_attach(const struct plan *plan, int root, int proc, int sys, int null);
void sysctls_write(const struct plan *plan, int proc);
void rootfs_enter(const struct plan *plan, int root);
int open_null(void);

/* ---- place.c ---- */
long clone_process(uint64_t flags, const char *cgroup_directory);
void place_self(const struct texts *tasks);
void join_namespaces(const struct plan *plan);
void own_cgroup_namespace(void);
uint64_t process_of(long between); /* waits for a process in between; answers what it has cloned */
bool join_pid_namespace(const struct plan *plan); /* for children; false: the plan names none */
void oom_score_write(const struct plan *plan);

/* ---- users.c: a pod's own users ---- */
bool users_own(const struct plan *plan);
void users_act(const struct plan *plan);
void users_cease(const struct plan *plan);
void users_map(const struct plan *plan, uint64_t pid);
void users_become_root(void);
_Noreturn void users_start(const struct plan *plan, struct prepared *with);
void mount_idmap(const struct plan *plan, int mount, bool recursive, const char *path);
void mount_idmapped_over(const struct plan *plan, const char *directory);

/* ---- user.c ---- */
struct user {
    uint32_t uid, gid;
    uint32_t groups[128];
    size_t group_count;
    char home[256];
};
void user_find(const struct plan *plan, struct user *user);

/* ---- privileges.c ---- */
void limits_raise(const struct plan *plan);
void limits_apply(const struct plan *plan);
void privileges_drop(const struct plan *plan, const struct user *user);
void seccomp_load(const struct plan *plan, bool last);

/* ---- child.c ---- */
_Noreturn void child_run(const struct plan *plan, struct prepared *with);
void take_terminal(struct prepared *with); /* the other end of with->terminal becomes controlling terminal and stdio */
_Noreturn void child_exec(const struct plan *plan, struct prepared *with); /* from the user lookup on: run and exec alike */

/* ---- exec.c ---- */
uint64_t exec_start(const struct plan *plan, struct prepared *with);

/* ---- init.c ---- */
void init_begin(const struct plan *plan); /* answers in the program, which is its child */

/* ---- sandbox.c, ports.c, init.c: these answer on FD_CONTROL, a pipe, and not by control messages ---- */
_Noreturn void sandbox_main(const struct plan *plan);
_Noreturn void ports_main(const struct plan *plan);
_Noreturn void podinit_main(const struct plan *plan);
void answer_failure(void);

/* ---- keep.c: the rest of the keeper's life ---- */
struct kept {
    char container_id[80];
    char state_directory[512];
    char log_directory[512];
    char boot_id[37];
    uint64_t generation, flags, drain_millis, log_max_bytes, log_max_files;
    uint64_t keeper_start_ticks;
    uint64_t process, process_start_ticks;
    bool held, started, exited;
    int status; /* wait status */
    uint64_t exit_wall_nanos, exit_boot_nanos;
    uint64_t dropped_bytes, dropped_error;
    int outputs[2]; /* 0: stdout or the terminal, 1: stderr; -1: closed */
    int input;      /* where attached input goes; -1: none */
    int terminal;
    int status_pipe; /* until the process has executed */
};
extern struct kept kept;
void keep_remember(const struct plan *plan);
_Noreturn void keep(const struct plan *plan, struct prepared *with, uint64_t process);
void keep_report_failure(void);
void keep_start_held(void);

/* ---- exit.c ---- */
void exit_file_write(void);

/* ---- crilog.c ---- */
void log_open(void);
void log_append(int stream, const uint8_t *bytes, size_t count);
uint64_t log_written(void); /* bytes of log lines written by this keeper */
uint64_t log_place(uint64_t *offset); /* the current file's inode and how much of it is written; 0: there is none */

/* ---- control.c: connections of the daemon, and of readers that are attached ---- */
enum { CONNECTIONS = 16, FRAME_HEAD = 8, CHUNK = 16384 };
void control_accept(void);
int control_descriptor(int index, short *events); /* -1: no connection there */
void control_ready(int index, short events);
void control_output(int stream, uint8_t *bytes, size_t count); /* FRAME_HEAD bytes before `bytes` are free to use */
void control_started(void);
void control_failed(void);
void control_held(void);
void control_exited(void);
void control_dropped(void);
bool control_blocked(void);  /* an attached reader has not taken yet what it was given */
bool control_attached(void); /* somebody is attached */
bool control_was_attached(void);
bool control_connected(void);

/* ---- input.c ---- */
bool input_pending(void);
void input_write(void);
void input_end(bool for_good); /* a pipe's end is always for good */
long input_read(int fd, size_t most); /* only while none is pending */

/* ---- signals and processes ---- */
void kill_process(uint64_t pid, int signal);

#endif
