/* A pod's shared namespaces: made, set up, held by bind mounts of their files, and that is all; no process stays. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>

enum { AF_INET = 2, SOCK_DGRAM = 2, UP = 1, RUNNING = 0x40, KINDS = 4, DETACH_NOFOLLOW = 2 | 8 };
static const char *const kinds[KINDS] = {"net", "ipc", "uts", "user"};
static const struct plan *made_by;

static int kinds_held(void)
{
    return users_own(made_by) ? KINDS : KINDS - 1;
}

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
    for (int i = 0; i < kinds_held(); i++) {
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

static void name_of(char *path, size_t capacity, long process, int kind)
{
    struct text text = text_into(path, capacity);
    text_add(text_add(text_number(text_add(&text, "/proc/"), (uint64_t)process), "/ns/"), kinds[kind]);
}

static void hold(long process, int kind)
{
    char path[1024], from[48];
    file_of(path, sizeof path, kind);
    name_of(from, sizeof from, process, kind);
    long fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    sys_close((int)must(fd, path, "the namespace's file can't be made"));
    must(SYS(__NR_mount, from, path, NULL, MS_BIND, NULL), path, "the namespace can't be bound to its file");
}

/* Of the host, or of another pod. */
static void enter(const char *path, uint64_t kind)
{
    int fd = (int)must(sys_open(path, O_RDONLY | O_CLOEXEC), path, "the namespace can't be opened");
    must(SYS(__NR_setns, fd, kind), path, "the namespace can't be joined");
    sys_close(fd);
}

static void await(int channel)
{
    char said;
    if (sys_read(channel, &said, 1) != 1) {
        sys_exit(1); /* the other has failed, and said why */
    }
}

static void tell(int channel)
{
    char done = 'd';
    sys_write(channel, &done, 1);
}

/* In the new namespaces, until their files are bound: a process holds them meanwhile, and they are set up by one inside. */
_Noreturn static void inside(const struct plan *plan, int channel)
{
    in_child = true;
    SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    if (plan->user_namespace) {
        enter(plan->user_namespace, CLONE_NEWUSER);
        users_become_root();
        must(SYS(__NR_unshare, CLONE_NEWIPC | CLONE_NEWUTS), "namespaces", "they can't be made");
        SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL); /* ids have changed */
    } else if (users_own(plan)) {
        await(channel); /* until ids are mapped */
        users_become_root();
        SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL); /* ids have changed */
    }
    if (plan->hostname) {
        must(SYS(__NR_sethostname, plan->hostname, text_length(plan->hostname)), plan->hostname, "the host name can't be set");
    }
    if (plan->domainname) {
        must(SYS(__NR_setdomainname, plan->domainname, text_length(plan->domainname)), plan->domainname, "the domain name can't be set");
    }
    if (!plan->network) {
        loopback_up();
    }
    /* the host's procfs, but net and ipc sysctls are those of the process that opens them */
    int proc = (int)must(sys_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "/proc", "it can't be opened");
    sysctls_write(plan, proc);
    tell(channel);
    await(channel);
    sys_exit(0);
}

static void answer_success(long process)
{
    static uint8_t bytes[256];
    struct writer answer = {bytes, sizeof bytes, 0, false};
    wire_put_number(&answer, 1, 1);
    for (int i = 0; i < kinds_held(); i++) {
        char from[48];
        name_of(from, sizeof from, process, i);
        wire_put_number(&answer, (uint16_t)(2 + i), inode_of(AT_FDCWD, from));
    }
    send_answer(&answer);
}

/* Made by one clone, so that the others belong to the user namespace: one owned by the host's would deny port 80, raw sockets and sysfs. */
static long clone_inside(const struct plan *plan, int channel, int other)
{
    uint64_t kinds_of_all = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | (users_own(plan) ? CLONE_NEWUSER : 0);
    if (plan->network) {
        enter(plan->network, CLONE_NEWNET);
        kinds_of_all &= ~(uint64_t)CLONE_NEWNET;
    }
    if (plan->user_namespace) {
        kinds_of_all = 0; /* the others are made inside, so that they belong to it */
    }
    long pid = clone_process(kinds_of_all, NULL);
    if (pid < 0 && users_own(plan)) {
        fail(pid, "user namespace", "it can't be made; allow some (sysctl user.max_user_namespaces), or set hostUsers: true");
    }
    must(pid, "namespaces", "they can't be made");
    if (pid == 0) {
        sys_close(other);
        inside(plan, channel);
    }
    sys_close(channel);
    return pid;
}

void sandbox_main(const struct plan *plan)
{
    step(STEP_SANDBOX);
    on_failure = answer_failure;
    made_by = plan;
    if (!plan->pod_directory) {
        fail(-EINVAL, "launch plan", "a sandbox needs a pod's directory");
    }
    must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the keeper can't make itself undumpable");
    int ends[2];
    must(SYS(__NR_socketpair, 1 /* AF_UNIX */, 5 /* SOCK_SEQPACKET */ | O_CLOEXEC, 0, ends), "socketpair", "no channel");
    long process = clone_inside(plan, ends[1], ends[0]);
    on_failure = undo;
    char said = 0;
    if (plan->user_namespace) {
        said = sys_read(ends[0], &said, 1) == 1; /* it is there, and so are the others */
    } else if (users_own(plan)) {
        users_map(plan, (uint64_t)process);
        tell(ends[0]);
    }
    for (int i = 0; i < kinds_held(); i++) {
        hold(process, i);
    }
    if (!said && sys_read(ends[0], &said, 1) != 1) {
        fail(-ECHILD, "namespaces", "the process that sets them up was killed"); /* unless it has said why itself */
    }
    answer_success(process);
    sys_exit(0);
}
