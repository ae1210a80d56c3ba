/* admin_triggers.h - triggers as the operator sees and steers them.
 * GET    /triggers                  {"triggers":[...]}, by name
 * POST   /triggers                  makes the one that the body describes: {"table":..,"target":..}, and if given name, filter,
 *                                   batch_size, window_ms, parallel, retries, timeout_ms, on_failure, start
 * POST   /triggers/NAME/pause, /resume
 * POST   /triggers/NAME/reset?to=X  X: LATEST, TRIM_HORIZON, or a sequence number, which is the next to be delivered
 * DELETE /triggers/NAME
 * A reply is the trigger as it is then, or {"error":"..."} with status 400, 403, 404, 405, 409 or 503.
 * Refused: requests with an Origin header, as in admin_jobs.h. */
#ifndef STATOR_SERVER_ADMIN_TRIGGERS_H
#define STATOR_SERVER_ADMIN_TRIGGERS_H

#include "base/workers.h"
#include "http/http.h"
#include "triggers/triggers.h"

bool admin_triggers_is_path(struct slice path);
void admin_triggers_handle(struct http_exchange *x, struct triggers *triggers, struct workers *workers);

#endif
