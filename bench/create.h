/* create.h - the workload "create": a new table, there and active when this returns. */
#ifndef BENCH_CREATE_H
#define BENCH_CREATE_H

#include "options.h"
#include "workload.h"

/* A table of that name is deleted first. Ends the program if the server refuses, or takes longer than half a minute. */
void create_table(const struct options *o, const struct workload *w);

#endif
