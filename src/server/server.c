/* server.c - opens the parts in the order in which they need each other, and closes them in reverse. */
#include "server/server.h"

#include "api/api.h"
#include "auth/auth.h"
#include "base/clock.h"
#include "base/contract.h"
#include "base/log.h"
#include "engine/engine.h"
#include "jobs/jobs.h"
#include "server/admin.h"
#include "server/metrics.h"
#include "server/notify.h"
#include "table/catalog.h"
#include "table/stream.h"
#include "triggers/kinesis.h"
#include "triggers/triggers.h"
#include "upkeep/upkeep.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    EXPRESSION_CACHE_ENTRIES = 4096,
    TICK_MS = 50,
    AUTH_SKEW_MS = 15 * 60 * 1000,
    FILES_BESIDE_CONNECTIONS = 2048, /* the store's, and some to spare */
};

struct server {
    const struct config *config;
    const struct clock *clock;
    struct auth *auth;
    struct engine engine;
    struct catalog *catalog;
    struct jobs *jobs;
    struct upkeep *upkeep;
    struct triggers *triggers;
    struct kinesis_endpoint kinesis;
    struct metrics *metrics;
    struct api api;
    struct admin admin;
    struct http_server *api_server;
    struct http_server *admin_server;
    sigset_t signals;
    unsigned loops;
    bool api_ready;
};

static unsigned cores(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* ------------------------------------------------------------------ signals */

/* Blocked in every thread, so that only the main one hears them, when it chooses to. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void reload_credentials(struct server *s)
{
    struct arena arena;
    struct error err;
    arena_init(&arena, 1024);
    error_init(&err, &arena);
    if (auth_reload(s->auth, &err))
        log_event(LOG_INFO, "credentials read again", LOG_TEXT("file", s->config->credentials));
    else
        log_error(LOG_ERROR, "could not read the credentials again; the old ones stay in force", &err);
    arena_release(&arena);
}

/* Until SIGTERM or SIGINT; ticks in between. */
static void run_until_stopped(struct server *s)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000};
    for (;;) {
        int received = sigtimedwait(&s->signals, NULL, &tick);
        if (received == SIGTERM || received == SIGINT)
            return;
        if (received == SIGHUP)
            reload_credentials(s);
        catalog_tick(s->catalog);
        past_views_tick(s->engine.past_views);
        stream_watch_tick(s->engine.stream_watches);
        triggers_tick(s->triggers);
    }
}

/* ------------------------------------------------------------------ parts */

/* Each connection is a file to the system, whose default limit is low. */
static void raise_file_limit(const struct config *c)
{
    rlim_t wanted = (rlim_t)c->connections_max + FILES_BESIDE_CONNECTIONS;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_event(LOG_WARNING, "the limit of open files is too low for all connections",
                  LOG_NUMBER("limit", limit.rlim_cur), LOG_NUMBER("wanted", wanted));
}

static void configure_log(const struct config *c)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    enum log_level level = LOG_INFO;
    for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(c->log_level, levels[i]) == 0)
            level = (enum log_level)i;
    log_configure(strcmp(c->log_format, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT, level);
}

static bool open_auth(struct server *s, struct error *err)
{
    const struct auth_options options = {.credentials_path = s->config->credentials, .skew_ms = AUTH_SKEW_MS};
    if (!s->config->credentials)
        log_event(LOG_WARNING, "no credentials file: every well-formed signature is accepted",
                  LOG_TEXT("address", s->config->listen.host));
    return auth_open(&options, &s->auth, err);
}

static bool open_storage(struct server *s, struct error *err)
{
    const struct config *c = s->config;
    struct storage_options options;
    storage_options_init(&options);
    options.path = c->in_memory ? NULL : c->data;
    options.clock = s->clock;
    options.cache_bytes = (uint64_t)c->cache_bytes;
    options.memtable_bytes = (uint64_t)c->memtable_bytes;
    options.disk_reserve_bytes = (uint64_t)c->disk_reserve_bytes;
    options.queue_max = (size_t)c->queue_max;
    options.wait_max_ms = c->queue_wait_ms;
    options.sync = !c->no_sync;
    return storage_open_rocksdb(&options, &s->engine.storage, err);
}

static bool open_catalog(struct server *s, struct error *err)
{
    struct catalog_options options;
    catalog_options_init(&options);
    options.store = s->engine.storage;
    options.clock = s->clock;
    options.region = slice_from_cstr(s->config->region);
    options.account = slice_from_cstr(s->config->account_id);
    options.create_delay_ms = s->config->table_create_delay_ms;
    options.delete_delay_ms = s->config->table_delete_delay_ms;
    options.count_collections = s->config->lsi_collection_bytes_max > 0;
    options.stream_shards = (uint32_t)s->config->stream_shards;
    options.dropped = jobs_stage_table_drop;
    return catalog_open(&options, &s->catalog, err);
}

static const char *operation_label(unsigned operation)
{
    return operation_info((enum operation_id)operation)->name.data;
}

static void observe(void *metrics, unsigned loop, enum operation_id operation, enum error_code code,
                    int64_t latency_ns)
{
    metrics_observe(metrics, loop, operation, code, latency_ns);
}

static void make_engine(struct server *s)
{
    const struct config *c = s->config;
    s->engine.clock = s->clock;
    s->engine.expressions = expr_cache_new(EXPRESSION_CACHE_ENTRIES);
    s->engine.collection_bytes_max = c->lsi_collection_bytes_max;
    s->engine.conflict_percent = (unsigned)c->transaction_conflict_percent;
    if (c->gsi_delay_ms > 0)
        s->engine.past_views = past_views_new(s->engine.storage, s->clock, c->gsi_delay_ms);
    s->engine.stream_watches = stream_watches_new(s->clock);
    s->engine.expiry_notes = expiry_notes_new();
    s->engine.workers = workers_new(c->workers ? (unsigned)c->workers : cores());
    s->loops = c->threads ? (unsigned)c->threads : cores();
    s->metrics = metrics_new(s->loops, OPERATION_COUNT, operation_label);
}

static bool open_upkeep(struct server *s, struct error *err)
{
    struct upkeep_options options;
    upkeep_options_init(&options);
    options.stream_shard_ms = s->config->stream_shard_ms;
    options.stream_retention_ms = s->config->stream_retention_ms;
    options.expiry_delay_ms = s->config->ttl_delay_ms;
    options.expiry_items_per_s = s->config->ttl_items_per_s;
    return upkeep_open(&s->engine, s->catalog, &options, &s->upkeep, err);
}

static bool open_triggers(struct server *s, struct error *err)
{
    struct triggers_options options;
    triggers_options_init(&options);
    options.region = slice_from_cstr(s->config->region);
    options.account = slice_from_cstr(s->config->account_id);
    options.commands = s->config->trigger_commands;
    if (s->config->kinesis_endpoint) {
        if (!kinesis_endpoint_init(&s->kinesis, s->config->kinesis_endpoint, getenv("AWS_ACCESS_KEY_ID"),
                                   getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN"), err))
            return false;
        options.kinesis = &s->kinesis;
    }
    return triggers_open(&s->engine, s->catalog, &options, &s->triggers, err);
}

static void make_api(struct server *s)
{
    const struct api_options options = {
        .auth = s->auth,
        .clock = s->clock,
        .region = slice_from_cstr(s->config->region),
        .account_id = slice_from_cstr(s->config->account_id),
        .engine = &s->engine,
        .catalog = s->catalog,
        .jobs = s->jobs,
        .kinesis = s->config->kinesis_endpoint != NULL,
        .observe = observe,
        .observe_arg = s->metrics,
        .operations = api_operations,
    };
    api_init(&s->api, &options);
    s->api_ready = true;
}

static bool open_api_server(struct server *s, struct error *err)
{
    const struct config *c = s->config;
    struct http_options options;
    http_options_init(&options);
    options.address = c->listen.host;
    options.port = c->listen.port;
    options.threads = s->loops;
    options.tls_certificate_path = c->tls_cert;
    options.tls_key_path = c->tls_key;
    options.connections_max = (unsigned)c->connections_max;
    options.in_flight_bytes_max = (size_t)c->in_flight_bytes_max;
    options.idle_timeout_ms = (unsigned)c->idle_timeout_ms;
    options.receive_timeout_ms = (unsigned)c->receive_timeout_ms;
    options.send_timeout_ms = (unsigned)c->send_timeout_ms;
    options.handler = api_handle;
    options.arg = &s->api;
    return http_open(&options, &s->api_server, err);
}

static bool open_admin_server(struct server *s, struct error *err)
{
    if (!s->config->admin_listen.host)
        return true;
    s->admin = (struct admin){s->engine.storage, s->metrics, s->api_server, s->jobs, s->upkeep};
    s->admin.triggers = s->triggers;
    s->admin.workers = s->engine.workers;
    struct http_options options;
    http_options_init(&options);
    options.address = s->config->admin_listen.host;
    options.port = s->config->admin_listen.port;
    options.threads = 1;
    options.connections_max = 64;
    options.body_bytes_max = 64 * 1024;
    options.handler = admin_handle;
    options.arg = &s->admin;
    return http_open(&options, &s->admin_server, err);
}

/* ------------------------------------------------------------------ the whole */

static bool server_open(struct server *s, struct error *err)
{
    if (!open_auth(s, err) || !open_storage(s, err) || !open_catalog(s, err))
        return false;
    make_engine(s);
    if (!secret_load(s->engine.storage, s->engine.secret, err) ||
        !jobs_open(&s->engine, s->catalog, &s->jobs, err))
        return false;
    if (!open_upkeep(s, err) || !open_triggers(s, err))
        return false;
    make_api(s);
    return open_api_server(s, err) && open_admin_server(s, err);
}

/* The admin endpoint answers to the last, so that a stopping server can be watched. Requests that were abandoned may still have
 * changes in the store's queue; so what those call at their end outlives the store. */
static void server_close(struct server *s)
{
    triggers_stop(s->triggers);
    if (s->engine.stream_watches)
        stream_watches_stop(s->engine.stream_watches);
    if (s->api_server) {
        unsigned abandoned = http_close(s->api_server, (unsigned)s->config->shutdown_timeout_ms);
        if (abandoned)
            log_event(LOG_WARNING, "requests abandoned at shutdown", LOG_NUMBER("requests", abandoned));
    }
    if (s->admin_server)
        http_close(s->admin_server, 1000);
    if (s->api_ready)
        api_release(&s->api);
    workers_free(s->engine.workers);
    jobs_stop(s->jobs);
    upkeep_stop(s->upkeep);
    past_views_free(s->engine.past_views);
    if (s->engine.storage)
        storage_close(s->engine.storage);
    if (s->catalog)
        catalog_close(s->catalog);
    triggers_close(s->triggers);
    jobs_close(s->jobs);
    upkeep_close(s->upkeep);
    stream_watches_free(s->engine.stream_watches);
    expiry_notes_free(s->engine.expiry_notes);
    if (s->engine.expressions)
        expr_cache_free(s->engine.expressions);
    metrics_free(s->metrics);
    if (s->auth)
        auth_close(s->auth);
}

static void log_ready(const struct server *s, int64_t start_ns)
{
    const struct config *c = s->config;
    log_event(LOG_INFO, "ready", LOG_TEXT("version", STATOR_VERSION), LOG_TEXT("address", c->listen.host),
              LOG_NUMBER("port", http_port(s->api_server)),
              LOG_NUMBER("admin_port", s->admin_server ? http_port(s->admin_server) : 0),
              LOG_TEXT("data", c->in_memory ? "memory" : c->data),
              LOG_TEXT("tls", c->tls_cert ? "on" : "off"), LOG_NUMBER("threads", s->loops),
              LOG_NUMBER("start_ms", (clock_monotonic_ns(s->clock) - start_ns) / 1000000));
}

bool server_run(const struct config *config, struct arena *arena, struct error *err)
{
    struct server *s = ARENA_NEW(arena, struct server);
    s->config = config;
    s->clock = clock_system();
    int64_t start_ns = clock_monotonic_ns(s->clock);
    configure_log(config);
    raise_file_limit(config);
    block_signals(&s->signals);
    if (!server_open(s, err)) {
        server_close(s);
        return false;
    }
    log_ready(s, start_ns);
    notify_service_manager("READY=1");
    run_until_stopped(s);
    notify_service_manager("STOPPING=1");
    log_event(LOG_INFO, "stopping");
    server_close(s);
    log_event(LOG_INFO, "stopped");
    return true;
}
