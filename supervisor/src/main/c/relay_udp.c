/* Datagrams are carried: each client has a session, with a socket of its own towards the container, until it has been quiet for long. */
#include "relay.h"

#include <linux/eventpoll.h>
#include <linux/uio.h>

#include <asm/socket.h>

enum { SESSIONS = 256, TURNS = 64, IP_PKTINFO_OPTION = 8, MSG_DONTWAIT = 0x40, IPV6_RECEIVE_PACKET_INFO = 49 };
static const uint64_t quiet_nanos = 120 * 1000000000ull; /* as long as the kernel's own flows that were answered (nf_conntrack_udp_timeout_stream) */

/* SAFETY: struct msghdr of recvmsg(2) as the kernel has it (struct user_msghdr, linux/socket.h, not among the exported headers). */
struct message {
    void *name;
    int name_length;
    struct iovec *parts;
    size_t part_count;
    void *control;
    size_t control_length;
    unsigned int flags;
};

struct session {
    int fd; /* 0: unused */
    uint32_t relayed, watched;
    uint64_t used_nanos;
    struct endpoint client;
    /* Where the client had sent to: as the kernel gave it (IP_PKTINFO, ip(7); IPV6_PKTINFO, ipv6(7)), it is where answers come from. */
    uint32_t control_length;
    uint8_t control[64] __attribute__((aligned(8)));
};

static struct session sessions[SESSIONS];
static uint8_t datagram[65536];

void datagrams_open(struct relayed *relayed)
{
    int yes = 1;
    SYS(__NR_setsockopt, relayed->fd, IPPROTO_IP, IP_PKTINFO_OPTION, &yes, sizeof yes); /* each is refused by the other family */
    SYS(__NR_setsockopt, relayed->fd, IPPROTO_IPV6, IPV6_RECEIVE_PACKET_INFO, &yes, sizeof yes);
}

static void forget(struct session *session)
{
    sys_close(session->fd);
    session->fd = 0;
    session->watched = 0;
}

static bool is_of(const struct session *session, uint32_t index, const struct endpoint *client)
{
    return session->fd && session->relayed == index && session->client.length == client->length &&
           memcmp(&session->client.four, &client->four, client->length) == 0;
}

/* The client's, or an unused one, or the one that has been quiet for longest. */
static struct session *find(uint32_t index, const struct endpoint *client)
{
    struct session *best = &sessions[0];
    for (int i = 0; i < SESSIONS; i++) {
        if (is_of(&sessions[i], index, client)) {
            return &sessions[i];
        }
        uint64_t age = sessions[i].fd ? sessions[i].used_nanos : 0;
        best = age < (best->fd ? best->used_nanos : 0) ? &sessions[i] : best;
    }
    if (best->fd) {
        forget(best);
    }
    return best;
}

static bool begin(struct session *session, const struct endpoint *target, uint32_t index, const struct endpoint *client)
{
    long fd = SYS(__NR_socket, target->family, SOCK_DGRAM | NONBLOCKING | CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    session->fd = (int)fd;
    session->relayed = index;
    session->client = *client;
    if (SYS(__NR_connect, fd, &target->four, target->length) < 0 ||
        !relay_watch(session->fd, &session->watched, EPOLLIN, RELAY_SESSION, (uint32_t)(session - sessions), 0)) {
        forget(session);
        return false;
    }
    return true;
}

void datagrams_in(struct relayed *relayed, uint32_t index, uint64_t now)
{
    for (int turn = 0; turn < TURNS; turn++) {
        struct endpoint client = {.length = 0};
        uint8_t control[sizeof sessions[0].control] __attribute__((aligned(8)));
        struct iovec part = {datagram, sizeof datagram};
        struct message message = {&client.four, sizeof client.six, &part, 1, control, sizeof control, 0};
        long count = SYS(__NR_recvmsg, relayed[index].fd, &message, MSG_DONTWAIT);
        if (count < 0) {
            return;
        }
        client.length = (uint32_t)message.name_length;
        struct session *session = find(index, &client);
        if (!session->fd && !begin(session, &relayed[index].target, index, &client)) {
            continue; /* lost, as datagrams may be */
        }
        session->used_nanos = now;
        session->control_length = (uint32_t)message.control_length;
        memcpy(session->control, control, message.control_length);
        SYS(__NR_sendto, session->fd, datagram, count, MSG_DONTWAIT, NULL, 0);
    }
}

void datagrams_back(struct relayed *relayed, uint32_t index, uint64_t now)
{
    struct session *session = &sessions[index];
    for (int turn = 0; turn < TURNS && session->fd; turn++) {
        long count = SYS(__NR_recvfrom, session->fd, datagram, sizeof datagram, MSG_DONTWAIT, NULL, NULL);
        if (count < 0) {
            return; /* nothing more, or the container told that nobody listens: the client finds out by itself */
        }
        session->used_nanos = now;
        struct iovec part = {datagram, (size_t)count};
        struct message message = {&session->client.four, (int)session->client.length, &part, 1,
                                  session->control, session->control_length, 0};
        SYS(__NR_sendmsg, relayed[session->relayed].fd, &message, MSG_DONTWAIT);
    }
}

bool datagrams_expire(uint64_t now)
{
    bool any = false;
    for (int i = 0; i < SESSIONS; i++) {
        if (sessions[i].fd && now - sessions[i].used_nanos > quiet_nanos) {
            forget(&sessions[i]);
        }
        any |= sessions[i].fd != 0;
    }
    return any;
}
