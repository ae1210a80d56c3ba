/* config.h - every setting of the server: one table gives its flag, its INI key, its environment variable,
 * its bounds and its line in `stator help`.
 * Use:    config_init(), then config_load() with the command line. Later sources win: INI file, then
 *         STATOR_* environment, then flags.
 * Owns:   texts live in the arena given to config_load(), or are constant.
 * Errors: ERR_CONFIG, naming the setting and where it came from. Unknown settings are errors everywhere. */
#ifndef STATOR_SERVER_CONFIG_H
#define STATOR_SERVER_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct config_address {
    const char *host;
    uint16_t port;
};

struct config {
    struct config_address listen;
    struct config_address admin_listen; /* host NULL: no admin endpoint */
    const char *data;
    bool in_memory;
    const char *credentials;
    const char *region;
    const char *account_id;
    const char *tls_cert;
    const char *tls_key;
    const char *config_path;
    const char *log_format; /* "text" or "json" */
    const char *log_level;  /* "debug", "info", "warning", "error" */
    int64_t threads;        /* 0: one per core */
    int64_t workers;        /* 0: one per core */
    int64_t cache_bytes;
    int64_t memtable_bytes;
    int64_t disk_reserve_bytes;
    int64_t in_flight_bytes_max;
    int64_t connections_max;
    int64_t queue_max;
    int64_t queue_wait_ms; /* 0: any */
    int64_t idle_timeout_ms;
    int64_t receive_timeout_ms;
    int64_t send_timeout_ms;
    int64_t shutdown_timeout_ms;
    int64_t table_create_delay_ms;
    int64_t table_delete_delay_ms;
    int64_t gsi_delay_ms; /* 0: none */
    int64_t stream_shards;
    int64_t stream_shard_ms; /* 0: they stay open */
    int64_t stream_retention_ms;
    int64_t ttl_delay_ms;
    int64_t ttl_items_per_s;          /* 0: any number */
    int64_t lsi_collection_bytes_max; /* 0: no limit */
    int64_t transaction_conflict_percent;
    const char *kinesis_endpoint;
    bool trigger_commands;
    bool no_sync;
};

void config_init(struct config *config);

/* `arguments` are what follows `serve`; `environment` is environ. Reads --config (or STATOR_CONFIG) first. */
[[nodiscard]] bool config_load(struct config *config, int argument_count, char *const *arguments,
                               char *const *environment, struct arena *arena, struct error *err);

/* Whether the address can only be reached from this machine. */
bool config_address_is_loopback(const struct config_address *address);

/* One line for each setting. */
void config_print_help(FILE *out);

#endif
