/* Commits of several changes as transactions have them: checks, reasons, tokens, conflicts, failures of the store. The table
 * is that of indexed.h. semantics.md 11.2, 11.3. */
#include "indexed.h"

#define A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}"
#define B "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}"
#define C "{\"pk\":{\"S\":\"c\"},\"sk\":{\"S\":\"1\"}"

/* ------------------------------------------------------------------ steps */

struct outcome {
    enum error_code code;
    bool repeated;
    bool canceled;
    uint64_t commit_number;
};

static struct outcome run(struct indexed *s, struct item_change *changes, size_t count,
                          const struct request_token *token)
{
    sem_t done;
    struct item_commit commit = {
        .changes = changes, .count = count, .token = token, .done = indexed_done, .arg = &done};
    sem_init(&done, 0, 0);
    item_commit_submit(&s->engine, &commit, &s->f->arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    return (struct outcome){commit.storage.error.code, commit.repeated, commit.canceled,
                            commit.storage.commit_number};
}

static struct item_change check(struct indexed *s, const char *key_json, const char *condition)
{
    struct item_change change = indexed_delete(s, key_json);
    change.action = ITEM_CHECK;
    change.condition = indexed_expression(s, EXPR_CONDITION, condition);
    return change;
}

static struct item_change put_if(struct indexed *s, const char *json, const char *condition)
{
    struct item_change change = indexed_put(s, json);
    change.condition = indexed_expression(s, EXPR_CONDITION, condition);
    return change;
}

static void given(struct indexed *s, const char *json)
{
    struct item_change change = indexed_put(s, json);
    assert_int_equal(run(s, &change, 1, NULL).code, ERR_NONE);
}

static struct slice stored(struct indexed *s, const struct item_change *change)
{
    struct slice item;
    assert_true(item_get(indexed_view(s), &change->key, &s->f->arena, &item, &s->f->err));
    return item;
}

static size_t all_entries(struct indexed *s)
{
    struct storage_entry entries[32];
    size_t count = indexed_entries(s, s->table->space, entries, 32);
    for (size_t i = 0; i < index_count(s->table); i++)
        count += indexed_entries(s, index_at(s->table, i)->space, entries, 32);
    return count;
}

static struct request_token token_of(const char *text, char fingerprint)
{
    struct request_token token = {.scope = SLICE("000000000000"), .text = slice_from_cstr(text)};
    memset(token.fingerprint, fingerprint, sizeof token.fingerprint);
    return token;
}

/* ------------------------------------------------------------------ checks */

static void a_check_that_holds_lets_the_others_in(void **state)
{
    struct indexed *s = *state;
    given(s, A ",\"x\":{\"N\":\"1\"}}");
    struct item_change changes[] = {check(s, A "}", "attribute_exists(x)"), indexed_put(s, B "}")};
    assert_int_equal(run(s, changes, 2, NULL).code, ERR_NONE);
    assert_true(slice_equal(stored(s, &changes[1]), changes[1].item));
    assert_true(slice_equal(changes[0].former, changes[0].after));
    assert_false(slice_is_none(changes[0].former));
}

static void a_check_writes_nothing(void **state)
{
    struct indexed *s = *state;
    given(s, A ",\"l\":{\"N\":\"1\"}}");
    uint64_t commit_number = storage_view_commit(indexed_view(s));
    struct item_change changes[] = {check(s, A "}", "attribute_exists(l)"),
                                    check(s, B "}", "attribute_not_exists(pk)")};
    struct outcome outcome = run(s, changes, 2, NULL);
    assert_int_equal(outcome.code, ERR_NONE);
    assert_int_equal(outcome.commit_number, commit_number);
    assert_null(changes[0].index_halves);
}

static void a_check_costs_what_its_item_would_to_write(void **state)
{
    struct indexed *s = *state;
    char text[2048];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    given(s, arena_printf(&s->f->arena, A ",\"x\":{\"S\":\"%s\"}}", text));
    struct item_change changes[] = {check(s, A "}", "attribute_exists(x)"),
                                    check(s, B "}", "attribute_not_exists(x)")};
    assert_int_equal(run(s, changes, 2, NULL).code, ERR_NONE);
    assert_int_equal(item_change_capacity_halves(&changes[0]), 3 * 2);
    assert_int_equal(item_change_capacity_halves(&changes[1]), 1 * 2);
}

/* ------------------------------------------------------------------ reasons */

static void every_change_that_fails_says_why(void **state)
{
    struct indexed *s = *state;
    given(s, A ",\"x\":{\"S\":\"text\"}}");
    struct item_change changes[] = {
        indexed_put(s, B "}"),
        indexed_update(s, A "}", "SET x = x + x"),
        check(s, C "}", "attribute_exists(pk)"),
        put_if(s, "{\"pk\":{\"S\":\"d\"},\"sk\":{\"S\":\"1\"}}", "attribute_not_exists(pk)"),
    };
    struct outcome outcome = run(s, changes, 4, NULL);
    assert_true(outcome.canceled);
    assert_int_equal(outcome.code, ERR_VALIDATION);
    assert_int_equal(changes[0].error.code, ERR_NONE);
    assert_int_equal(changes[1].error.code, ERR_VALIDATION);
    assert_true(slice_is_none(changes[1].after));
    assert_int_equal(changes[2].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(changes[3].error.code, ERR_NONE);
    assert_true(slice_is_none(stored(s, &changes[0])));
    assert_true(slice_is_none(stored(s, &changes[3])));
}

static void conditions_see_no_change_of_their_own_transaction(void **state)
{
    struct indexed *s = *state;
    struct item_change changes[] = {indexed_put(s, A "}"), put_if(s, B "}", "attribute_not_exists(pk)")};
    given(s, B ",\"x\":{\"N\":\"1\"}}");
    assert_int_equal(run(s, changes, 2, NULL).code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_false(slice_is_none(changes[1].former));
    assert_true(slice_is_none(changes[0].former));
}

/* The first put fills the collection, so that the second cannot be. */
static void a_collection_too_large_is_the_reason_of_who_makes_it_so(void **state)
{
    struct indexed *s = *state;
    s->engine.collection_bytes_max = 20;
    struct item_change changes[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"z\":{\"S\":\"1234567890\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
        check(s, C "}", "attribute_exists(pk)"),
        indexed_put(s, B "}"),
    };
    struct outcome outcome = run(s, changes, 4, NULL);
    assert_true(outcome.canceled);
    assert_int_equal(changes[0].error.code, ERR_NONE);
    assert_int_equal(changes[1].error.code, ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    assert_string_equal(changes[1].error.message, "Collection size exceeded.");
    assert_int_equal(changes[2].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(changes[3].error.code, ERR_NONE);
    assert_int_equal(all_entries(s), 0);
}

static void a_refused_change_needs_no_key(void **state)
{
    struct indexed *s = *state;
    struct error refusal;
    error_init(&refusal, &s->f->arena);
    error_set(&refusal, ERR_TRANSACTION_CONFLICT, "Transaction is ongoing for the item");
    struct item_change changes[] = {
        indexed_put(s, A "}"),
        {.table = s->table, .action = ITEM_PUT, .refusal = &refusal},
        check(s, C "}", "attribute_exists(pk)"),
    };
    struct outcome outcome = run(s, changes, 3, NULL);
    assert_true(outcome.canceled);
    assert_int_equal(outcome.code, ERR_TRANSACTION_CONFLICT);
    assert_string_equal(changes[1].error.message, "Transaction is ongoing for the item");
    assert_int_equal(changes[2].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_true(slice_is_none(stored(s, &changes[0])));
}

/* ------------------------------------------------------------------ tokens */

static void a_repeated_transaction_does_nothing_and_shows_what_is_there(void **state)
{
    struct indexed *s = *state;
    struct request_token token = token_of("t", 1);
    struct item_change first[] = {indexed_update(s, A "}", "SET x = if_not_exists(x, sk), y = pk"),
                                  put_if(s, B "}", "attribute_not_exists(pk)")};
    struct item_change again[] = {first[0], first[1]};
    struct item_change later = indexed_put(s, B ",\"x\":{\"N\":\"2\"}}");
    assert_int_equal(run(s, first, 2, &token).code, ERR_NONE);
    assert_int_equal(run(s, &later, 1, NULL).code, ERR_NONE);
    struct outcome outcome = run(s, again, 2, &token);
    assert_int_equal(outcome.code, ERR_NONE);
    assert_true(outcome.repeated);
    assert_true(slice_equal(again[0].former, first[0].after));
    assert_true(slice_equal(again[0].after, first[0].after));
    assert_true(slice_equal(again[1].former, later.item));
    assert_true(slice_equal(stored(s, &later), later.item));
}

static void another_request_with_the_token_does_nothing(void **state)
{
    struct indexed *s = *state;
    struct request_token token = token_of("t", 1), other = token_of("t", 2);
    struct item_change first = indexed_put(s, A "}"), second = indexed_put(s, B "}");
    assert_int_equal(run(s, &first, 1, &token).code, ERR_NONE);
    struct outcome outcome = run(s, &second, 1, &other);
    assert_int_equal(outcome.code, ERR_IDEMPOTENT_PARAMETER_MISMATCH);
    assert_false(outcome.canceled);
    assert_int_equal(second.error.code, ERR_NONE);
    assert_true(slice_is_none(stored(s, &second)));
}

static void a_canceled_transaction_leaves_its_token_free(void **state)
{
    struct indexed *s = *state;
    struct request_token token = token_of("t", 1);
    struct item_change changes[] = {indexed_put(s, A "}"), check(s, B "}", "attribute_exists(pk)")};
    assert_true(run(s, changes, 2, &token).canceled);
    given(s, B "}");
    struct outcome outcome = run(s, changes, 2, &token);
    assert_int_equal(outcome.code, ERR_NONE);
    assert_false(outcome.repeated);
    assert_false(slice_is_none(stored(s, &changes[0])));
}

static void a_token_of_checks_alone_is_kept(void **state)
{
    struct indexed *s = *state;
    struct request_token token = token_of("t", 1);
    struct item_change change = check(s, A "}", "attribute_not_exists(pk)");
    assert_int_equal(run(s, &change, 1, &token).code, ERR_NONE);
    given(s, A "}");
    assert_true(run(s, &change, 1, &token).repeated);
}

/* ------------------------------------------------------------------ failures of the store */

/* Every read, put and commit fails in its turn; what is left is nothing, or all of it together with its token. */
static void a_failing_store_leaves_all_or_nothing(void **state)
{
    static const enum storage_fault_call calls[] = {STORAGE_FAULT_TX_GET, STORAGE_FAULT_TX_PUT,
                                                    STORAGE_FAULT_COMMIT};
    struct indexed *s = *state;
    size_t failures = 0;
    s->engine.storage = storage_open_faulty(s->engine.storage);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const struct request_token token = token_of(arena_printf(&s->f->arena, "%zu", i), 1);
        for (uint64_t after = 0;; after++) {
            struct item_change changes[] = {
                indexed_put(s, A ",\"l\":{\"N\":\"1\"},\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"}}"),
                indexed_update(s, B "}", "SET m = sk"),
                check(s, C "}", "attribute_not_exists(pk)"),
            };
            storage_faulty_set(
                s->engine.storage, calls[i],
                (struct storage_fault){.action = STORAGE_FAULT_FAIL, .after = after, .times = 1});
            struct outcome outcome = run(s, changes, 3, &token);
            storage_faulty_set(s->engine.storage, calls[i], (struct storage_fault){STORAGE_FAULT_NONE});
            if (outcome.code == ERR_NONE) {
                assert_int_equal(all_entries(s), 2 + 2 + 3); /* items, local entries, global ones */
                struct item_change removal[] = {indexed_delete(s, A "}"), indexed_delete(s, B "}")};
                assert_true(run(s, changes, 3, &token).repeated);
                assert_int_equal(run(s, removal, 2, NULL).code, ERR_NONE);
                break;
            }
            failures++;
            assert_int_equal(outcome.code, ERR_STORAGE);
            assert_false(outcome.canceled);
            assert_int_equal(all_entries(s), 0);
        }
    }
    assert_in_range(failures, 10, 100);
}

/* ------------------------------------------------------------------ conflicts */

static void conflicts_are_drawn_at_the_rate_given(void **state)
{
    struct engine engine = {.conflict_percent = 0};
    size_t which, conflicts = 0, of_each[4] = {0};
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_false(engine_draws_conflict(&engine, 4, &which));
    engine.conflict_percent = 100;
    for (int i = 0; i < 10000; i++)
        assert_true(engine_draws_conflict(&engine, 4, &which));
    engine.conflict_percent = 20;
    for (int i = 0; i < 10000; i++) {
        if (!engine_draws_conflict(&engine, 4, &which))
            continue;
        assert_in_range(which, 0, 3);
        of_each[which]++;
        conflicts++;
    }
    /* Ten times the standard deviation, which is 40 of the whole and 22 of each. */
    assert_in_range(conflicts, 2000 - 400, 2000 + 400);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(of_each[i], 500 - 220, 500 + 220);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_check_that_holds_lets_the_others_in),
        TEST(a_check_writes_nothing),
        TEST(a_check_costs_what_its_item_would_to_write),
        TEST(every_change_that_fails_says_why),
        TEST(conditions_see_no_change_of_their_own_transaction),
        TEST(a_collection_too_large_is_the_reason_of_who_makes_it_so),
        TEST(a_refused_change_needs_no_key),
        TEST(a_repeated_transaction_does_nothing_and_shows_what_is_there),
        TEST(another_request_with_the_token_does_nothing),
        TEST(a_canceled_transaction_leaves_its_token_free),
        TEST(a_token_of_checks_alone_is_kept),
        TEST(a_failing_store_leaves_all_or_nothing),
        cmocka_unit_test(conflicts_are_drawn_at_the_rate_given),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
