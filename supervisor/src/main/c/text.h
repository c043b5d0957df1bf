/* Bounded text. */
#ifndef KEEPER_TEXT_H
#define KEEPER_TEXT_H

#include "sys.h"

size_t text_length(const char *text);
bool text_equal(const char *left, const char *right);
bool text_starts(const char *text, const char *prefix);

/* A builder over a caller's buffer: always ends with a NUL; what doesn't fit is left out, and `full` says so. */
struct text {
    char *start;
    size_t capacity;
    size_t length;
    bool full;
};

struct text text_into(char *buffer, size_t capacity);
struct text *text_add(struct text *to, const char *what);
struct text *text_bytes(struct text *to, const char *what, size_t count);
struct text *text_number(struct text *to, uint64_t number);
struct text *text_signed(struct text *to, int64_t number);

/* Reads decimal digits; moves *at behind them. False if there is none, or too many. */
bool text_read_number(const char **at, uint64_t *number);

#endif
