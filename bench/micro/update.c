/* How long updates of an item of about 1 KB with twelve attributes take, in CPU time of its thread: what the writer does
 * for each (condition, then update), and what a request thread does before (finding the parsed text, binding).
 * Usage: update [iterations]. Build it in a release build: meson setup build-release --buildtype=release. */
#include "expr/update.h"
#include "item/item.h"
#include "item/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char item_json[] =
    "{\"pk\":{\"S\":\"customer#0123456789\"},\"sk\":{\"S\":\"order#2024-05-06T07:08:09.123Z\"},"
    "\"createdAt\":{\"N\":\"1714979289\"},\"n\":{\"N\":\"1234\"},\"active\":{\"BOOL\":true},"
    "\"name\":{\"S\":\"Jane Q. Public of Somewhere\"},\"email\":{\"S\":\"jane.public@example.com\"},"
    "\"tags\":{\"SS\":[\"new\",\"vip\",\"europe\"]},\"address\":{\"M\":{\"street\":{\"S\":\"1 Main Street\"},"
    "\"city\":{\"S\":\"Springfield\"},\"zip\":{\"N\":\"12345\"}}},\"orderLines\":{\"L\":[{\"M\":{\"sku\":{"
    "\"S\":"
    "\"A-1\"},\"qty\":{\"N\":\"2\"}}},{\"M\":{\"sku\":{\"S\":\"B-2\"},\"qty\":{\"N\":\"1\"}}}]},\"thumb\":{"
    "\"B\":"
    "\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\"},"
    "\"text\":{\"S\":\"";

static const char values_json[] =
    "{\":one\":{\"N\":\"1\"},\":max\":{\"N\":\"1000000\"},\":set\":{\"SS\":[\"asia\",\"vip\"]},\":city\":{"
    "\"S\":"
    "\"Shelbyville\"},\":line\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"C-3\"},\"qty\":{\"N\":\"5\"}}}]}}";

enum { TEXT_BYTES = 600, ROUNDS = 5, VALUES_MAX = 8, MANY = 5000 };

struct job {
    const char *name;
    const char *condition; /* NULL: none */
    const char *update;
};

static const struct job jobs[] = {
    {"count up, if below", "n < :max", "SET #n = #n + :one"},
    {"count up, if there and below", "attribute_exists(pk) AND n < :max", "SET #n = #n + :one"},
    {"ADD to a number", NULL, "ADD #n :one"},
    {"SET of a constant", NULL, "SET #n = :max"},
    {"SET of a nested member", NULL, "SET address.city = :city"},
    {"ADD to a set", NULL, "ADD tags :set"},
    {"list_append", NULL, "SET orderLines = list_append(orderLines, :line)"},
    {"REMOVE of one, SET of two", NULL, "REMOVE thumb SET address.zip = :one, version = :one"},
    {"nothing changes", NULL, "SET pk = pk"},
};

/* On an item with a list and a set of MANY members. */
static const struct job large_jobs[] = {
    {"SET beside much", NULL, "SET #n = :one"},
    {"list_append to many", NULL, "SET l = list_append(l, :line)"},
    {"list_append before many", NULL, "SET l = list_append(:line, l)"},
    {"REMOVE of one of many", NULL, "REMOVE l[100]"},
    {"ADD to a set of many", NULL, "ADD s :set"},
};

struct fixture {
    struct arena arena; /* of one iteration */
    struct arena kept;
    struct slice item;
    struct slice key;
    struct expr_name name;
    struct expr_value values[VALUES_MAX];
    size_t value_count;
    struct expr_cache *cache;
    const struct job *job;
    struct expr *condition;
    struct expr *update;
};

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct slice read_item(struct fixture *f, struct slice text)
{
    struct json_reader r;
    struct error issue, err;
    struct slice item;
    error_init(&issue, &f->kept);
    error_init(&err, &f->kept);
    json_reader_init(&r, text, JSON_DEPTH_MAX, &f->kept);
    if (!wire_read_item(&r, json_next(&r), &f->kept, &item, &issue, &err) || issue.code != ERR_NONE)
        abort();
    return item;
}

/* Constants in the way requests have them: an attribute each. */
static void read_values(struct fixture *f)
{
    struct value map;
    item_attributes(read_item(f, slice_from_cstr(values_json)), &map);
    for (f->value_count = 0; f->value_count < map.count; f->value_count++) {
        struct expr_value *v = &f->values[f->value_count];
        value_entry(&map, (uint32_t)f->value_count, &v->placeholder, &v->value);
    }
}

static struct expr *prepare(struct fixture *f, enum expr_kind kind, const char *text, struct arena *arena)
{
    struct expr_scope scope = {&f->name, 1, f->values, f->value_count};
    struct error err;
    struct expr *e;
    error_init(&err, arena);
    if (!expr_parse(f->cache, kind, slice_from_cstr(text), arena, &e, &err) || !expr_bind(e, &scope, &err)) {
        fprintf(stderr, "%s: %s\n", text, err.message);
        abort();
    }
    return e;
}

static void run_prepare(struct fixture *f)
{
    if (f->job->condition)
        prepare(f, EXPR_CONDITION, f->job->condition, &f->arena);
    prepare(f, EXPR_UPDATE, f->job->update, &f->arena);
}

static void run_write(struct fixture *f)
{
    struct error err;
    struct slice after;
    error_init(&err, &f->arena);
    if (f->condition && !expr_matches(f->condition, f->item))
        abort();
    if (!expr_update_apply(f->update, f->item, f->key, &f->arena, &after, &err))
        abort();
}

/* The best of some rounds, because whatever disturbs a round makes it longer. */
static double measure(void (*run)(struct fixture *), struct fixture *f, long iterations)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = cpu_ns();
        for (long i = 0; i < iterations; i++) {
            arena_reset(&f->arena);
            run(f);
        }
        double each = (cpu_ns() - begin) / (double)iterations;
        if (round == 0 || each < best)
            best = each;
    }
    return best;
}

static void run_job(struct fixture *f, const struct job *job, long iterations)
{
    f->job = job;
    f->condition = job->condition ? prepare(f, EXPR_CONDITION, job->condition, &f->kept) : NULL;
    f->update = prepare(f, EXPR_UPDATE, job->update, &f->kept);
    printf("%-32s %8.0f ns %8.0f ns\n", job->name, measure(run_write, f, iterations),
           measure(run_prepare, f, iterations));
}

static void append_small_item(struct buf *text)
{
    buf_append(text, slice_from_cstr(item_json));
    for (int i = 0; i < TEXT_BYTES; i++)
        buf_append_byte(text, "lorem ipsum dolor sit amet "[i % 27]);
    buf_append_literal(text, "\"}}");
}

static void append_large_item(struct buf *text)
{
    buf_append_literal(text, "{\"l\":{\"L\":[");
    for (int i = 0; i < MANY; i++)
        buf_printf(text, "%s{\"N\":\"%d\"}", i ? "," : "", i);
    buf_append_literal(text, "]},\"n\":{\"N\":\"0\"},\"s\":{\"SS\":[");
    for (int i = 0; i < MANY; i++)
        buf_printf(text, "%s\"member %d\"", i ? "," : "", i);
    buf_append_literal(text, "]}}");
}

static void run_jobs(struct fixture *f, void (*append_item)(struct buf *text), const struct job *list,
                     size_t count, long iterations)
{
    struct buf text;
    buf_init(&text, &f->kept, 4096);
    append_item(&text);
    f->item = read_item(f, buf_slice(&text));
    printf("\n%-32s %11s %11s   item: %zu bytes stored, %zu counted\n", "", "writer", "request", f->item.size,
           item_size_bytes(f->item));
    for (size_t i = 0; i < count; i++)
        run_job(f, &list[i], iterations);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? atol(argv[1]) : 200000;
    if (iterations < 1)
        return 2;
    static struct fixture f;
    arena_init(&f.arena, 65536);
    arena_init(&f.kept, 65536);
    f.cache = expr_cache_new(100);
    f.name = (struct expr_name){.placeholder = SLICE("#n"), .name = SLICE("n")};
    f.key = read_item(&f, SLICE("{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"}}"));
    read_values(&f);
    run_jobs(&f, append_small_item, jobs, sizeof jobs / sizeof *jobs, iterations);
    run_jobs(&f, append_large_item, large_jobs, sizeof large_jobs / sizeof *large_jobs, iterations / 50 + 1);
    expr_cache_free(f.cache);
    arena_release(&f.arena);
    arena_release(&f.kept);
    return 0;
}
