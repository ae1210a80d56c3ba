/* How the record that fails is found: by halving, or because the target names it. */
#include "support/cmocka.h"
#include "triggers/triggers_priv.h"

#include <stdlib.h>

enum { RECORDS_MAX = 300 };

static void fill(struct batch *b, size_t count)
{
    batch_init(b);
    buf_init(&b->text, &b->arena, 1024);
    for (size_t i = 0; i < count; i++) {
        const struct change_record record = {.position = {100 + i, 0}};
        if (i > 0)
            buf_append_byte(&b->text, ',');
        size_t at = b->text.size;
        buf_printf(&b->text, "%zu", i);
        batch_add(b, &record, 0, at);
    }
    batch_close(b);
}

/* A target that fails when it sees one of the poisons, and the fate of each record. */
struct trial {
    bool poison[RECORDS_MAX];
    bool names; /* it says which is the first */
    int taken[RECORDS_MAX];
    int given_up[RECORDS_MAX];
    int failures_alone[RECORDS_MAX];
    size_t calls;
};

static void run(struct trial *trial, size_t count, int64_t retries)
{
    struct batch b;
    fill(&b, count);
    while (!batch_is_done(&b)) {
        size_t first = b.begin, last = b.cut, bad = first;
        assert_true(trial->calls++ < 10000);
        while (bad < last && !trial->poison[bad])
            bad++;
        size_t upto = bad == last || trial->names ? bad : first;
        for (size_t i = first; i < upto; i++)
            trial->taken[i]++;
        batch_taken(&b, upto);
        if (bad == last)
            continue;
        if (last - first == 1)
            trial->failures_alone[first]++;
        enum batch_step step = batch_failed(&b, retries, trial->names);
        if (step == BATCH_GIVE_UP) {
            trial->given_up[b.begin]++;
            batch_given_up(&b);
        }
    }
    batch_release(&b);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(trial->given_up[i], trial->poison[i]);
        assert_int_equal(trial->taken[i], !trial->poison[i]);
        if (trial->poison[i])
            assert_true(trial->failures_alone[i] >= retries + 1);
    }
}

static void nothing_fails_in_one_call(void **state)
{
    struct trial trial = {0};
    (void)state;
    run(&trial, 100, 3);
    assert_int_equal(trial.calls, 1);
}

static void one_poison_is_found_wherever_it_is(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 33; count++) {
        for (size_t at = 0; at < count; at++) {
            struct trial trial = {0};
            trial.poison[at] = true;
            run(&trial, count, 0);
        }
    }
}

static void halving_takes_few_calls(void **state)
{
    struct trial trial = {0};
    (void)state;
    trial.poison[77] = true;
    run(&trial, 256, 0);
    assert_true(trial.calls <= 1 + 8 + 1 + 1);
}

static void a_record_is_given_up_after_its_own_retries(void **state)
{
    struct trial trial = {0};
    (void)state;
    trial.poison[3] = true;
    run(&trial, 10, 4);
    assert_int_equal(trial.failures_alone[3], 5);
}

static void many_poisons_are_found(void **state)
{
    (void)state;
    srandom(7);
    for (int round = 0; round < 200; round++) {
        struct trial trial = {.names = round % 2};
        size_t count = 1 + (size_t)random() % 60;
        for (size_t i = 0; i < count; i++)
            trial.poison[i] = random() % 5 == 0;
        run(&trial, count, random() % 3);
    }
}

static void a_named_record_needs_no_halving(void **state)
{
    struct trial trial = {.names = true};
    (void)state;
    trial.poison[77] = true;
    run(&trial, 256, 0);
    /* The first call names it; alone it fails once more, the rest goes in one call. */
    assert_int_equal(trial.calls, 3);
}

static void for_ever_means_that_nothing_is_given_up(void **state)
{
    struct batch b;
    (void)state;
    fill(&b, 5);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(batch_failed(&b, -1, false), BATCH_CALL_LATER);
    assert_int_equal(b.cut, 5);
    batch_release(&b);
}

static void the_body_is_what_is_called(void **state)
{
    struct batch b;
    struct slice parts[CALL_PARTS];
    (void)state;
    fill(&b, 4);
    batch_taken(&b, 1);
    batch_body(&b, parts);
    assert_true(slice_equal(parts[0], SLICE("{\"Records\":[")));
    assert_true(slice_equal(parts[1], SLICE("1,2,3")));
    assert_true(slice_equal(parts[2], SLICE("]}")));
    batch_release(&b);
}

static void the_lowest_named_record_counts(void **state)
{
    struct batch b;
    struct stream_position named[] = {{103, 0}, {101, 0}, {102, 0}};
    struct answer answer = {.positions = named, .count = 3};
    size_t index;
    (void)state;
    fill(&b, 4);
    assert_true(batch_find_lowest(&b, &answer, &index));
    assert_int_equal(index, 1);
    named[0].commit = 104;
    assert_false(batch_find_lowest(&b, &answer, &index));
    named[0] = (struct stream_position){101, 1};
    assert_false(batch_find_lowest(&b, &answer, &index));
    batch_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fails_in_one_call),
        cmocka_unit_test(one_poison_is_found_wherever_it_is),
        cmocka_unit_test(halving_takes_few_calls),
        cmocka_unit_test(a_record_is_given_up_after_its_own_retries),
        cmocka_unit_test(many_poisons_are_found),
        cmocka_unit_test(a_named_record_needs_no_halving),
        cmocka_unit_test(for_ever_means_that_nothing_is_given_up),
        cmocka_unit_test(the_body_is_what_is_called),
        cmocka_unit_test(the_lowest_named_record_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
