#include "server/metrics.h"

#include "base/contract.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Upper bounds of the latency buckets, in microseconds; one more bucket takes what is above. */
static const unsigned latency_bounds_us[] = {50,    100,   200,    500,    1000,   2000,    5000,   10000,
                                             20000, 50000, 100000, 200000, 500000, 1000000, 5000000};
enum { LATENCY_BUCKETS = sizeof latency_bounds_us / sizeof latency_bounds_us[0] + 1 };

struct operation_counters {
    _Atomic uint64_t requests;
    _Atomic uint64_t latency_ns_sum;
    _Atomic uint64_t latency[LATENCY_BUCKETS];
    _Atomic uint64_t errors[ERR_COUNT];
};

struct metrics {
    unsigned loops;
    unsigned operation_count;
    const char *(*operation_name)(unsigned);
    struct operation_counters *counters; /* [loop][operation] */
};

struct metrics *metrics_new(unsigned loops, unsigned operation_count, const char *(*operation_name)(unsigned))
{
    PRE(loops > 0 && operation_count > 0);
    struct metrics *m = calloc(1, sizeof *m);
    INVARIANT(m);
    *m = (struct metrics){
        .loops = loops, .operation_count = operation_count, .operation_name = operation_name};
    m->counters = calloc((size_t)loops * operation_count, sizeof *m->counters);
    INVARIANT(m->counters);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    free(m->counters);
    free(m);
}

/* Each counter has one writer, so load and store do for an increment; atomics only keep readers from torn
 * values. */
static void add(_Atomic uint64_t *counter, uint64_t by)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + by, memory_order_relaxed);
}

static unsigned latency_bucket(int64_t latency_ns)
{
    unsigned bucket = 0;
    while (bucket < LATENCY_BUCKETS - 1 && latency_ns > (int64_t)latency_bounds_us[bucket] * 1000)
        bucket++;
    return bucket;
}

void metrics_observe(struct metrics *m, unsigned loop, unsigned operation, enum error_code code,
                     int64_t latency_ns)
{
    PRE(loop < m->loops && operation < m->operation_count);
    struct operation_counters *c = &m->counters[(size_t)loop * m->operation_count + operation];
    add(&c->requests, 1);
    add(&c->latency_ns_sum, (uint64_t)latency_ns);
    add(&c->latency[latency_bucket(latency_ns)], 1);
    if (code != ERR_NONE)
        add(&c->errors[code], 1);
}

/* ------------------------------------------------------------------ telling */

static void header(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void plain(struct buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
    header(out, name, type, help);
    buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* The counter at `offset` of one operation, over all loops. */
static uint64_t total(const struct metrics *m, unsigned operation, size_t offset)
{
    uint64_t sum = 0;
    for (unsigned loop = 0; loop < m->loops; loop++) {
        const char *counters = (const char *)&m->counters[(size_t)loop * m->operation_count + operation];
        sum += atomic_load_explicit((const _Atomic uint64_t *)(counters + offset), memory_order_relaxed);
    }
    return sum;
}

#define TOTAL(m, operation, member) total((m), (operation), offsetof(struct operation_counters, member))

static void write_requests(const struct metrics *m, struct buf *out)
{
    header(out, "stator_requests_total", "counter", "Requests answered, by operation.");
    for (unsigned op = 0; op < m->operation_count; op++) {
        uint64_t requests = TOTAL(m, op, requests);
        if (requests)
            buf_printf(out, "stator_requests_total{operation=\"%s\"} %llu\n", m->operation_name(op),
                       (unsigned long long)requests);
    }
}

static void write_errors(const struct metrics *m, struct buf *out)
{
    header(out, "stator_errors_total", "counter", "Requests answered with an error, by operation and error.");
    for (unsigned op = 0; op < m->operation_count; op++) {
        for (unsigned code = ERR_NONE + 1; code < ERR_COUNT; code++) {
            uint64_t errors =
                total(m, op, offsetof(struct operation_counters, errors) + code * sizeof(uint64_t));
            const char *type = strrchr(error_code_wire_type(code), '#') + 1;
            if (errors)
                buf_printf(out, "stator_errors_total{operation=\"%s\",error=\"%s\",cause=\"%s\"} %llu\n",
                           m->operation_name(op), type, error_code_name(code), (unsigned long long)errors);
        }
    }
}

static void write_latency_of(const struct metrics *m, unsigned op, struct buf *out)
{
    uint64_t below = 0;
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < LATENCY_BUCKETS - 1)
            snprintf(bound, sizeof bound, "%g", latency_bounds_us[i] / 1e6);
        below += total(m, op, offsetof(struct operation_counters, latency) + i * sizeof(uint64_t));
        buf_printf(out, "stator_request_seconds_bucket{operation=\"%s\",le=\"%s\"} %llu\n",
                   m->operation_name(op), bound, (unsigned long long)below);
    }
    buf_printf(out, "stator_request_seconds_sum{operation=\"%s\"} %.9f\n", m->operation_name(op),
               (double)TOTAL(m, op, latency_ns_sum) / 1e9);
    buf_printf(out, "stator_request_seconds_count{operation=\"%s\"} %llu\n", m->operation_name(op),
               (unsigned long long)below);
}

static void write_latency(const struct metrics *m, struct buf *out)
{
    header(out, "stator_request_seconds", "histogram", "From the last byte of a request to its reply.");
    for (unsigned op = 0; op < m->operation_count; op++)
        if (TOTAL(m, op, requests))
            write_latency_of(m, op, out);
}

/* The store counts in powers of two: bucket i holds values below 2^(i+1). */
static void write_log2_buckets(struct buf *out, const char *name, const uint64_t *buckets, double unit)
{
    uint64_t below = 0;
    unsigned last = STORAGE_HISTOGRAM_BUCKETS;
    while (last > 0 && buckets[last - 1] == 0)
        last--;
    for (unsigned i = 0; i < last; i++) {
        below += buckets[i];
        buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, (double)(((uint64_t)2 << i) - 1) * unit,
                   (unsigned long long)below);
    }
    buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)below);
    buf_printf(out, "%s_count %llu\n", name, (unsigned long long)below);
}

static void write_storage(const struct storage_stats *s, struct buf *out)
{
    plain(out, "stator_store_writable", "gauge", "1 if the store takes writes.",
          s->state == STORAGE_READ_WRITE);
    plain(out, "stator_store_readable", "gauge", "1 if the store can be read.", s->state != STORAGE_DOWN);
    plain(out, "stator_commits_total", "counter", "Transactions committed.", s->commits);
    plain(out, "stator_commit_groups_total", "counter", "Groups of transactions written together.",
          s->groups);
    header(out, "stator_commit_group_size", "histogram", "Transactions in a group.");
    write_log2_buckets(out, "stator_commit_group_size", s->group_size, 1);
    buf_printf(out, "stator_commit_group_size_sum %llu\n", (unsigned long long)s->commits);
    header(out, "stator_log_sync_seconds", "histogram", "Time to make the write-ahead log durable.");
    write_log2_buckets(out, "stator_log_sync_seconds", s->sync_us, 1e-6);
    buf_printf(out, "stator_log_sync_seconds_sum %.6f\n", (double)s->sync_us_sum / 1e6);
    plain(out, "stator_writes_refused_total", "counter",
          "Writes that were told to come back, because they would have waited too long.", s->refused);
    plain(out, "stator_commit_queue_depth", "gauge", "Writes waiting for the writer.", s->queue_depth);
    plain(out, "stator_block_cache_bytes", "gauge", "Memory of the block cache.", s->cache_bytes);
    plain(out, "stator_memtable_bytes", "gauge", "Memory of the write buffers.", s->memtable_bytes);
    plain(out, "stator_table_reader_bytes", "gauge", "Index and filter memory outside the cache.",
          s->table_reader_bytes);
    plain(out, "stator_disk_bytes", "gauge", "Size of the data files.", s->disk_bytes);
}

static void write_http(const struct http_stats *h, struct buf *out)
{
    plain(out, "stator_connections", "gauge", "Open connections.", h->connections);
    plain(out, "stator_connections_accepted_total", "counter", "Connections accepted.", h->accepted);
    plain(out, "stator_requests_refused_total", "counter", "Requests over a limit, malformed or too slow.",
          h->refused);
    plain(out, "stator_requests_in_flight", "gauge", "Requests whose reply is not sent yet.", h->exchanges);
    plain(out, "stator_request_bytes_in_flight", "gauge", "Request bodies held.", h->in_flight_bytes);
}

/* /proc/self/statm: total and resident pages. */
static uint64_t resident_bytes(void)
{
    unsigned long long size, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm) {
        if (fscanf(statm, "%llu %llu", &size, &resident) != 2)
            resident = 0;
        fclose(statm);
    }
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void metrics_write(const struct metrics *m, const struct storage_stats *storage,
                   const struct http_stats *http, struct buf *out)
{
    header(out, "stator_info", "gauge", "The version that runs.");
    buf_append_literal(out, "stator_info{version=\"" STATOR_VERSION "\"} 1\n");
    write_requests(m, out);
    write_errors(m, out);
    write_latency(m, out);
    write_storage(storage, out);
    write_http(http, out);
    plain(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
}

void metrics_write_jobs(const struct jobs_stats *jobs, struct buf *out)
{
    header(out, "stator_jobs", "gauge", "Jobs that have not ended, by state.");
    for (unsigned state = 0; state < JOB_DONE; state++)
        buf_printf(out, "stator_jobs{state=\"%s\"} %llu\n", job_state_name((enum job_state)state),
                   (unsigned long long)jobs->in_state[state]);
    plain(out, "stator_job_steps_total", "counter", "Steps of jobs.", jobs->steps);
    plain(out, "stator_job_items_total", "counter", "Items that jobs have looked at.", jobs->items);
    plain(out, "stator_job_refusals_total", "counter", "Steps of jobs that have to be tried again.",
          jobs->refused);
}

void metrics_write_upkeep(const struct upkeep_stats *upkeep, struct buf *out)
{
    plain(out, "stator_streams_rolled_total", "counter", "Streams whose open shards were closed for others.",
          upkeep->rolled);
    plain(out, "stator_streams_trimmed_total", "counter", "Streams of which old shards were dropped.",
          upkeep->trimmed);
    plain(out, "stator_expired_items_total", "counter", "Items removed because their time was over.",
          upkeep->expired);
    plain(out, "stator_expiry_behind_seconds", "gauge",
          "For so long there have been expired items to remove all the time.",
          (uint64_t)upkeep->expiry_behind_ms / 1000);
}

struct trigger_metric {
    const char *name, *type, *help;
    int64_t (*value)(const struct trigger_status *status);
};

static int64_t trigger_runs(const struct trigger_status *status)
{
    return status->trigger.state == TRIGGER_RUNNING;
}

static int64_t trigger_lag_ms(const struct trigger_status *status)
{
    return status->lag_ms;
}

static int64_t trigger_delivered(const struct trigger_status *status)
{
    return status->counts.delivered;
}

static int64_t trigger_passed_over(const struct trigger_status *status)
{
    return status->counts.passed_over;
}

static int64_t trigger_given_up(const struct trigger_status *status)
{
    return status->counts.given_up;
}

static int64_t trigger_gaps(const struct trigger_status *status)
{
    return status->counts.gaps;
}

static int64_t trigger_calls(const struct trigger_status *status)
{
    return status->calls;
}

static int64_t trigger_calls_failed(const struct trigger_status *status)
{
    return status->calls_failed;
}

/* Names are of characters that a label may have. */
void metrics_write_triggers(const struct trigger_list *triggers, struct buf *out)
{
    static const struct trigger_metric all[] = {
        {"stator_trigger_running", "gauge", "1 if the trigger is RUNNING.", trigger_runs},
        {"stator_trigger_lag_milliseconds", "gauge", "Age of the oldest change that is not done.",
         trigger_lag_ms},
        {"stator_trigger_records_delivered_total", "counter", "Changes that targets took.",
         trigger_delivered},
        {"stator_trigger_records_passed_over_total", "counter", "Changes that filters passed over.",
         trigger_passed_over},
        {"stator_trigger_dead_letters_total", "counter", "Changes that were given up.", trigger_given_up},
        {"stator_trigger_trimmed_gaps_total", "counter",
         "Times that changes were trimmed before they were read.", trigger_gaps},
        {"stator_trigger_calls_total", "counter", "Calls of targets.", trigger_calls},
        {"stator_trigger_calls_failed_total", "counter", "Calls of targets that failed.",
         trigger_calls_failed},
    };
    for (size_t i = 0; triggers->count > 0 && i < sizeof all / sizeof all[0]; i++) {
        header(out, all[i].name, all[i].type, all[i].help);
        for (size_t k = 0; k < triggers->count; k++)
            buf_printf(out, "%s{trigger=\"%.*s\"} %lld\n", all[i].name,
                       SLICE_PRINTF(triggers->triggers[k].trigger.name),
                       (long long)all[i].value(&triggers->triggers[k]));
    }
}
