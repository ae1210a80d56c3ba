/* loadgen - asks a server that speaks the DynamoDB protocol, and measures how it answers.
 * The method is described in docs/performance.md. */
#include "client.h"
#include "pauses.h"
#include "process.h"
#include "signer.h"
#include "tool.h"
#include "workload.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: loadgen WORKLOAD [OPTION]...\n"
    "Sends signed requests to a server that speaks the DynamoDB protocol and reports rates and latencies.\n"
    "\n"
    "Workloads\n"
    "  create       create the table (an old one of that name is deleted first) and wait until it is active\n"
    "  load         write every item once, 25 at a time\n"
    "  insert       the same, one at a time by PutItem\n"
    "  count        read the whole table in parallel segments, one per connection, and count its items\n"
    "  get, put, update, query, batch-write, scan\n"
    "               the operation of that name, keys at random\n"
    "  transact-write\n"
    "               TransactWriteItems of four puts, without a client token\n"
    "  mixed        four gets to one put\n"
    "\n"
    "Server\n"
    "  --address A       IPv4 address (127.0.0.1)\n"
    "  --port N          (8000)\n"
    "  --access-key ID   (bench)\n"
    "  --secret KEY      (bench-secret)\n"
    "  --region NAME     (us-east-1)\n"
    "  --pid N           the server's process: report its CPU time and memory\n"
    "  --disk PATH       a file on the server's disk: report the flushes of that disk\n"
    "\n"
    "Data\n"
    "  --table NAME      (bench)\n"
    "  --items N         items in the table (100000)\n"
    "  --partition N     items that share a partition key (0: the table has no sort key)\n"
    "  --item-bytes N    size of an item (1024)\n"
    "  --seed N          (1)\n"
    "  --expires-from T  items that are written have an attribute \"expires\" from this time on (none)\n"
    "  --expires-over S  and less than so many seconds later (60)\n"
    "  --ttl             of create: items expire by that attribute\n"
    "  --indexes W       of create: none; staying or moving: three global secondary indexes, in which a put "
    "leaves\n"
    "                    items where they are or moves them (none)\n"
    "  --stream VIEW     of create: the table has a stream of this view type (none)\n"
    "\n"
    "Load\n"
    "  --connections N   (32)\n"
    "  --threads N       (1)\n"
    "  --rate N          requests a second, sent when due (0: each connection waits for its answer)\n"
    "  --warmup S        seconds before the measurement (1)\n"
    "  --duration S      seconds of measurement (5)\n"
    "  --patience MS     at a rate: a request that is due and finds no idle connection is given up then (0: "
    "never)\n"
    "  --then-rate N     at a rate: after the measurement the rate falls to this one\n"
    "  --then S          for so many seconds; each tenth of a second is reported (0)\n"
    "  --pauses          at a rate: run at real-time priority, watch when processors are away, and report\n"
    "                    latencies without those moments, too; give the server other processors (taskset)\n"
    "  --refusals        ThrottlingException and status 503 are counted, but are no errors\n"
    "  --pool N          requests prepared before the run (65536; batch-write 4096, transact-write 16384)\n"
    "  --page-limit N    Limit of scan (none: pages of 1 MB)\n"
    "  --unchecked       look at the status of an answer only, not at its content\n"
    "  --json            report as one JSON object\n";

static const struct {
    const char *name;
    enum workload_kind kind;
} workloads[] = {
    {"get", WORKLOAD_GET},       {"put", WORKLOAD_PUT},
    {"update", WORKLOAD_UPDATE}, {"query", WORKLOAD_QUERY},
    {"mixed", WORKLOAD_MIXED},   {"batch-write", WORKLOAD_BATCH_WRITE},
    {"load", WORKLOAD_LOAD},     {"scan", WORKLOAD_SCAN},
    {"count", WORKLOAD_COUNT},   {"transact-write", WORKLOAD_TRANSACT_WRITE},
    {"insert", WORKLOAD_INSERT},
};

enum {
    threads_max = 16,
};

struct options {
    const char *workload_name;
    const char *address;
    uint16_t port;
    const char *access_key;
    const char *secret;
    const char *region;
    pid_t pid;
    const char *disk;
    unsigned connections;
    unsigned threads;
    double rate_per_s;
    double warmup_s;
    double duration_s;
    double patience_ms;
    double rate_after_per_s;
    double after_s;
    bool pauses;
    bool refusals;
    bool ttl;
    bool json;
};

/* What is read at both ends of the measurement. */
struct sample {
    int64_t at_ns;
    int64_t server_cpu_ns;
    int64_t own_cpu_ns;
    int64_t machine_ns;
    int64_t flushes;
};

struct result {
    struct client_counts counts;
    struct histogram latency;
    struct histogram lateness;
    struct histogram refusal;
    struct histogram undisturbed; /* latencies while all processors were there */
    unsigned pauses;              /* of a processor */
    int64_t paused_ns;            /* their sum */
    struct client_window windows[CLIENT_WINDOWS_MAX];
    struct sample begin;
    struct sample end;
    int64_t rss_bytes;
    int64_t rss_peak_bytes;
};

/* ------------------------------------------------------------------ options */

static double parse_number(const char *name, const char *text, double least, double most)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        tool_fail("--%s takes a number from %.0f to %.0f, not '%s'", name, least, most, text);
    }
    return value;
}

static enum workload_indexes parse_indexes(const char *text)
{
    if (strcmp(text, "none") == 0) {
        return WORKLOAD_INDEXES_NONE;
    }
    if (strcmp(text, "staying") == 0) {
        return WORKLOAD_INDEXES_STAYING;
    }
    if (strcmp(text, "moving") != 0) {
        tool_fail("--indexes takes none, staying or moving, not '%s'", text);
    }
    return WORKLOAD_INDEXES_MOVING;
}

static void parse_options(int argc, char **argv, struct options *o, struct workload *w)
{
    enum {
        ADDRESS,
        PORT,
        ACCESS_KEY,
        SECRET,
        REGION,
        PID,
        DISK,
        TABLE,
        ITEMS,
        PARTITION,
        ITEM_BYTES,
        SEED,
        INDEXES,
        STREAM,
        EXPIRES_FROM,
        EXPIRES_OVER,
        TTL,
        CONNECTIONS,
        THREADS,
        RATE,
        WARMUP,
        DURATION,
        PATIENCE,
        THEN_RATE,
        THEN,
        PAUSES,
        REFUSALS,
        POOL,
        PAGE_LIMIT,
        UNCHECKED,
        JSON,
        HELP
    };
    static const struct option known[] = {
        {"address", 1, NULL, ADDRESS},
        {"port", 1, NULL, PORT},
        {"access-key", 1, NULL, ACCESS_KEY},
        {"secret", 1, NULL, SECRET},
        {"region", 1, NULL, REGION},
        {"pid", 1, NULL, PID},
        {"disk", 1, NULL, DISK},
        {"table", 1, NULL, TABLE},
        {"items", 1, NULL, ITEMS},
        {"partition", 1, NULL, PARTITION},
        {"item-bytes", 1, NULL, ITEM_BYTES},
        {"seed", 1, NULL, SEED},
        {"indexes", 1, NULL, INDEXES},
        {"stream", 1, NULL, STREAM},
        {"expires-from", 1, NULL, EXPIRES_FROM},
        {"expires-over", 1, NULL, EXPIRES_OVER},
        {"ttl", 0, NULL, TTL},
        {"connections", 1, NULL, CONNECTIONS},
        {"threads", 1, NULL, THREADS},
        {"rate", 1, NULL, RATE},
        {"warmup", 1, NULL, WARMUP},
        {"duration", 1, NULL, DURATION},
        {"patience", 1, NULL, PATIENCE},
        {"then-rate", 1, NULL, THEN_RATE},
        {"then", 1, NULL, THEN},
        {"pauses", 0, NULL, PAUSES},
        {"refusals", 0, NULL, REFUSALS},
        {"pool", 1, NULL, POOL},
        {"page-limit", 1, NULL, PAGE_LIMIT},
        {"unchecked", 0, NULL, UNCHECKED},
        {"json", 0, NULL, JSON},
        {"help", 0, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    int index = 0;
    for (int c = getopt_long(argc, argv, "", known, &index); c != -1;
         c = getopt_long(argc, argv, "", known, &index)) {
        const char *name = c == '?' ? "" : known[index].name;
        switch (c) {
        case ADDRESS:
            o->address = optarg;
            break;
        case PORT:
            o->port = (uint16_t)parse_number(name, optarg, 1, 65535);
            break;
        case ACCESS_KEY:
            o->access_key = optarg;
            break;
        case SECRET:
            o->secret = optarg;
            break;
        case REGION:
            o->region = optarg;
            break;
        case PID:
            o->pid = (pid_t)parse_number(name, optarg, 1, 1e9);
            break;
        case DISK:
            o->disk = optarg;
            break;
        case TABLE:
            w->table = optarg;
            break;
        case ITEMS:
            w->items = (uint64_t)parse_number(name, optarg, 1, 9e9);
            break;
        case PARTITION:
            w->partition = (uint64_t)parse_number(name, optarg, 0, 1e6);
            break;
        case ITEM_BYTES:
            w->item_bytes = (unsigned)parse_number(name, optarg, 300, 400 * 1024);
            break;
        case SEED:
            w->seed = (uint64_t)parse_number(name, optarg, 0, 1e15);
            break;
        case INDEXES:
            w->indexes = parse_indexes(optarg);
            break;
        case STREAM:
            w->stream = optarg;
            break;
        case EXPIRES_FROM:
            w->expires_from_s = (uint64_t)parse_number(name, optarg, 0, 1e12);
            break;
        case EXPIRES_OVER:
            w->expires_over_s = (uint64_t)parse_number(name, optarg, 1, 1e9);
            break;
        case TTL:
            o->ttl = true;
            break;
        case CONNECTIONS:
            o->connections = (unsigned)parse_number(name, optarg, 1, 20000);
            break;
        case THREADS:
            o->threads = (unsigned)parse_number(name, optarg, 1, threads_max);
            break;
        case RATE:
            o->rate_per_s = parse_number(name, optarg, 0, 1e7);
            break;
        case WARMUP:
            o->warmup_s = parse_number(name, optarg, 0, 3600);
            break;
        case DURATION:
            o->duration_s = parse_number(name, optarg, 0.1, 86400);
            break;
        case PATIENCE:
            o->patience_ms = parse_number(name, optarg, 0, 60000);
            break;
        case THEN_RATE:
            o->rate_after_per_s = parse_number(name, optarg, 1, 1e7);
            break;
        case THEN:
            o->after_s = parse_number(name, optarg, 0, CLIENT_WINDOWS_MAX * (CLIENT_WINDOW_NS / 1e9));
            break;
        case PAUSES:
            o->pauses = true;
            break;
        case REFUSALS:
            o->refusals = true;
            break;
        case POOL:
            w->pool = (unsigned)parse_number(name, optarg, 2, 1e7);
            break;
        case PAGE_LIMIT:
            w->page_limit = (unsigned)parse_number(name, optarg, 0, 1e6);
            break;
        case UNCHECKED:
            w->unchecked = true;
            break;
        case JSON:
            o->json = true;
            break;
        case HELP:
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (optind + 1 != argc) {
        fputs(usage, stderr);
        exit(2);
    }
    o->workload_name = argv[optind];
    if ((o->after_s > 0) != (o->rate_after_per_s > 0) ||
        (o->rate_per_s <= 0 && (o->after_s > 0 || o->patience_ms > 0 || o->pauses))) {
        tool_fail("--then-rate and --then belong together; they, --patience and --pauses need --rate");
    }
}

static void find_workload(const struct options *o, struct workload *w)
{
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        if (strcmp(workloads[i].name, o->workload_name) == 0) {
            w->kind = workloads[i].kind;
            if (w->pool == 0) {
                w->pool = w->kind == WORKLOAD_BATCH_WRITE      ? 4096
                          : w->kind == WORKLOAD_TRANSACT_WRITE ? 16384
                                                               : 65536;
            }
            if (w->kind == WORKLOAD_QUERY && w->partition == 0) {
                tool_fail("query needs --partition");
            }
            return;
        }
    }
    tool_fail("no workload '%s'; see --help", o->workload_name);
}

/* ------------------------------------------------------------------ one table */

static void call(const struct options *o, struct signer *signer, const char *target, const struct text *body,
                 struct text *buffer, struct reply *reply)
{
    struct request r = {0};
    request_build(&r, signer, target, body->bytes, body->size_bytes);
    request_sign(&r, signer, tool_wall_s());
    client_call_once(o->address, o->port, &r, buffer, reply);
    request_release(&r);
}

static bool says(const struct reply *reply, const char *text)
{
    return memmem(reply->body, reply->body_bytes, text, strlen(text)) != NULL;
}

static void wait_for_table(const struct options *o, const struct workload *w, struct signer *signer,
                           bool there)
{
    struct text body = {0};
    struct text buffer = {0};
    struct reply reply;
    text_add(&body, "{\"TableName\":\"%s\"}", w->table);
    for (unsigned tries = 0;; tries++) {
        call(o, signer, "DescribeTable", &body, &buffer, &reply);
        bool absent = reply.status == 400 && says(&reply, "ResourceNotFoundException");
        if (there ? reply.status == 200 && says(&reply, "\"ACTIVE\"") : absent) {
            break;
        }
        if ((reply.status != 200 && !absent) || tries == 600) {
            tool_fail("DescribeTable: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
        }
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    text_release(&body);
    text_release(&buffer);
}

static void create_table(const struct options *o, const struct workload *w)
{
    struct signer signer;
    struct text body = {0};
    struct text buffer = {0};
    struct reply reply;
    char host[80];
    snprintf(host, sizeof host, "%s:%u", o->address, o->port);
    signer_init(&signer, host, o->access_key, o->secret, o->region);
    text_add(&body, "{\"TableName\":\"%s\"}", w->table);
    call(o, &signer, "DeleteTable", &body, &buffer, &reply);
    if (reply.status == 200) {
        wait_for_table(o, w, &signer, false);
    }
    body.size_bytes = 0;
    workload_table_body(w, &body);
    call(o, &signer, "CreateTable", &body, &buffer, &reply);
    if (reply.status != 200) {
        tool_fail("CreateTable: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
    }
    wait_for_table(o, w, &signer, true);
    if (o->ttl) {
        body.size_bytes = 0;
        text_add(&body,
                 "{\"TableName\":\"%s\",\"TimeToLiveSpecification\":{\"Enabled\":true,"
                 "\"AttributeName\":\"expires\"}}",
                 w->table);
        call(o, &signer, "UpdateTimeToLive", &body, &buffer, &reply);
        if (reply.status != 200) {
            tool_fail("UpdateTimeToLive: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
        }
    }
    text_release(&body);
    text_release(&buffer);
}

/* ------------------------------------------------------------------ one run */

static void take_sample(const struct options *o, struct sample *s)
{
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    s->own_cpu_ns = (own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1000000000ll +
                    (own.ru_utime.tv_usec + own.ru_stime.tv_usec) * 1000ll;
    s->server_cpu_ns = o->pid > 0 ? process_cpu_ns(o->pid) : -1;
    s->machine_ns = machine_busy_ns();
    s->flushes = o->disk != NULL ? disk_flushes(o->disk) : -1;
    s->at_ns = tool_now_ns();
}

static void *run_client(void *client)
{
    client_run(client);
    return NULL;
}

static void sleep_s(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0) {
    }
}

static void start_clients(const struct options *o, struct workload *w, struct client *clients,
                          struct signer *signers)
{
    char host[80];
    snprintf(host, sizeof host, "%s:%u", o->address, o->port);
    for (unsigned t = 0; t < o->threads; t++) {
        signer_init(&signers[t], host, o->access_key, o->secret, o->region);
        clients[t].address = o->address;
        clients[t].port = o->port;
        clients[t].connections = o->connections / o->threads;
        clients[t].rate_per_s = o->rate_per_s / o->threads;
        clients[t].rate_after_per_s = o->rate_after_per_s / o->threads;
        clients[t].patience_ns = (int64_t)(o->patience_ms * 1e6);
        clients[t].refusals_expected = o->refusals;
        clients[t].real_time = o->pauses;
        clients[t].windows =
            o->after_s > 0 ? tool_zalloc(CLIENT_WINDOWS_MAX, sizeof *clients[t].windows) : NULL;
        if (o->pauses) {
            clients[t].answers_max = (uint64_t)(1.5 * clients[t].rate_per_s * o->duration_s) + 1000;
            clients[t].answers = tool_zalloc(clients[t].answers_max, sizeof *clients[t].answers);
        }
        clients[t].source = source_new(w, &signers[t], t, o->threads, clients[t].connections);
    }
}

static void add_result(struct result *result, const struct client *client)
{
    const struct client_counts *c = &client->counts;
    result->counts.requests += c->requests;
    result->counts.errors += c->errors;
    result->counts.throttled += c->throttled;
    result->counts.unavailable += c->unavailable;
    result->counts.due += c->due;
    result->counts.unsent += c->unsent;
    result->counts.items += c->items;
    result->counts.bytes_sent += c->bytes_sent;
    result->counts.bytes_received += c->bytes_received;
    result->counts.reconnects += c->reconnects;
    histogram_merge(&result->latency, &client->latency);
    histogram_merge(&result->lateness, &client->lateness);
    histogram_merge(&result->refusal, &client->refusal);
    for (unsigned i = 0; client->windows != NULL && i < CLIENT_WINDOWS_MAX; i++) {
        histogram_merge(&result->windows[i].latency, &client->windows[i].latency);
        result->windows[i].refused += client->windows[i].refused;
        result->windows[i].unsent += client->windows[i].unsent;
    }
}

/* Latencies of those requests that no pause of a processor touched. */
static void count_undisturbed(struct result *result, const struct pauses *pauses, struct client *client)
{
    for (uint64_t i = 0; i < client->answers_count; i++) {
        const struct client_answer *a = &client->answers[i];
        if (!pauses_disturbed(pauses, a->due_ns, a->due_ns + a->latency_ns)) {
            histogram_add(&result->undisturbed, a->latency_ns);
        }
    }
    free(client->answers);
}

static void measure(const struct options *o, struct workload *w, struct result *result)
{
    static struct client clients[threads_max];
    static struct signer signers[threads_max];
    pthread_t threads[threads_max];
    _Atomic int phase = workload_is_finite(w->kind) ? PHASE_MEASURE : PHASE_WARM;
    _Atomic int first_error = 0;
    struct pauses *pauses = o->pauses ? pauses_watch() : NULL;
    start_clients(o, w, clients, signers);
    take_sample(o, &result->begin);
    for (unsigned t = 0; t < o->threads; t++) {
        clients[t].phase = &phase;
        clients[t].first_error = &first_error;
        if (pthread_create(&threads[t], NULL, run_client, &clients[t]) != 0) {
            tool_fail("cannot start a thread");
        }
    }
    if (!workload_is_finite(w->kind)) {
        sleep_s(o->warmup_s);
        take_sample(o, &result->begin);
        atomic_store(&phase, PHASE_MEASURE);
        sleep_s(o->duration_s);
        take_sample(o, &result->end);
        if (o->after_s > 0) {
            atomic_store(&phase, PHASE_AFTER);
            sleep_s(o->after_s);
        }
        atomic_store(&phase, PHASE_STOP);
    }
    for (unsigned t = 0; t < o->threads; t++) {
        pthread_join(threads[t], NULL);
    }
    if (workload_is_finite(w->kind)) {
        take_sample(o, &result->end);
    }
    if (pauses != NULL) {
        pauses_end(pauses);
        result->pauses = pauses_count(pauses, result->begin.at_ns, result->end.at_ns, &result->paused_ns);
    }
    for (unsigned t = 0; t < o->threads; t++) {
        add_result(result, &clients[t]);
        if (pauses != NULL) {
            count_undisturbed(result, pauses, &clients[t]);
        }
        source_free(clients[t].source);
        free(clients[t].windows);
    }
    pauses_free(pauses);
    result->rss_bytes = o->pid > 0 ? process_rss_bytes(o->pid) : -1;
    result->rss_peak_bytes = o->pid > 0 ? process_rss_peak_bytes(o->pid) : -1;
}

/* ------------------------------------------------------------------ the report */

struct figure {
    const char *name;
    double value; /* below 0: not known */
    const char *unit;
};

static void report_windows(const struct options *o, const struct result *r)
{
    unsigned count = (unsigned)(o->after_s * 1e9 / CLIENT_WINDOW_NS);
    if (o->json) {
        printf(", \"windows\": [");
    }
    for (unsigned i = 0; i < count && i < CLIENT_WINDOWS_MAX; i++) {
        const struct client_window *w = &r->windows[i];
        printf(o->json ? "%s{\"requests\": %llu, \"refused\": %llu, \"unsent\": %llu, \"p50_us\": %.1f, "
                         "\"p99_us\": %.1f}"
                       : "%swindow: %llu requests, %llu refused, %llu unsent, p50 %.1f us, p99 %.1f us\n",
               o->json && i > 0 ? ", " : "", (unsigned long long)w->latency.total,
               (unsigned long long)w->refused, (unsigned long long)w->unsent,
               (double)histogram_quantile_ns(&w->latency, 0.5) / 1e3,
               (double)histogram_quantile_ns(&w->latency, 0.99) / 1e3);
    }
    if (o->json) {
        printf("]");
    }
}

static double undisturbed_us(const struct options *o, const struct result *r, double share)
{
    return o->pauses ? (double)histogram_quantile_ns(&r->undisturbed, share) / 1e3 : -1;
}

static void report(const struct options *o, const struct result *r)
{
    const struct client_counts *c = &r->counts;
    double seconds = (double)(r->end.at_ns - r->begin.at_ns) / 1e9;
    double server_s = o->pid > 0 && r->end.server_cpu_ns >= 0 && r->begin.server_cpu_ns >= 0
                          ? (double)(r->end.server_cpu_ns - r->begin.server_cpu_ns) / 1e9
                          : -1;
    double own_s = (double)(r->end.own_cpu_ns - r->begin.own_cpu_ns) / 1e9;
    double flushes =
        r->end.flushes >= 0 && r->begin.flushes >= 0 ? (double)(r->end.flushes - r->begin.flushes) : -1;
    double requests = (double)c->requests;
    double machine_s = (double)(r->end.machine_ns - r->begin.machine_ns) / 1e9;
    double other_s = server_s >= 0 && r->begin.machine_ns >= 0 ? machine_s - server_s - own_s : -1;
    const struct figure figures[] = {
        {"seconds", seconds, "s"},
        {"requests", requests, ""},
        {"errors", (double)c->errors, ""},
        {"throttled", (double)c->throttled, ""},
        {"unavailable", (double)c->unavailable, ""},
        {"due", o->rate_per_s > 0 ? (double)c->due : -1, ""},
        {"unsent", o->patience_ms > 0 ? (double)c->unsent : -1, ""},
        {"items", (double)c->items, ""},
        {"bytes_sent", (double)c->bytes_sent, ""},
        {"bytes_received", (double)c->bytes_received, ""},
        {"reconnects", (double)c->reconnects, ""},
        {"requests_per_s", requests / seconds, "/s"},
        {"items_per_s", (double)c->items / seconds, "/s"},
        {"server_cpu_s", server_s, "s"},
        {"requests_per_server_cpu_s", server_s > 0 ? requests / server_s : -1, "/s"},
        {"items_per_server_cpu_s", server_s > 0 ? (double)c->items / server_s : -1, "/s"},
        {"loadgen_cpu_s", own_s, "s"},
        {"loadgen_us_per_request", requests > 0 ? own_s * 1e6 / requests : -1, "us"},
        {"other_cpu_s", other_s < 0 && server_s >= 0 ? 0 : other_s, "s"},
        {"disk_flushes", flushes, ""},
        {"p50_us", (double)histogram_quantile_ns(&r->latency, 0.5) / 1e3, "us"},
        {"p99_us", (double)histogram_quantile_ns(&r->latency, 0.99) / 1e3, "us"},
        {"p99_9_us", (double)histogram_quantile_ns(&r->latency, 0.999) / 1e3, "us"},
        {"pauses", o->pauses ? (double)r->pauses : -1, ""},
        {"paused_s", o->pauses ? (double)r->paused_ns / 1e9 : -1, "s"},
        {"undisturbed", o->pauses ? (double)r->undisturbed.total : -1, ""},
        {"undisturbed_p99_us", undisturbed_us(o, r, 0.99), "us"},
        {"undisturbed_p99_9_us", undisturbed_us(o, r, 0.999), "us"},
        {"max_us", (double)r->latency.max_ns / 1e3, "us"},
        {"lateness_p99_9_us",
         o->rate_per_s > 0 ? (double)histogram_quantile_ns(&r->lateness, 0.999) / 1e3 : -1, "us"},
        {"lateness_p50_us", o->rate_per_s > 0 ? (double)histogram_quantile_ns(&r->lateness, 0.5) / 1e3 : -1,
         "us"},
        {"refusal_p99_us", r->refusal.total > 0 ? (double)histogram_quantile_ns(&r->refusal, 0.99) / 1e3 : -1,
         "us"},
        {"rss_bytes", (double)r->rss_bytes, ""},
        {"rss_peak_bytes", (double)r->rss_peak_bytes, ""},
    };
    size_t n = sizeof figures / sizeof figures[0];
    if (o->json) {
        printf("{\"workload\": \"%s\", \"connections\": %u, \"rate\": %.0f", o->workload_name, o->connections,
               o->rate_per_s);
    } else {
        printf("%-28s %s, %u connections\n", "workload", o->workload_name, o->connections);
    }
    for (size_t i = 0; i < n; i++) {
        const struct figure *f = &figures[i];
        int digits = f->unit[0] == 's' ? 3 : f->unit[0] == 'u' ? 1 : 0;
        if (o->json && f->value < 0) {
            printf(", \"%s\": null", f->name);
        } else if (o->json) {
            printf(", \"%s\": %.*f", f->name, digits, f->value);
        } else if (f->value >= 0) {
            printf("%-28s %.*f %s\n", f->name, digits, f->value, f->unit);
        }
    }
    report_windows(o, r);
    if (o->json) {
        printf("}\n");
    }
}

int main(int argc, char **argv)
{
    struct options o = {
        .address = "127.0.0.1",
        .port = 8000,
        .access_key = "bench",
        .secret = "bench-secret",
        .region = "us-east-1",
        .connections = 32,
        .threads = 1,
        .warmup_s = 1,
        .duration_s = 5,
    };
    struct workload w = {
        .table = "bench", .items = 100000, .item_bytes = 1024, .seed = 1, .expires_over_s = 60};
    static struct result result;
    signal(SIGPIPE, SIG_IGN);
    parse_options(argc, argv, &o, &w);
    if (o.connections < o.threads) {
        o.threads = o.connections;
    }
    o.connections -= o.connections % o.threads;
    if (strcmp(o.workload_name, "create") == 0) {
        create_table(&o, &w);
        return 0;
    }
    find_workload(&o, &w);
    measure(&o, &w, &result);
    report(&o, &result);
    return result.counts.errors > 0 ? 3 : 0;
}
