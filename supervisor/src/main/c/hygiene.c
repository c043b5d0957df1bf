/* What the keeper does to itself before it does anything else. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>

/* The JVM opens nearly everything without CLOEXEC: nothing of it may live on here, or in a container. */
void hygiene_descriptors(void)
{
    SYS(__NR_close_range, FD_CONTROL + 1, ~0U, 0);
    for (int fd = FD_PLAN; fd <= FD_CONTROL; fd++) {
        SYS(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
    }
}

/* A session keyring for the container in the place of the daemon's, which holds the daemon's keys. Made by the host's root: the kernel gives
   other users few keys, and a pod that has used up those of its users must not be left with the daemon's keyring. */
static void hygiene_keyring(void)
{
    enum { JOIN_SESSION_KEYRING = 1 };
    long keyring = SYS(__NR_keyctl, JOIN_SESSION_KEYRING, NULL);
    if (keyring != -ENOSYS && keyring != -EPERM) { /* without keyrings there is none to hide; a filter that forbids them is the container's, too */
        must(keyring, "session keyring", "a new one can't be made: root may have as many keys as kernel.keys.root_maxkeys says");
    }
}

void hygiene_process(const struct plan *plan)
{
    struct rlimit64 files = {1024, 1024}, old;
    if (SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &old) == 0) {
        files.rlim_max = old.rlim_max; /* a container may be given as much */
        files.rlim_cur = old.rlim_max < 1024 ? old.rlim_max : 1024;
        SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, &files, NULL);
    }
    SYS(__NR_umask, 0);
    must(SYS(__NR_chdir, "/"), "/", "the keeper can't change its directory");
    hygiene_keyring();
    SYS(__NR_prctl, PR_SET_NAME, "stowbook-keeper");
    /* Before any namespace is entered or joined: a process inside must not trace the one that prepares it (CVE-2016-9962). */
    must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the keeper can't make itself undumpable");
    must(SYS(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1), "", "the keeper can't become a subreaper");
    char number[24];
    struct text text = text_into(number, sizeof number);
    text_signed(&text, (int64_t)plan->keeper_oom_score_adj);
    /* Lowering it needs CAP_SYS_RESOURCE; a keeper that may not is an ordinary process then. */
    write_file(AT_FDCWD, "/proc/self/oom_score_adj", number, text.length);
}

void hygiene_detach(const char *cgroup_directory)
{
    long pid = clone_process(0, cgroup_directory);
    must(pid, cgroup_directory ? cgroup_directory : "", "the keeper can't be cloned into its cgroup");
    if (pid > 0) {
        sys_exit(0);
    }
    SYS(__NR_setsid);
}

/* Each write moves the writer itself, which spares the grace period that moving another process costs (10 ms). Unlike a
   container, a keeper that can't be placed in some v1 hierarchy still does its work. */
void hygiene_place(const struct texts *tasks)
{
    for (size_t i = 0; i < tasks->count; i++) {
        write_file(AT_FDCWD, tasks->items[i], "0", 1);
    }
}
