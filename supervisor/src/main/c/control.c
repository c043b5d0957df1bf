/* The control socket: a daemon may come, go, and come back. Frames: u32 length of the payload, u8 type, u8 stream, u16 zero. */
#include "messages.h"

#include <linux/mman.h>

#include <asm/poll.h>

enum { ATTACH_INPUT = 1, ATTACH_OUTPUT = 2 };
enum { BODY = 256, REST = 65536, AF_UNIX = 1 };

static struct connection {
    bool open, input, output;
    int fd;
    uint8_t head[FRAME_HEAD], body[BODY];
    size_t head_filled, body_filled;
    uint32_t length;  /* of the payload being read */
    uint8_t *rest;    /* what the socket has not taken yet; mapped only while there is some */
    size_t rest_at, rest_end;
    uint64_t skipped, skipped_at; /* output that a slow reader was not given, and where in the log it begins */
} connections[CONNECTIONS];

static bool was_attached;
static void close_connection(struct connection *c)
{
    sys_close(c->fd);
    if (c->rest) {
        SYS(__NR_munmap, c->rest, REST);
    }
    if (c->input && kept.flags & (FLAG_ATTACH | FLAG_STDIN_ONCE)) {
        input_end(true); /* the one who typed is gone */
    }
    memset(c, 0, sizeof *c);
}

static void store(struct connection *c, const uint8_t *bytes, size_t count)
{
    if (!c->rest) {
        long map = SYS(__NR_mmap, 0, REST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map < 0) {
            close_connection(c);
            return;
        }
        c->rest = (uint8_t *)map;
        c->rest_at = c->rest_end = 0;
    }
    if (count > REST - c->rest_end) {
        close_connection(c); /* it reads nothing at all */
        return;
    }
    memcpy(c->rest + c->rest_end, bytes, count);
    c->rest_end += count;
}

static void send_bytes(struct connection *c, const uint8_t *bytes, size_t count)
{
    enum { NOSIGNAL = 0x4000, DONTWAIT = 0x40 };
    long taken = 0;
    if (!c->rest) {
        taken = SYS(__NR_sendto, c->fd, bytes, count, NOSIGNAL | DONTWAIT, NULL, 0);
        if (taken == -EAGAIN) {
            taken = 0;
        } else if (taken < 0) {
            close_connection(c);
            return;
        }
    }
    if ((size_t)taken < count) {
        store(c, bytes + taken, count - (size_t)taken);
    }
}

static void send_message(struct connection *c, struct span frame)
{
    send_bytes(c, frame.at, frame.left);
}

static void send_all(struct span frame)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open) {
            send_message(&connections[i], frame);
        }
    }
}

void control_started(void)
{
    send_all(message_started());
}

void control_failed(void)
{
    send_all(message_failed());
}

void control_held(void)
{
    send_all(message_empty(HELD));
}

void control_dropped(void)
{
    send_all(message_dropped());
}

static void tell_skipped(struct connection *c)
{
    struct span frame = message_lagged(c->skipped, c->skipped_at);
    c->skipped = 0;
    send_message(c, frame);
}

void control_exited(void)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open && connections[i].skipped) {
            tell_skipped(&connections[i]);
        }
    }
    send_all(message_exited());
}

static void greet(int fd)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (!c->open) {
            *c = (struct connection){.open = true, .fd = fd};
            send_message(c, message_hello());
            if (c->open && kept.started) {
                send_message(c, message_started());
            }
            if (c->open && kept.held) {
                send_message(c, message_empty(HELD));
            }
            if (c->open && kept.dropped_bytes) {
                send_message(c, message_dropped());
            }
            return;
        }
    }
    sys_close(fd); /* sixteen at once are enough for anybody */
}

/* All that wait: the listening socket doesn't block. */
void control_accept(void)
{
    enum { NONBLOCK = 0x800, CLOEXEC = 0x80000 };
    long fd;
    while ((fd = SYS(__NR_accept4, FD_CONTROL, NULL, NULL, NONBLOCK | CLOEXEC)) >= 0) {
        greet((int)fd);
    }
}

bool control_connected(void)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open) {
            return true;
        }
    }
    return false;
}

bool control_attached(void)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open && connections[i].output) {
            return true;
        }
    }
    return false;
}

bool control_was_attached(void)
{
    return was_attached;
}

bool control_blocked(void)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open && connections[i].rest) {
            return true;
        }
    }
    return false;
}

/* An attached reader of a container is one more reader: if it is slow it is passed over and told where in the log it can go on. */
void control_output(int stream, uint8_t *bytes, size_t count)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (!c->open || !c->output) {
            continue;
        }
        if (c->rest || c->skipped) {
            c->skipped_at = c->skipped ? c->skipped_at : log_written();
            c->skipped += count;
            continue;
        }
        message_head(bytes - FRAME_HEAD, OUTPUT, (uint8_t)stream, count);
        send_bytes(c, bytes - FRAME_HEAD, FRAME_HEAD + count);
    }
}

static void answer(struct connection *c, uint64_t request, long result)
{
    send_message(c, message_result(request, result));
}

/* The answer says where the log ends that the output to come goes on from. Input that has ended is refused by a container: whoever
   types there would wait for ever. */
static void attach(struct connection *c, uint64_t request, uint64_t bits)
{
    if (bits & ATTACH_INPUT && kept.input < 0 && !(kept.flags & FLAG_ATTACH)) {
        answer(c, request, -EPIPE);
        return;
    }
    c->input = (bits & ATTACH_INPUT) != 0;
    c->output = (bits & ATTACH_OUTPUT) != 0;
    was_attached = true;
    send_message(c, message_attached(request));
}

static void obey(struct connection *c, uint8_t type)
{
    uint64_t fields[4] = {0}; /* 1: the request's id */
    struct span in = {c->body, c->length}, value;
    uint16_t tag;
    while (wire_next(&in, &tag, &value) > 0) {
        if (tag >= 1 && tag <= 4) {
            wire_as_number(value, &fields[tag - 1]);
        }
    }
    switch (type) {
    case START:
        if (kept.held) {
            keep_start_held();
        }
        break;
    case SIGNAL:
        answer(c, fields[0], kept.exited ? -ESRCH : SYS(__NR_kill, kept.process, fields[1]));
        break;
    case RESIZE:
        if (kept.terminal >= 0) {
            terminal_size(kept.terminal, fields[1], fields[2]);
        }
        answer(c, fields[0], kept.terminal >= 0 ? 0 : -ENOTTY);
        break;
    case ATTACH: attach(c, fields[0], fields[1]); break;
    case STDIN_END:
        if (c->input) {
            input_end(false);
        }
        break;
    case PING: send_message(c, message_empty(PONG)); break;
    default: close_connection(c); /* no daemon of ours */
    }
}

/* Input goes through in pieces as it comes: a frame may be longer than any buffer. */
static long read_input(struct connection *c)
{
    long count = input_read(c->fd, c->length - c->body_filled);
    c->body_filled += count > 0 ? (size_t)count : 0;
    return count;
}

static void take(struct connection *c)
{
    for (;;) {
        long count;
        if (c->head_filled < FRAME_HEAD) {
            count = sys_read(c->fd, c->head + c->head_filled, FRAME_HEAD - c->head_filled);
            if (count > 0 && (c->head_filled += (size_t)count) == FRAME_HEAD) {
                memcpy(&c->length, c->head, sizeof c->length);
                c->body_filled = 0;
                if (c->head[4] == STDIN ? !c->input : c->length > BODY) {
                    close_connection(c);
                    return;
                }
            }
        } else if (c->head[4] == STDIN) {
            if (input_pending()) {
                return;
            }
            count = c->body_filled == c->length ? 1 : read_input(c);
        } else {
            count = c->body_filled == c->length ? 1 : sys_read(c->fd, c->body + c->body_filled, c->length - c->body_filled);
            c->body_filled += count > 0 && c->body_filled < c->length ? (size_t)count : 0;
        }
        if (count == -EAGAIN || count == -EINTR) {
            return;
        }
        if (count <= 0) {
            close_connection(c);
            return;
        }
        if (c->head_filled == FRAME_HEAD && c->body_filled == c->length) {
            c->head_filled = 0;
            if (c->head[4] != STDIN) {
                obey(c, c->head[4]);
            }
            if (!c->open) {
                return;
            }
        }
    }
}

int control_descriptor(int index, short *events)
{
    struct connection *c = &connections[index];
    if (!c->open) {
        return -1;
    }
    bool waits = c->head_filled == FRAME_HEAD && c->head[4] == STDIN && input_pending();
    *events = (short)((waits ? 0 : POLLIN) | (c->rest ? POLLOUT : 0));
    return c->fd;
}

static void send_rest(struct connection *c)
{
    long taken = SYS(__NR_sendto, c->fd, c->rest + c->rest_at, c->rest_end - c->rest_at, 0x4040, NULL, 0);
    if (taken < 0 && taken != -EAGAIN) {
        close_connection(c);
    } else if (taken > 0 && (c->rest_at += (size_t)taken) == c->rest_end) {
        SYS(__NR_munmap, c->rest, REST);
        c->rest = NULL;
        if (c->skipped) {
            tell_skipped(c);
        }
    }
}

void control_ready(int index, short events)
{
    struct connection *c = &connections[index];
    if (c->open && c->rest && events & (POLLOUT | POLLERR | POLLHUP)) {
        send_rest(c);
    }
    if (c->open && events & (POLLIN | POLLERR | POLLHUP)) {
        take(c);
    }
}
