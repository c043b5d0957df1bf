/* Feeds launch plans, damaged in all ways, to the keeper's parser, under the sanitizers.

   `fuzz-plan SEED ROUNDS PLAN...` mutates the given plans; with clang, -fsanitize=fuzzer drives LLVMFuzzerTestOneInput instead. */
#include "plan.h"
#include "keeper.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf refused;
static unsigned long refusals, readings;

_Noreturn void fail(long error, const char *path, const char *sentence)
{
    if (error >= 0 || !path || !sentence || !*sentence) {
        abort(); /* a refusal says why */
    }
    longjmp(refused, 1);
}

long must(long result, const char *path, const char *sentence)
{
    if (result < 0) {
        fail(result, path, sentence);
    }
    return result;
}

static unsigned long seen; /* so that nothing is read in vain */

static void touch_text(const char *text)
{
    if (text) {
        seen += text_length(text);
    }
}

static void touch_texts(const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        touch_text(texts->items[i]);
    }
    if (texts->items && texts->items[texts->count]) {
        abort(); /* a list of texts ends with a null */
    }
}

static void touch_bytes(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        seen += bytes[i];
    }
}

/* Every byte that the keeper may read of a plan it has accepted. */
static void touch(const struct plan *plan)
{
    touch_text(plan->container_id), touch_text(plan->state_directory), touch_text(plan->log_directory), touch_text(plan->cwd);
    touch_text(plan->user), touch_text(plan->cgroup_directory), touch_text(plan->hostname), touch_text(plan->pod_directory);
    touch_text(plan->domainname), touch_text(plan->network), touch_text(plan->user_namespace), touch_text(plan->keeper_cgroup_directory);
    touch_texts(&plan->argv), touch_texts(&plan->env), touch_texts(&plan->cgroup_tasks), touch_texts(&plan->keeper_cgroup_tasks);
    touch_texts(&plan->masked_paths), touch_texts(&plan->readonly_paths);
    touch_bytes(plan->seccomp.at, plan->seccomp.left);
    touch_bytes(plan->extra_groups.items, plan->extra_groups.count * sizeof(uint64_t));
    touch_bytes(plan->rlimits.items, plan->rlimits.count * sizeof(struct plan_rlimit));
    const struct plan_rootfs *rootfs = plan->rootfs.items;
    for (size_t i = 0; i < plan->rootfs.count; i++) {
        touch_texts(&rootfs[i].lower), touch_text(rootfs[i].upper), touch_text(rootfs[i].work), touch_text(rootfs[i].directory);
    }
    const struct plan_mount *mounts = plan->mounts.items;
    for (size_t i = 0; i < plan->mounts.count; i++) {
        touch_text(mounts[i].source), touch_text(mounts[i].target), touch_text(mounts[i].sub_path);
    }
    const struct plan_namespace *namespaces = plan->namespaces.items;
    for (size_t i = 0; i < plan->namespaces.count; i++) {
        touch_text(namespaces[i].path);
    }
    const struct plan_sysctl *sysctls = plan->sysctls.items;
    for (size_t i = 0; i < plan->sysctls.count; i++) {
        touch_text(sysctls[i].name), touch_text(sysctls[i].value);
    }
    const struct plan_device *devices = plan->devices.items;
    for (size_t i = 0; i < plan->devices.count; i++) {
        touch_text(devices[i].path);
    }
    const struct plan_port *ports = plan->ports.items;
    for (size_t i = 0; i < plan->ports.count; i++) {
        touch_bytes(ports[i].address.at, ports[i].address.left);
        touch_bytes(ports[i].target.at, ports[i].target.left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* of their exact sizes on the heap: one byte too far is a finding */
    uint8_t *bytes = malloc(size ? size : 1), *volatile lists = calloc(1, plan_room(size));
    struct plan *volatile plan = calloc(1, sizeof *plan);
    memcpy(bytes, data, size);
    if (setjmp(refused) == 0) {
        plan_parse(bytes, size, lists, plan_room(size), plan);
        touch(plan);
        readings++;
    } else {
        refusals++;
    }
    free(plan);
    free(lists);
    free(bytes);
    return 0;
}

#ifndef LIBFUZZER
enum { LARGEST = 1 << 16 };
static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((state >> 33) % below);
}

static size_t damage(uint8_t *plan, size_t size)
{
    size_t from = draw((uint32_t)size), count = 1 + draw(16);
    if (from + count > size) {
        count = size - from;
    }
    switch (draw(6)) {
    case 0: plan[from] ^= (uint8_t)(1U << draw(8)); return size;
    case 1: plan[from] = (uint8_t)draw(256); return size;
    case 2: /* a length or tag that means much */
        for (size_t i = 0; i < count && i < 4; i++) {
            plan[from + i] = draw(2) ? 0xff : 0;
        }
        return size;
    case 3: return from ? from : 1; /* the end is lost */
    case 4: /* something stands twice */
        if (size + count > LARGEST) {
            return size;
        }
        memmove(plan + from + count, plan + from, size - from);
        return size + count;
    default: /* something is left out */
        memmove(plan + from, plan + from + count, size - from - count);
        return size - count ? size - count : 1;
    }
}

/* The head's length is made to fit mostly: otherwise nothing below it would ever be read. */
static void mend_head(uint8_t *plan, size_t size)
{
    if (size >= 12 && draw(20) > 0) {
        uint32_t length = (uint32_t)size - 12;
        memcpy(plan, "SBKP\1\0\0\0", 8);
        memcpy(plan + 8, &length, 4);
    }
}

int main(int argc, char **argv)
{
    static uint8_t plans[8][LARGEST], plan[LARGEST];
    size_t sizes[8] = {0};
    int count = argc - 3 < 8 ? argc - 3 : 8;
    if (count < 1) {
        fputs("usage: fuzz-plan SEED ROUNDS PLAN...\n", stderr);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(argv[3 + i], "rb");
        sizes[i] = file ? fread(plans[i], 1, LARGEST, file) : 0;
        if (!sizes[i]) {
            fprintf(stderr, "%s can't be read\n", argv[3 + i]);
            return 2;
        }
        fclose(file);
        LLVMFuzzerTestOneInput(plans[i], sizes[i]);
    }
    if (readings != (unsigned long)count) {
        fputs("a whole plan was refused\n", stderr);
        return 3;
    }
    state = strtoull(argv[1], NULL, 10);
    for (unsigned long round = strtoul(argv[2], NULL, 10); round; round--) {
        int which = (int)draw((uint32_t)count);
        size_t size = sizes[which];
        memcpy(plan, plans[which], size);
        for (uint32_t times = 1 + draw(5); times && size; times--) {
            size = damage(plan, size);
        }
        mend_head(plan, size);
        LLVMFuzzerTestOneInput(plan, size);
    }
    printf("read %lu, refused %lu\n", readings, refusals);
    return 0;
}
#endif
