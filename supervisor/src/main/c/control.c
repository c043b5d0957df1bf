/* The control socket: a daemon may come, go, and come back. Frames: u32 length of the payload, u8 type, u8 stream, u16 zero. */
#include "keeper.h"

#include <linux/mman.h>

#include <asm/poll.h>

enum { PROTOCOL_VERSION = 1 };

enum to_daemon { HELLO = 1, STARTED, START_FAILED, EXITED, OUTPUT_DROPPED, OUTPUT, LAGGED, PONG, RESULT, HELD };
enum from_daemon { START = 65, SIGNAL, RESIZE, ATTACH, STDIN, STDIN_END, PING };
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
static struct {
    uint8_t bytes[4096];
    size_t at, end;
    bool last; /* then the process's input is closed */
} input; /* on its way to the process; while it is not empty, nobody's input is read */

/* What has been taken already still goes to the process first. */
static void end_input(void)
{
    input.last = true;
    if (!control_pending_input() && kept.input >= 0 && kept.input != kept.terminal) {
        sys_close(kept.input);
        kept.input = -1;
    }
}

static void close_connection(struct connection *c)
{
    sys_close(c->fd);
    if (c->rest) {
        SYS(__NR_munmap, c->rest, REST);
    }
    if (c->input && kept.flags & FLAG_ATTACH) {
        end_input(); /* the one who typed is gone */
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

static void fill_head(uint8_t *head, uint8_t type, uint8_t stream, size_t count)
{
    uint32_t length = (uint32_t)count;
    memcpy(head, &length, sizeof length);
    head[4] = type;
    head[5] = stream;
    head[6] = head[7] = 0;
}

static struct {
    uint8_t bytes[6144];
    struct writer writer;
} message;

static struct writer *begin(void)
{
    message.writer = (struct writer){message.bytes + FRAME_HEAD, sizeof message.bytes - FRAME_HEAD, 0, false};
    return &message.writer;
}

static void send_message(struct connection *c, uint8_t type)
{
    fill_head(message.bytes, type, 0, message.writer.length);
    send_bytes(c, message.bytes, FRAME_HEAD + message.writer.length);
}

static void send_all(uint8_t type)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open) {
            send_message(&connections[i], type);
        }
    }
}

static void write_hello(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, PROTOCOL_VERSION);
    wire_put_number(to, 2, (uint64_t)SYS(__NR_getpid));
    wire_put_number(to, 3, kept.keeper_start_ticks);
    wire_put_text(to, 4, kept.boot_id);
    wire_put_text(to, 5, kept.container_id);
    wire_put_number(to, 6, kept.generation);
    wire_put_number(to, 7, kept.flags);
}

static void write_started(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, kept.process);
    wire_put_number(to, 2, kept.process_start_ticks);
    for (uint16_t i = 0; i < 6; i++) {
        wire_put_number(to, (uint16_t)(3 + i), shared->namespaces[i]);
    }
    for (uint64_t i = 0; i < shared->clamp_count; i++) {
        const struct clamp *clamp = &shared->clamps[i];
        size_t open = wire_open(to, 10);
        wire_put_number(to, 1, clamp->resource);
        wire_put_number(to, 2, clamp->wanted_soft);
        wire_put_number(to, 3, clamp->wanted_hard);
        wire_put_number(to, 4, clamp->soft);
        wire_put_number(to, 5, clamp->hard);
        wire_close(to, open);
    }
    for (uint64_t i = 0; i < STEP_KEEP; i++) {
        size_t open = wire_open(to, 11);
        wire_put_text(to, 1, step_name(i));
        wire_put_number(to, 2, shared->nanos[i]);
        wire_close(to, open);
    }
}

static void write_failed(void)
{
    const struct failure *failure = &shared->failure;
    struct writer *to = begin();
    wire_put_text(to, 1, step_name(shared->step));
    wire_put_number(to, 2, failure->error);
    wire_put_text(to, 3, failure->path);
    wire_put_text(to, 4, failure->sentence);
    wire_put_number(to, 5, failure->exit_code);
}

static void write_dropped(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, kept.dropped_bytes);
    wire_put_number(to, 2, kept.dropped_error);
}

void control_started(void)
{
    write_started();
    send_all(STARTED);
}

void control_failed(void)
{
    write_failed();
    send_all(START_FAILED);
}

void control_held(void)
{
    begin();
    send_all(HELD);
}

void control_dropped(void)
{
    write_dropped();
    send_all(OUTPUT_DROPPED);
}

static void tell_skipped(struct connection *c)
{
    struct writer *to = begin();
    wire_put_number(to, 1, c->skipped);
    wire_put_number(to, 2, c->skipped_at);
    wire_put_number(to, 3, log_written());
    c->skipped = 0;
    send_message(c, LAGGED);
}

void control_exited(void)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open && connections[i].skipped) {
            tell_skipped(&connections[i]);
        }
    }
    struct writer *to = begin();
    bool by_signal = (kept.status & 0x7f) != 0;
    wire_put_number(to, 1, by_signal ? 128u + (uint64_t)(kept.status & 0x7f) : (uint64_t)(kept.status >> 8 & 0xff));
    wire_put_number(to, 2, by_signal ? (uint64_t)(kept.status & 0x7f) : 0);
    wire_put_number(to, 3, kept.exit_wall_nanos);
    wire_put_number(to, 4, kept.exit_boot_nanos);
    wire_put_number(to, 5, kept.dropped_bytes);
    send_all(EXITED);
}

static void greet(int fd)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (!c->open) {
            *c = (struct connection){.open = true, .fd = fd};
            write_hello();
            send_message(c, HELLO);
            if (c->open && kept.started) {
                write_started();
                send_message(c, STARTED);
            }
            if (c->open && kept.held) {
                begin();
                send_message(c, HELD);
            }
            if (c->open && kept.dropped_bytes) {
                write_dropped();
                send_message(c, OUTPUT_DROPPED);
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
        fill_head(bytes - FRAME_HEAD, OUTPUT, (uint8_t)stream, count);
        send_bytes(c, bytes - FRAME_HEAD, FRAME_HEAD + count);
    }
}

static void answer(struct connection *c, uint64_t id, long result)
{
    struct writer *to = begin();
    wire_put_number(to, 1, id);
    wire_put_number(to, 2, (uint64_t)-result);
    send_message(c, RESULT);
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
    case ATTACH:
        c->input = (fields[1] & ATTACH_INPUT) != 0;
        c->output = (fields[1] & ATTACH_OUTPUT) != 0;
        was_attached = true;
        answer(c, fields[0], 0);
        break;
    case STDIN_END:
        if (c->input) {
            end_input();
        }
        break;
    case PING: begin(); send_message(c, PONG); break;
    default: close_connection(c); /* no daemon of ours */
    }
}

bool control_pending_input(void)
{
    return input.end > input.at && kept.input >= 0;
}

void control_input_ready(void)
{
    if (kept.input < 0) {
        input.at = input.end = 0; /* the process has closed its end: what is typed goes nowhere */
        return;
    }
    long taken = sys_write(kept.input, input.bytes + input.at, input.end - input.at);
    if (taken > 0) {
        input.at += (size_t)taken;
        if (input.last && input.at == input.end) {
            end_input();
        }
    } else if (taken != -EAGAIN && taken != -EINTR) {
        if (kept.input != kept.terminal) {
            sys_close(kept.input);
        }
        kept.input = -1;
        input.at = input.end = 0;
    }
}

/* Input goes through in pieces as it comes: a frame may be longer than any buffer. */
static long read_input(struct connection *c)
{
    size_t room = c->length - c->body_filled;
    long count = sys_read(c->fd, input.bytes, room < sizeof input.bytes ? room : sizeof input.bytes);
    if (count > 0) {
        c->body_filled += (size_t)count;
        input.at = 0;
        input.end = (size_t)count;
        control_input_ready();
    }
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
            if (control_pending_input()) {
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
    bool waits = c->head_filled == FRAME_HEAD && c->head[4] == STDIN && control_pending_input();
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
