/* admin_jobs.h - long work as the operator sees and steers it.
 * GET  /jobs                                 {"jobs":[...]}: those that go on, then the newest that have ended
 * POST /jobs/ID/pause, /resume, /cancel      the job as it is then
 * POST /jobs/ID/rate?items_per_s=N           likewise; 0: as fast as it goes
 * A job: id, kind, state, table, index, percent, done, total, written, items_per_s, items_per_s_max, left_s (if it can be told),
 * error or waits (if something is wrong), created_ms, ended_ms. What is refused: {"error":"..."} with status 400, 404, 409 or 503. */
#ifndef STATOR_SERVER_ADMIN_JOBS_H
#define STATOR_SERVER_ADMIN_JOBS_H

#include "server/admin_resource.h"

extern const struct admin_resource admin_jobs;

#endif
