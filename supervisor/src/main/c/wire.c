#include "keeper.h"

enum { HEAD = 6 };

int wire_next(struct span *in, uint16_t *tag, struct span *value)
{
    if (in->left == 0) {
        return 0;
    }
    if (in->left < HEAD) {
        return -1;
    }
    uint32_t length;
    memcpy(tag, in->at, 2);
    memcpy(&length, in->at + 2, 4);
    if (length > in->left - HEAD) {
        return -1;
    }
    *value = (struct span){in->at + HEAD, length};
    in->at += HEAD + length;
    in->left -= HEAD + length;
    return 1;
}

bool wire_as_number(struct span value, uint64_t *number)
{
    if (value.left != sizeof *number) {
        return false;
    }
    memcpy(number, value.at, sizeof *number);
    return true;
}

const char *wire_as_text(struct span value)
{
    const char *text = (const char *)value.at;
    if (value.left == 0 || value.at[value.left - 1] != 0 || text_length(text) != value.left - 1) {
        return NULL;
    }
    return text;
}

static void put(struct writer *to, const void *bytes, size_t count)
{
    if (to->full || count > to->capacity - to->length) {
        to->full = true;
        return;
    }
    memcpy(to->start + to->length, bytes, count);
    to->length += count;
}

static void put_head(struct writer *to, uint16_t tag, uint32_t length)
{
    put(to, &tag, sizeof tag);
    put(to, &length, sizeof length);
}

void wire_put_number(struct writer *to, uint16_t tag, uint64_t number)
{
    put_head(to, tag, sizeof number);
    put(to, &number, sizeof number);
}

void wire_put_text(struct writer *to, uint16_t tag, const char *text)
{
    size_t size = text_length(text) + 1;
    put_head(to, tag, (uint32_t)size);
    put(to, text, size);
}

size_t wire_open(struct writer *to, uint16_t tag)
{
    put_head(to, tag, 0);
    return to->length;
}

void wire_close(struct writer *to, size_t opened)
{
    if (!to->full) {
        uint32_t length = (uint32_t)(to->length - opened);
        memcpy(to->start + opened - sizeof length, &length, sizeof length);
    }
}
