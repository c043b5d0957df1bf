/* The entry of the keeper where it is built with the C library, for the sanitizers' sake. */
#include "keeper.h"

/* A finding ends the process; all are kept in files, since a keeper has no standard error of its own. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:exitcode=99:handle_segv=1:log_path=" KEEPER_REPORTS;
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}

int main(int argc, char **argv)
{
    sys_exit(keeper_main(argc, argv));
}
