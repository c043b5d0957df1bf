/* Published ports are held by bound sockets, so that no foreign listener is silently shadowed by our redirection. */
#include "relay.h"

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#include <asm/socket.h>

enum { IPV6_ONLY = 26, BACKLOG = 128, NOBODY = 65534, SPARE_DESCRIPTORS = 16 };

static uint16_t network_order(uint64_t port)
{
    return (uint16_t)((port & 0xff) << 8 | (port >> 8 & 0xff));
}

static void describe(struct text *to, const struct plan_port *port)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = port->address.at;
    if (port->address.left == 4) {
        for (int i = 0; i < 4; i++) {
            text_number(text_add(to, i ? "." : ""), at[i]);
        }
    } else {
        text_add(to, "[");
        for (int i = 0; i < 16; i++) {
            char pair[2] = {digits[at[i] >> 4], digits[at[i] & 15]};
            text_bytes(text_add(to, i && i % 2 == 0 ? ":" : ""), pair, 2);
        }
        text_add(to, "]");
    }
    text_add(text_number(text_add(to, ":"), port->port), port->protocol == IPPROTO_UDP ? "/udp" : "/tcp");
}

struct endpoint endpoint_of(struct span address, uint64_t port)
{
    struct endpoint endpoint = {.length = 0};
    if (address.left == 16) {
        endpoint.six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = network_order(port)};
        memcpy(&endpoint.six.sin6_addr, address.at, 16);
        endpoint.length = sizeof endpoint.six;
    } else {
        endpoint.four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = network_order(port)};
        memcpy(&endpoint.four.sin_addr, address.at, 4);
        endpoint.length = sizeof endpoint.four;
    }
    return endpoint;
}

/* The socket. One whose traffic we carry listens at once: who comes now waits for us. */
static int bind_port(const struct plan_port *port)
{
    char name[80];
    struct text text = text_into(name, sizeof name);
    describe(&text, port);
    bool six = port->address.left == 16, stream = port->protocol == IPPROTO_TCP;
    long fd = SYS(__NR_socket, six ? AF_INET6 : AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | NONBLOCKING | CLOEXEC, 0);
    must(fd, name, "no socket");
    int yes = 1, no = 0;
    if (six) {
        must(SYS(__NR_setsockopt, fd, IPPROTO_IPV6, IPV6_ONLY, &yes, sizeof yes), name, "it can't be for IPv6 alone");
    }
    if (stream) { /* connections of an earlier holder that are still in TIME_WAIT are no reason to refuse */
        SYS(__NR_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    }
    struct endpoint own = endpoint_of(port->address, port->port);
    long result = SYS(__NR_bind, fd, &own.four, own.length);
    must(result, name, result == -EADDRINUSE ? "this address and port of the host are in use" : "it can't be bound");
    if (stream) { /* but from now on nobody shares it with us */
        SYS(__NR_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &no, sizeof no);
    }
    if (stream && port->target.left) {
        must(SYS(__NR_listen, fd, BACKLOG), name, "nobody can be let connect to it");
    }
    return (int)fd;
}

static bool is_address(struct span address)
{
    return address.left == 4 || address.left == 16;
}

static void check(const struct plan_port *port)
{
    if (!is_address(port->address) || port->port < 1 || port->port > 65535 ||
        (port->protocol != IPPROTO_TCP && port->protocol != IPPROTO_UDP)) {
        fail(-EINVAL, "launch plan", "a port has an address of 4 or 16 bytes, a number from 1 to 65535, and is tcp or udp");
    }
    if (port->target.left && (!is_address(port->target) || port->target_port < 1 || port->target_port > 65535)) {
        fail(-EINVAL, "launch plan", "a port is carried to an address of 4 or 16 bytes and a number from 1 to 65535");
    }
}

/* Binds all; those whose traffic is carried come back as a list that stays. */
static struct relayed *bind_all(const struct plan_port *ports, size_t count, size_t *carried)
{
    struct relayed *list = NULL;
    if (count) {
        long memory = SYS(__NR_mmap, NULL, count * sizeof *list, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        list = (struct relayed *)must(memory, "ports", "there is no memory for them");
    }
    for (size_t i = 0; i < count; i++) {
        check(&ports[i]);
        int fd = bind_port(&ports[i]);
        if (ports[i].target.left) {
            list[(*carried)++] = (struct relayed){fd, ports[i].protocol == IPPROTO_TCP, endpoint_of(ports[i].target, ports[i].target_port)};
        }
    }
    return list;
}

/* From here on strangers' bytes pass through: nothing is left that one who took us over could use. */
static void give_up_privileges(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    SYS(__NR_setgroups, 0, NULL);
    SYS(__NR_setresgid, NOBODY, NOBODY, NOBODY);
    SYS(__NR_setresuid, NOBODY, NOBODY, NOBODY);
    must(SYS(__NR_capset, &head, none), "capabilities", "they can't be given up");
    must(SYS(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs", "it can't be set");
    SYS(__NR_prctl, PR_SET_DUMPABLE, 0);
}

/* Each port is a descriptor. */
static void allow_descriptors(size_t count)
{
    struct rlimit64 files = {0, RLIM64_INFINITY};
    if (SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, &files, NULL);
    }
    if (files.rlim_max < count + SPARE_DESCRIPTORS) {
        fail(-EMFILE, "ports", "there are more than the daemon's hard limit of open files allows (ulimit -Hn)");
    }
}

void ports_main(const struct plan *plan)
{
    step(STEP_PORTS);
    on_failure = answer_failure;
    if (!plan->pod_directory) {
        fail(-EINVAL, "launch plan", "a port holder needs its pod's directory");
    }
    size_t carried = 0, held = plan->ports.count;
    allow_descriptors(held);
    struct relayed *relayed = bind_all(plan->ports.items, plan->ports.count, &carried);
    hygiene_detach(plan->keeper_cgroup_directory);
    hygiene_process(plan);
    allow_descriptors(held);
    SYS(__NR_prctl, PR_SET_NAME, "stowbook-ports");
    uint64_t pid = (uint64_t)SYS(__NR_getpid), ticks = process_start_ticks(pid);
    identity_write(plan->pod_directory, "ports", pid, ticks);
    uint8_t bytes[64];
    struct writer answer = {bytes, sizeof bytes, 0, false};
    wire_put_number(&answer, 1, 1);
    wire_put_number(&answer, 2, pid);
    wire_put_number(&answer, 3, ticks);
    sys_write(FD_CONTROL, bytes, answer.length);
    hygiene_place(&plan->keeper_cgroup_tasks);
    sys_close(FD_CONTROL);
    sys_close(FD_PLAN);
    plan_forget();
    give_up_privileges();
    if (carried) {
        relay_run(relayed, carried, held);
    }
    for (;;) { /* SIGKILL by pidfd ends it; there is nothing to clean up */
        SYS(__NR_ppoll, NULL, 0, NULL, NULL, 0);
    }
}
