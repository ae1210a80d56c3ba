/* When items expire, who is told of those that are written too late, and the commits by which they are removed. */
#include "indexed.h"
#include "table/time_to_live.h"

#define NOW_MS  ((int64_t)1790000000000)
#define NOW_S   (NOW_MS / 1000)
#define YEARS_S ((int64_t)(5 * 365 + 1) * 24 * 3600)

static struct clock_test now = {.now_ms = NOW_MS};

static bool make_active(struct storage_tx *tx, const struct table *next, const struct table_index *index,
                        struct arena *arena, struct error *err)
{
    (void)tx, (void)arena, (void)err;
    if (next->expiry_index == index)
        next->expiry_index->status = INDEX_ACTIVE;
    return true;
}

static void expire(struct indexed *s, bool enabled, const char *attribute)
{
    struct time_to_live_edit edit;
    struct catalog_change change = {.arena = &s->f->arena};
    time_to_live_edit_init(&edit, enabled, slice_from_cstr(attribute), make_active, make_active);
    assert_true(catalog_edit_table_wait(s->catalog, SLICE("indexed"), &edit.edit, &change, &s->f->err));
    s->table = change.table;
}

static int setup(void **state)
{
    if (indexed_setup(state) != 0)
        return -1;
    struct indexed *s = *state;
    clock_test_init(&now, NOW_MS);
    s->engine.clock = &now.clock;
    s->engine.expiry_notes = expiry_notes_new();
    expire(s, true, "x");
    return 0;
}

static int teardown(void **state)
{
    struct expiry_notes *notes = ((struct indexed *)*state)->engine.expiry_notes;
    int failure = indexed_teardown(state);
    expiry_notes_free(notes);
    return failure;
}

/* ------------------------------------------------------------------ times */

static void assert_number(const struct number *found, int64_t expected)
{
    struct number number;
    number_from_u64((uint64_t)expected, &number);
    assert_true(slice_equal(number_slice(found), number_slice(&number)));
}

static void an_item_expires_from_its_second_to_five_years_later(void **state)
{
    (void)state;
    struct expiry_times times = expiry_times_at(NOW_MS + 999, 0);
    assert_number(&times.until, NOW_S);
    assert_number(&times.since, NOW_S - YEARS_S);
}

/* Items stay longer, and are no younger for it. */
static void a_delay_moves_the_end_only(void **state)
{
    (void)state;
    struct expiry_times times = expiry_times_at(NOW_MS, 5000);
    assert_number(&times.until, NOW_S - 5);
    assert_number(&times.since, NOW_S - YEARS_S);
    times = expiry_times_at(1000, 5000);
    assert_number(&times.until, 0);
    assert_number(&times.since, 0);
}

/* ------------------------------------------------------------------ notes */

struct taken {
    size_t count;
    uint32_t space;
    struct number earliest;
};

static void take(void *arg, uint32_t space, const struct number *earliest)
{
    struct taken *taken = arg;
    taken->count++;
    taken->space = space;
    taken->earliest = *earliest;
}

static struct taken take_notes(struct indexed *s)
{
    struct taken taken = {0};
    expiry_notes_take(s->engine.expiry_notes, take, &taken);
    return taken;
}

static void put(struct indexed *s, const char *sort, const char *x)
{
    struct item_change change = indexed_put(
        s, arena_printf(&s->f->arena, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%s\"},\"x\":%s}", sort, x));
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
}

static void put_time(struct indexed *s, const char *sort, int64_t time_s)
{
    put(s, sort, arena_printf(&s->f->arena, "{\"N\":\"%lld\"}", (long long)time_s));
}

static void the_earliest_time_that_is_over_is_noted_once(void **state)
{
    struct indexed *s = *state;
    put_time(s, "a", NOW_S - 10);
    put_time(s, "b", NOW_S - 1000);
    put_time(s, "c", NOW_S - 100);
    put_time(s, "d", NOW_S + 1);
    struct taken taken = take_notes(s);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.space, s->table->expiry_index->space);
    assert_number(&taken.earliest, NOW_S - 1000);
    assert_int_equal(take_notes(s).count, 0);
}

static void what_is_not_expired_is_not_noted(void **state)
{
    struct indexed *s = *state;
    put_time(s, "future", NOW_S + 1);
    put_time(s, "too old", NOW_S - YEARS_S - 1);
    put_time(s, "zero", 0);
    put_time(s, "negative", -NOW_S);
    put(s, "string", "{\"S\":\"1\"}");
    struct item_change change = indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"none\"}}");
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
    change = indexed_delete(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"zero\"}}");
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
    assert_int_equal(take_notes(s).count, 0);
}

static void nothing_is_noted_where_items_do_not_expire(void **state)
{
    struct indexed *s = *state;
    expire(s, false, "x");
    put_time(s, "a", NOW_S - 10);
    assert_int_equal(take_notes(s).count, 0);
}

static void updates_and_each_of_many_changes_are_noted(void **state)
{
    struct indexed *s = *state;
    expire(s, false, "x");
    expire(s, true, "y");
    struct item_change changes[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"a\"},\"y\":{\"N\":\"1790000001\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"b\"},\"y\":{\"N\":\"1789999999\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"c\"},\"l\":{\"N\":\"1789999990\"}}"),
    };
    assert_int_equal(indexed_commit(s, changes, 3), ERR_NONE);
    struct taken taken = take_notes(s);
    assert_int_equal(taken.count, 1);
    assert_number(&taken.earliest, NOW_S - 1);
    struct item_change update = indexed_update(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"c\"}}", "SET y = l");
    assert_int_equal(indexed_commit(s, &update, 1), ERR_NONE);
    taken = take_notes(s);
    assert_int_equal(taken.count, 1);
    assert_number(&taken.earliest, NOW_S - 10);
}

/* Times compare as numbers, also with decimals. */
static void a_part_of_a_second_is_kept(void **state)
{
    struct indexed *s = *state;
    struct number expected;
    put(s, "a", "{\"N\":\"1789999998.25\"}");
    put(s, "b", "{\"N\":\"1789999998.5\"}");
    struct taken taken = take_notes(s);
    assert_true(number_parse(SLICE("1789999998.25"), &expected, &s->f->err));
    assert_true(slice_equal(number_slice(&taken.earliest), number_slice(&expected)));
}

/* ------------------------------------------------------------------ removing */

static struct item_change removal(struct indexed *s, const char *sort, const char *condition)
{
    struct item_change change =
        indexed_delete(s, arena_printf(&s->f->arena, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%s\"}}", sort));
    change.by_service = true;
    change.expiry_space = s->table->expiry_index->space;
    if (condition)
        change.condition = indexed_expression(s, EXPR_CONDITION, condition);
    return change;
}

static size_t item_count(struct indexed *s)
{
    struct storage_entry entries[16];
    return indexed_entries(s, s->table->space, entries, 16);
}

static enum error_code commit_skipping(struct indexed *s, struct item_change *changes, size_t count)
{
    sem_t done;
    struct item_commit commit = {
        .changes = changes, .count = count, .skips_failed = true, .done = indexed_done, .arg = &done};
    sem_init(&done, 0, 0);
    item_commit_submit(&s->engine, &commit, &s->f->arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    assert_false(commit.canceled);
    return commit.storage.error.code;
}

static void a_commit_may_skip_what_fails(void **state)
{
    struct indexed *s = *state;
    put_time(s, "a", 1);
    put_time(s, "b", 1);
    put_time(s, "c", 1);
    struct item_change changes[] = {
        removal(s, "a", "attribute_exists(x)"),
        removal(s, "b", "attribute_not_exists(x)"),
        removal(s, "c", NULL),
    };
    assert_int_equal(commit_skipping(s, changes, 3), ERR_NONE);
    assert_int_equal(changes[0].error.code, ERR_NONE);
    assert_false(slice_is_none(changes[0].former));
    assert_int_equal(changes[1].error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(changes[2].error.code, ERR_NONE);
    assert_int_equal(item_count(s), 1);
    struct storage_entry entries[16];
    assert_int_equal(indexed_entries(s, s->table->expiry_index->space, entries, 16), 1);
}

static void a_commit_may_skip_everything(void **state)
{
    struct indexed *s = *state;
    put_time(s, "a", 1);
    struct item_change change = removal(s, "a", "attribute_not_exists(x)");
    assert_int_equal(commit_skipping(s, &change, 1), ERR_NONE);
    assert_int_equal(change.error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(item_count(s), 1);
}

static void nothing_is_removed_after_time_to_live_was_ended(void **state)
{
    struct indexed *s = *state;
    put_time(s, "a", 1);
    struct item_change change = removal(s, "a", NULL);
    expire(s, false, "x");
    assert_int_equal(commit_skipping(s, &change, 1), ERR_NONE);
    assert_int_equal(change.error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(item_count(s), 1);
}

static void nor_if_it_began_again_with_another_attribute(void **state)
{
    struct indexed *s = *state;
    put_time(s, "a", 1);
    struct item_change change = removal(s, "a", NULL);
    expire(s, false, "x");
    expire(s, true, "y");
    assert_int_equal(commit_skipping(s, &change, 1), ERR_NONE);
    assert_int_equal(change.error.code, ERR_CONDITIONAL_CHECK_FAILED);
    assert_int_equal(item_count(s), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_item_expires_from_its_second_to_five_years_later),
        TEST(a_delay_moves_the_end_only),
        TEST(the_earliest_time_that_is_over_is_noted_once),
        TEST(what_is_not_expired_is_not_noted),
        TEST(nothing_is_noted_where_items_do_not_expire),
        TEST(updates_and_each_of_many_changes_are_noted),
        TEST(a_part_of_a_second_is_kept),
        TEST(a_commit_may_skip_what_fails),
        TEST(a_commit_may_skip_everything),
        TEST(nothing_is_removed_after_time_to_live_was_ended),
        TEST(nor_if_it_began_again_with_another_attribute),
    };
    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
