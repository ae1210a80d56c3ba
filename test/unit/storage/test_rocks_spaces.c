#include "storage/rocksdb/rocks_spaces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above, as cmocka asks. */
#include <cmocka.h>

static struct rocks_spaces spaces;

static int open_spaces(void **state)
{
    (void)state;
    rocks_spaces_init(&spaces);
    rocks_spaces_begin(&spaces);
    return 0;
}

static int close_spaces(void **state)
{
    (void)state;
    rocks_spaces_release(&spaces);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_spaces, close_spaces)

static void add(uint32_t id, int64_t entries)
{
    rocks_spaces_add_usage(&spaces, id, (struct storage_usage){entries, 10 * entries});
}

static void space_lives_from_create_to_drop(void **state)
{
    (void)state;
    assert_false(rocks_spaces_live(&spaces, 5));
    rocks_spaces_create(&spaces, 5, 1);
    assert_true(rocks_spaces_live(&spaces, 5));
    assert_false(rocks_spaces_live(&spaces, 6));
    add(5, 3);
    rocks_spaces_drop(&spaces, 5);
    assert_false(rocks_spaces_live(&spaces, 5));
    assert_int_equal(rocks_spaces_usage(&spaces, 5).entries, 0);
}

static void rollback_undoes_one_transaction(void **state)
{
    (void)state;
    rocks_spaces_create(&spaces, 1, 1);
    rocks_spaces_create(&spaces, 2, 1);
    add(1, 4);
    rocks_spaces_begin(&spaces);
    add(1, 1);
    add(1, 1);
    rocks_spaces_drop(&spaces, 2);
    rocks_spaces_create(&spaces, 3, 1);
    add(3, 9);
    for (uint32_t id = 100; id < 400; id++)
        rocks_spaces_create(&spaces, id, 1);
    rocks_spaces_rollback(&spaces);
    assert_int_equal(rocks_spaces_usage(&spaces, 1).entries, 4);
    assert_int_equal(rocks_spaces_usage(&spaces, 1).bytes, 40);
    assert_true(rocks_spaces_live(&spaces, 2));
    assert_false(rocks_spaces_live(&spaces, 3));
    assert_false(rocks_spaces_live(&spaces, 399));
}

static void touched_spaces_are_told_once_until_settled(void **state)
{
    (void)state;
    const uint32_t *ids;
    rocks_spaces_create(&spaces, 1, 1);
    rocks_spaces_create(&spaces, 2, 1);
    add(2, 1);
    add(2, 1);
    assert_int_equal(rocks_spaces_touched(&spaces, &ids), 1);
    assert_int_equal(ids[0], 2);
    rocks_spaces_settle(&spaces);
    assert_int_equal(rocks_spaces_touched(&spaces, &ids), 0);
    add(2, 1);
    assert_int_equal(rocks_spaces_touched(&spaces, &ids), 1);
}

static void many_spaces_come_and_go(void **state)
{
    (void)state;
    for (uint32_t id = 1; id <= 20000; id++) {
        rocks_spaces_create(&spaces, id, 1);
        add(id, id);
        if (id > 50)
            rocks_spaces_drop(&spaces, id - 50);
        rocks_spaces_begin(&spaces);
        rocks_spaces_settle(&spaces);
    }
    for (uint32_t id = 1; id <= 20000; id++)
        assert_int_equal(rocks_spaces_live(&spaces, id), id > 20000 - 50);
    assert_int_equal(rocks_spaces_usage(&spaces, 20000).entries, 20000);
    assert_true(spaces.capacity <= 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(space_lives_from_create_to_drop),
        TEST(rollback_undoes_one_transaction),
        TEST(touched_spaces_are_told_once_until_settled),
        TEST(many_spaces_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
