/* Where a start is, how long its steps took, why it failed. */
#include "keeper.h"

#include <linux/mman.h>
#include <linux/time_types.h>

struct shared *shared;
void (*on_failure)(void);
bool in_child;

static const char *const names[STEP_COUNT] = {
    "plan", "hygiene", "rootfs", "volumes", "dev", "cgroup-view", "clone", "place", "namespaces", "attach-rootfs", "attach-dev",
    "proc", "sys", "attach-cgroup", "attach-volumes", "mask", "pivot", "user", "stdio", "limits", "privileges", "exec", "keep",
    "sandbox", "ports", "pod-init"};

const char *step_name(uint64_t which)
{
    return which < STEP_COUNT ? names[which] : "?";
}

uint64_t clock_nanos(int clock)
{
    struct __kernel_timespec now = {0, 0};
    SYS(__NR_clock_gettime, clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void steps_begin(void)
{
    long page = SYS(__NR_mmap, 0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page < 0) {
        sys_exit(125);
    }
    shared = (struct shared *)page;
    shared->began = clock_nanos(MONOTONIC);
}

void step(enum step next)
{
    uint64_t now = clock_nanos(MONOTONIC);
    shared->nanos[shared->step] += now - shared->began;
    shared->began = now;
    shared->step = next;
}

void clamp_note(uint64_t resource, uint64_t wanted_soft, uint64_t wanted_hard, uint64_t soft, uint64_t hard)
{
    if (shared->clamp_count < sizeof shared->clamps / sizeof shared->clamps[0]) {
        shared->clamps[shared->clamp_count++] = (struct clamp){resource, wanted_soft, wanted_hard, soft, hard};
    }
}

void fail_with_code(long error, const char *path, const char *sentence, int exit_code)
{
    struct failure *failure = &shared->failure;
    if (!failure->set) {
        failure->error = (uint64_t)-error;
        failure->exit_code = (uint64_t)exit_code;
        struct text text = text_into(failure->path, sizeof failure->path);
        text_add(&text, path);
        text = text_into(failure->sentence, sizeof failure->sentence);
        text_add(&text, sentence);
        failure->set = 1;
    }
    if (!in_child && on_failure) {
        void (*report)(void) = on_failure;
        on_failure = NULL; /* a failure while reporting must not report again */
        report();
    }
    sys_exit(1);
}

void fail(long error, const char *path, const char *sentence)
{
    fail_with_code(error, path, sentence, 128);
}

long must(long result, const char *path, const char *sentence)
{
    if (result < 0) {
        fail(result, path, sentence);
    }
    return result;
}
