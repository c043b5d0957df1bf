/* The control protocol's messages (docs/keeper-protocol.md). */
#ifndef KEEPER_MESSAGES_H
#define KEEPER_MESSAGES_H

#include "keeper.h"

enum { PROTOCOL_VERSION = 1 };
enum to_daemon { HELLO = 1, STARTED, START_FAILED, EXITED, OUTPUT_DROPPED, OUTPUT, LAGGED, PONG, RESULT, HELD };
enum from_daemon { START = 65, SIGNAL, RESIZE, ATTACH, STDIN, STDIN_END, PING };

/* Each answers a whole frame, good until the next is asked for. */
struct span message_hello(void);
struct span message_started(void);
struct span message_failed(void);
struct span message_exited(void);
struct span message_dropped(void);
struct span message_lagged(uint64_t skipped, uint64_t from);
struct span message_result(uint64_t request, long result);
struct span message_attached(uint64_t request);
struct span message_empty(uint8_t type);
void message_head(uint8_t *head, uint8_t type, uint8_t stream, size_t count);

#endif
