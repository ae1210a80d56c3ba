/* server.h - the whole server: opens every part in order, runs until told to stop, closes in reverse.
 * Signals: SIGTERM and SIGINT stop gracefully; SIGHUP reads the credentials file again. */
#ifndef STATOR_SERVER_SERVER_H
#define STATOR_SERVER_SERVER_H

#include "server/config.h"

/* Returns when the server was stopped. false: it could not start, or had to give up; *err says why. */
[[nodiscard]] bool server_run(const struct config *config, struct arena *arena, struct error *err);

#endif
