#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    batch_items = 25,        /* BatchWriteItem's maximum */
    transaction_items = 4,   /* of TransactWriteItems */
    resign_after_s = 8 * 60, /* a signature is good for 15 minutes */
    tries_max = 10,          /* of one batch of load */
    edge_bytes = 4096,       /* at either end of a page: the members beside Items */
};

/* Where one parallel segment of a scan has come to. */
struct chain {
    struct request request;
    struct text start_key; /* JSON; empty: from the beginning */
    bool finished;
    bool again; /* the last request has to be sent once more */
    unsigned tries;
};

struct source {
    struct workload *w;
    struct signer *signer;
    unsigned thread;
    unsigned threads;
    unsigned connections;
    struct request *pool;
    size_t pool_size;
    size_t pool_next;
    struct chain *chains; /* one per connection */
    struct text body;
};

/* ------------------------------------------------------------------ bodies */

static void add_key(struct text *t, const struct workload *w, uint64_t item)
{
    if (w->partition == 0) {
        text_add(t, "\"pk\":{\"S\":\"user#%010llu\"}", (unsigned long long)item);
    } else {
        text_add(t, "\"pk\":{\"S\":\"user#%010llu\"},\"sk\":{\"S\":\"order#%010llu\"}",
                 (unsigned long long)(item / w->partition), (unsigned long long)(item % w->partition));
    }
}

static void add_filler(struct text *t, struct random *r, size_t size_bytes)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    char block[64];
    for (size_t left = size_bytes; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;
        uint64_t bits = 0;
        for (size_t i = 0; i < n; i++) {
            bits = i % 8 == 0 ? random_next(r) : bits >> 8;
            block[i] = letters[bits & 63];
        }
        text_add_bytes(t, block, n);
        left -= n;
    }
}

static size_t fixed_bytes(const struct workload *w)
{
    return 248u + (w->partition == 0 ? 0 : 18) + (w->expires_from_s == 0 ? 0 : 13);
}

/* Thirteen attributes of most types, and a sort key or a time if they are wanted. The same item and version give the same bytes
 * on every run. */
static void add_item(struct text *t, const struct workload *w, uint64_t item, uint64_t version)
{
    struct random r = {.state = w->seed ^ (item * 0x9e3779b97f4a7c15u) ^ (version << 48)};
    r.state = random_next(&r); /* else neighbours would share a sequence, and compress together */
    uint64_t a = random_next(&r);
    uint64_t b = random_next(&r);
    text_add_bytes(t, "{", 1);
    add_key(t, w, item);
    if (w->expires_from_s > 0) {
        text_add(t, ",\"expires\":{\"N\":\"%llu\"}",
                 (unsigned long long)(w->expires_from_s + (a ^ b) % w->expires_over_s));
    }
    text_add(t,
             ",\"name\":{\"S\":\"%016llx\"},\"email\":{\"S\":\"%016llx@example.org\"},\"status\":{\"S\":"
             "\"active\"},"
             "\"created\":{\"N\":\"%llu\"},\"updated\":{\"N\":\"%llu\"},\"visits\":{\"N\":\"%llu\"},"
             "\"balance\":{\"N\":\"%llu.%02llu\"},\"active\":{\"BOOL\":%s},",
             (unsigned long long)a, (unsigned long long)b, 1700000001 + a % 100000000ull,
             1800000001 + b % 100000000ull, 100001 + (unsigned long long)version, 1000 + a % 9000ull,
             11 + b % 80ull, (a & 1) != 0 ? "true" : "false");
    text_add(t,
             "\"tags\":{\"SS\":[\"a%07llx\",\"b%07llx\",\"c%07llx\"]},"
             "\"address\":{\"M\":{\"street\":{\"S\":\"%016llx\"},\"city\":{\"S\":\"%08llx\"},\"zip\":{\"S\":"
             "\"%05llu\"}}},"
             "\"history\":{\"L\":[{\"N\":\"%llu\"},{\"N\":\"%llu\"},{\"N\":\"%llu\"}]},\"note\":{\"S\":\"",
             (unsigned long long)(a & 0xfffffff), (unsigned long long)(b & 0xfffffff),
             (unsigned long long)((a >> 28) & 0xfffffff), (unsigned long long)(a ^ b),
             (unsigned long long)(b & 0xffffffff), (unsigned long long)(a % 100000), 100001 + a % 800000ull,
             100001 + b % 800000ull, 100001 + (a ^ b) % 800000ull);
    add_filler(t, &r, w->item_bytes > fixed_bytes(w) ? w->item_bytes - fixed_bytes(w) : 1);
    text_add(t, "\"}}");
}

static void make(struct request *r, struct source *s, const char *target)
{
    request_build(r, s->signer, target, s->body.bytes, s->body.size_bytes);
    r->reply_bytes_min = 0;
    r->items = 1;
}

static void make_get(struct request *r, struct source *s, uint64_t item)
{
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"TableName\":\"%s\",\"Key\":{", s->w->table);
    add_key(&s->body, s->w, item);
    text_add(&s->body, "}}");
    make(r, s, "GetItem");
    r->reply_bytes_min = s->w->item_bytes;
}

static void make_put(struct request *r, struct source *s, uint64_t item, uint64_t version)
{
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"TableName\":\"%s\",\"Item\":", s->w->table);
    add_item(&s->body, s->w, item, version);
    text_add(&s->body, "}");
    make(r, s, "PutItem");
}

static void make_update(struct request *r, struct source *s, uint64_t item)
{
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"TableName\":\"%s\",\"Key\":{", s->w->table);
    add_key(&s->body, s->w, item);
    text_add(&s->body, "},\"UpdateExpression\":\"SET #v = #v + :one, updated = :now\","
                       "\"ConditionExpression\":\"attribute_exists(pk) AND #v >= :none\","
                       "\"ExpressionAttributeNames\":{\"#v\":\"visits\"},"
                       "\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"},\":none\":{\"N\":\"0\"},"
                       "\":now\":{\"N\":\"1800000000\"}}}");
    make(r, s, "UpdateItem");
}

static void make_query(struct request *r, struct source *s, uint64_t item)
{
    s->body.size_bytes = 0;
    text_add(&s->body,
             "{\"TableName\":\"%s\",\"KeyConditionExpression\":\"pk = :pk\","
             "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"user#%010llu\"}}}",
             s->w->table, (unsigned long long)(item / s->w->partition));
    make(r, s, "Query");
    r->items = (unsigned)s->w->partition;
    r->reply_bytes_min = (size_t)s->w->partition * s->w->item_bytes;
}

static void make_batch(struct request *r, struct source *s, uint64_t first, uint64_t version)
{
    unsigned n = 0;
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"RequestItems\":{\"%s\":[", s->w->table);
    for (; n < batch_items && first + n < s->w->items; n++) {
        text_add(&s->body, "%s{\"PutRequest\":{\"Item\":", n > 0 ? "," : "");
        add_item(&s->body, s->w, first + n, version);
        text_add(&s->body, "}}");
    }
    text_add(&s->body, "]}}");
    make(r, s, "BatchWriteItem");
    r->items = n;
}

/* Without a client token: the same request is sent again and again, and would be done only once. */
static void make_transaction(struct request *r, struct source *s, uint64_t first, uint64_t version)
{
    unsigned n = 0;
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"TransactItems\":[");
    for (; n < transaction_items && first + n < s->w->items; n++) {
        text_add(&s->body, "%s{\"Put\":{\"TableName\":\"%s\",\"Item\":", n > 0 ? "," : "", s->w->table);
        add_item(&s->body, s->w, first + n, version);
        text_add(&s->body, "}}");
    }
    text_add(&s->body, "]}");
    make(r, s, "TransactWriteItems");
    r->items = n;
}

static void make_scan(struct request *r, struct source *s, unsigned connection)
{
    const struct text *start = &s->chains[connection].start_key;
    s->body.size_bytes = 0;
    text_add(&s->body, "{\"TableName\":\"%s\",\"Segment\":%u,\"TotalSegments\":%u", s->w->table,
             connection * s->threads + s->thread, s->connections * s->threads);
    if (s->w->page_limit > 0) {
        text_add(&s->body, ",\"Limit\":%u", s->w->page_limit);
    }
    if (start->size_bytes > 0) {
        text_add(&s->body, ",\"ExclusiveStartKey\":%.*s", (int)start->size_bytes, start->bytes);
    }
    text_add(&s->body, "}");
    make(r, s, "Scan");
}

struct index {
    const char *name;
    const char *hash;
    const char *range; /* NULL: none */
    const char *projection;
};

#define KEYS_ONLY "{\"ProjectionType\":\"KEYS_ONLY\"}"
#define INCLUDE   "{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"visits\",\"balance\"]}"
#define ALL       "{\"ProjectionType\":\"ALL\"}"

static const struct index staying[] = {
    {"keys", "status", "pk", KEYS_ONLY}, {"include", "pk", "status", INCLUDE}, {"all", "status", NULL, ALL}};
static const struct index moving[] = {{"keys", "email", NULL, KEYS_ONLY},
                                      {"include", "status", "created", INCLUDE},
                                      {"all", "name", NULL, ALL}};

static void add_indexes(struct text *out, const struct index *indexes, size_t count)
{
    text_add(out, ",\"GlobalSecondaryIndexes\":");
    for (size_t i = 0; i < count; i++) {
        const struct index *x = &indexes[i];
        text_add(out, "%c{\"IndexName\":\"%s\",\"Projection\":%s,\"KeySchema\":[", i == 0 ? '[' : ',',
                 x->name, x->projection);
        text_add(out, "{\"AttributeName\":\"%s\",\"KeyType\":\"HASH\"}", x->hash);
        if (x->range != NULL) {
            text_add(out, ",{\"AttributeName\":\"%s\",\"KeyType\":\"RANGE\"}", x->range);
        }
        text_add(out, "]}");
    }
    text_add(out, "]");
}

void workload_table_body(const struct workload *w, struct text *out)
{
    static const char *const attributes[] = {
        [WORKLOAD_INDEXES_NONE] = "",
        [WORKLOAD_INDEXES_STAYING] = ",{\"AttributeName\":\"status\",\"AttributeType\":\"S\"}",
        [WORKLOAD_INDEXES_MOVING] = ",{\"AttributeName\":\"status\",\"AttributeType\":\"S\"}"
                                    ",{\"AttributeName\":\"created\",\"AttributeType\":\"N\"}"
                                    ",{\"AttributeName\":\"email\",\"AttributeType\":\"S\"}"
                                    ",{\"AttributeName\":\"name\",\"AttributeType\":\"S\"}",
    };
    const char *sort_type = w->partition > 0 ? ",{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"}" : "";
    const char *sort_key = w->partition > 0 ? ",{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}" : "";
    text_add(out,
             "{\"TableName\":\"%s\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
             "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}%s%s],"
             "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}%s]",
             w->table, sort_type, attributes[w->indexes], sort_key);
    switch (w->indexes) {
    case WORKLOAD_INDEXES_NONE:
        break;
    case WORKLOAD_INDEXES_STAYING:
        add_indexes(out, staying, sizeof staying / sizeof *staying);
        break;
    case WORKLOAD_INDEXES_MOVING:
        add_indexes(out, moving, sizeof moving / sizeof *moving);
        break;
    }
    if (w->stream != NULL) {
        text_add(out, ",\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"%s\"}",
                 w->stream);
    }
    text_add(out, "}");
}

/* ------------------------------------------------------------------ pools */

bool workload_is_finite(enum workload_kind kind)
{
    return kind == WORKLOAD_LOAD || kind == WORKLOAD_INSERT || kind == WORKLOAD_COUNT;
}

static bool uses_pool(enum workload_kind kind)
{
    return !workload_is_finite(kind) && kind != WORKLOAD_SCAN;
}

/* One request of the pool. Entry i writes key i modulo half the pool, so that each key comes at least twice. */
static void make_entry(struct source *s, size_t i, struct random *r)
{
    struct request *q = &s->pool[i];
    const struct workload *w = s->w;
    uint64_t step = w->kind == WORKLOAD_BATCH_WRITE      ? batch_items
                    : w->kind == WORKLOAD_TRANSACT_WRITE ? transaction_items
                                                         : 1;
    uint64_t places = (w->items + step - 1) / step / s->threads; /* this thread's share of the keys */
    places = places == 0 ? 1 : places;
    uint64_t keys = s->pool_size / 2 < places ? s->pool_size / 2 : places;
    uint64_t width = places / keys;
    uint64_t key = (i % keys) * width;
    uint64_t item = ((key * s->threads + s->thread) * step) % w->items;
    uint64_t version = 1 + i / keys;
    uint64_t any = random_below(r, w->items);
    switch (w->kind) {
    case WORKLOAD_GET:
        make_get(q, s, any);
        return;
    case WORKLOAD_PUT:
        make_put(q, s, item, version);
        return;
    case WORKLOAD_UPDATE:
        make_update(q, s, any);
        return;
    case WORKLOAD_QUERY:
        make_query(q, s, any);
        return;
    case WORKLOAD_BATCH_WRITE:
        make_batch(q, s, item, version);
        return;
    case WORKLOAD_TRANSACT_WRITE:
        make_transaction(q, s, item, version);
        return;
    case WORKLOAD_MIXED:
        if (random_below(r, 5) > 0) {
            make_get(q, s, any);
        } else {
            make_put(q, s, item, version);
        }
        return;
    case WORKLOAD_LOAD:
    case WORKLOAD_INSERT:
    case WORKLOAD_SCAN:
    case WORKLOAD_COUNT:
        return;
    }
}

static void make_pool(struct source *s)
{
    struct random r = {.state = s->w->seed + s->thread * 7919 + 1};
    size_t wanted = s->w->pool / s->threads;
    s->pool_size = wanted < 2 * s->connections + 2 ? 2 * s->connections + 2 : wanted;
    s->pool = tool_zalloc(s->pool_size, sizeof *s->pool);
    for (size_t i = 0; i < s->pool_size; i++) {
        make_entry(s, i, &r);
        request_sign(&s->pool[i], s->signer, tool_wall_s());
    }
    for (size_t i = s->pool_size - 1; i > 0; i--) { /* the order in which keys come is random */
        size_t j = random_below(&r, i + 1);
        struct request swap = s->pool[i];
        s->pool[i] = s->pool[j];
        s->pool[j] = swap;
    }
}

struct source *source_new(struct workload *w, struct signer *signer, unsigned thread, unsigned threads,
                          unsigned connections)
{
    struct source *s = tool_zalloc(1, sizeof *s);
    s->w = w;
    s->signer = signer;
    s->thread = thread;
    s->threads = threads;
    s->connections = connections;
    s->chains = tool_zalloc(connections, sizeof *s->chains);
    if (uses_pool(w->kind)) {
        make_pool(s);
    }
    return s;
}

void source_free(struct source *s)
{
    for (size_t i = 0; i < s->pool_size; i++) {
        request_release(&s->pool[i]);
    }
    for (unsigned i = 0; i < s->connections; i++) {
        request_release(&s->chains[i].request);
        text_release(&s->chains[i].start_key);
    }
    text_release(&s->body);
    free(s->pool);
    free(s->chains);
    free(s);
}

/* ------------------------------------------------------------------ requests */

/* The pool is larger than the number of connections, so that a free request is always found. */
static struct request *next_of_pool(struct source *s)
{
    struct request *r;
    do {
        r = &s->pool[s->pool_next];
        s->pool_next = s->pool_next + 1 < s->pool_size ? s->pool_next + 1 : 0;
    } while (r->busy);
    return r;
}

static struct request *next_of_chain(struct source *s, unsigned connection)
{
    struct chain *c = &s->chains[connection];
    if (c->again) {
        c->again = false;
        return &c->request;
    }
    if (c->finished) {
        return NULL;
    }
    if (s->w->kind == WORKLOAD_LOAD || s->w->kind == WORKLOAD_INSERT) {
        bool alone = s->w->kind == WORKLOAD_INSERT;
        uint64_t first = atomic_fetch_add(&s->w->load_next, alone ? 1 : batch_items);
        c->finished = first >= s->w->items;
        if (c->finished) {
            return NULL;
        }
        if (alone) {
            make_put(&c->request, s, first, 0);
        } else {
            make_batch(&c->request, s, first, 0);
        }
        c->tries = 0;
    } else {
        make_scan(&c->request, s, connection);
    }
    return &c->request;
}

struct request *source_next(struct source *s, unsigned connection)
{
    struct request *r = uses_pool(s->w->kind) ? next_of_pool(s) : next_of_chain(s, connection);
    if (r != NULL) {
        int64_t now_s = tool_wall_s();
        if (now_s - r->signed_at_s > resign_after_s) {
            request_sign(r, s->signer, now_s);
        }
        r->busy = true;
    }
    return r;
}

void source_dropped(struct source *s, struct request *r)
{
    r->busy = false;
    for (unsigned i = 0; i < s->connections; i++) {
        s->chains[i].again = s->chains[i].again || r == &s->chains[i].request;
    }
}

/* ------------------------------------------------------------------ answers */

/* Finds a member of the reply's top level beside its items, which stand before or after it: at most edge_bytes from
 * either end. */
static const char *find_member(const struct reply *reply, const char *name)
{
    size_t edge = reply->body_bytes < edge_bytes ? reply->body_bytes : edge_bytes;
    const char *end = reply->body + reply->body_bytes;
    const char *p = memmem(end - edge, edge, name, strlen(name));
    if (p == NULL) {
        p = memmem(reply->body, edge, name, strlen(name));
    }
    return p == NULL ? NULL : p + strlen(name);
}

/* The JSON object at `p`, whose strings are ours and hold no brackets. */
static size_t object_bytes(const char *p, const char *end)
{
    int depth = 0;
    for (const char *q = p; q < end; q++) {
        depth += *q == '{' ? 1 : *q == '}' ? -1 : 0;
        if (depth == 0) {
            return (size_t)(q - p) + 1;
        }
    }
    return 0;
}

static const char *scan_done(struct source *s, struct chain *c, const struct reply *reply,
                             uint64_t *items_out)
{
    const char *count = find_member(reply, "\"Count\":");
    if (count == NULL) {
        return "no Count in the answer";
    }
    *items_out = strtoull(count, NULL, 10);
    const char *key = find_member(reply, "\"LastEvaluatedKey\":");
    c->start_key.size_bytes = 0;
    if (key != NULL) {
        size_t n = object_bytes(key, reply->body + reply->body_bytes);
        if (n == 0) {
            return "LastEvaluatedKey has no end";
        }
        text_add_bytes(&c->start_key, key, n);
    }
    c->finished = key == NULL && s->w->kind == WORKLOAD_COUNT;
    return NULL;
}

const char *source_done(struct source *s, unsigned connection, struct request *r, const struct reply *reply,
                        uint64_t *items_out)
{
    struct chain *c = &s->chains[connection];
    r->busy = false;
    *items_out = 0;
    if (reply->status != 200) {
        c->again = s->w->kind == WORKLOAD_LOAD && ++c->tries < tries_max;
        c->finished = s->w->kind == WORKLOAD_COUNT;
        return "status is not 200";
    }
    if (s->w->unchecked) {
        *items_out = r->items;
        return NULL;
    }
    if (s->w->kind == WORKLOAD_SCAN || s->w->kind == WORKLOAD_COUNT) {
        return scan_done(s, c, reply, items_out);
    }
    if (reply->body_bytes < r->reply_bytes_min) {
        return "the answer is too short to hold what was asked for";
    }
    if (s->w->kind == WORKLOAD_QUERY) {
        const char *count = find_member(reply, "\"Count\":");
        if (count == NULL || strtoull(count, NULL, 10) != r->items) {
            return "Count is wrong";
        }
    }
    if (s->w->kind == WORKLOAD_LOAD || s->w->kind == WORKLOAD_BATCH_WRITE) {
        const char *unprocessed = find_member(reply, "\"UnprocessedItems\":");
        if (unprocessed != NULL && strncmp(unprocessed, "{}", 2) != 0) {
            c->again = s->w->kind == WORKLOAD_LOAD && ++c->tries < tries_max;
            return "some items were not processed";
        }
    }
    *items_out = r->items;
    return NULL;
}
