/* pauses.h - when the machine's processors were away.
 * Why:     the host of a virtual machine takes a processor from it now and then, for milliseconds. What that does to a latency
 *          is neither the server's doing nor the generator's, and no quantile beyond the 99th is without it.
 * How:     on each processor a thread of real-time priority (2) sleeps for 0.2 ms at a time. The kernel runs it before everything
 *          else, so when it wakes 0.3 ms late its processor was not there. It costs about a hundredth of a processor.
 * Threads: watching begins and ends on one thread; pauses_disturbed() when it has ended. */
#ifndef BENCH_PAUSES_H
#define BENCH_PAUSES_H

#include <stdbool.h>
#include <stdint.h>

struct pauses;

/* Both end the program if it may not have real-time priority. */
struct pauses *pauses_watch(void);

/* The calling thread runs before all others on its processor but those that watch: a generator that is not kept waiting. */
void pauses_run_before_others(void);

void pauses_end(struct pauses *p);
void pauses_free(struct pauses *p);

/* Whether a processor was away between these times of tool_now_ns(), or so shortly before that what gathered then was
 * still being worked off: within the same time again. */
bool pauses_disturbed(const struct pauses *p, int64_t from_ns, int64_t to_ns);

/* Pauses that began between these times, and their sum. */
unsigned pauses_count(const struct pauses *p, int64_t from_ns, int64_t to_ns, int64_t *sum_ns);

#endif
