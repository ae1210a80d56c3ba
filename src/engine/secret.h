/* secret.h - bytes that only this store knows: by them the server recognizes the tokens that it gave to clients.
 * Use:     secret_load() once at start, into struct engine. Who makes tokens authenticates them with it, and says in what it
 *          authenticates which kind of token it is.
 * Kept:    on disk, so that tokens outlive the process. A store that has none and cannot be written to lends one until the server
 *          ends.
 * Format:  docs/format.md#secret. */
#ifndef STATOR_ENGINE_SECRET_H
#define STATOR_ENGINE_SECRET_H

#include "base/error.h"
#include "storage/storage.h"

enum { SECRET_BYTES = 32 };

/* The store's secret, made if it has none yet. Waits for the store. Memory
 * comes from the error's arena. ERR_CORRUPT, ERR_STORAGE. */
[[nodiscard]] bool secret_load(struct storage *store, unsigned char out[SECRET_BYTES], struct error *err);

#endif
