#include "options.h"
#include "client.h"
#include "tool.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ------------------------------------------------------------------ one option */

/* What follows the name, and where it goes. */
enum value_kind {
    VALUE_NONE, /* bool: it becomes true */
    VALUE_TEXT,
    VALUE_U16,
    VALUE_PID,
    VALUE_UNSIGNED,
    VALUE_U64,
    VALUE_DOUBLE,
    VALUE_INDEXES,
    VALUE_HELP, /* nothing follows; the usage is printed */
};

struct known_option {
    const char *name;
    enum value_kind kind;
    void *target;
    double least; /* of a number */
    double most;
};

/* The kind that fits the target's type, and the target. */
#define INTO(target) \
    _Generic((target), \
             bool *: VALUE_NONE, \
             const char **: VALUE_TEXT, \
             uint16_t *: VALUE_U16, \
             pid_t *: VALUE_PID, \
             unsigned *: VALUE_UNSIGNED, \
             uint64_t *: VALUE_U64, \
             double *: VALUE_DOUBLE), \
    (target)

static double parse_number(const struct known_option *known, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= known->least && value <= known->most)) {
        tool_fail("--%s takes a number from %.0f to %.0f, not '%s'", known->name, known->least, known->most,
                  text);
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

/* `text` is what follows, or NULL where nothing does. */
static void take_option(const struct known_option *known, const char *text)
{
    switch (known->kind) {
    case VALUE_NONE:
        *(bool *)known->target = true;
        break;
    case VALUE_TEXT:
        *(const char **)known->target = text;
        break;
    case VALUE_U16:
        *(uint16_t *)known->target = (uint16_t)parse_number(known, text);
        break;
    case VALUE_PID:
        *(pid_t *)known->target = (pid_t)parse_number(known, text);
        break;
    case VALUE_UNSIGNED:
        *(unsigned *)known->target = (unsigned)parse_number(known, text);
        break;
    case VALUE_U64:
        *(uint64_t *)known->target = (uint64_t)parse_number(known, text);
        break;
    case VALUE_DOUBLE:
        *(double *)known->target = parse_number(known, text);
        break;
    case VALUE_INDEXES:
        *(enum workload_indexes *)known->target = parse_indexes(text);
        break;
    case VALUE_HELP:
        fputs(usage, stdout);
        exit(0);
    }
}

/* ------------------------------------------------------------------ the command line */

enum { KNOWN_MAX = 40 };

__attribute__((noreturn)) static void misused(void)
{
    fputs(usage, stderr);
    exit(2);
}

/* Takes the options, and returns the one argument that is none. */
static const char *take_options(int argc, char **argv, const struct known_option *known, size_t count)
{
    struct option names[KNOWN_MAX + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        bool alone = known[i].kind == VALUE_NONE || known[i].kind == VALUE_HELP;
        names[i] = (struct option){known[i].name, alone ? no_argument : required_argument, NULL, (int)i};
    }
    for (int i; (i = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (i == '?') {
            misused();
        }
        take_option(&known[i], optarg);
    }
    if (optind + 1 != argc) {
        misused();
    }
    return argv[optind];
}

static void parse(int argc, char **argv, struct options *o, struct workload *w)
{
    const struct known_option known[] = {
        {"address", INTO(&o->address)},
        {"port", INTO(&o->port), 1, 65535},
        {"access-key", INTO(&o->access_key)},
        {"secret", INTO(&o->secret)},
        {"region", INTO(&o->region)},
        {"pid", INTO(&o->pid), 1, 1e9},
        {"disk", INTO(&o->disk)},
        {"table", INTO(&w->table)},
        {"items", INTO(&w->items), 1, 9e9},
        {"partition", INTO(&w->partition), 0, 1e6},
        {"item-bytes", INTO(&w->item_bytes), 300, 400 * 1024},
        {"seed", INTO(&w->seed), 0, 1e15},
        {"indexes", VALUE_INDEXES, &w->indexes},
        {"stream", INTO(&w->stream)},
        {"expires-from", INTO(&w->expires_from_s), 0, 1e12},
        {"expires-over", INTO(&w->expires_over_s), 1, 1e9},
        {"ttl", INTO(&o->ttl)},
        {"connections", INTO(&o->connections), 1, 20000},
        {"threads", INTO(&o->threads), 1, OPTIONS_THREADS_MAX},
        {"rate", INTO(&o->rate_per_s), 0, 1e7},
        {"warmup", INTO(&o->warmup_s), 0, 3600},
        {"duration", INTO(&o->duration_s), 0.1, 86400},
        {"patience", INTO(&o->patience_ms), 0, 60000},
        {"then-rate", INTO(&o->rate_after_per_s), 1, 1e7},
        {"then", INTO(&o->after_s), 0, CLIENT_WINDOWS_MAX * (CLIENT_WINDOW_NS / 1e9)},
        {"pauses", INTO(&o->pauses)},
        {"refusals", INTO(&o->refusals)},
        {"pool", INTO(&w->pool), 2, 1e7},
        {"page-limit", INTO(&w->page_limit), 0, 1e6},
        {"unchecked", INTO(&w->unchecked)},
        {"json", INTO(&o->json)},
        {"help", VALUE_HELP},
    };
    static_assert(sizeof known / sizeof known[0] <= KNOWN_MAX, "names[] has room for all");
    o->workload_name = take_options(argc, argv, known, sizeof known / sizeof known[0]);
    if ((o->after_s > 0) != (o->rate_after_per_s > 0) ||
        (o->rate_per_s <= 0 && (o->after_s > 0 || o->patience_ms > 0 || o->pauses))) {
        tool_fail("--then-rate and --then belong together; they, --patience and --pauses need --rate");
    }
}

static unsigned pool_default(enum workload_kind kind)
{
    return kind == WORKLOAD_BATCH_WRITE ? 4096 : kind == WORKLOAD_TRANSACT_WRITE ? 16384 : 65536;
}

static void find_workload(const char *name, struct workload *w)
{
    size_t count = sizeof workloads / sizeof workloads[0];
    size_t i = 0;
    while (i < count && strcmp(workloads[i].name, name) != 0) {
        i++;
    }
    if (i == count) {
        tool_fail("no workload '%s'; see --help", name);
    }
    w->kind = workloads[i].kind;
    if (w->pool == 0) {
        w->pool = pool_default(w->kind);
    }
    if (w->kind == WORKLOAD_QUERY && w->partition == 0) {
        tool_fail("query needs --partition");
    }
}

void options_parse(int argc, char **argv, struct options *o, struct workload *w)
{
    *o = (struct options){
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
    *w = (struct workload){
        .table = "bench", .items = 100000, .item_bytes = 1024, .seed = 1, .expires_over_s = 60};
    parse(argc, argv, o, w);
    if (o->connections < o->threads) {
        o->threads = o->connections;
    }
    o->connections -= o->connections % o->threads;
    o->create = strcmp(o->workload_name, "create") == 0;
    if (!o->create) {
        find_workload(o->workload_name, w);
    }
}
