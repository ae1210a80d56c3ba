/* How long the item codec takes for an item of about 1 KB with twelve attributes, in CPU time of its thread.
 * Usage: codec [iterations]. Build it in a release build: meson setup build-release --buildtype=release. */
#include "item/item.h"
#include "item/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char item_json[] =
    "{\"pk\":{\"S\":\"customer#0123456789\"},\"sk\":{\"S\":\"order#2024-05-06T07:08:09.123Z\"},"
    "\"createdAt\":{\"N\":\"1714979289\"},\"amount\":{\"N\":\"1234.56\"},\"active\":{\"BOOL\":true},"
    "\"name\":{\"S\":\"Jane Q. Public of Somewhere\"},\"email\":{\"S\":\"jane.public@example.com\"},"
    "\"tags\":{\"SS\":[\"new\",\"vip\",\"europe\"]},\"address\":{\"M\":{\"street\":{\"S\":\"1 Main Street\"},"
    "\"city\":{\"S\":\"Springfield\"},\"zip\":{\"N\":\"12345\"}}},\"lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":"
    "\"A-1\"},\"qty\":{\"N\":\"2\"}}},{\"M\":{\"sku\":{\"S\":\"B-2\"},\"qty\":{\"N\":\"1\"}}}]},\"thumb\":{"
    "\"B\":"
    "\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\"},"
    "\"text\":{\"S\":\"";

enum { TEXT_BYTES = 600, ROUNDS = 5 };

struct fixture {
    struct arena arena; /* of one iteration */
    struct slice text;
    struct slice item;
};

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct slice decode(struct fixture *f)
{
    struct json_reader r;
    struct error issue, err;
    struct slice item;
    error_init(&issue, &f->arena);
    error_init(&err, &f->arena);
    json_reader_init(&r, f->text, JSON_DEPTH_MAX, &f->arena);
    if (!wire_read_item(&r, json_next(&r), &f->arena, &item, &issue, &err) || issue.code != ERR_NONE)
        abort();
    return item;
}

static void run_decode(struct fixture *f)
{
    decode(f);
}

static void run_encode(struct fixture *f)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 8192);
    json_writer_init(&w, &out);
    wire_write_item(&w, f->item);
    if (out.size < f->text.size / 2)
        abort();
}

static void run_lookup(struct fixture *f)
{
    struct value v;
    if (!item_attribute(f->item, SLICE("pk"), &v) || !item_attribute(f->item, SLICE("sk"), &v))
        abort();
}

static void run_valid(struct fixture *f)
{
    if (!item_valid(f->item))
        abort();
}

/* The best of some rounds, because whatever disturbs a round makes it longer. */
static void measure(const char *name, void (*run)(struct fixture *), struct fixture *f, long iterations)
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
    printf("%-22s %7.0f ns\n", name, best);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? atol(argv[1]) : 200000;
    if (iterations < 1)
        return 2;
    struct fixture f;
    struct arena kept;
    struct buf text;
    arena_init(&f.arena, 65536);
    arena_init(&kept, 65536);
    buf_init(&text, &kept, 4096);
    buf_append(&text, slice_from_cstr(item_json));
    for (int i = 0; i < TEXT_BYTES; i++)
        buf_append_byte(&text, "lorem ipsum dolor sit amet "[i % 27]);
    buf_append_literal(&text, "\"}}");
    f.text = buf_slice(&text);
    f.item = arena_copy(&kept, decode(&f));
    printf("%zu bytes of JSON, %zu stored, %zu counted\n", f.text.size, f.item.size, item_size_bytes(f.item));
    measure("decode", run_decode, &f, iterations);
    measure("encode", run_encode, &f, iterations);
    measure("two attributes by name", run_lookup, &f, iterations);
    measure("check in full", run_valid, &f, iterations);
    arena_release(&f.arena);
    arena_release(&kept);
    return 0;
}
