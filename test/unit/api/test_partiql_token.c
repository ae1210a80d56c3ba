/* NextToken of ExecuteStatement: it says where to go on, and belongs to one statement, its parameters, one table and one
 * account. api/partiql_token.h. */
#include "api/partiql_token.h"

#include "engine/engine.h"
#include "item/item.h"
#include "item/wire.h"
#include "json/base64.h"
#include "support/item.h"

#include <stdio.h>
#include <stdlib.h>

#define STATEMENT "SELECT * FROM \"T\" WHERE pk = ? AND a > ?"

struct asked {
    struct arena arena;
    struct error err;
    struct engine engine;
    struct api api;
    struct api_request q;
    struct table table;
    struct partiql_input in;
    struct partiql_job job;
};

static void give(struct asked *a, size_t number, const char *value_json)
{
    struct value *values = (struct value *)(uintptr_t)a->job.parameters;
    values[number] = value_from_json(&a->arena, value_json);
}

static int setup(void **state)
{
    struct asked *a = calloc(1, sizeof *a);
    arena_init(&a->arena, 4096);
    error_init(&a->err, &a->arena);
    for (unsigned i = 0; i < SECRET_BYTES; i++)
        a->engine.secret[i] = (unsigned char)(i * 7);
    a->api.options.engine = &a->engine;
    a->api.options.account_id = SLICE("000000000000");
    a->q.api = &a->api;
    a->q.arena = &a->arena;
    a->table.space = 17;
    a->in.statement = SLICE(STATEMENT);
    a->in.parameters.at = ARENA_NEW_ARRAY(&a->arena, struct request_value, 2);
    a->in.parameters.count = 2;
    a->job.in = &a->in;
    a->job.table = &a->table;
    a->job.plan.source.table = &a->table;
    a->job.parameters = ARENA_NEW_ARRAY(&a->arena, struct value, 2);
    give(a, 0, "{\"S\":\"p\"}");
    give(a, 1, "{\"N\":\"1\"}");
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

static const struct partiql_position position = {
    .range = 3, .behind_key = true, .partition = {"p\0q", 3}, .sort = {"\xff\x01sort", 6}};

static void assert_refused(struct asked *a, struct slice token, const char *text)
{
    struct partiql_position out;
    a->err.code = ERR_NONE;
    assert_false(partiql_token_read(&a->q, &a->job, token, &out, &a->err));
    assert_int_equal(a->err.code, ERR_VALIDATION);
    assert_string_equal(a->err.message, text);
}

static void assert_read(struct asked *a, struct slice token, const struct partiql_position *expected)
{
    struct partiql_position out;
    assert_true(partiql_token_read(&a->q, &a->job, token, &out, &a->err));
    assert_int_equal(out.range, expected->range);
    assert_int_equal(out.behind_key, expected->behind_key);
    assert_true(slice_equal(out.partition, expected->partition));
    assert_true(slice_equal(out.sort, expected->sort));
}

/* ------------------------------------------------------------------ tests */

static void a_token_says_where_to_go_on(void **state)
{
    struct asked *a = *state;
    assert_read(a, partiql_token_make(&a->q, &a->job, &position), &position);
    const struct partiql_position empty = {.behind_key = true, .partition = {"", 0}, .sort = {"", 0}};
    assert_read(a, partiql_token_make(&a->q, &a->job, &empty), &empty);
}

static void a_range_can_be_begun(void **state)
{
    struct asked *a = *state;
    const struct partiql_position begin = {.range = 49, .partition = {"", 0}, .sort = {"", 0}};
    assert_read(a, partiql_token_make(&a->q, &a->job, &begin), &begin);
}

/* The longest that a client can be given must be one that it may send. */
static void tokens_of_the_longest_keys_are_within_their_limit(void **state)
{
    struct asked *a = *state;
    char *key = arena_zalloc(&a->arena, 16384);
    const struct partiql_position longest = {
        .behind_key = true, .partition = {key, 2 * 2048 + 2}, .sort = {key, 2 * (1024 + 2048 + 1024) + 6}};
    struct slice token = partiql_token_make(&a->q, &a->job, &longest);
    assert_true(token.size <= 32768);
    assert_read(a, token, &longest);
}

static void a_token_can_be_sent_as_text(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    for (size_t i = 0; i < token.size; i++)
        assert_non_null(
            memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", token.data[i], 65));
}

static void another_statement_is_told_that_it_does_not_match(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    a->in.statement = SLICE("SELECT * FROM \"T\" WHERE pk = ? AND a >= ?");
    assert_refused(a, token, "NextToken does not match request");
    a->in.statement = SLICE(STATEMENT " ");
    assert_refused(a, token, "NextToken does not match request");
    a->in.statement = SLICE(STATEMENT);
    assert_read(a, token, &position);
}

static void so_are_other_parameters(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    give(a, 0, "{\"S\":\"q\"}");
    assert_refused(a, token, "NextToken does not match request");
    give(a, 0, "{\"B\":\"cA==\"}");
    assert_refused(a, token, "NextToken does not match request");
    give(a, 0, "{\"S\":\"p\"}");
    give(a, 1, "{\"N\":\"1.0\"}"); /* the same number */
    assert_read(a, token, &position);
}

static void so_is_a_table_that_took_the_others_name(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    a->table.space = 18;
    assert_refused(a, token, "NextToken does not match request");
}

static void so_is_an_index(void **state)
{
    struct asked *a = *state;
    const struct table_index index = {.space = 19};
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    a->job.plan.source.index = &index;
    assert_refused(a, token, "NextToken does not match request");
}

static void a_token_of_another_account_is_none(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    a->api.options.account_id = SLICE("000000000001");
    assert_refused(a, token, "Invalid NextToken");
}

static void a_token_of_another_store_is_none(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    a->engine.secret[31] ^= 1;
    assert_refused(a, token, "Invalid NextToken");
}

static void what_is_no_token_is_refused(void **state)
{
    struct asked *a = *state;
    static const char *const texts[] = {"x",    "====",
                                        "AAAA", "not base64!!",
                                        "AQ==", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(a, slice_from_cstr(texts[i]), "Invalid NextToken");
}

/* Whatever bit of it a client turns. */
static void a_token_that_was_changed_is_refused(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    char bytes[256];
    size_t size;
    assert_true(base64_bytes_max(token.size) <= sizeof bytes);
    assert_true(base64_decode(token, bytes, &size));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        char text[512];
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        base64_encode(slice_of(bytes, size), text);
        assert_refused(a, slice_of(text, base64_text_size(size)), "Invalid NextToken");
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void a_token_that_was_cut_is_refused(void **state)
{
    struct asked *a = *state;
    struct slice token = partiql_token_make(&a->q, &a->job, &position);
    for (size_t size = 0; size < token.size; size++)
        assert_refused(a, slice_of(token.data, size), "Invalid NextToken");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_token_says_where_to_go_on),
        TEST(a_range_can_be_begun),
        TEST(tokens_of_the_longest_keys_are_within_their_limit),
        TEST(a_token_can_be_sent_as_text),
        TEST(another_statement_is_told_that_it_does_not_match),
        TEST(so_are_other_parameters),
        TEST(so_is_a_table_that_took_the_others_name),
        TEST(so_is_an_index),
        TEST(a_token_of_another_account_is_none),
        TEST(a_token_of_another_store_is_none),
        TEST(what_is_no_token_is_refused),
        TEST(a_token_that_was_changed_is_refused),
        TEST(a_token_that_was_cut_is_refused),
    };
    return cmocka_run_group_tests_name("partiql_token", tests, NULL, NULL);
}
