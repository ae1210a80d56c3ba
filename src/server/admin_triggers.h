/* admin_triggers.h - triggers as the operator sees and steers them.
 * GET    /triggers                  {"triggers":[...]}, by name
 * POST   /triggers                  makes the one that the body describes: {"table":..,"target":..}, and if given name, filter,
 *                                   batch_size, window_ms, parallel, retries, timeout_ms, on_failure, start
 * POST   /triggers/NAME/pause, /resume
 * POST   /triggers/NAME/reset?to=X  X: LATEST, TRIM_HORIZON, or a sequence number, which is the next to be delivered
 * DELETE /triggers/NAME
 * A reply is the trigger as it is then, or {"error":"..."} with status 400, 403, 404, 405, 409 or 503. */
#ifndef STATOR_SERVER_ADMIN_TRIGGERS_H
#define STATOR_SERVER_ADMIN_TRIGGERS_H

#include "server/admin_resource.h"

extern const struct admin_resource admin_triggers;

#endif
