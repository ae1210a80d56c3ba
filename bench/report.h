/* report.h - what a run came to, on stdout: a line for each figure that is known, or with --json one object in which those
 * that are not known are null. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "measure.h"
#include "options.h"

void report(const struct options *o, const struct result *r);

#endif
