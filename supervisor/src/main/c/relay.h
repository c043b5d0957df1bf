/* Carrying the traffic of published ports that the kernel can't translate. One epoll loop; nobody waits for anybody else. */
#ifndef KEEPER_RELAY_H
#define KEEPER_RELAY_H

#include "keeper.h"

#include <linux/in.h>
#include <linux/in6.h>

enum { AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2, NONBLOCKING = 0x800, CLOEXEC = 0x80000 };

/* An address of either family, as bind(2) and connect(2) take it. */
struct endpoint {
    union {
        uint16_t family;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    };
    uint32_t length;
};

struct endpoint endpoint_of(struct span address, uint64_t port);

/* A bound socket, and where what comes to it is carried. */
struct relayed {
    int fd;
    bool stream;
    struct endpoint target;
};

/* What an event of the loop is about, with an index and, of a connection, a side. */
enum relay_kind { RELAY_LISTENER, RELAY_CONNECTION, RELAY_DATAGRAMS, RELAY_SESSION };

/* Carries for ever. `relayed` stays; `held` descriptors are open for ports, carried or not. */
_Noreturn void relay_run(struct relayed *relayed, size_t count, size_t held);
/* Watches a descriptor for EPOLLIN and EPOLLOUT, or no longer if for none. `watched` is what it was watched for. */
bool relay_watch(int fd, uint32_t *watched, uint32_t events, enum relay_kind kind, uint32_t index, uint32_t side);

/* ---- relay_udp.c ---- */
void datagrams_open(struct relayed *relayed);
void datagrams_in(struct relayed *relayed, uint32_t index, uint64_t now); /* from clients */
void datagrams_back(struct relayed *relayed, uint32_t session, uint64_t now);
bool datagrams_expire(uint64_t now); /* whether any session is left */

#endif
