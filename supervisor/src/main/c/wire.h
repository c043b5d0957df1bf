/* Tagged fields: u16 tag, u32 length, bytes; little-endian. The same in launch plans and control messages. */
#ifndef KEEPER_WIRE_H
#define KEEPER_WIRE_H

#include "sys.h"

struct span {
    const uint8_t *at;
    size_t left;
};

/* Takes the next field. 1: taken; 0: at the end; -1: malformed. */
int wire_next(struct span *in, uint16_t *tag, struct span *value);
/* The value as a number (8 bytes). False if it is none. */
bool wire_as_number(struct span value, uint64_t *number);
/* The value as text: it must end with its only NUL. Null if it does not. */
const char *wire_as_text(struct span value);

struct writer {
    uint8_t *start;
    size_t capacity;
    size_t length;
    bool full;
};

void wire_put_number(struct writer *to, uint16_t tag, uint64_t number);
void wire_put_text(struct writer *to, uint16_t tag, const char *text);
/* A field that holds fields: open, put, close with what open answered. */
size_t wire_open(struct writer *to, uint16_t tag);
void wire_close(struct writer *to, size_t opened);

#endif
