/* Keeping: output to the log, the control socket, the exit. One poll loop, no threads. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/time_types.h>

#include <asm/poll.h>
#include <asm/signal.h>

struct kept kept;
static int signals = -1;
static uint64_t drain_until_nanos;
/* How much longer the output of an exec that has ended waits for a reader who was announced and has not come, or takes nothing for now. */
static const uint64_t reader_wait_nanos = 10 * 1000000000ull;
/* How long slow readers have to take the last of what they were given. */
static const uint64_t last_words_nanos = 2 * 1000000000ull;
enum { PIPE_ROOM = 1 << 20 }; /* pipe(7): the most a pipe is given without privileges */

static struct {
    uint8_t head[FRAME_HEAD]; /* so that a chunk can be sent as a frame without copying it */
    uint8_t bytes[CHUNK];
} chunk;

static void copy(char *to, size_t capacity, const char *from)
{
    struct text text = text_into(to, capacity);
    text_add(&text, from ? from : "");
}

void keep_remember(const struct plan *plan)
{
    if (!plan->container_id || !plan->state_directory || text_length(plan->state_directory) > 480 ||
        (plan->log_directory && text_length(plan->log_directory) > 480) || plan->argv.count == 0) {
        fail(-EINVAL, "launch plan", "id, state directory or arguments are missing, or a directory's path is longer than 480 bytes");
    }
    copy(kept.container_id, sizeof kept.container_id, plan->container_id);
    copy(kept.state_directory, sizeof kept.state_directory, plan->state_directory);
    copy(kept.log_directory, sizeof kept.log_directory, plan->log_directory);
    kept.generation = plan->generation;
    kept.flags = plan->flags;
    kept.drain_millis = plan->drain_millis;
    kept.log_max_bytes = plan->log_max_bytes ? plan->log_max_bytes : 10 << 20;
    kept.log_max_files = plan->log_max_files ? plan->log_max_files : 3;
    kept.outputs[0] = kept.outputs[1] = kept.input = kept.terminal = kept.status_pipe = -1;
}

/* Who we are, for greetings and the exit file. Read while the process is preparing itself, not before. */
static void identify(void)
{
    if (!kept.boot_id[0]) {
        boot_id(kept.boot_id);
        kept.keeper_start_ticks = process_start_ticks((uint64_t)SYS(__NR_getpid));
    }
}

static void note_end(int status)
{
    kept.exited = true;
    kept.status = status;
    kept.exit_wall_nanos = clock_nanos(REALTIME);
    kept.exit_boot_nanos = clock_nanos(BOOTTIME);
    drain_until_nanos = clock_nanos(MONOTONIC) + kept.drain_millis * 1000000u;
}

static void reap(void)
{
    enum { NOHANG = 1 };
    int status;
    long pid;
    while ((pid = SYS(__NR_wait4, -1, &status, NOHANG, NULL)) > 0) {
        if ((uint64_t)pid == kept.process && !kept.exited) {
            note_end(status);
        }
    }
}

/* A start that failed: whoever asked for it is told, and the file says it to a daemon that comes later. */
void keep_report_failure(void)
{
    if (kept.process) {
        kill_process(kept.process, SIGKILL);
        SYS(__NR_wait4, kept.process, NULL, 0, NULL);
    }
    identify();
    kept.exit_wall_nanos = clock_nanos(REALTIME);
    kept.exit_boot_nanos = clock_nanos(BOOTTIME);
    exit_file_write();
    struct pollfd wait = {FD_CONTROL, POLLIN, 0};
    struct __kernel_timespec patience = {2, 0};
    if (!control_connected()) {
        SYS(__NR_ppoll, &wait, 1, &patience, NULL, 8);
    }
    control_accept();
    control_failed();
    sys_exit(1);
}

void keep_start_held(void)
{
    kept.held = false;
    char go = 'g';
    sys_write(kept.status_pipe, &go, 1);
}

/* The channel says `p` when the process is prepared and waits; its end says that the process was executed, or has failed. */
static void read_status(void)
{
    char said;
    long count = sys_read(kept.status_pipe, &said, 1);
    if (count == 1) {
        kept.held = true;
        control_held();
        return;
    }
    sys_close(kept.status_pipe);
    kept.status_pipe = -1;
    if (!shared->failure.set && shared->step != STEP_EXEC) {
        fail(-ECHILD, "", "the process was killed before it was executed");
    }
    if (shared->failure.set) {
        keep_report_failure();
    }
    step(STEP_KEEP);
    kept.process_start_ticks = process_start_ticks(kept.process);
    kept.held = false;
    kept.started = true;
    control_started();
}

/* Whether anything was there. */
static bool read_output(int which)
{
    int fd = kept.outputs[which];
    long count = sys_read(fd, chunk.bytes, CHUNK);
    if (count == -EAGAIN || count == -EINTR) {
        return false;
    }
    if (count <= 0) { /* a terminal answers EIO when nobody has it open any more */
        if (fd == kept.terminal) {
            kept.terminal = -1;
            kept.input = -1;
        }
        sys_close(fd);
        kept.outputs[which] = -1;
        return false;
    }
    control_output(which + 1, chunk.bytes, (size_t)count);
    if (kept.log_directory[0]) {
        log_append(which + 1, chunk.bytes, (size_t)count);
    }
    if (kept.exited && kept.flags & FLAG_ATTACH && control_attached()) {
        drain_until_nanos = clock_nanos(MONOTONIC) + kept.drain_millis * 1000000u; /* the reader makes progress */
    }
    return true;
}

/* Exec: what the process says is for its reader alone, so it waits for the reader. */
static bool outputs_wait(void)
{
    return kept.flags & FLAG_ATTACH && (!control_was_attached() || (control_attached() && control_blocked()));
}

/* What the process itself left in its pipes, whoever holds them and however late we come to look: not more than a pipe has room for. */
static void read_left(void)
{
    for (int which = 0; which < 2; which++) {
        for (int i = 0; i < PIPE_ROOM / CHUNK && !outputs_wait() && kept.outputs[which] >= 0 && read_output(which); i++) {
        }
    }
}

static bool is_late(bool waiting_for_reader)
{
    return clock_nanos(MONOTONIC) >= drain_until_nanos + (waiting_for_reader ? reader_wait_nanos : 0);
}

static bool finished(void)
{
    if (!kept.exited || kept.status_pipe >= 0) {
        return false;
    }
    bool absent = kept.flags & FLAG_ATTACH && !control_was_attached();
    bool waits = kept.flags & FLAG_ATTACH && control_blocked(); /* a reader of a container holds nothing up */
    if (is_late(absent || waits)) {
        read_left(); /* a reader who takes it is given more time */
        return is_late(absent || waits);
    }
    return !absent && kept.outputs[0] < 0 && kept.outputs[1] < 0 && !waits;
}

static void wait_for_something(struct pollfd *polled, size_t count)
{
    struct __kernel_timespec timeout = {0, 100000000}, *limit = kept.exited ? &timeout : NULL;
    SYS(__NR_ppoll, polled, count, limit, NULL, 8);
}

static void once(void)
{
    enum { SIGNALS, LISTENER, OUT, ERR, STATUS, INPUT, FIRST_CONNECTION, COUNT = FIRST_CONNECTION + CONNECTIONS };
    struct pollfd polled[COUNT];
    bool waits = outputs_wait();
    polled[SIGNALS] = (struct pollfd){signals, POLLIN, 0};
    polled[LISTENER] = (struct pollfd){FD_CONTROL, POLLIN, 0};
    polled[OUT] = (struct pollfd){waits ? -1 : kept.outputs[0], POLLIN, 0};
    polled[ERR] = (struct pollfd){waits ? -1 : kept.outputs[1], POLLIN, 0};
    polled[STATUS] = (struct pollfd){kept.status_pipe, POLLIN, 0};
    polled[INPUT] = (struct pollfd){input_pending() ? kept.input : -1, POLLOUT, 0};
    for (int i = 0; i < CONNECTIONS; i++) {
        polled[FIRST_CONNECTION + i].fd = control_descriptor(i, &polled[FIRST_CONNECTION + i].events);
        polled[FIRST_CONNECTION + i].revents = 0;
    }
    wait_for_something(polled, COUNT);
    if (polled[LISTENER].revents) {
        control_accept();
    }
    if (polled[STATUS].revents) {
        read_status();
    }
    if (polled[OUT].revents) {
        read_output(0);
    }
    if (polled[ERR].revents) {
        read_output(1);
    }
    if (polled[SIGNALS].revents) {
        uint8_t info[128];
        sys_read(signals, info, sizeof info);
        reap();
    }
    if (polled[INPUT].revents) {
        input_write();
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        if (polled[FIRST_CONNECTION + i].fd >= 0 && polled[FIRST_CONNECTION + i].revents) {
            control_ready(i, polled[FIRST_CONNECTION + i].revents);
        }
    }
}

static void close_prepared(const struct prepared *with)
{
    const int single[] = {with->rootfs, with->dev, with->devpts, with->shm, with->cgroup_tmpfs, with->stdio[0],
                          with->stdio[1], with->stdio[2], with->status_child, FD_PLAN};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (single[i] >= 0) {
            sys_close(single[i]);
        }
    }
    for (int i = 0; i < with->cgroup_count; i++) {
        sys_close(with->cgroup_views[i]);
    }
    for (int i = 0; i < VOLUMES && with->volumes[i] >= 0; i++) {
        sys_close(with->volumes[i]);
    }
}

static void watch_children(void)
{
    uint64_t mask = 1u << (SIGCHLD - 1);
    signals = (int)must(SYS(__NR_signalfd4, -1, &mask, sizeof mask, 0x800 | 0x80000), "signalfd", "children can't be watched");
}

void keep(const struct plan *plan, struct prepared *with, uint64_t process)
{
    watch_children();
    identify();
    close_prepared(with);
    kept.process = process;
    kept.status_pipe = with->status_keeper;
    kept.terminal = with->terminal;
    kept.outputs[0] = kept.terminal >= 0 ? kept.terminal : with->stdio_peers[1];
    kept.outputs[1] = kept.terminal >= 0 ? -1 : with->stdio_peers[2];
    kept.input = kept.terminal < 0 ? with->stdio_peers[0] : plan->flags & FLAG_STDIN ? kept.terminal : -1;
    if (kept.log_directory[0]) {
        log_open();
    }
    while (!kept.started && !kept.held) {
        once();
    }
    hygiene_place(&plan->keeper_cgroup_tasks); /* not before the start is told: it takes the time of the start twice over */
    plan_forget();
    while (!finished()) {
        once();
    }
    exit_file_write();
    control_accept(); /* who connects after this finds the file */
    control_exited();
    uint64_t until = clock_nanos(MONOTONIC) + last_words_nanos;
    while (control_blocked() && clock_nanos(MONOTONIC) < until) {
        once();
    }
    sys_exit(0);
}
