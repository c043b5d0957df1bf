/* Processes that are 1 in a pid namespace and no program of the image: a container's, which passes signals on, and a pod's, which
   only reaps. Both are the keeper's own sealed program, which no container can write (CVE-2019-5736). */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include <asm/ioctls.h>

static const uint64_t every_signal = ~(uint64_t)0;
enum { SET_MASK = 2 };

/* Nothing of the preparation stays open or readable. The process stays undumpable: it never executes anything. */
static void forget_preparation(void)
{
    SYS(__NR_close_range, 0, ~0U, 0);
    plan_forget();
    SYS(__NR_munmap, shared, sizeof *shared);
    SYS(__NR_prctl, PR_SET_NAME, "stowbook-init");
}

static int next_signal(void)
{
    return (int)SYS(__NR_rt_sigtimedwait, &every_signal, NULL, NULL, sizeof every_signal);
}

/* Reaps everybody; ends as the program does: 128 + signal, since process 1 can't be ended by a signal of its own. */
static void reap_until(uint64_t program)
{
    enum { NOHANG = 1 };
    int status;
    long pid;
    while ((pid = SYS(__NR_wait4, -1, &status, NOHANG, NULL)) > 0) {
        if ((uint64_t)pid == program) {
            sys_exit((status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f));
        }
    }
}

_Noreturn static void serve(uint64_t program)
{
    for (;;) {
        int signal = next_signal();
        if (signal == SIGCHLD) {
            reap_until(program);
        } else if (signal > 0 && program) {
            SYS(__NR_kill, program, signal);
        }
    }
}

/* With a terminal the program's group becomes its foreground, so that it hears what is typed; signals are still blocked then. */
static void become_program(bool terminal)
{
    SYS(__NR_setpgid, 0, 0);
    if (terminal) {
        int group = (int)SYS(__NR_getpid);
        SYS(__NR_ioctl, 0, TIOCSPGRP, &group);
    }
    uint64_t none = 0;
    SYS(__NR_rt_sigprocmask, SET_MASK, &none, NULL, sizeof none);
}

/* Answers in the program only. Signals are blocked before it is cloned, so that none is lost. The clone is the plain one: filters
   let that through, but not clone3. */
void init_begin(const struct plan *plan)
{
    SYS(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1); /* where the pid namespace is shared, init is not its process 1 */
    SYS(__NR_rt_sigprocmask, SET_MASK, &every_signal, NULL, sizeof every_signal);
    /* SAFETY: without CLONE_VM the child has its own copy of the stack. */
    long pid = must(SYS(__NR_clone, SIGCHLD, 0, 0, 0, 0), "init", "the program can't be cloned");
    if (pid == 0) {
        become_program(plan_has(plan, FLAG_TTY));
        return;
    }
    forget_preparation();
    serve((uint64_t)pid);
}

/* ---- a pod's: holds the pid namespace that its containers share ---- */

/* Whoever gets hold of this process, as one with CAP_SYS_PTRACE could, finds an empty, read-only file system and no rights. */
static void leave_everything(void)
{
    must(SYS(__NR_unshare, CLONE_NEWNS), "mount namespace", "it can't be made");
    must(SYS(__NR_mount, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "/", "the mount namespace can't be made a slave");
    static const char *const options[] = {"mode", "555", "size", "4k", NULL};
    int root = mount_new("tmpfs", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    int place = (int)must(sys_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "/proc", "it can't be opened");
    mount_attach(root, place, "/proc");
    sys_close(place);
    static const struct plan nothing = {0};
    rootfs_enter(&nothing, root);
    static const struct user nobody = {.uid = 65534, .gid = 65534};
    privileges_drop(&nothing, &nobody);
    must(SYS(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs", "it can't be set");
}

_Noreturn static void reap_for_pod(int ready)
{
    in_child = true;
    SYS(__NR_setsid);
    leave_everything();
    char done = 'd';
    sys_write(ready, &done, 1);
    forget_preparation();
    SYS(__NR_rt_sigprocmask, SET_MASK, &every_signal, NULL, sizeof every_signal);
    serve(0);
}

/* In the pod's own users, where it has some, so that the pid namespace is theirs. */
_Noreturn static void clone_init(const struct plan *plan, int ready)
{
    in_child = true;
    join_namespaces(plan);
    if (users_own(plan)) {
        users_become_root();
    }
    long pid = must(clone_process(CLONE_NEWPID | CLONE_PARENT, NULL), "", "the pod's init can't be cloned");
    if (pid == 0) {
        reap_for_pod(ready);
    }
    shared->process = (uint64_t)pid;
    sys_exit(0);
}

static void pod_file(const struct plan *plan, const char *name, char *path, size_t capacity)
{
    struct text text = text_into(path, capacity);
    text_add(text_add(text_add(&text, plan->pod_directory), "/"), name);
    if (text.full) {
        fail(-ENAMETOOLONG, plan->pod_directory, "the pod's directory has too long a path");
    }
}

static uint64_t hold_pid_namespace(const struct plan *plan, uint64_t pid)
{
    char path[1024], from[40];
    struct text text = text_into(from, sizeof from);
    text_add(text_number(text_add(&text, "/proc/"), pid), "/ns/pid");
    pod_file(plan, "pid", path, sizeof path);
    long fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    sys_close((int)must(fd, path, "the namespace's file can't be made"));
    must(SYS(__NR_mount, from, path, NULL, MS_BIND, NULL), path, "the namespace can't be bound to its file");
    return inode_of(AT_FDCWD, from);
}

static uint64_t pod_process;

static void undo(void)
{
    if (pod_process) {
        kill_process(pod_process, SIGKILL);
    }
    answer_failure();
}

/* `keeper mode 5`: the pod's init is left behind, nobody's child; the file `init` of the pod's directory names it. */
void podinit_main(const struct plan *plan)
{
    step(STEP_POD_INIT);
    on_failure = answer_failure;
    if (!plan->pod_directory) {
        fail(-EINVAL, "launch plan", "a pod's init needs its pod's directory");
    }
    hygiene_detach(plan->keeper_cgroup_directory);
    hygiene_process(plan);
    int ready[2];
    must(SYS(__NR_pipe2, ready, O_CLOEXEC), "pipe", "no pipe to the pod's init");
    hygiene_place(&plan->keeper_cgroup_tasks); /* its children are there from their first instruction */
    long between = must(clone_process(0, NULL), "", "the process that clones the pod's init can't be cloned");
    if (between == 0) {
        clone_init(plan, ready[1]);
    }
    SYS(__NR_wait4, between, NULL, 0, NULL);
    if (shared->failure.set || !shared->process) {
        fail(-ECHILD, "", "the process that clones the pod's init was killed"); /* unless it has said why itself */
    }
    pod_process = shared->process;
    on_failure = undo;
    sys_close(ready[1]);
    char done;
    if (sys_read(ready[0], &done, 1) != 1) {
        fail(shared->failure.set ? -(long)shared->failure.error : -ECHILD, "", "the pod's init could not be prepared");
    }
    uint64_t ticks = process_start_ticks(pod_process);
    identity_write(plan->pod_directory, "init", pod_process, ticks);
    uint64_t inode = hold_pid_namespace(plan, pod_process);
    uint8_t bytes[128];
    struct writer answer = {bytes, sizeof bytes, 0, false};
    wire_put_number(&answer, 1, 1);
    wire_put_number(&answer, 2, pod_process);
    wire_put_number(&answer, 3, ticks);
    wire_put_number(&answer, 4, inode);
    sys_write(FD_CONTROL, bytes, answer.length);
    sys_exit(0);
}
