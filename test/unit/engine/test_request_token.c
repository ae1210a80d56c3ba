/* Client request tokens on a store with a clock of the test's own. semantics.md 11.3, docs/format.md#tokens. */
#include "base/clock.h"
#include "engine/request_token.h"
#include "support/directory.h"
#include "table/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { START_MS = 1700000000, MINUTE_MS = 60 * 1000 };

struct stored {
    struct arena arena;
    struct error err;
    struct clock_test clock;
    struct storage *store;
    char directory[64];
};

static void open_store(struct stored *s)
{
    struct storage_options options;
    storage_options_init(&options);
    options.path = s->directory;
    options.clock = &s->clock.clock;
    assert_true(storage_open_rocksdb(&options, &s->store, &s->err));
}

static int setup(void **state)
{
    struct stored *s = calloc(1, sizeof *s);
    arena_init(&s->arena, 4096);
    error_init(&s->err, &s->arena);
    clock_test_init(&s->clock, START_MS);
    directory_make(s->directory);
    open_store(s);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stored *s = *state;
    storage_close(s->store);
    directory_remove(s->directory);
    arena_release(&s->arena);
    free(s);
    return 0;
}

/* ------------------------------------------------------------------ steps */

enum outcome { CLAIMED, REPEATED, MISMATCH };

struct claim {
    struct storage_write write; /* first */
    struct request_token token;
    bool repeated;
    bool fails; /* after the claim, as a canceled transaction */
};

static bool run_claim(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct claim *claim = (struct claim *)write;
    return request_token_claim(tx, &claim->token, write->arena, &claim->repeated, err) &&
           (!claim->fails || error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "The conditional request failed"));
}

static struct claim make_claim(struct stored *s, const char *scope, const char *text, char fingerprint)
{
    struct claim claim = {
        .write = {.run = run_claim, .arena = &s->arena},
        .token = {.scope = slice_from_cstr(scope), .text = slice_from_cstr(text)},
    };
    memset(claim.token.fingerprint, fingerprint, sizeof claim.token.fingerprint);
    return claim;
}

static enum outcome run(struct stored *s, struct claim *claim)
{
    if (storage_write_wait(s->store, &claim->write, &s->err))
        return claim->repeated ? REPEATED : CLAIMED;
    assert_int_equal(s->err.code, ERR_IDEMPOTENT_PARAMETER_MISMATCH);
    return MISMATCH;
}

static enum outcome claim(struct stored *s, const char *text, char fingerprint)
{
    struct claim claim = make_claim(s, "000000000000", text, fingerprint);
    return run(s, &claim);
}

static struct slice value_of(struct stored *s, uint32_t space, struct slice partition)
{
    const struct storage_key key = {.space = space, .partition = partition, .sort = SLICE("")};
    struct storage_view *view = storage_view_take(s->store);
    struct slice value;
    bool found;
    assert_true(storage_view_get(view, &key, &s->arena, &value, &found, &s->err));
    storage_view_release(view);
    return found ? value : SLICE_NONE;
}

static struct slice generations(struct stored *s)
{
    return value_of(s, STORAGE_SPACE_TOKENS, SLICE("generations"));
}

static uint32_t generation(struct stored *s, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)generations(s).data + at;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t younger(struct stored *s)
{
    return generation(s, 1);
}

static uint32_t older(struct stored *s)
{
    return generation(s, 5);
}

static bool is_there(struct stored *s, uint32_t space)
{
    struct storage_view *view = storage_view_take(s->store);
    bool has;
    assert_true(storage_view_has_space(view, space, &has, &s->err));
    storage_view_release(view);
    return has;
}

/* ------------------------------------------------------------------ cases */

static void an_equal_request_is_repeated(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    assert_int_equal(claim(s, "a", 1), REPEATED);
    assert_int_equal(claim(s, "a", 1), REPEATED);
    assert_int_equal(claim(s, "b", 1), CLAIMED);
}

static void another_request_does_not_match(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    assert_int_equal(claim(s, "a", 2), MISMATCH);
    assert_int_equal(claim(s, "a", 1), REPEATED);
}

static void accounts_have_their_own_tokens(void **state)
{
    struct stored *s = *state;
    struct claim other = make_claim(s, "000000000001", "a", 2);
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    assert_int_equal(run(s, &other), CLAIMED);
}

static void what_fails_claims_nothing(void **state)
{
    struct stored *s = *state;
    struct claim failing = make_claim(s, "000000000000", "a", 1);
    failing.fails = true;
    assert_false(storage_write_wait(s->store, &failing.write, &s->err));
    assert_int_equal(s->err.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(claim(s, "a", 2), CLAIMED);
}

static void a_repetition_writes_nothing(void **state)
{
    struct stored *s = *state;
    struct claim first = make_claim(s, "000000000000", "a", 1),
                 second = make_claim(s, "000000000000", "a", 1);
    assert_int_equal(run(s, &first), CLAIMED);
    assert_int_equal(run(s, &second), REPEATED);
    assert_int_equal(second.write.commit_number, first.write.commit_number);
}

static void a_token_holds_for_ten_minutes(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    clock_test_advance(&s->clock, 10 * MINUTE_MS);
    assert_int_equal(claim(s, "a", 2), MISMATCH);
    assert_int_equal(claim(s, "a", 1), REPEATED);
    clock_test_advance(&s->clock, 1);
    assert_int_equal(claim(s, "a", 2), CLAIMED);
    assert_int_equal(claim(s, "a", 1), MISMATCH);
}

/* "b" is claimed when the generation that holds it is nearly over, and outlives its turning over. */
static void generations_take_turns(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    uint32_t first = younger(s);
    assert_int_equal(older(s), 0);
    clock_test_advance(&s->clock, 9 * MINUTE_MS);
    assert_int_equal(claim(s, "b", 1), CLAIMED);
    assert_int_equal(younger(s), first);

    clock_test_advance(&s->clock, 2 * MINUTE_MS);
    assert_int_equal(claim(s, "c", 1), CLAIMED);
    uint32_t second = younger(s);
    assert_int_not_equal(second, first);
    assert_int_equal(older(s), first);
    assert_int_equal(claim(s, "b", 1), REPEATED);
    assert_int_equal(claim(s, "b", 2), MISMATCH);

    clock_test_advance(&s->clock, 11 * MINUTE_MS);
    assert_int_equal(claim(s, "b", 2), CLAIMED);
    assert_int_equal(older(s), second);
    assert_false(is_there(s, first));
    assert_true(is_there(s, second));
    assert_true(is_there(s, younger(s)));
}

static void a_token_claimed_anew_is_judged_by_its_last_claim(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    clock_test_advance(&s->clock, 11 * MINUTE_MS);
    assert_int_equal(claim(s, "a", 2), CLAIMED);
    clock_test_advance(&s->clock, 9 * MINUTE_MS);
    assert_int_equal(claim(s, "a", 2), REPEATED);
    assert_int_equal(claim(s, "a", 1), MISMATCH);
}

static void tokens_survive_a_restart(void **state)
{
    struct stored *s = *state;
    assert_int_equal(claim(s, "a", 1), CLAIMED);
    clock_test_advance(&s->clock, 11 * MINUTE_MS);
    assert_int_equal(claim(s, "b", 1), CLAIMED);
    storage_close(s->store);
    open_store(s);
    clock_test_advance(&s->clock, 5 * MINUTE_MS);
    assert_int_equal(claim(s, "b", 1), REPEATED);
    assert_int_equal(claim(s, "b", 2), MISMATCH);
    assert_int_equal(claim(s, "a", 2), CLAIMED);
}

static bool take_space(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    uint32_t space;
    return catalog_tx_new_space(tx, write->arena, &space, err);
}

static void records_are_as_documented(void **state)
{
    struct stored *s = *state;
    struct storage_write write = {.run = take_space, .arena = &s->arena};
    assert_true(storage_write_wait(s->store, &write, &s->err));
    assert_int_equal(claim(s, "a", 7), CLAIMED);
    struct slice g = generations(s);
    assert_int_equal(g.size, 17);
    assert_memory_equal(g.data, "\x01\0\0\0\x11\0\0\0\0\0\0\0\0\x65\x53\xF1\0", 17);
    struct slice token = value_of(s, 17, SLICE("000000000000\0a"));
    assert_int_equal(token.size, 25);
    assert_memory_equal(token.data, "\x01\0\0\0\0\x65\x53\xF1\0", 9);
    for (size_t i = 9; i < 25; i++)
        assert_int_equal(token.data[i], 7);
}

static bool damage(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    const struct storage_key key = {
        .space = STORAGE_SPACE_TOKENS, .partition = SLICE("generations"), .sort = SLICE("")};
    (void)write;
    return storage_tx_put(tx, &key, SLICE("\x02"), err);
}

static void an_unknown_record_is_an_error(void **state)
{
    struct stored *s = *state;
    struct storage_write write = {.run = damage, .arena = &s->arena};
    struct claim claim = make_claim(s, "000000000000", "a", 1);
    assert_true(storage_write_wait(s->store, &write, &s->err));
    assert_false(storage_write_wait(s->store, &claim.write, &s->err));
    assert_int_equal(s->err.code, ERR_CORRUPT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_equal_request_is_repeated),   TEST(another_request_does_not_match),
        TEST(accounts_have_their_own_tokens), TEST(what_fails_claims_nothing),
        TEST(a_repetition_writes_nothing),    TEST(a_token_holds_for_ten_minutes),
        TEST(generations_take_turns),         TEST(a_token_claimed_anew_is_judged_by_its_last_claim),
        TEST(tokens_survive_a_restart),       TEST(records_are_as_documented),
        TEST(an_unknown_record_is_an_error),
    };
    return cmocka_run_group_tests_name("request token", tests, NULL, NULL);
}
