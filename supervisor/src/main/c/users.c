/* A pod's own users: a user namespace with a range of the host's ids, 0 inside being the range's first. Nothing on disk is chowned:
   mounts are idmapped clones (mount_setattr(2), since 5.12; overlay's layers since 5.19), so disks keep the ids of inside. */
#include "keeper.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/securebits.h>

#include <asm/statfs.h>

bool users_own(const struct plan *plan)
{
    return plan->user_count != 0;
}

/* Whatever is made until users_cease - files, pipes, terminals - belongs to the pod's root, while the keeper's capabilities stay. An
   overlay whose mounter has an id that its layers don't map comes up read-only without an error. */
void users_act(const struct plan *plan)
{
    if (users_own(plan)) {
        must(SYS(__NR_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), "securebits", "they can't be set");
        SYS(__NR_setfsgid, plan->user_first);
        SYS(__NR_setfsuid, plan->user_first);
    }
}

void users_cease(const struct plan *plan)
{
    if (users_own(plan)) {
        SYS(__NR_setfsuid, 0);
        SYS(__NR_setfsgid, 0);
        must(SYS(__NR_prctl, PR_SET_SECUREBITS, 0), "securebits", "they can't be reset");
        must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the keeper can't make itself undumpable"); /* ids have changed */
    }
}

static void write_map(uint64_t pid, const char *file, const struct plan *plan)
{
    char path[64], line[64];
    struct text text = text_into(path, sizeof path);
    text_add(text_add(text_number(text_add(&text, "/proc/"), pid), "/"), file);
    text = text_into(line, sizeof line);
    text_add(text_number(text_add(text_number(text_add(&text, "0 "), plan->user_first), " "), plan->user_count), "\n");
    must(write_file(AT_FDCWD, path, line, text.length), path, "the pod's range of ids can't be mapped");
}

/* user_namespaces(7): once, by a process of the parent namespace that may set ids there. */
void users_map(const struct plan *plan, uint64_t pid)
{
    write_map(pid, "uid_map", plan);
    write_map(pid, "gid_map", plan);
}

/* After the user namespace was joined: the ids of before have no name in it. */
void users_become_root(void)
{
    must(SYS(__NR_setgroups, 0, NULL), "groups", "the supplementary groups can't be given up");
    must(SYS(__NR_setresgid, 0, 0, 0), "group", "root's group of the pod's users can't be taken");
    must(SYS(__NR_setresuid, 0, 0, 0), "user", "root of the pod's users can't be become");
    must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the process can't be made undumpable"); /* ids have changed */
}

static const char *file_system_name(int mount)
{
    static const struct {
        long magic;
        const char *name;
    } known[] = {{OVERLAYFS_SUPER_MAGIC, "overlay"}, {NFS_SUPER_MAGIC, "NFS"}, {PROC_SUPER_MAGIC, "proc"}, {SYSFS_MAGIC, "sysfs"},
                 {FUSE_SUPER_MAGIC, "FUSE"}, {V9FS_MAGIC, "9p"}, {CIFS_SUPER_MAGIC, "CIFS"}, {SMB2_SUPER_MAGIC, "SMB"},
                 {CEPH_SUPER_MAGIC, "Ceph"}, {TMPFS_MAGIC, "tmpfs (before Linux 6.3)"}, {0x00c0ffee, "hostfs"}};
    struct statfs about;
    if (SYS(__NR_fstatfs, mount, &about) == 0) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (about.f_type == known[i].magic) {
                return known[i].name;
            }
        }
    }
    return "this file system, or one mounted below it,";
}

static int open_namespace(const struct plan *plan)
{
    static int opened = -1;
    const struct plan_namespace *join = plan->namespaces.items;
    for (size_t i = 0; opened < 0 && i < plan->namespaces.count; i++) {
        if (join[i].kind == CLONE_NEWUSER) {
            opened = (int)must(sys_open(join[i].path, O_RDONLY | O_CLOEXEC), join[i].path, "the pod's user namespace can't be opened");
        }
    }
    if (opened < 0) {
        fail(-EINVAL, "launch plan", "a range of ids, but no user namespace to join");
    }
    return opened;
}

void mount_idmap(const struct plan *plan, int mount, bool recursive, const char *path)
{
    if (!users_own(plan)) {
        return;
    }
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)open_namespace(plan)};
    long result = SYS(__NR_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
    if (result < 0) {
        char sentence[200];
        struct text text = text_into(sentence, sizeof sentence);
        text_add(text_add(&text, file_system_name(mount)), " can't be mapped to the pod's own users; put it on another, or set hostUsers: true");
        fail(result, path, sentence);
    }
}

/* Before 6.15 overlay takes no detached mount as a layer, and by names mountinfo tells what the plan says: so each clone is laid over
   the very directory it was made of, in a mount namespace that nobody else sees. */
void mount_idmapped_over(const struct plan *plan, const char *directory)
{
    int clone = mount_clone(AT_FDCWD, directory, false);
    mount_idmap(plan, clone, false, directory);
    int place = (int)must(sys_open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), directory, "it can't be opened");
    mount_attach(clone, place, directory);
    sys_close(place);
    sys_close(clone);
}

/* The process in between: placed and privileged, it makes the root file system, joins the pod's namespaces and clones the container's
   first process out of them. Placing a process that has joined already fails (EACCES). CLONE_PARENT makes the keeper the one who reaps. */
void users_start(const struct plan *plan, struct prepared *with)
{
    in_child = true;
    step(STEP_PLACE);
    SYS(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    place_self(&plan->cgroup_tasks);
    oom_score_write(plan);
    limits_raise(plan);
    step(STEP_ROOTFS);
    must(SYS(__NR_mount, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "/", "the mount namespace can't be made a slave");
    users_act(plan);
    rootfs_prepare(plan, with);
    users_cease(plan);
    step(STEP_NAMESPACES);
    uint64_t pid_namespace = join_pid_namespace(plan) ? 0 : CLONE_NEWPID;
    join_namespaces(plan);
    users_become_root();
    long pid = clone_process(pid_namespace | CLONE_NEWNS | CLONE_PARENT, NULL);
    must(pid, "", "the container's first process can't be cloned into the pod's namespaces");
    if (pid == 0) {
        child_run(plan, with);
    }
    shared->process = (uint64_t)pid;
    sys_exit(0);
}
