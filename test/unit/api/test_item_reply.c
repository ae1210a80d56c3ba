/* ConsumedCapacity of requests that touch several tables, or one several times. api/item_reply.h; semantics.md 9.3. */
#include "api/item_reply.h"
#include "support/cmocka.h"

#include <stdlib.h>

struct replying {
    struct arena arena;
    struct api_request q;
    struct optional_enum mode;
};

static int setup(void **state)
{
    struct replying *r = calloc(1, sizeof *r);
    arena_init(&r->arena, 4096);
    r->q.arena = &r->arena;
    buf_init(&r->q.reply, &r->arena, 64);
    json_writer_init(&r->q.json, &r->q.reply);
    r->mode.value = RETURN_CONSUMED_CAPACITY_INDEXES;
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct replying *r = *state;
    arena_release(&r->arena);
    free(r);
    return 0;
}

static void assert_list(struct replying *r, const struct consumed_capacity *parts, size_t count,
                        const char *expected)
{
    json_begin_object(&r->q.json);
    write_consumed_list(&r->q, r->mode, parts, count);
    json_end_object(&r->q.json);
    if (!slice_equal(buf_slice(&r->q.reply), slice_from_cstr(expected)))
        fail_msg("%.*s\nnot %s", SLICE_PRINTF(buf_slice(&r->q.reply)), expected);
}

#define TOTAL(name, units) "{\"TableName\":\"" name "\",\"CapacityUnits\":" units "}"

static void the_parts_of_a_table_are_one_entry_where_it_was_first_named(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {{.table_name = SLICE("b"), .table_halves = 1},
                                              {.table_name = SLICE("a"), .table_halves = 4},
                                              {.table_name = SLICE("b"), .table_halves = 2}};
    r->mode.value = RETURN_CONSUMED_CAPACITY_TOTAL;
    assert_list(r, parts, 3, "{\"ConsumedCapacity\":[" TOTAL("b", "1.5") "," TOTAL("a", "2.0") "]}");
}

static void nothing_is_told_unless_asked_for(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {{.table_name = SLICE("a"), .table_halves = 4}};
    r->mode.value = RETURN_CONSUMED_CAPACITY_NONE;
    assert_list(r, parts, 1, "{}");
}

static void transactions_say_whether_they_read(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {
        {.table_name = SLICE("a"), .table_halves = 4, .kind = CONSUMED_READING}};
    assert_list(r, parts, 1,
                "{\"ConsumedCapacity\":[{\"TableName\":\"a\",\"CapacityUnits\":2.0,\"ReadCapacityUnits\":2.0,"
                "\"Table\":{\"CapacityUnits\":2.0,\"ReadCapacityUnits\":2.0}}]}");
}

/* ------------------------------------------------------------------ refused parts */

static void a_refused_part_is_in_the_total_alone(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {{.table_name = SLICE("a"), .refused_halves = 6},
                                              {.table_name = SLICE("a"), .table_halves = 2}};
    assert_list(r, parts, 2,
                "{\"ConsumedCapacity\":[{\"TableName\":\"a\",\"CapacityUnits\":4.0,"
                "\"Table\":{\"CapacityUnits\":1.0}}]}");
}

static void a_table_with_nothing_but_refused_parts_is_left_out(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {{.table_name = SLICE("a"), .refused_halves = 6},
                                              {.table_name = SLICE("b"), .table_halves = 2},
                                              {.table_name = SLICE("a"), .refused_halves = 2}};
    r->mode.value = RETURN_CONSUMED_CAPACITY_TOTAL;
    assert_list(r, parts, 3, "{\"ConsumedCapacity\":[" TOTAL("b", "1.0") "]}");
}

static void if_all_were_refused_there_is_no_list(void **state)
{
    struct replying *r = *state;
    const struct consumed_capacity parts[] = {{.table_name = SLICE("a"), .refused_halves = 6}};
    assert_list(r, parts, 1, "{}");
    r->q.reply.size = 0;
    json_writer_init(&r->q.json, &r->q.reply);
    assert_list(r, NULL, 0, "{}");
}

/* ------------------------------------------------------------------ a table that is edited meanwhile */

static struct table with_indexes(struct table_index *indexes, size_t count)
{
    return (struct table){.name = SLICE("a"), .global_indexes = indexes, .global_index_count = count};
}

static void parts_may_number_their_indexes_differently(void **state)
{
    struct replying *r = *state;
    struct table_index before[] = {{.name = SLICE("one")}, {.name = SLICE("two")}};
    struct table_index after[] = {{.name = SLICE("new")}, {.name = SLICE("two")}, {.name = SLICE("one")}};
    const struct table first = with_indexes(before, 2), second = with_indexes(after, 3);
    const int64_t first_halves[] = {2, 4}, second_halves[] = {6, 8, 10};
    const struct consumed_capacity parts[] = {
        {.table_name = SLICE("a"), .table_halves = 2, .table = &first, .index_halves = first_halves},
        {.table_name = SLICE("a"), .table_halves = 2, .table = &second, .index_halves = second_halves}};
    /* What the new index consumed is the table's. */
    assert_list(r, parts, 2,
                "{\"ConsumedCapacity\":[{\"TableName\":\"a\",\"CapacityUnits\":17.0,"
                "\"Table\":{\"CapacityUnits\":5.0},\"GlobalSecondaryIndexes\":{"
                "\"one\":{\"CapacityUnits\":6.0},\"two\":{\"CapacityUnits\":6.0}}}]}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_parts_of_a_table_are_one_entry_where_it_was_first_named),
        TEST(nothing_is_told_unless_asked_for),
        TEST(transactions_say_whether_they_read),
        TEST(a_refused_part_is_in_the_total_alone),
        TEST(a_table_with_nothing_but_refused_parts_is_left_out),
        TEST(if_all_were_refused_there_is_no_list),
        TEST(parts_may_number_their_indexes_differently),
    };
    return cmocka_run_group_tests_name("item_reply", tests, NULL, NULL);
}
