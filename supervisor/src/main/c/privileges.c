/* What the process may do: limits, capabilities, ids, system calls. */
#include "keeper.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>

/* In the pod's own users nobody may raise a hard limit, so it is raised before; the soft ones stay for the preparations. */
void limits_raise(const struct plan *plan)
{
    const struct plan_rlimit *limits = plan->rlimits.items;
    for (size_t i = 0; users_own(plan) && i < plan->rlimits.count; i++) {
        struct rlimit64 have;
        if (SYS(__NR_prlimit64, 0, limits[i].resource, NULL, &have) == 0 && limits[i].hard > have.rlim_max) {
            have.rlim_max = limits[i].hard;
            SYS(__NR_prlimit64, 0, limits[i].resource, &have, NULL); /* refused without CAP_SYS_RESOURCE: clamped later, and told */
        }
    }
}

/* Our own hard limit is the most we can give (root here may lack CAP_SYS_RESOURCE); what had to be clamped is told. */
void limits_apply(const struct plan *plan)
{
    const struct plan_rlimit *limits = plan->rlimits.items;
    for (size_t i = 0; i < plan->rlimits.count; i++) {
        struct rlimit64 wanted = {limits[i].soft, limits[i].hard}, have;
        long result = SYS(__NR_prlimit64, 0, limits[i].resource, &wanted, NULL);
        if (result == -EPERM && SYS(__NR_prlimit64, 0, limits[i].resource, NULL, &have) == 0) {
            struct rlimit64 given = wanted;
            given.rlim_max = wanted.rlim_max < have.rlim_max ? wanted.rlim_max : have.rlim_max;
            given.rlim_cur = wanted.rlim_cur < given.rlim_max ? wanted.rlim_cur : given.rlim_max;
            result = SYS(__NR_prlimit64, 0, limits[i].resource, &given, NULL);
            if (result == 0) {
                clamp_note(limits[i].resource, wanted.rlim_cur, wanted.rlim_max, given.rlim_cur, given.rlim_max);
            }
        }
        must(result, "rlimit", "the resource limit can't be set");
    }
}

void seccomp_load(const struct plan *plan, bool last)
{
    bool no_new_privs = plan_has(plan, FLAG_NO_NEW_PRIVS);
    if (!plan_has(plan, FLAG_SECCOMP) || last != no_new_privs) {
        return;
    }
    size_t count = plan->seccomp.left / sizeof(struct sock_filter);
    if (count == 0 || count > BPF_MAXINSNS || plan->seccomp.left % sizeof(struct sock_filter)) {
        fail(-EINVAL, "seccomp", "the filter is not 1 to 4096 instructions of 8 bytes");
    }
    struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)plan->seccomp.at};
    must(SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp", "the kernel refuses the filter");
}

/* Answers those of the kernel's capabilities that our own bounding set lacks: nobody below us can ever have them. */
static uint64_t bound_capabilities(uint64_t bounding)
{
    uint64_t lacking = 0;
    for (int capability = 0; capability < 64; capability++) {
        long have = SYS(__NR_prctl, PR_CAPBSET_READ, capability);
        if (have == -EINVAL) {
            break; /* past the kernel's last one */
        }
        lacking |= (uint64_t)(have == 0) << capability;
        if (have == 1 && !(bounding >> capability & 1)) {
            must(SYS(__NR_prctl, PR_CAPBSET_DROP, capability), "capabilities", "one can't be dropped from the bounding set");
        }
    }
    return lacking;
}

/* A plain user's effective set is empty already, as it is after exec: its working directory is entered with its own rights. */
static void set_capabilities(uint64_t permitted, bool root)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0}, probe = head;
    struct __user_cap_data_struct have[2];
    must(SYS(__NR_capget, &probe, have), "capabilities", "they can't be read");
    /* nobody can be given what we don't have ourselves; inheritable stays empty (CVE-2022-24769) */
    uint32_t low = (uint32_t)permitted & have[0].permitted, high = (uint32_t)(permitted >> 32) & have[1].permitted;
    struct __user_cap_data_struct data[2] = {{root ? low : 0, low, 0}, {root ? high : 0, high, 0}};
    must(SYS(__NR_capset, &head, data), "capabilities", "they can't be set");
    SYS(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
}

void privileges_drop(const struct plan *plan, const struct user *user)
{
    uint64_t lacking = bound_capabilities(plan->caps_bounding) & plan->caps_bounding;
    if (lacking) {
        clamp_note(CLAMP_CAPABILITIES, plan->caps_bounding, plan->caps_bounding, plan->caps_bounding & ~lacking, plan->caps_bounding & ~lacking);
    }
    must(SYS(__NR_prctl, PR_SET_KEEPCAPS, 1), "capabilities", "they can't be kept over the change of ids");
    must(SYS(__NR_setgroups, user->group_count, user->groups), "groups", "the supplementary groups can't be set");
    must(SYS(__NR_setresgid, user->gid, user->gid, user->gid), "group", "the group id can't be set");
    must(SYS(__NR_setresuid, user->uid, user->uid, user->uid), "user", users_own(plan) ? "the user id can't be set: the pod's own users end at 65535; or set hostUsers: true" : "the user id can't be set");
    must(SYS(__NR_prctl, PR_SET_DUMPABLE, 0), "", "the process can't be made undumpable"); /* again: ids have changed */
    set_capabilities(plan->caps_permitted, user->uid == 0);
}
