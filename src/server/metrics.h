/* metrics.h - what the server did, counted without contention and told in Prometheus' text format.
 * Use:     metrics_observe() once per request; metrics_write() on each scrape.
 * Owns:    one block of counters per event loop; only that loop adds to it, so counting is a plain increment.
 * Threads: observe on the loop named; write on any.
 * Source:  Prometheus exposition format 0.0.4. */
#ifndef STATOR_SERVER_METRICS_H
#define STATOR_SERVER_METRICS_H

#include "base/buf.h"
#include "base/error.h"
#include "http/http.h"
#include "jobs/jobs.h"
#include "storage/storage.h"
#include "triggers/triggers.h"
#include "upkeep/upkeep.h"

#include <stdint.h>

struct metrics;

/* `operation_name(i)` names operation i for 0 <= i < operation_count; it must outlive the metrics. */
struct metrics *metrics_new(unsigned loops, unsigned operation_count,
                            const char *(*operation_name)(unsigned));
void metrics_free(struct metrics *m);

void metrics_observe(struct metrics *m, unsigned loop, unsigned operation, enum error_code code,
                     int64_t latency_ns);

/* Everything: requests, errors and latency by operation, then the store, the http server and the process. */
void metrics_write(const struct metrics *m, const struct storage_stats *storage,
                   const struct http_stats *http, struct buf *out);
void metrics_write_jobs(const struct jobs_stats *jobs, struct buf *out);
void metrics_write_triggers(const struct trigger_list *triggers, struct buf *out);
void metrics_write_upkeep(const struct upkeep_stats *upkeep, struct buf *out);

#endif
