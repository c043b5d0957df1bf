/* The container's first process, from clone to exec. The order is the security: see the comments. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>

#include <asm/ioctls.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void take_terminal(struct prepared *with)
{
    /* the terminal's other end by its own descriptor, never by a name in /dev/pts (CVE-2025-52565) */
    int end = (int)must(SYS(__NR_ioctl, with->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "terminal", "its other end can't be opened");
    must(SYS(__NR_ioctl, end, TIOCSCTTY, 0), "terminal", "it can't become the controlling terminal");
    with->stdio[0] = with->stdio[1] = with->stdio[2] = end;
}

/* After the mounts are attached and before the pivot: /dev/console is the terminal, bound by descriptor. */
static void attach_console(struct prepared *with)
{
    int cover = mount_clone(with->stdio[0], "", false);
    int target = (int)must(SYS(__NR_openat, with->dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC, 0), "/dev/console", "it is gone");
    mount_attach(cover, target, "/dev/console");
    sys_close(target);
    sys_close(cover);
}

/* The container's, not the host's: but in a running container anything may stand there by now. */
static int open_own_null(void)
{
    int fd = (int)must(sys_open("/dev/null", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), "/dev/null",
                       "the container's can't be opened");
    struct statx about;
    must(SYS(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &about), "/dev/null", "the container's can't be examined");
    if ((about.stx_mode & 0170000) != 0020000 || about.stx_rdev_major != 1 || about.stx_rdev_minor != 3) {
        fail(-EPERM, "/dev/null", "the container's /dev/null is not the character device 1:3");
    }
    return fd;
}

static void arrange_stdio(struct prepared *with, const struct user *user)
{
    for (int i = 0; i < 3; i++) {
        int fd = with->stdio[i];
        if (fd < 0) {
            fd = open_own_null();
        } else {
            SYS(__NR_fchown, fd, user->uid, -1); /* otherwise a plain user could not open /dev/stdout */
        }
        must(SYS(__NR_dup3, fd, i, 0), "standard streams", "they can't be put in place");
    }
}

static void enter_directory(const char *cwd)
{
    long result = SYS(__NR_chdir, cwd);
    must(result, cwd, "the working directory can't be entered");
    char where[4096];
    long length = SYS(__NR_getcwd, where, sizeof where);
    if (length < 0 || where[0] != '/') { /* "(unreachable)": outside of our root (CVE-2024-21626) */
        fail(length < 0 ? length : -EPERM, cwd, "the working directory lies outside of the container's root; refused");
    }
}

/* Nothing that was open for the preparation can be reached from here on, say as a working directory (CVE-2024-21626). */
static void close_all_but_streams(struct prepared *with)
{
    if (with->status_child != 3) {
        must(SYS(__NR_dup3, with->status_child, 3, O_CLOEXEC), "status channel", "it can't be put in place");
        with->status_child = 3;
    }
    must(SYS(__NR_close_range, 4, ~0U, 0), "descriptors", "they can't be closed");
}

/* As Docker does: a working directory that the image lacks is made. */
static void make_directory(const char *cwd)
{
    if (SYS(__NR_faccessat, AT_FDCWD, cwd, 0) == -ENOENT) {
        int root = (int)must(sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/", "it can't be opened");
        sys_close(make_target(root, cwd, true));
        sys_close(root);
    }
}

static const char *environment(const struct texts *env, const char *name)
{
    size_t length = text_length(name);
    for (size_t i = 0; i < env->count; i++) {
        if (text_starts(env->items[i], name) && env->items[i][length] == '=') {
            return env->items[i] + length + 1;
        }
    }
    return NULL;
}

_Noreturn static void cannot_execute(long error, const char *program)
{
    bool missing = error == -ENOENT || error == -ENOTDIR;
    fail_with_code(error, program, missing ? "no such program in the container" : "the program can't be executed", missing ? 127 : 126);
}

static void execute(const struct plan *plan, const char *const *env)
{
    const char *program = plan->argv.items[0];
    for (const char *at = program; *at; at++) {
        if (*at == '/') {
            cannot_execute(SYS(__NR_execve, program, plan->argv.items, env), program);
        }
    }
    const char *path = environment(&plan->env, "PATH");
    long worst = -ENOENT;
    for (const char *at = path ? path : default_path; *program; at++) {
        char candidate[4096];
        struct text text = text_into(candidate, sizeof candidate);
        const char *end = at;
        while (*end && *end != ':') {
            end++;
        }
        text_bytes(&text, at, (size_t)(end - at));
        text_add(text_add(&text, end == at ? "./" : "/"), program);
        long error = text.full ? -ENAMETOOLONG : SYS(__NR_execve, candidate, plan->argv.items, env);
        if (error != -ENOENT && error != -ENOTDIR) {
            worst = error == -EACCES || worst == -ENOENT ? error : worst;
            if (error != -EACCES) {
                break;
            }
        }
        if (!*end) {
            break;
        }
        at = end;
    }
    cannot_execute(worst, program);
}

/* HOME comes from the image's /etc/passwd, unless image or user have set it. */
static const char *const *with_home(const struct plan *plan, const struct user *user, const char **room, char *home, size_t size)
{
    if (environment(&plan->env, "HOME") || plan->env.count > 4094) {
        return plan->env.items;
    }
    struct text text = text_into(home, size);
    text_add(text_add(&text, "HOME="), user->home);
    for (size_t i = 0; i < plan->env.count; i++) {
        room[i] = plan->env.items[i];
    }
    room[plan->env.count] = home;
    room[plan->env.count + 1] = NULL;
    return room;
}

static void wait_for_start(const struct plan *plan, const struct prepared *with)
{
    if (plan_has(plan, FLAG_HOLD)) {
        char go = 'p';
        sys_write(with->status_child, &go, 1);
        if (sys_read(with->status_child, &go, 1) != 1) {
            sys_exit(1); /* the keeper is gone */
        }
    }
}

static void reset_signals(void)
{
    uint64_t none = 0;
    struct { /* rt_sigaction(2): the kernel's own layout, the same size on both architectures */
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } standard = {NULL, 0, NULL, 0};
    for (int signal = 1; signal <= 64; signal++) {
        SYS(__NR_rt_sigaction, signal, &standard, NULL, sizeof none);
    }
    SYS(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, NULL, sizeof none);
}

void child_exec(const struct plan *plan, struct prepared *with)
{
    static struct user user;
    static const char *room[4096];
    static char home[300];
    step(STEP_USER);
    user_find(plan, &user);
    if (plan_has(plan, FLAG_NON_ROOT) && user.uid == 0) {
        fail(-EPERM, plan->user && plan->user[0] ? plan->user : "root", "it is user 0, which runAsNonRoot forbids: set runAsUser");
    }
    const char *const *env = with_home(plan, &user, room, home, sizeof home);
    const char *cwd = plan->cwd && plan->cwd[0] ? plan->cwd : "/";
    step(STEP_STDIO);
    arrange_stdio(with, &user);
    close_all_but_streams(with);
    if (plan->mode == MODE_RUN) {
        make_directory(cwd);
    }
    reset_signals();
    SYS(__NR_umask, 022);
    step(STEP_LIMITS);
    limits_apply(plan);
    step(STEP_PRIVILEGES);
    seccomp_load(plan, false); /* without no_new_privs this needs CAP_SYS_ADMIN, so it comes before the drop */
    privileges_drop(plan, &user);
    enter_directory(cwd); /* with the user's own rights */
    wait_for_start(plan, with);
    if (plan_has(plan, FLAG_NO_NEW_PRIVS)) {
        must(SYS(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs", "it can't be set");
    }
    step(STEP_EXEC);
    /* nothing but the standard streams passes exec; marked, not closed: the end of the status channel says that it was executed */
    enum { CLOSE_ON_EXEC = 4 };
    must(SYS(__NR_close_range, 3, ~0U, CLOSE_ON_EXEC), "descriptors", "they can't be marked to close");
    seccomp_load(plan, true); /* the last call before exec */
    if (plan_has(plan, FLAG_INIT)) {
        init_begin(plan);
    }
    execute(plan, env);
    sys_exit(1);
}

void child_run(const struct plan *plan, struct prepared *with)
{
    in_child = true;
    step(STEP_PLACE);
    SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL); /* a keeper that dies while we are half prepared takes us with it */
    SYS(__NR_setsid);
    shared->inside = (uint64_t)SYS(__NR_getpid);
    if (!users_own(plan)) { /* otherwise the process in between has done it */
        place_self(&plan->cgroup_tasks);
        oom_score_write(plan);
        step(STEP_NAMESPACES);
        join_namespaces(plan);
    }
    own_cgroup_namespace();
    int proc, sys, null = open_null();
    step(STEP_ATTACH_ROOTFS);
    int root = rootfs_attach(with);
    step(STEP_ATTACH_DEV);
    dev_attach(with, root);
    step(STEP_PROC);
    proc_attach(root, &proc, &sys);
    step(STEP_ATTACH_CGROUP);
    cgroup_view_attach(with, sys);
    if (plan_has(plan, FLAG_TTY)) {
        take_terminal(with);
        attach_console(with);
    }
    step(STEP_ATTACH_VOLUMES);
    volumes_attach(plan, with, root);
    step(STEP_MASK);
    sysctls_write(plan, proc);
    masks_attach(plan, root, proc, sys, null);
    namespaces_note(proc, "self");
    step(STEP_PIVOT);
    rootfs_enter(plan, root);
    child_exec(plan, with);
}
