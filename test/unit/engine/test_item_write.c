/* Commits of puts and deletes on a store in memory: what they leave, what they report, what refuses them. */
#include "base/clock.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "engine/item_write.h"
#include "fixture.h"
#include "support/store.h"

#include <semaphore.h>

struct stored {
    struct fixture *f;
    struct engine engine;
};

static bool create_spaces(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_create_space(tx, 16, err) && storage_tx_create_space(tx, 17, err);
}

static bool drop_space(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_drop_space(tx, 16, err);
}

/* Returns the number of its commit. */
static uint64_t run_now(struct stored *s,
                        bool (*run)(struct storage_tx *, struct storage_write *, struct error *))
{
    struct storage_write write = {.run = run, .arena = &s->f->arena};
    assert_true(storage_write_wait(s->engine.storage, &write, &s->f->err));
    return write.commit_number;
}

static int setup(void **state)
{
    struct stored *s = calloc(1, sizeof *s);
    void *f;
    fixture_setup(&f);
    s->f = f;
    s->engine.storage = store_in_memory(&s->f->err);
    s->engine.expressions = expr_cache_new(16);
    s->f->hash_only.mark = s->f->with_sort.mark = run_now(s, create_spaces);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stored *s = *state;
    void *f = s->f;
    arena_reset(&s->f->arena); /* gives views back */
    storage_close(s->engine.storage);
    expr_cache_free(s->engine.expressions);
    fixture_teardown(&f);
    free(s);
    return 0;
}

/* ------------------------------------------------------------------ steps */

static struct item_change put(struct stored *s, const struct table *table, const char *json)
{
    struct item_change change = {.table = table, .action = ITEM_PUT, .item = fixture_item(s->f, json)};
    assert_true(item_key_of_item(table, change.item, &change.key, &s->f->err));
    return change;
}

static struct item_change delete_of(struct stored *s, const struct table *table, const char *key_json)
{
    struct item_change change = {.table = table, .action = ITEM_DELETE};
    assert_true(item_key_of_map(table, fixture_item(s->f, key_json), &change.key, &s->f->err));
    return change;
}

static const struct expr *condition(struct stored *s, const char *text)
{
    static struct expr_scope empty;
    struct expr *e;
    assert_true(expr_parse(s->engine.expressions, EXPR_CONDITION, slice_from_cstr(text), &s->f->arena, &e,
                           &s->f->err));
    assert_true(expr_bind(e, &empty, &s->f->err));
    return e;
}

static struct item_change update_of(struct stored *s, const char *key_json, const char *text)
{
    static struct expr_scope empty;
    const struct table *table = &s->f->hash_only;
    struct item_change change = {.table = table, .action = ITEM_UPDATE, .item = fixture_item(s->f, key_json)};
    struct expr *e = NULL;
    assert_true(item_key_of_map(table, change.item, &change.key, &s->f->err));
    if (text)
        assert_true(expr_parse(s->engine.expressions, EXPR_UPDATE, slice_from_cstr(text), &s->f->arena, &e,
                               &s->f->err) &&
                    expr_bind(e, &empty, &s->f->err));
    change.update = e;
    return change;
}

static void post(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static enum error_code commit(struct stored *s, struct item_change *changes, size_t count)
{
    sem_t done;
    struct item_commit commit = {.changes = changes, .count = count, .done = post, .arg = &done};
    sem_init(&done, 0, 0);
    item_commit_submit(&s->engine, &commit, &s->f->arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    return commit.storage.error.code;
}

static struct slice read_back(struct stored *s, const struct storage_key *key)
{
    struct storage_view *view;
    struct slice item;
    assert_true(engine_view(&s->engine, &s->f->arena, &view, &s->f->err));
    assert_true(item_get(view, key, &s->f->arena, &item, &s->f->err));
    return item;
}

static struct storage_usage usage(struct stored *s, uint32_t space)
{
    struct storage_view *view;
    struct storage_usage u;
    assert_true(engine_view(&s->engine, &s->f->arena, &view, &s->f->err));
    assert_true(storage_view_usage(view, space, &u, &s->f->err));
    return u;
}

/* ------------------------------------------------------------------ cases */

static void a_put_replaces_and_reports_the_item_before(void **state)
{
    struct stored *s = *state;
    struct item_change first = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"}}");
    struct item_change second = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"y\":{\"N\":\"2\"}}");
    assert_int_equal(commit(s, &first, 1), ERR_NONE);
    assert_true(slice_is_none(first.former));
    assert_int_equal(commit(s, &second, 1), ERR_NONE);
    assert_true(slice_equal(second.former, first.item));
    assert_true(slice_equal(read_back(s, &second.key), second.item));
}

static void a_delete_reports_what_it_removed(void **state)
{
    struct stored *s = *state;
    struct item_change first = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    struct item_change gone = delete_of(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    struct item_change again = delete_of(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    assert_int_equal(commit(s, &first, 1), ERR_NONE);
    assert_int_equal(commit(s, &gone, 1), ERR_NONE);
    assert_true(slice_equal(gone.former, first.item));
    assert_true(slice_is_none(read_back(s, &gone.key)));
    assert_int_equal(commit(s, &again, 1), ERR_NONE);
    assert_true(slice_is_none(again.former));
}

static void a_false_condition_refuses_and_shows_the_item(void **state)
{
    struct stored *s = *state;
    struct item_change first = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"}}");
    struct item_change second = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"x\":{\"N\":\"2\"}}");
    first.condition = second.condition = condition(s, "attribute_not_exists(pk)");
    assert_int_equal(commit(s, &first, 1), ERR_NONE);
    assert_int_equal(commit(s, &second, 1), ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(second.error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_true(slice_equal(second.former, first.item));
    assert_true(slice_equal(read_back(s, &first.key), first.item));
}

static void one_refused_change_keeps_all_others_out(void **state)
{
    struct stored *s = *state;
    struct item_change changes[] = {
        put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}"),
        put(s, &s->f->with_sort, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"}}"),
    };
    changes[1].condition = condition(s, "attribute_exists(pk)");
    assert_int_equal(commit(s, changes, 2), ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(changes[0].error.code, ERR_NONE);
    assert_int_equal(changes[1].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_true(slice_is_none(read_back(s, &changes[0].key)));
    changes[1].condition = NULL;
    assert_int_equal(commit(s, changes, 2), ERR_NONE);
    assert_true(slice_equal(read_back(s, &changes[0].key), changes[0].item));
    assert_true(slice_equal(read_back(s, &changes[1].key), changes[1].item));
}

static void an_update_starts_from_the_item_as_it_is(void **state)
{
    struct stored *s = *state;
    struct item_change first =
        put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"},\"y\":{\"S\":\"long\"}}");
    struct item_change second = update_of(s, "{\"pk\":{\"S\":\"a\"}}", "SET z = x REMOVE y");
    assert_int_equal(commit(s, &first, 1), ERR_NONE);
    assert_int_equal(commit(s, &second, 1), ERR_NONE);
    assert_true(slice_equal(second.former, first.item));
    assert_true(slice_equal(second.after, read_back(s, &second.key)));
    assert_true(slice_equal(second.after, fixture_item(s->f, "{\"pk\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"},"
                                                             "\"z\":{\"N\":\"1\"}}")));
    assert_int_equal(usage(s, s->f->hash_only.space).entries, 1);
    assert_int_equal(usage(s, s->f->hash_only.space).bytes, (int64_t)item_size_bytes(second.after));
}

static void an_update_without_actions_makes_an_item_of_its_key(void **state)
{
    struct stored *s = *state;
    struct item_change removing = update_of(s, "{\"pk\":{\"S\":\"a\"}}", "REMOVE x");
    struct item_change touching = update_of(s, "{\"pk\":{\"S\":\"a\"}}", NULL);
    assert_int_equal(commit(s, &removing, 1), ERR_NONE);
    assert_true(slice_is_none(removing.after) && slice_is_none(read_back(s, &removing.key)));
    assert_int_equal(commit(s, &touching, 1), ERR_NONE);
    assert_true(slice_equal(read_back(s, &touching.key), touching.item));
}

static void each_change_that_fails_says_why(void **state)
{
    struct stored *s = *state;
    struct item_change changes[] = {
        put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}"),
        update_of(s, "{\"pk\":{\"S\":\"b\"}}", "SET x = y"),
        put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"c\"}}"),
    };
    changes[2].condition = condition(s, "attribute_exists(pk)");
    assert_int_equal(commit(s, changes, 3), ERR_VALIDATION);
    assert_int_equal(changes[0].error.code, ERR_NONE);
    assert_int_equal(changes[1].error.code, ERR_VALIDATION);
    assert_string_equal(changes[1].error.message,
                        "The provided expression refers to an attribute that does not exist in the item");
    assert_int_equal(changes[2].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_true(slice_is_none(read_back(s, &changes[0].key)));
}

static void usage_counts_items_and_their_sizes(void **state)
{
    struct stored *s = *state;
    struct item_change small = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}"); /* 2 + 1 */
    struct item_change large =
        put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"12345\"}}"); /* + 6 */
    struct item_change other = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"b\"}}");
    struct item_change gone = delete_of(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    assert_int_equal(commit(s, &small, 1), ERR_NONE);
    assert_int_equal(usage(s, 16).entries, 1);
    assert_int_equal(usage(s, 16).bytes, 3);
    assert_int_equal(commit(s, &large, 1), ERR_NONE);
    assert_int_equal(commit(s, &large, 1), ERR_NONE);
    assert_int_equal(usage(s, 16).entries, 1);
    assert_int_equal(usage(s, 16).bytes, 9);
    assert_int_equal(commit(s, &other, 1), ERR_NONE);
    assert_int_equal(commit(s, &gone, 1), ERR_NONE);
    assert_int_equal(usage(s, 16).entries, 1);
    assert_int_equal(usage(s, 16).bytes, 3);
}

static void capacity_is_by_the_larger_of_before_and_after(void **state)
{
    struct stored *s = *state;
    char *large = arena_printf(&s->f->arena, "{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"%01500d\"}}", 0);
    struct item_change first = put(s, &s->f->hash_only, large);
    struct item_change second = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    struct item_change gone = delete_of(s, &s->f->hash_only, "{\"pk\":{\"S\":\"nothing\"}}");
    assert_int_equal(commit(s, &first, 1), ERR_NONE);
    assert_int_equal(item_change_capacity_halves(&first), 4);
    assert_int_equal(commit(s, &second, 1), ERR_NONE);
    assert_int_equal(item_change_capacity_halves(&second), 4);
    assert_int_equal(commit(s, &gone, 1), ERR_NONE);
    assert_int_equal(item_change_capacity_halves(&gone), 2);
}

static void a_dropped_table_is_not_found(void **state)
{
    struct stored *s = *state;
    run_now(s, drop_space);
    struct item_change late = put(s, &s->f->hash_only, "{\"pk\":{\"S\":\"a\"}}");
    assert_int_equal(commit(s, &late, 1), ERR_RESOURCE_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_put_replaces_and_reports_the_item_before),
        TEST(a_delete_reports_what_it_removed),
        TEST(a_false_condition_refuses_and_shows_the_item),
        TEST(one_refused_change_keeps_all_others_out),
        TEST(an_update_starts_from_the_item_as_it_is),
        TEST(an_update_without_actions_makes_an_item_of_its_key),
        TEST(each_change_that_fails_says_why),
        TEST(usage_counts_items_and_their_sizes),
        TEST(capacity_is_by_the_larger_of_before_and_after),
        TEST(a_dropped_table_is_not_found),
    };
    return cmocka_run_group_tests_name("item_write", tests, NULL, NULL);
}
