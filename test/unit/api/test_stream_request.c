/* Shard iterators are good for a quarter of an hour, for one shard of one stream, and nobody else can make them: semantics.md 14.3. */
#include "api/stream_request.h"

#include "engine/engine.h"
#include "support/cmocka.h"

#include <stdlib.h>

#define ARN    "arn:aws:dynamodb:eu-west-1:123456789012:table/Music/stream/2015-05-11T21:21:33.291"
#define NOW_MS ((int64_t)1700000000000)

struct asked {
    struct arena arena;
    struct error err;
    struct engine engine;
    struct api api;
    struct api_request q;
};

static int setup(void **state)
{
    struct asked *a = calloc(1, sizeof *a);
    arena_init(&a->arena, 4096);
    error_init(&a->err, &a->arena);
    for (unsigned i = 0; i < SECRET_BYTES; i++)
        a->engine.secret[i] = (unsigned char)(i * 7);
    a->api.options.engine = &a->engine;
    a->api.options.account_id = SLICE("123456789012");
    a->api.options.region = SLICE("eu-west-1");
    a->q.api = &a->api;
    a->q.arena = &a->arena;
    a->q.now_ms = NOW_MS;
    *state = a;
    return 0;
}

static int teardown(void **state)
{
    struct asked *a = *state;
    arena_release(&a->arena);
    free(a);
    return 0;
}

static const struct shard_iterator example = {
    .arn = {ARN, sizeof ARN - 1},
    .shard = {.first_commit = 4711, .number = 3},
    .from = {.commit = UINT64_MAX - 1, .change = 99},
    .made_ms = NOW_MS,
};

static bool reads(struct asked *a, struct slice text, struct shard_iterator *out)
{
    error_init(&a->err, &a->arena);
    return shard_iterator_read(&a->q, text, out, &a->err);
}

static void refused(struct asked *a, struct slice text)
{
    struct shard_iterator got;
    assert_false(reads(a, text, &got));
    assert_int_equal(a->err.code, ERR_VALIDATION);
    assert_string_equal(a->err.message, "Invalid ShardIterator");
}

static void an_iterator_says_what_it_was_made_of(void **state)
{
    struct asked *a = *state;
    struct shard_iterator got;
    struct slice text = shard_iterator_write(&a->q, &example);
    assert_true(slice_starts_with(text, SLICE(ARN "|1|")));
    assert_in_range(text.size, 1, 2048);
    assert_true(reads(a, text, &got));
    assert_true(slice_equal(got.arn, example.arn));
    assert_true(got.shard.first_commit == 4711 && got.shard.number == 3);
    assert_true(got.from.commit == UINT64_MAX - 1 && got.from.change == 99);
    assert_true(got.made_ms == NOW_MS);
}

static void it_is_good_for_a_quarter_of_an_hour(void **state)
{
    struct asked *a = *state;
    struct shard_iterator got;
    struct slice text = shard_iterator_write(&a->q, &example);
    a->q.now_ms = NOW_MS + 15 * 60 * 1000;
    assert_true(reads(a, text, &got));
    a->q.now_ms++;
    assert_false(reads(a, text, &got));
    assert_int_equal(a->err.code, ERR_EXPIRED_ITERATOR);
}

static void no_byte_of_it_can_be_changed(void **state)
{
    struct asked *a = *state;
    struct slice text = shard_iterator_write(&a->q, &example);
    for (size_t i = 0; i < text.size; i++) {
        char *changed = arena_alloc(&a->arena, text.size);
        memcpy(changed, text.data, text.size);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        refused(a, slice_of(changed, text.size));
    }
    for (size_t size = 0; size < text.size; size++)
        refused(a, slice_of(text.data, size));
    refused(a, slice_from_cstr(arena_printf(&a->arena, "%.*sA", SLICE_PRINTF(text))));
}

static void it_is_no_other_streams(void **state)
{
    struct asked *a = *state;
    struct slice text = shard_iterator_write(&a->q, &example);
    struct slice rest = slice_after(text, sizeof ARN - 1);
    refused(a, slice_from_cstr(arena_printf(
                   &a->arena,
                   "arn:aws:dynamodb:eu-west-1:123456789012:table/Films/stream/2015-05-11T21:21:33.291%.*s",
                   SLICE_PRINTF(rest))));
    a->engine.secret[0] ^= 1;
    refused(a, text);
}

static bool names(struct asked *a, const char *arn, struct stream_name *out)
{
    error_init(&a->err, &a->arena);
    return request_stream_name(&a->q, slice_from_cstr(arn), out, &a->err);
}

static void streams_are_those_of_the_account_and_region(void **state)
{
    struct asked *a = *state;
    struct stream_name name;
    assert_true(names(a, ARN, &name));
    assert_true(slice_equal(name.table, SLICE("Music")));
    assert_true(slice_equal(name.label, SLICE("2015-05-11T21:21:33.291")));
    static const char *const others[] = {
        "arn:aws:dynamodb:eu-west-1:123456789013:table/Music/stream/2015-05-11T21:21:33.291",
        "arn:aws:dynamodb:eu-west-2:123456789012:table/Music/stream/2015-05-11T21:21:33.291",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(names(a, others[i], &name));
        assert_int_equal(a->err.code, ERR_RESOURCE_NOT_FOUND);
    }
    static const char *const none[] = {"", "fake-stream",
                                       "arn:aws:dynamodb:eu-west-1:123456789012:table/Music"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(names(a, none[i], &name));
        assert_int_equal(a->err.code, ERR_VALIDATION);
        assert_string_equal(a->err.message, "Invalid StreamArn");
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(an_iterator_says_what_it_was_made_of),
        CASE(it_is_good_for_a_quarter_of_an_hour),
        CASE(no_byte_of_it_can_be_changed),
        CASE(it_is_no_other_streams),
        CASE(streams_are_those_of_the_account_and_region),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
