/* What attached readers type, on its way to the process. A small buffer: while it is not empty, nobody's input is read. */
#include "keeper.h"

static struct {
    uint8_t bytes[4096];
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

/* What has been taken already still goes to the process first. A terminal stays open: there is no end of input but what is typed. */
void input_end(void)
{
    if (kept.input == kept.terminal) {
        return;
    }
    input.last = true;
    if (!input_pending()) {
        close_input();
    }
}

void input_write(void)
{
    if (kept.input < 0) {
        input.at = input.end = 0; /* the process has closed its end: what is typed goes nowhere */
        return;
    }
    long taken = sys_write(kept.input, input.bytes + input.at, input.end - input.at);
    if (taken > 0) {
        input.at += (size_t)taken;
        if (input.last && input.at == input.end) {
            close_input();
        }
    } else if (taken != -EAGAIN && taken != -EINTR) {
        close_input();
        input.at = input.end = 0;
    }
}

long input_read(int fd, size_t most)
{
    long count = sys_read(fd, input.bytes, most < sizeof input.bytes ? most : sizeof input.bytes);
    if (count > 0) {
        input.at = 0;
        input.end = (size_t)count;
        input_write();
    }
    return count;
}
