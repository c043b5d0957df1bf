/* What a keeper says, as bytes. One message at a time: each is sent before the next one is written. */
#include "messages.h"

static struct {
    uint8_t bytes[6144];
    struct writer writer;
} message;

void message_head(uint8_t *head, uint8_t type, uint8_t stream, size_t count)
{
    uint32_t length = (uint32_t)count;
    memcpy(head, &length, sizeof length);
    head[4] = type;
    head[5] = stream;
    head[6] = head[7] = 0;
}

static struct writer *begin(void)
{
    message.writer = (struct writer){message.bytes + FRAME_HEAD, sizeof message.bytes - FRAME_HEAD, 0, false};
    return &message.writer;
}

static struct span finish(uint8_t type)
{
    message_head(message.bytes, type, 0, message.writer.length);
    return (struct span){message.bytes, FRAME_HEAD + message.writer.length};
}

struct span message_empty(uint8_t type)
{
    begin();
    return finish(type);
}

struct span message_hello(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, PROTOCOL_VERSION);
    wire_put_number(to, 2, (uint64_t)SYS(__NR_getpid));
    wire_put_number(to, 3, kept.keeper_start_ticks);
    wire_put_text(to, 4, kept.boot_id);
    wire_put_text(to, 5, kept.container_id);
    wire_put_number(to, 6, kept.generation);
    wire_put_number(to, 7, kept.flags);
    return finish(HELLO);
}

struct span message_started(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, kept.process);
    wire_put_number(to, 2, kept.process_start_ticks);
    for (uint16_t i = 0; i < NAMESPACE_KINDS; i++) {
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
    wire_put_number(to, 12, shared->inside);
    for (uint64_t i = 0; i < STEP_KEEP; i++) {
        size_t open = wire_open(to, 11);
        wire_put_text(to, 1, step_name(i));
        wire_put_number(to, 2, shared->nanos[i]);
        wire_close(to, open);
    }
    return finish(STARTED);
}

struct span message_failed(void)
{
    const struct failure *failure = &shared->failure;
    struct writer *to = begin();
    wire_put_text(to, 1, step_name(shared->step));
    wire_put_number(to, 2, failure->error);
    wire_put_text(to, 3, failure->path);
    wire_put_text(to, 4, failure->sentence);
    wire_put_number(to, 5, failure->exit_code);
    return finish(START_FAILED);
}

struct span message_dropped(void)
{
    struct writer *to = begin();
    wire_put_number(to, 1, kept.dropped_bytes);
    wire_put_number(to, 2, kept.dropped_error);
    return finish(OUTPUT_DROPPED);
}

struct span message_exited(void)
{
    struct writer *to = begin();
    bool by_signal = (kept.status & 0x7f) != 0;
    wire_put_number(to, 1, by_signal ? 128u + (uint64_t)(kept.status & 0x7f) : (uint64_t)(kept.status >> 8 & 0xff));
    wire_put_number(to, 2, by_signal ? (uint64_t)(kept.status & 0x7f) : 0);
    wire_put_number(to, 3, kept.exit_wall_nanos);
    wire_put_number(to, 4, kept.exit_boot_nanos);
    wire_put_number(to, 5, kept.dropped_bytes);
    return finish(EXITED);
}

struct span message_lagged(uint64_t skipped, uint64_t from)
{
    struct writer *to = begin();
    wire_put_number(to, 1, skipped);
    wire_put_number(to, 2, from);
    wire_put_number(to, 3, log_written());
    return finish(LAGGED);
}

struct span message_result(uint64_t request, long result)
{
    struct writer *to = begin();
    wire_put_number(to, 1, request);
    wire_put_number(to, 2, (uint64_t)-result);
    return finish(RESULT);
}

struct span message_attached(uint64_t request)
{
    uint64_t offset, inode = log_place(&offset);
    struct writer *to = begin();
    wire_put_number(to, 1, request);
    wire_put_number(to, 2, 0);
    wire_put_number(to, 3, inode);
    wire_put_number(to, 4, offset);
    return finish(RESULT);
}
