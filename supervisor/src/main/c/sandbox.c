/* A pod's shared namespaces: made, set up, held by bind mounts of their files, and that is all; no process stays. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>

enum { AF_INET = 2, SOCK_DGRAM = 2, UP = 1, RUNNING = 0x40, KINDS = 3, DETACH_NOFOLLOW = 2 | 8 };
static const char *const kinds[KINDS] = {"net", "ipc", "uts"};
static const struct plan *made_by;

static void file_of(char *path, size_t capacity, int kind)
{
    struct text text = text_into(path, capacity);
    text_add(text_add(text_add(&text, made_by->pod_directory), "/"), kinds[kind]);
    if (text.full) {
        fail(-ENAMETOOLONG, made_by->pod_directory, "the pod's directory has too long a path");
    }
}

static void send_answer(struct writer *answer)
{
    sys_write(FD_CONTROL, answer->start, answer->length);
    sys_close(FD_CONTROL);
}

/* What modes without a control socket say: tag 1: 0. */
void answer_failure(void)
{
    static uint8_t bytes[1024];
    struct writer answer = {bytes, sizeof bytes, 0, false};
    const struct failure *failure = &shared->failure;
    wire_put_number(&answer, 1, 0);
    wire_put_text(&answer, 10, step_name(shared->step));
    wire_put_number(&answer, 11, failure->error);
    wire_put_text(&answer, 12, failure->path);
    wire_put_text(&answer, 13, failure->sentence);
    send_answer(&answer);
}

static void undo(void)
{
    char path[1024];
    for (int i = 0; i < KINDS; i++) {
        file_of(path, sizeof path, i);
        if (SYS(__NR_umount2, path, DETACH_NOFOLLOW) == 0) {
            SYS(__NR_unlinkat, AT_FDCWD, path, 0);
        }
    }
    answer_failure();
}

static void loopback_up(void)
{
    int fd = (int)must(SYS(__NR_socket, AF_INET, SOCK_DGRAM, 0), "lo", "no socket in the new network namespace");
    /* SAFETY: struct ifreq of netdevice(7), 40 bytes; the kernel's header would draw in a C library's */
    struct {
        char name[16];
        short flags;
        char padding[22];
    } request = {.name = "lo", .flags = UP | RUNNING};
    must(SYS(__NR_ioctl, fd, SIOCSIFFLAGS, &request), "lo", "it can't be brought up");
    sys_close(fd);
}

static void hold(int kind)
{
    char path[1024], from[32];
    file_of(path, sizeof path, kind);
    struct text text = text_into(from, sizeof from);
    text_add(text_add(&text, "/proc/self/ns/"), kinds[kind]);
    long fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    sys_close((int)must(fd, path, "the namespace's file can't be made"));
    must(SYS(__NR_mount, from, path, NULL, MS_BIND, NULL), path, "the namespace can't be bound to its file");
}

/* Of the host, or of another pod. */
static void enter_network(const char *path)
{
    int fd = (int)must(sys_open(path, O_RDONLY | O_CLOEXEC), path, "the network namespace can't be opened");
    must(SYS(__NR_setns, fd, CLONE_NEWNET), path, "the network namespace can't be joined");
    sys_close(fd);
}

void sandbox_main(const struct plan *plan)
{
    step(STEP_SANDBOX);
    on_failure = answer_failure;
    made_by = plan;
    if (!plan->pod_directory || !plan->hostname) {
        fail(-EINVAL, "launch plan", "a sandbox needs a pod's directory and a host name");
    }
    must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the keeper can't make itself undumpable");
    if (plan->network) {
        enter_network(plan->network);
    }
    must(SYS(__NR_unshare, (plan->network ? 0 : CLONE_NEWNET) | CLONE_NEWIPC | CLONE_NEWUTS), "namespaces", "they can't be made");
    must(SYS(__NR_sethostname, plan->hostname, text_length(plan->hostname)), plan->hostname, "the host name can't be set");
    if (!plan->network) {
        loopback_up();
    }
    /* the host's procfs, but net and ipc sysctls are those of the process that opens them */
    int proc = (int)must(sys_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "/proc", "it can't be opened");
    sysctls_write(plan, proc);
    on_failure = undo;
    static uint8_t bytes[256];
    struct writer answer = {bytes, sizeof bytes, 0, false};
    wire_put_number(&answer, 1, 1);
    for (int i = 0; i < KINDS; i++) {
        hold(i);
        char from[32];
        struct text text = text_into(from, sizeof from);
        text_add(text_add(&text, "/proc/self/ns/"), kinds[i]);
        wire_put_number(&answer, (uint16_t)(2 + i), inode_of(AT_FDCWD, from));
    }
    send_answer(&answer);
    sys_exit(0);
}
