#include "server/admin.h"

#include "server/admin_jobs.h"
#include "server/admin_triggers.h"

static const struct field plain_text = {{"Content-Type", 12}, {"text/plain; charset=utf-8", 25}};
static const struct field prometheus_text = {{"Content-Type", 12},
                                             {"text/plain; version=0.0.4; charset=utf-8", 40}};

static void reply(struct http_exchange *x, unsigned status, const struct field *type, struct slice body)
{
    http_reply(x, status, (struct field_list){type, 1}, body);
}

static void handle_ready(struct http_exchange *x, struct admin *admin)
{
    struct storage_stats stats;
    storage_stats(admin->storage, &stats);
    switch (stats.state) {
    case STORAGE_READ_WRITE:
        reply(x, 200, &plain_text, SLICE("ready\n"));
        return;
    case STORAGE_READ_ONLY:
        reply(x, 503, &plain_text, SLICE("the store is read-only: see the log\n"));
        return;
    case STORAGE_DOWN:
        reply(x, 503, &plain_text, SLICE("the store is recovering: see the log\n"));
        return;
    }
}

/* Whether they lag is looked at, not how much. */
static void write_triggers(struct http_exchange *x, struct admin *admin, struct buf *out)
{
    struct trigger_list list;
    struct error err;
    error_init(&err, http_arena(x));
    if (triggers_list(admin->triggers, 1, http_arena(x), &list, &err))
        metrics_write_triggers(&list, out);
}

static void handle_metrics(struct http_exchange *x, struct admin *admin)
{
    struct storage_stats storage;
    struct http_stats http;
    struct jobs_stats jobs;
    struct upkeep_stats upkeep;
    struct buf text;
    storage_stats(admin->storage, &storage);
    http_stats(admin->api_server, &http);
    buf_init(&text, http_arena(x), 16 * 1024);
    metrics_write(admin->metrics, &storage, &http, &text);
    jobs_stats(admin->jobs, &jobs);
    metrics_write_jobs(&jobs, &text);
    upkeep_stats(admin->upkeep, &upkeep);
    metrics_write_upkeep(&upkeep, &text);
    write_triggers(x, admin, &text);
    reply(x, 200, &prometheus_text, buf_slice(&text));
}

void admin_handle(struct http_exchange *x, void *arg)
{
    struct admin *admin = arg;
    struct slice path = http_path(x);
    if (admin_resource_handle(&admin_jobs, x, admin) || admin_resource_handle(&admin_triggers, x, admin))
        return;
    if (!slice_equal(http_method(x), SLICE("GET")))
        reply(x, 405, &plain_text, SLICE("only GET is answered here\n"));
    else if (slice_equal(path, SLICE("/health/live")))
        reply(x, 200, &plain_text, SLICE("live\n"));
    else if (slice_equal(path, SLICE("/health/ready")))
        handle_ready(x, admin);
    else if (slice_equal(path, SLICE("/metrics")))
        handle_metrics(x, admin);
    else
        reply(x, 404, &plain_text,
              SLICE("there is /health/live, /health/ready, /metrics, /jobs and /triggers\n"));
}
