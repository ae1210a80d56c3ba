#include "engine/secret.h"

#include "base/log.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

enum { SECRET_VERSION = 1 };

struct secret_record {
    uint8_t version;
    unsigned char secret[SECRET_BYTES];
};
static_assert(sizeof(struct secret_record) == 33, "docs/format.md#secret");

static const struct storage_key secret_key = {
    .space = STORAGE_SPACE_TOKENS, .partition = {"secret", 6}, .sort = {"", 0}};

/* A secret to be stored, unless there is one by then. */
struct new_secret {
    struct storage_write write; /* first */
    struct secret_record record;
};

static bool read_record(struct slice value, struct secret_record *out, struct error *err)
{
    if (value.size != sizeof *out || (uint8_t)value.data[0] != SECRET_VERSION) {
        error_set(err, ERR_CORRUPT, "Internal server error");
        return error_add_detail(err, "the record of the store's secret cannot be read");
    }
    memcpy(out, value.data, sizeof *out);
    return true;
}

static bool store_secret(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct new_secret *made = (struct new_secret *)write;
    struct slice value;
    bool found;
    if (!storage_tx_get(tx, &secret_key, write->arena, &value, &found, err))
        return false;
    if (found)
        return read_record(value, &made->record, err);
    return storage_tx_put(tx, &secret_key, slice_of(&made->record, sizeof made->record), err);
}

static bool make_record(struct secret_record *out, struct error *err)
{
    out->version = SECRET_VERSION;
    if (getrandom(out->secret, sizeof out->secret, 0) == (ssize_t)sizeof out->secret)
        return true;
    return error_set(err, ERR_STORAGE, "the system gives no random bytes");
}

bool secret_load(struct storage *store, unsigned char out[SECRET_BYTES], struct error *err)
{
    struct new_secret made = {.write = {.run = store_secret, .arena = err->arena}};
    struct error refused;
    error_init(&refused, err->arena);
    if (!make_record(&made.record, err))
        return false;
    if (!storage_write_wait(store, &made.write, &refused)) {
        if (refused.code == ERR_CORRUPT) {
            *err = refused;
            return false;
        }
        log_error(LOG_WARNING, "tokens will be good for this run of the server only", &refused);
    }
    memcpy(out, made.record.secret, SECRET_BYTES);
    return true;
}
