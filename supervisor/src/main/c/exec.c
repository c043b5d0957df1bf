/* One more process in a running container. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>

#include <asm/ioctls.h>
#include <asm/statfs.h>

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2 };

/* recvmsg(2) and sendmsg(2) as the kernel sees them: one descriptor beside one byte. */
struct passed {
    char byte;
    struct {
        void *base;
        size_t length;
    } vector;
    struct {
        size_t length;
        int level, type, fd, padding;
    } control;
    struct {
        void *name;
        int name_length;
        void *vectors;
        size_t vector_count;
        void *control;
        size_t control_length;
        unsigned flags;
    } head;
};

enum { SOL_SOCKET_LEVEL = 1, SCM_RIGHTS = 1, MSG_CMSG_CLOEXEC = 0x40000000 };

static void arrange(struct passed *message)
{
    message->vector.base = &message->byte;
    message->vector.length = 1;
    message->head.vectors = &message->vector;
    message->head.vector_count = 1;
    message->head.control = &message->control;
    message->head.control_length = sizeof message->control;
}

static void pass_descriptor(int channel, int fd)
{
    struct passed message = {.byte = 't', .control = {sizeof(size_t) + 3 * sizeof(int), SOL_SOCKET_LEVEL, SCM_RIGHTS, fd, 0}};
    arrange(&message);
    must(SYS(__NR_sendmsg, channel, &message.head, 0), "terminal", "it can't be handed to the keeper");
}

static int take_descriptor(int channel)
{
    struct passed message = {0};
    arrange(&message);
    long count = SYS(__NR_recvmsg, channel, &message.head, MSG_CMSG_CLOEXEC);
    if (count != 1 || message.control.level != SOL_SOCKET_LEVEL || message.control.type != SCM_RIGHTS) {
        return -1;
    }
    return message.control.fd;
}

/* A terminal of the container's own instance. Its path is the container's, so what it leads to is examined before it is used. */
static void open_terminal(const struct plan *plan, struct prepared *with)
{
    int root = (int)must(sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/", "it can't be opened");
    int seen = (int)must(open_in_root(root, "/dev/pts/ptmx", O_PATH, 0), "/dev/pts/ptmx", "the container's terminals can't be opened");
    struct statfs file_system;
    struct statx about;
    if (SYS(__NR_fstatfs, seen, &file_system) < 0 || file_system.f_type != DEVPTS_SUPER_MAGIC ||
        SYS(__NR_statx, seen, "", AT_EMPTY_PATH, STATX_TYPE, &about) < 0 || about.stx_rdev_major != PTMX_MAJOR ||
        about.stx_rdev_minor != PTMX_MINOR) {
        fail(-EPERM, "/dev/pts/ptmx", "in the container this is not a terminal multiplexer; refused");
    }
    sys_close(seen);
    int fd = open_in_root(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
    with->terminal = (int)must(fd, "/dev/pts/ptmx", "the terminal can't be opened");
    sys_close(root);
    int unlock = 0;
    must(SYS(__NR_ioctl, fd, TIOCSPTLCK, &unlock), "/dev/pts/ptmx", "the terminal can't be unlocked");
    if (plan->rows && plan->columns) {
        terminal_size(fd, plan->rows, plan->columns);
    }
    take_terminal(with);
    pass_descriptor(with->status_child, fd);
}

_Noreturn static void second(const struct plan *plan, struct prepared *with)
{
    SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    SYS(__NR_setsid);
    shared->inside = (uint64_t)SYS(__NR_getpid);
    if (plan_has(plan, FLAG_TTY)) {
        open_terminal(plan, with);
    }
    child_exec(plan, with);
}

/* Placed while privileged, then into all namespaces at once; the pid namespace is that of its children only, hence one more clone.
   CLONE_PARENT makes the keeper the one who reaps. */
_Noreturn static void first(const struct plan *plan, struct prepared *with, int target)
{
    in_child = true;
    SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    step(STEP_PLACE);
    place_self(&plan->cgroup_tasks);
    oom_score_write(plan);
    step(STEP_NAMESPACES);
    limits_raise(plan);
    int all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    all |= users_own(plan) ? CLONE_NEWUSER : 0; /* joining one's own again is an error */
    must(SYS(__NR_setns, target, all), "namespaces", "the container's can't be joined");
    sys_close(target);
    if (users_own(plan)) {
        users_become_root();
    }
    long pid = clone_process(CLONE_PARENT, NULL);
    must(pid, "", "the process can't be cloned into the container");
    if (pid == 0) {
        second(plan, with);
    }
    shared->process = (uint64_t)pid;
    sys_exit(0);
}

/* The v2 group of the container's first process, as a directory of the host: the plan's, and what is below it. */
static const char *cgroup_of_target(const struct plan *plan)
{
    static char directory[2048];
    char path[40], groups[4096];
    struct text text = text_into(path, sizeof path);
    text_add(text_number(text_add(&text, "/proc/"), plan->target_pid), "/cgroup");
    read_whole(AT_FDCWD, path, groups, sizeof groups);
    char *unified = groups;
    while (*unified && !text_starts(unified, "0::")) {
        while (*unified && *unified++ != '\n') {
        }
    }
    char *end = unified;
    while (*end && *end != '\n') {
        end++;
    }
    *end = 0;
    /* the directory is mount point + group, the process's group is group + inner: the longest such overlap */
    for (const char *at = plan->cgroup_directory; *unified && *at; at++) {
        size_t length = text_length(at);
        if (*at == '/' && text_starts(unified + 3, at) && (unified[3 + length] == '/' || unified[3 + length] == 0)) {
            text = text_into(directory, sizeof directory);
            text_add(text_add(&text, plan->cgroup_directory), unified + 3 + length);
            return directory;
        }
    }
    return plan->cgroup_directory;
}

uint64_t exec_start(const struct plan *plan, struct prepared *with)
{
    step(STEP_CLONE);
    long target = SYS(__NR_pidfd_open, plan->target_pid, 0);
    /* the descriptor first, then the start time: a reused pid can't slip in between */
    if (target < 0 || process_start_ticks(plan->target_pid) != plan->target_start_ticks) {
        fail(target < 0 ? target : -ESRCH, "container", "it is not running any more");
    }
    char target_directory[40];
    struct text text = text_into(target_directory, sizeof target_directory);
    text_number(text_add(&text, "/proc/"), plan->target_pid);
    namespaces_note(AT_FDCWD, target_directory);
    long pid = clone_process(0, plan->cgroup_directory);
    if (pid == -EBUSY) { /* a container that has made groups of its own: no process may be in the outermost any more */
        pid = clone_process(0, cgroup_of_target(plan));
    }
    must(pid, plan->cgroup_directory ? plan->cgroup_directory : "", "the process can't be cloned into the container's cgroup");
    if (pid == 0) {
        first(plan, with, (int)target);
    }
    sys_close((int)target);
    sys_close(with->status_child);
    with->status_child = -1;
    if (plan_has(plan, FLAG_TTY)) {
        with->terminal = take_descriptor(with->status_keeper);
    }
    return process_of(pid);
}
