/* Putting the new process where it belongs: cgroups, namespaces. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/sched.h>

/* Like fork: answers 0 in the child. */
long clone_process(uint64_t flags, const char *cgroup_directory)
{
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    long directory = -1;
    if (cgroup_directory) {
        directory = must(sys_open(cgroup_directory, O_PATH | O_DIRECTORY | O_CLOEXEC), cgroup_directory, "the cgroup can't be opened");
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)directory;
    }
    if (flags & CLONE_PARENT) {
        args.exit_signal = 0; /* clone3(2): must be zero, the parent's own signal is used */
    }
    /* SAFETY: without CLONE_VM the child has its own copy of the stack it goes on with, so no new stack is needed. */
    long pid = SYS(__NR_clone3, &args, sizeof args);
    if (directory >= 0) {
        sys_close((int)directory);
    }
    return pid;
}

/* `0` names the writer. Only while single-threaded and privileged; must be complete before the cgroup namespace is made. */
void place_self(const struct texts *tasks)
{
    for (size_t i = 0; i < tasks->count; i++) {
        must(write_file(AT_FDCWD, tasks->items[i], "0", 1), tasks->items[i], "writing `0` to place the process failed");
    }
}

static void join(const struct plan_namespace *wanted)
{
    long fd = sys_open(wanted->path, O_RDONLY | O_CLOEXEC);
    /* opened first, then the start time: a reused pid can't slip in between */
    if (wanted->pid && (fd < 0 || process_start_ticks(wanted->pid) != wanted->start_ticks)) {
        fail(fd < 0 ? fd : -ESRCH, wanted->path, "the container whose namespace is to be joined has ended");
    }
    must(fd, wanted->path, "the namespace's file can't be opened");
    must(SYS(__NR_setns, fd, wanted->kind), wanted->path, "the namespace can't be joined");
    sys_close((int)fd);
}

bool join_pid_namespace(const struct plan *plan)
{
    const struct plan_namespace *all = plan->namespaces.items;
    for (size_t i = 0; i < plan->namespaces.count; i++) {
        if (all[i].kind == CLONE_NEWPID) {
            join(&all[i]);
            return true;
        }
    }
    return false;
}

/* The user namespace comes last: in it, the files of the others could not be opened any more. */
void join_namespaces(const struct plan *plan)
{
    const struct plan_namespace *all = plan->namespaces.items;
    for (size_t i = 0; i < plan->namespaces.count; i++) {
        if (all[i].kind != CLONE_NEWPID) { /* joined before the clone: it takes effect in children only */
            join(&all[i]);
        }
    }
}

void own_cgroup_namespace(void)
{
    uint64_t own = CLONE_NEWCGROUP; /* not before the last placement: a v1 container would see its path on the host */
    must(SYS(__NR_unshare, own), "cgroup namespace", "it can't be made");
}

/* Lowering it takes CAP_SYS_RESOURCE. What nobody asked for by name is clamped; what somebody did is refused. */
void oom_score_write(const struct plan *plan)
{
    int64_t wanted = (int64_t)plan->oom_score_adj;
    char number[24], old[24];
    struct text text = text_into(number, sizeof number);
    text_signed(&text, wanted);
    const char *file = "/proc/self/oom_score_adj"; /* the host's procfs: nothing of the image is attached yet */
    long result = write_file(AT_FDCWD, file, number, text.length);
    if (result == -EACCES || result == -EPERM) {
        read_whole(AT_FDCWD, file, old, sizeof old);
        bool negative = old[0] == '-';
        const char *at = old + negative;
        uint64_t value = 0;
        text_read_number(&at, &value);
        if (plan_has(plan, FLAG_EXACT_OOM)) {
            static char sentence[160];
            text = text_into(sentence, sizeof sentence);
            text_signed(text_add(&text, "it can't be lowered below the daemon's own, "), negative ? -(int64_t)value : (int64_t)value);
            text_add(&text, ", without CAP_SYS_RESOURCE: ask for that or more");
            fail(result, "oom_score_adj", sentence);
        }
        uint64_t have = negative ? (uint64_t)-(int64_t)value : value;
        clamp_note(CLAMP_OOM, (uint64_t)wanted, (uint64_t)wanted, have, have);
        return;
    }
    must(result, file, "oom_score_adj can't be written");
}

uint64_t process_of(long between)
{
    SYS(__NR_wait4, between, NULL, 0, NULL);
    if (shared->failure.set) {
        kept.process = shared->process;
        keep_report_failure();
    }
    if (!shared->process) {
        fail(-ECHILD, "", "the process was killed before it was cloned into the container");
    }
    return shared->process;
}
