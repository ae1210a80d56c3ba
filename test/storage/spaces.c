/* What storage.h promises of spaces that come and go, what they hold, and the store itself, asked of every backend:
 * storage_spaces disk|memory|faulty. */
#include "suite.h"

#include <unistd.h>

/* ------------------------------------------------------------------ spaces and usage */

static bool usage_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_add_usage(tx, step->space, (struct storage_usage){2, 100}, err) &&
           storage_tx_add_usage(tx, step->space, (struct storage_usage){-1, -30}, err);
}

static struct storage_usage usage_of(struct harness *h, uint32_t space)
{
    struct storage_usage usage;
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_usage(view, space, &usage, &h->err));
    storage_view_release(view);
    return usage;
}

static void usage_adds_up(void **state)
{
    struct harness *h = *state;
    assert_int_equal(usage_of(h, SPACE).entries, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(harness_write(h, usage_run, &(struct harness_step){.space = SPACE}), ERR_NONE);
    assert_int_equal(usage_of(h, SPACE).entries, 3);
    assert_int_equal(usage_of(h, SPACE).bytes, 210);
    assert_int_equal(harness_write(h, usage_run, &(struct harness_step){.space = SPACE + 1}), ERR_NO_SPACE);
}

static void writing_to_a_missing_space_is_refused(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_try_put(h, SPACE + 1, "p", SLICE(""), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_put(h, 0, "p", SLICE(""), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_put(h, STORAGE_SPACE_CATALOG, "p", SLICE(""), SLICE("v")), ERR_NONE);
    assert_slice(harness_get_from(h, STORAGE_SPACE_CATALOG, "p", SLICE("")), "v");
}

static void dropped_space_is_hidden_at_once_and_its_id_never_used_again(void **state)
{
    struct harness *h = *state;
    harness_create_space(h, SPACE + 1);
    harness_try_put(h, SPACE + 1, "p", SLICE("a"), SLICE("v"));
    harness_write(h, usage_run, &(struct harness_step){.space = SPACE + 1});
    harness_put(h, "p", SLICE("a"), SLICE("neighbour"));
    struct storage_view *before = storage_view_take(h->store);
    harness_drop_space(h, SPACE + 1);
    assert_slice(harness_get_from(h, SPACE + 1, "p", SLICE("a")), NULL);
    assert_slice(harness_get(h, "p", SLICE("a")), "neighbour");
    assert_int_equal(usage_of(h, SPACE + 1).entries, 0);
    assert_int_equal(harness_try_put(h, SPACE + 1, "p", SLICE("a"), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, SPACE + 1), ERR_NO_SPACE);
    usleep(300000);
    struct storage_key key = {SPACE + 1, SLICE("p"), SLICE("a")};
    struct slice value;
    bool found;
    assert_true(storage_view_get(before, &key, &h->arena, &value, &found, &h->err));
    assert_true(found);
    storage_view_release(before);
    usleep(300000);
    assert_int_equal(harness_try_create_space(h, SPACE + 1), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, SPACE), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, STORAGE_SPACE_CATALOG), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, 0), ERR_NO_SPACE);
    harness_create_space(h, SPACE + 2);
}

static bool whole_life_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    uint32_t space = SPACE + 3;
    struct storage_key key = {space, SLICE("p"), SLICE("a")};
    struct slice value;
    bool found;
    assert_true(storage_tx_create_space(tx, space, err));
    assert_true(storage_tx_put(tx, &key, SLICE("v"), err));
    assert_true(storage_tx_add_usage(tx, space, (struct storage_usage){1, 1}, err));
    assert_true(storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err) && found);
    assert_true(storage_tx_drop_space(tx, space, err));
    assert_true(storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err) && !found);
    assert_false(storage_tx_put(tx, &key, SLICE("v"), err));
    assert_int_equal(err->code, ERR_NO_SPACE);
    assert_false(storage_tx_create_space(tx, space, err));
    assert_false(storage_tx_drop_space(tx, space, err));
    return true;
}

static void space_may_live_and_die_in_one_transaction(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_write(h, whole_life_run, &(struct harness_step){0}), ERR_NONE);
    assert_slice(harness_get_from(h, SPACE + 3, "p", SLICE("a")), NULL);
    assert_int_equal(usage_of(h, SPACE + 3).entries, 0);
}

static bool create_one_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_create_space(tx, step->space, err);
}

static bool create_many_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    for (uint32_t i = 0; i < 300; i++)
        if (!storage_tx_create_space(tx, step->space + i, err) ||
            !storage_tx_add_usage(tx, step->space + i, (struct storage_usage){i, i}, err))
            return false;
    return true;
}

static void hundreds_of_spaces_are_kept_apart(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_write(h, create_many_run, &(struct harness_step){.space = 1000}), ERR_NONE);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(usage_of(h, 1000 + i).bytes, i);
    for (uint32_t i = 0; i < 300; i += 2)
        harness_drop_space(h, 1000 + i);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(harness_try_put(h, 1000 + i, "p", SLICE(""), SLICE("")),
                         i % 2 == 0 ? ERR_NO_SPACE : ERR_NONE);
}

static bool mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    uint64_t before = storage_tx_space_mark(tx, step->space);
    if (!storage_tx_mark_space(tx, step->space, err))
        return false;
    assert_int_equal(storage_tx_space_mark(tx, step->space), storage_tx_commit_number(tx));
    assert_true(before < storage_tx_commit_number(tx));
    return true;
}

static bool mark_and_fail_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return mark_run(tx, step, err) && error_set(err, ERR_VALIDATION, "no");
}

static uint64_t expected_mark;

static bool check_mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    (void)err;
    assert_int_equal(storage_tx_space_mark(tx, step->space), expected_mark);
    return true;
}

static void a_space_has_the_number_of_the_commit_that_made_or_marked_it(void **state)
{
    struct harness *h = *state;
    struct harness_step made = {.space = SPACE + 1}, marked = made, failed = made, last = made,
                        gone = {.space = SPACE + 2};
    harness_write(h, create_one_run, &made);
    expected_mark = made.write.commit_number;
    harness_write(h, check_mark_run, &last);
    assert_int_equal(harness_write(h, mark_run, &marked), ERR_NONE);
    assert_int_equal(harness_write(h, mark_and_fail_run, &failed), ERR_VALIDATION);
    expected_mark = marked.write.commit_number;
    harness_write(h, check_mark_run, &last);
    assert_int_equal(harness_write(h, mark_run, &gone), ERR_NO_SPACE);
    expected_mark = 0;
    harness_write(h, check_mark_run, &gone);
}

/* ------------------------------------------------------------------ giving back what was dropped */

static bool is_dropping(struct harness *h, uint32_t space)
{
    struct storage_view *view = storage_view_take(h->store);
    bool dropping;
    assert_true(storage_view_dropping(view, space, &dropping, &h->err));
    storage_view_release(view);
    return dropping;
}

static bool has_space(struct storage_view *view, struct harness *h, uint32_t space)
{
    bool has;
    assert_true(storage_view_has_space(view, space, &has, &h->err));
    return has;
}

/* Each view as of its own instant. */
static void a_view_tells_which_spaces_there_are(void **state)
{
    struct harness *h = *state;
    struct storage_view *before = storage_view_take(h->store);
    assert_true(has_space(before, h, SPACE));
    assert_true(has_space(before, h, STORAGE_SPACE_CATALOG));
    assert_true(has_space(before, h, STORAGE_SPACE_JOBS));
    assert_false(has_space(before, h, SPACE + 77));
    harness_drop_space(h, SPACE);
    struct storage_view *after = storage_view_take(h->store);
    assert_true(has_space(before, h, SPACE));
    assert_false(has_space(after, h, SPACE));
    storage_view_release(before);
    storage_view_release(after);
    for (int i = 0; i < 200 && is_dropping(h, SPACE); i++)
        usleep(20000);
    after = storage_view_take(h->store);
    assert_false(has_space(after, h, SPACE));
    storage_view_release(after);
}

static void a_space_is_dropping_until_its_files_are_given_back(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("s"), SLICE("value"));
    struct storage_view *older = storage_view_take(h->store);
    assert_false(is_dropping(h, SPACE));
    assert_false(is_dropping(h, SPACE + 1));
    harness_drop_space(h, SPACE);
    usleep(150000); /* longer than the keeper sleeps */
    assert_true(is_dropping(h, SPACE));
    storage_view_release(older);
    for (int i = 0; i < 200 && is_dropping(h, SPACE); i++)
        usleep(20000);
    assert_false(is_dropping(h, SPACE));
}

/* ------------------------------------------------------------------ the store */

static void healthy_store_says_so(void **state)
{
    struct harness *h = *state;
    struct storage_stats stats;
    harness_put(h, "p", SLICE("a"), SLICE("v"));
    storage_stats(h->store, &stats);
    assert_int_equal(stats.state, STORAGE_READ_WRITE);
    assert_int_equal(stats.commits, 2);
    assert_int_equal(stats.groups, 2);
    assert_int_equal(stats.group_size[0], 2);
    assert_int_equal(stats.queue_depth, 0);
    assert_true(stats.memtable_bytes > 0);
}

static void commit_time_never_goes_back(void **state)
{
    struct harness *h = *state;
    struct clock_test clock;
    struct harness_step first = {.partition = "p", .sort = SLICE("a"), .space = SPACE}, second = first;
    storage_close(h->store);
    clock_test_init(&clock, 5000);
    h->options.clock = &clock.clock;
    if (h->kind == HARNESS_DISK)
        harness_remove_directory(h->path);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
    harness_create_space(h, SPACE);
    assert_int_equal(harness_write(h, usage_run, &first), ERR_NONE);
    assert_int_equal(first.write.commit_ms, 5000);
    clock_test_advance(&clock, -4000);
    assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
    assert_int_equal(second.write.commit_ms, 5000);
    if (h->kind == HARNESS_DISK) {
        harness_reopen(h);
        assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
        assert_int_equal(second.write.commit_ms, 5001); /* what was lost of the time is made up for */
    }
    clock_test_advance(&clock, 10000);
    assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
    assert_int_equal(second.write.commit_ms, 11000);
}

static int64_t last_commit_us;

static bool later_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    int64_t us = storage_tx_commit_us(tx);
    assert_true(us > last_commit_us);
    assert_int_equal(storage_tx_commit_ms(tx), us / 1000);
    last_commit_us = us;
    return usage_run(tx, step, err);
}

static void commit_times_in_microseconds_all_differ(void **state)
{
    struct harness *h = *state;
    struct clock_test clock;
    struct harness_step step = {.partition = "p", .sort = SLICE("a"), .space = SPACE};
    storage_close(h->store);
    clock_test_init(&clock, 5000);
    h->options.clock = &clock.clock;
    if (h->kind == HARNESS_DISK)
        harness_remove_directory(h->path);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
    harness_create_space(h, SPACE);
    last_commit_us = 0;
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    clock_test_advance(&clock, -4000);
    /* So many that those behind the clock fill more than a millisecond. */
    for (int i = 0; i < 1500; i++)
        assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    assert_int_equal(last_commit_us / 1000, 5001);
    if (h->kind == HARNESS_DISK)
        harness_reopen(h);
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    clock_test_advance(&clock, 10000);
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    assert_int_equal(last_commit_us, 11000 * 1000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(usage_adds_up),
        SUITE_TEST(writing_to_a_missing_space_is_refused),
        SUITE_TEST(dropped_space_is_hidden_at_once_and_its_id_never_used_again),
        SUITE_TEST(space_may_live_and_die_in_one_transaction),
        SUITE_TEST(hundreds_of_spaces_are_kept_apart),
        SUITE_TEST(a_space_has_the_number_of_the_commit_that_made_or_marked_it),
        SUITE_TEST(a_view_tells_which_spaces_there_are),
        SUITE_TEST(a_space_is_dropping_until_its_files_are_given_back),
        SUITE_TEST(healthy_store_says_so),
        SUITE_TEST(commit_time_never_goes_back),
        SUITE_TEST(commit_times_in_microseconds_all_differ),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
