/* What attached readers type, on its way to the process. A small buffer: while it is not empty, nobody's input is read. */
#include "keeper.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>

enum { CAPACITY = 4096, ENDS = 2 };

static struct {
    uint8_t bytes[CAPACITY + ENDS];
    size_t at, end;
    bool last; /* then the process's input is closed */
} input;

bool input_pending(void)
{
    return input.end > input.at && kept.input >= 0;
}

static void close_input(void)
{
    if (kept.input >= 0 && kept.input != kept.terminal) {
        sys_close(kept.input);
    }
    kept.input = -1;
}

/* A terminal's input has no end but the character that means it (termios(3), VEOF); where a line has begun, the first one ends only that. */
static void type_end(void)
{
    struct termios mode;
    if (SYS(__NR_ioctl, kept.terminal, TCGETS, &mode) < 0 || mode.c_cc[VEOF] == 0) {
        return;
    }
    uint8_t end = mode.c_cc[VEOF], before = input.end ? input.bytes[input.end - 1] : end;
    bool begun = mode.c_lflag & ICANON && before != '\n' && before != '\r' && before != end;
    if (!input_pending()) {
        input.at = input.end = 0;
    }
    for (int i = 0; i < (begun ? 2 : 1) && input.end < sizeof input.bytes; i++) {
        input.bytes[input.end++] = end;
    }
}

/* What has been taken already still goes to the process first. */
void input_end(bool for_good)
{
    if (kept.input < 0) {
        return;
    }
    if (kept.input == kept.terminal) {
        type_end();
    }
    input.last |= for_good || kept.input != kept.terminal;
    input_write();
}

void input_write(void)
{
    if (kept.input < 0) {
        input.at = input.end = 0; /* the process has closed its end: what is typed goes nowhere */
        return;
    }
    long taken = input_pending() ? sys_write(kept.input, input.bytes + input.at, input.end - input.at) : 0;
    if (taken < 0 && taken != -EAGAIN && taken != -EINTR) {
        close_input();
        input.at = input.end = 0;
        return;
    }
    input.at += taken > 0 ? (size_t)taken : 0;
    if (input.last && input.at == input.end) {
        close_input();
    }
}

long input_read(int fd, size_t most)
{
    long count = sys_read(fd, input.bytes, most < CAPACITY ? most : CAPACITY);
    if (count > 0) {
        input.at = 0;
        input.end = (size_t)count;
        input_write();
    }
    return count;
}
