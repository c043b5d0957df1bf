#include "text.h"

size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

bool text_starts(const char *text, const char *prefix)
{
    while (*prefix) {
        if (*text++ != *prefix++) {
            return false;
        }
    }
    return true;
}

struct text text_into(char *buffer, size_t capacity)
{
    buffer[0] = 0;
    return (struct text){buffer, capacity, 0, false};
}

struct text *text_bytes(struct text *to, const char *what, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (to->length + 1 >= to->capacity) {
            to->full = true;
            break;
        }
        to->start[to->length++] = what[i];
    }
    to->start[to->length] = 0;
    return to;
}

struct text *text_add(struct text *to, const char *what)
{
    return text_bytes(to, what, text_length(what));
}

struct text *text_number(struct text *to, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return text_bytes(to, digits + at, sizeof digits - at);
}

struct text *text_signed(struct text *to, int64_t number)
{
    if (number < 0) {
        text_add(to, "-");
        return text_number(to, (uint64_t)-(number + 1) + 1);
    }
    return text_number(to, (uint64_t)number);
}

bool text_read_number(const char **at, uint64_t *number)
{
    const char *from = *at;
    uint64_t value = 0;
    while (**at >= '0' && **at <= '9') {
        if (*at - from > 18) {
            return false;
        }
        value = value * 10 + (uint64_t)(*(*at)++ - '0');
    }
    *number = value;
    return *at != from;
}
