/* The program's entry, and the few functions the compiler may call by itself. */
#include "keeper.h"

uintptr_t __stack_chk_guard = 0x00ff0a0dU;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    sys_exit(134);
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    while (count--) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (t < f) {
        return memcpy(to, from, count);
    }
    while (count--) {
        t[count] = f[count];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *t = to;
    while (count--) {
        *t++ = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *l = left, *r = right;
    for (; count; count--, l++, r++) {
        if (*l != *r) {
            return *l - *r;
        }
    }
    return 0;
}

/* SAFETY: at entry the stack holds argc, argv, 0, envp, 0, and the auxiliary vector (System V ABI, "Process Initialization"). */
__attribute__((used, noreturn, optimize("no-stack-protector"))) void keeper_start(long *stack);
void keeper_start(long *stack)
{
    enum { AUX_RANDOM = 25 };
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    char **end = argv + argc + 1;
    while (*end) {
        end++;
    }
    for (unsigned long *aux = (unsigned long *)(end + 1); aux[0]; aux += 2) {
        if (aux[0] == AUX_RANDOM) {
            memcpy(&__stack_chk_guard, (const void *)aux[1], sizeof __stack_chk_guard);
        }
    }
    sys_exit(keeper_main(argc, argv));
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call keeper_start\n hlt\n");
#else
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x30,#0\n mov x0,sp\n bl keeper_start\n brk #0\n");
#endif
