#include "keeper.h"
void ports_main(const struct plan *plan) { (void)plan; sys_exit(1); }
