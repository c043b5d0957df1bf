/* TCP connections are carried, and the loop for all. */
#include "relay.h"

#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include <asm/socket.h>

enum { RELAYED_CONNECTIONS = 512, BUFFER = 32768, EVENTS = 64, TURNS = 4, SHUT_WR = 1, MSG_NOSIGNAL = 0x4000 };
enum { PAUSE_MILLIS = 100, EXPIRY_MILLIS = 10000 };

/* From one side to the other. It is read when it is empty, and written until it is. */
struct flow {
    uint32_t start, length;
    bool ended, passed_on; /* its end */
    uint8_t bytes[BUFFER];
};

/* SAFETY: begins on a page, so that its memory can be handed back when it ends. All zeroes: unused. */
struct connection {
    bool used, connecting;
    int sides[2]; /* 0: the client, 1: the container */
    uint32_t watched[2];
    struct flow flows[2]; /* flows[i] comes from sides[i] */
} __attribute__((aligned(4096)));

static struct connection *connections; /* mapped; touched only as far as they are used */
static uint32_t open_connections, most_connections;
static bool paused;
static int loop = -1;

bool relay_watch(int fd, uint32_t *watched, uint32_t events, enum relay_kind kind, uint32_t index, uint32_t side)
{
    if (*watched == events) {
        return true;
    }
    struct epoll_event event = {.events = events, .data = (uint64_t)kind << 40 | (uint64_t)side << 32 | index};
    /* Watched for nothing it would still tell of errors, again and again. */
    int operation = !events ? EPOLL_CTL_DEL : *watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    bool done = SYS(__NR_epoll_ctl, loop, operation, fd, &event) == 0;
    *watched = done ? events : *watched;
    return done;
}

static void forget(struct connection *c)
{
    for (int side = 0; side < 2; side++) {
        sys_close(c->sides[side]);
    }
    open_connections--;
    SYS(__NR_madvise, c, sizeof *c, MADV_DONTNEED);
}

static void reset(int fd)
{
    struct { int on, seconds; } now = {1, 0}; /* struct linger (socket(7)): the other end is told of an error, not of an end */
    SYS(__NR_setsockopt, fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void abort_connection(struct connection *c)
{
    reset(c->sides[0]);
    reset(c->sides[1]);
    forget(c);
}

/* False if one of the sides is broken. */
static bool move(struct connection *c, int from)
{
    struct flow *flow = &c->flows[from];
    for (int turn = 0; turn < TURNS; turn++) {
        if (!flow->length && !flow->ended) {
            long count = SYS(__NR_read, c->sides[from], flow->bytes, BUFFER);
            if (count < 0) {
                return count == -EAGAIN || count == -EINTR;
            }
            flow->start = 0;
            flow->length = (uint32_t)count;
            flow->ended = count == 0;
        }
        if (flow->length) {
            if (c->connecting) {
                return true;
            }
            long count = SYS(__NR_sendto, c->sides[1 - from], flow->bytes + flow->start, flow->length, MSG_NOSIGNAL, NULL, 0);
            if (count < 0) {
                return count == -EAGAIN || count == -EINTR;
            }
            flow->start += (uint32_t)count;
            flow->length -= (uint32_t)count;
        }
        if (flow->ended && !flow->length && !flow->passed_on && !c->connecting) {
            SYS(__NR_shutdown, c->sides[1 - from], SHUT_WR);
            flow->passed_on = true;
        }
        if (flow->ended) {
            return true;
        }
    }
    return true;
}

static bool watch_connection(struct connection *c)
{
    for (uint32_t side = 0; side < 2; side++) {
        struct flow *in = &c->flows[side], *out = &c->flows[1 - side];
        bool waits = c->connecting && side == 1;
        uint32_t events = (!in->ended && !in->length && !waits ? EPOLLIN : 0) | (out->length || waits ? EPOLLOUT : 0);
        if (!relay_watch(c->sides[side], &c->watched[side], events, RELAY_CONNECTION, (uint32_t)(c - connections), side)) {
            return false;
        }
    }
    return true;
}

static bool connected(struct connection *c)
{
    int error = 0, length = sizeof error;
    SYS(__NR_getsockopt, c->sides[1], SOL_SOCKET, SO_ERROR, &error, &length);
    c->connecting = false;
    return error == 0;
}

static void carry(struct connection *c, uint32_t side, uint32_t events)
{
    if (!c->used) {
        return; /* ended by an earlier event of the same turn */
    }
    if ((c->connecting && side == 1 && !connected(c)) || events & EPOLLERR || !move(c, 0) || !move(c, 1)) {
        abort_connection(c);
    } else if (c->flows[0].passed_on && c->flows[1].passed_on) {
        forget(c);
    } else if (!watch_connection(c)) {
        abort_connection(c);
    }
}

static struct connection *unused(void)
{
    for (uint32_t i = 0; i < most_connections; i++) {
        if (!connections[i].used) {
            return &connections[i];
        }
    }
    return NULL;
}

static void begin(const struct endpoint *target, int client)
{
    int yes = 1;
    long server = SYS(__NR_socket, target->family, SOCK_STREAM | NONBLOCKING | CLOEXEC, 0);
    long result = server < 0 ? server : SYS(__NR_connect, server, &target->four, target->length);
    if (server < 0 || (result < 0 && result != -EINPROGRESS)) {
        reset(client);
        sys_close(client);
        sys_close((int)server);
        return;
    }
    SYS(__NR_setsockopt, client, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    SYS(__NR_setsockopt, server, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    struct connection *c = unused(); /* there is one, or nobody was accepted */
    c->used = true;
    c->connecting = result < 0;
    c->sides[0] = client;
    c->sides[1] = (int)server;
    open_connections++;
    if (!watch_connection(c)) {
        abort_connection(c);
    }
}

static void pause_listening(struct relayed *relayed, size_t count, bool now)
{
    paused = now;
    for (size_t i = 0; i < count; i++) {
        if (relayed[i].stream) {
            uint32_t watched = now ? EPOLLIN : 0;
            relay_watch(relayed[i].fd, &watched, now ? 0 : EPOLLIN, RELAY_LISTENER, (uint32_t)i, 0);
        }
    }
}

/* False if there is no room: those who come wait in the kernel's queue. */
static bool accept_from(struct relayed *from)
{
    for (int turn = 0; turn < EVENTS; turn++) {
        if (open_connections == most_connections) {
            return false;
        }
        long client = SYS(__NR_accept4, from->fd, NULL, NULL, NONBLOCKING | CLOEXEC);
        if (client == -EMFILE || client == -ENFILE || client == -ENOBUFS || client == -ENOMEM) {
            return false;
        }
        if (client == -EAGAIN) {
            return true;
        }
        if (client >= 0) {
            begin(&from->target, (int)client);
        }
    }
    return true;
}

static void on_event(struct relayed *relayed, size_t count, const struct epoll_event *event, uint64_t now)
{
    uint32_t index = (uint32_t)event->data, side = event->data >> 32 & 1;
    switch ((enum relay_kind)(event->data >> 40)) {
    case RELAY_LISTENER:
        if (!paused && !accept_from(&relayed[index])) {
            pause_listening(relayed, count, true);
        }
        return;
    case RELAY_CONNECTION:
        carry(&connections[index], side, event->events);
        return;
    case RELAY_DATAGRAMS:
        datagrams_in(relayed, index, now);
        return;
    case RELAY_SESSION:
        datagrams_back(relayed, index, now);
        return;
    }
}

/* Two descriptors for each connection, and one for each session of datagrams; as far as our hard limit goes. */
static void make_room(size_t held)
{
    enum { REST = 600 };
    struct rlimit64 files;
    must(SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &files), "rlimit", "it can't be read");
    uint64_t wanted = 2 * RELAYED_CONNECTIONS + REST + held;
    files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
    SYS(__NR_prlimit64, 0, RLIMIT_NOFILE, &files, NULL);
    uint64_t left = files.rlim_cur > REST + held ? files.rlim_cur - REST - held : 2;
    most_connections = left / 2 < RELAYED_CONNECTIONS ? (uint32_t)(left / 2) : RELAYED_CONNECTIONS;
    long memory = SYS(__NR_mmap, NULL, most_connections * sizeof *connections, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    connections = (struct connection *)must(memory, "connections", "there is no memory for them");
}

void relay_run(struct relayed *relayed, size_t count, size_t held)
{
    make_room(held);
    loop = (int)must(SYS(__NR_epoll_create1, EPOLL_CLOEXEC), "epoll", "none can be made");
    pause_listening(relayed, count, false);
    for (size_t i = 0; i < count; i++) {
        if (!relayed[i].stream) {
            uint32_t watched = 0;
            datagrams_open(&relayed[i]);
            relay_watch(relayed[i].fd, &watched, EPOLLIN, RELAY_DATAGRAMS, (uint32_t)i, 0);
        }
    }
    for (bool sessions = false;; sessions = datagrams_expire(clock_nanos(MONOTONIC))) {
        struct epoll_event events[EVENTS];
        int millis = paused ? PAUSE_MILLIS : sessions ? EXPIRY_MILLIS : -1;
        long ready = SYS(__NR_epoll_pwait, loop, events, EVENTS, millis, NULL, 8);
        uint64_t now = clock_nanos(MONOTONIC);
        /* Listeners last: a place that one event frees must not be taken while another may still mean who had it. */
        for (int last = 0; last < 2; last++) {
            for (long i = 0; i < ready; i++) {
                if ((events[i].data >> 40 == RELAY_LISTENER) == last) {
                    on_event(relayed, count, &events[i], now);
                }
            }
        }
        if (paused && open_connections < most_connections) {
            pause_listening(relayed, count, false);
        }
    }
}
