/* The container keeper: `stowbook-keeper <label>`, with a launch plan on descriptor 3 and a listening control socket (or, for modes
   that end at once, the pipe for the answer) on descriptor 4. See docs/keeper-protocol.md. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/stat.h>

static struct plan plan;
static struct prepared prepared;

static void block_signals(void)
{
    uint64_t all = ~(uint64_t)0;
    SYS(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &all, NULL, sizeof all); /* only SIGKILL ends a keeper */
}

/* What descriptor 4 is says how a failure is told, even that of a plan nobody can read. */
static bool choose_reporter(void)
{
    struct statx about;
    SYS(__NR_statx, FD_CONTROL, "", AT_EMPTY_PATH, STATX_TYPE, &about);
    bool socket = (about.stx_mode & 0170000) == 0140000;
    on_failure = socket ? keep_report_failure : answer_failure;
    if (socket) {
        SYS(__NR_fcntl, FD_CONTROL, F_SETFL, O_NONBLOCK);
    }
    return socket;
}

_Noreturn static void run(void)
{
    users_act(&plan);
    if (!users_own(&plan)) {
        step(STEP_ROOTFS);
        rootfs_prepare(&plan, &prepared);
    }
    step(STEP_VOLUMES);
    volumes_prepare(&plan, &prepared);
    step(STEP_DEV);
    dev_prepare(&plan, &prepared);
    stdio_prepare(&plan, &prepared);
    step(STEP_CGROUP_VIEW);
    cgroup_view_prepare(&plan, &prepared);
    users_cease(&plan);
    step(STEP_CLONE);
    uint64_t pid_namespace = users_own(&plan) || join_pid_namespace(&plan) ? 0 : CLONE_NEWPID; /* with users: by the process in between */
    long pid = clone_process(pid_namespace | CLONE_NEWNS, plan.cgroup_directory);
    must(pid, plan.cgroup_directory ? plan.cgroup_directory : "", "the container's first process can't be cloned into its cgroup");
    if (pid == 0 && users_own(&plan)) {
        users_start(&plan, &prepared);
    }
    if (pid == 0) {
        child_run(&plan, &prepared);
    }
    keep(&plan, &prepared, users_own(&plan) ? process_of(pid) : (uint64_t)pid);
}

int keeper_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    hygiene_descriptors();
    steps_begin();
    block_signals();
    bool keeps = choose_reporter();
    plan_read(FD_PLAN, &plan);
    if (keeps != (plan.mode == MODE_RUN || plan.mode == MODE_EXEC)) {
        fail(-EINVAL, "launch plan", "the plan's mode is not one that its control descriptor is for");
    }
    for (int i = 0; i < VOLUMES; i++) {
        prepared.volumes[i] = -1;
    }
    prepared.rootfs = prepared.dev = prepared.devpts = prepared.shm = prepared.cgroup_tmpfs = -1;
    if (plan.mode == MODE_SANDBOX) {
        sandbox_main(&plan);
    }
    step(STEP_HYGIENE);
    if (plan.mode == MODE_PORTS) {
        ports_main(&plan);
    }
    if (plan.mode == MODE_POD_INIT) {
        podinit_main(&plan);
    }
    hygiene_detach(plan.keeper_cgroup_directory);
    keep_remember(&plan);
    hygiene_process(&plan);
    if (plan.mode == MODE_RUN) {
        run();
    }
    if (plan.mode == MODE_EXEC) {
        users_act(&plan);
        stdio_prepare(&plan, &prepared);
        users_cease(&plan);
        keep(&plan, &prepared, exec_start(&plan, &prepared));
    }
    fail(-EINVAL, "launch plan", "the plan's mode is none of run, exec, sandbox, ports, pod init");
}
