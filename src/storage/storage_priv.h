/* storage_priv.h - what a backend is to storage.c: a table of functions, and structs that begin with it.
 * Use:     a backend embeds the structs below as the first member of its own and fills in a storage_backend.
 * Promise: storage.c has checked the arguments that storage.h promises about; a backend need not check again.
 * See:     storage.h says what each function does; a member does what the function of its name promises. */
#ifndef STATOR_STORAGE_STORAGE_PRIV_H
#define STATOR_STORAGE_STORAGE_PRIV_H

#include "storage/storage.h"

struct storage_backend {
    void (*close)(struct storage *store);
    void (*write)(struct storage *store, struct storage_write *write);
    void (*stats)(struct storage *store, struct storage_stats *out);
    bool (*outgrows_memory)(struct storage *store);

    struct storage_view *(*view_take)(struct storage *store);
    void (*view_release)(struct storage_view *view);
    uint64_t (*view_commit)(const struct storage_view *view);
    bool (*view_get)(struct storage_view *view, const struct storage_key *key, struct arena *arena,
                     struct slice *value_out, bool *found_out, struct error *err);
    void (*view_prefetch)(struct storage_view *view, const struct storage_key *key);
    bool (*view_scan_partition)(struct storage_view *view, const struct storage_partition_range *range,
                                struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
    bool (*view_scan_hash)(struct storage_view *view, const struct storage_hash_range *range,
                           struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
    bool (*view_usage)(struct storage_view *view, uint32_t space, struct storage_usage *out,
                       struct error *err);
    bool (*view_has_space)(struct storage_view *view, uint32_t space, bool *has_out, struct error *err);
    bool (*view_dropping)(struct storage_view *view, uint32_t space, bool *dropping_out, struct error *err);

    bool (*cursor_next)(struct storage_cursor *cursor, struct storage_entry *entry_out, bool *found_out,
                        struct error *err);
    void (*cursor_close)(struct storage_cursor *cursor);

    bool (*tx_get)(struct storage_tx *tx, const struct storage_key *key, struct arena *arena,
                   struct slice *value_out, bool *found_out, struct error *err);
    bool (*tx_scan_partition)(struct storage_tx *tx, const struct storage_partition_range *range,
                              struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
    bool (*tx_put)(struct storage_tx *tx, const struct storage_key *key, struct slice value,
                   struct error *err);
    bool (*tx_delete)(struct storage_tx *tx, const struct storage_key *key, struct error *err);
    bool (*tx_create_space)(struct storage_tx *tx, uint32_t space, struct error *err);
    bool (*tx_drop_space)(struct storage_tx *tx, uint32_t space, struct error *err);
    bool (*tx_mark_space)(struct storage_tx *tx, uint32_t space, struct error *err);
    uint64_t (*tx_space_mark)(const struct storage_tx *tx, uint32_t space);
    bool (*tx_unchanged)(const struct storage_tx *tx, const struct storage_view *view,
                         const struct storage_key *key);
    bool (*tx_add_usage)(struct storage_tx *tx, uint32_t space, struct storage_usage by, struct error *err);
    uint64_t (*tx_commit_number)(const struct storage_tx *tx);
    int64_t (*tx_commit_ms)(const struct storage_tx *tx);
    int64_t (*tx_commit_us)(const struct storage_tx *tx);
};

struct storage {
    const struct storage_backend *backend;
};

struct storage_view {
    const struct storage_backend *backend;
};

struct storage_cursor {
    const struct storage_backend *backend;
};

struct storage_tx {
    const struct storage_backend *backend;
};

/* Gives a write whose result is set back to its caller: done(), then whoever waits for it. */
void storage_write_finish(struct storage_write *write);

#endif
