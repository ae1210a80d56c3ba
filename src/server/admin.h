/* admin.h - the operator's endpoint: health, metrics and jobs, on an address of its own.
 * GET /health/live   200 while the process serves at all
 * GET /health/ready  200 while the store can be read and written, else 503 with the reason
 * GET /metrics       Prometheus text
 * GET, POST /jobs    see admin_jobs.h
 * /triggers          see admin_triggers.h
 * Threads: runs on the admin server's loop; what takes longer is suspended. */
#ifndef STATOR_SERVER_ADMIN_H
#define STATOR_SERVER_ADMIN_H

#include "http/http.h"
#include "jobs/jobs.h"
#include "server/metrics.h"
#include "storage/storage.h"
#include "triggers/triggers.h"
#include "upkeep/upkeep.h"

struct admin {
    struct storage *storage;
    const struct metrics *metrics;
    const struct http_server *api_server;
    struct jobs *jobs;
    struct upkeep *upkeep;
    struct triggers *triggers;
    struct workers *workers; /* for what takes long */
};

/* An http_handler; `arg` is a struct admin. */
void admin_handle(struct http_exchange *x, void *arg);

#endif
