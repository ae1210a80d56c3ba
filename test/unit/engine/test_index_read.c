/* Pages of indexes: what they show, count and cost; items that are fetched from the table; and what is read of indexes that
 * lag. semantics.md 8.1, 8.3, 9.1; README.md of src/engine. */
#include "engine/capacity.h"
#include "indexed.h"

enum { MEGABYTE = 1024 * 1024 };

struct read_as {
    uint64_t limit;
    enum item_fetch fetch;
    bool count_only;
    const char *filter;
    const char *projection;
};

static struct item_page read_page(struct indexed *s, const char *index, const char *partition,
                                  struct read_as as, struct buf *items)
{
    const struct table_index *read = indexed_index(s, index);
    struct storage_partition_range range = {.space = read->space, .partition = slice_from_cstr(partition)};
    struct json_writer *w = ARENA_NEW(&s->f->arena, struct json_writer);
    struct item_page page = {.source = {s->table, read},
                             .view = indexed_view(s),
                             .arena = &s->f->arena,
                             .limit = as.limit,
                             .fetch = as.fetch,
                             .show = item_show_projected,
                             .items = as.count_only ? NULL : w};
    buf_init(items, &s->f->arena, 256);
    json_writer_init(w, items);
    if (as.filter)
        page.filter = indexed_expression(s, EXPR_FILTER, as.filter);
    if (as.projection)
        page.shown = indexed_expression(s, EXPR_PROJECTION, as.projection);
    json_begin_array(w);
    assert_true(storage_view_scan_partition(page.view, &range, &s->f->arena, &page.cursor, &s->f->err));
    for (bool finished = false; !finished;)
        assert_true(item_page_read(&page, 4096, &finished, &s->f->err));
    json_end_array(w);
    return page;
}

static void assert_items(const struct buf *items, const char *expected)
{
    if (!slice_equal(buf_slice(items), slice_from_cstr(expected)))
        fail_msg("%.*s\nnot %s", SLICE_PRINTF(buf_slice(items)), expected);
}

static void put(struct indexed *s, const char *json)
{
    struct item_change change = indexed_put(s, json);
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
}

#define FIRST                                                                                          \
    "{\"g\":{\"S\":\"g\"},\"m\":{\"S\":\"a\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"x\":{\"S\":" \
    "\"x1\"},"                                                                                         \
    "\"z\":{\"S\":\"z1\"}}"
#define SECOND                                                                                         \
    "{\"g\":{\"S\":\"g\"},\"m\":{\"S\":\"b\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"0\"},\"z\":{\"S\":" \
    "\"z2\"}}"

static void a_page_shows_what_is_projected(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    put(s, FIRST);
    put(s, SECOND);
    struct item_page page = read_page(s, "localk", "p", (struct read_as){0}, &items);
    assert_items(&items, "[{\"m\":{\"S\":\"a\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"}},"
                         "{\"m\":{\"S\":\"b\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"0\"}}]");
    assert_int_equal(page.bytes, 2 * 8);
    assert_int_equal(page.fetched_blocks, 0);
    assert_true(slice_is_none(page.last_key_json));
}

static void the_key_of_a_page_is_that_of_index_and_table(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    put(s, FIRST);
    put(s, SECOND);
    struct item_page page = read_page(s, "localk", "p", (struct read_as){.limit = 1}, &items);
    assert_true(slice_equal(page.last_key_json,
                            SLICE("{\"pk\":{\"S\":\"p\"},\"m\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}")));
    page = read_page(s, "include", "g", (struct read_as){.limit = 1}, &items);
    assert_true(slice_equal(page.last_key_json,
                            SLICE("{\"g\":{\"S\":\"g\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"0\"}}")));
}

static void what_is_not_projected_is_fetched(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    put(s, FIRST);
    put(s, SECOND);
    struct item_page page =
        read_page(s, "localk", "p", (struct read_as){.fetch = ITEM_FETCH_MATCHES}, &items);
    assert_items(&items, "[" FIRST "," SECOND "]");
    assert_int_equal(page.bytes, 2 * 8);
    assert_int_equal(page.fetched_blocks, 2);
    page = read_page(s, "localk", "p", (struct read_as){.fetch = ITEM_FETCH_MATCHES, .projection = "x, sk"},
                     &items);
    assert_items(&items, "[{\"x\":{\"S\":\"x1\"},\"sk\":{\"S\":\"1\"}},{\"sk\":{\"S\":\"0\"}}]");
}

static void only_what_is_shown_is_fetched(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    put(s, FIRST);
    put(s, SECOND);
    struct read_as as = {.fetch = ITEM_FETCH_MATCHES, .filter = "sk > m"};
    struct item_page page = read_page(s, "localk", "p", as, &items);
    assert_items(&items, "[]");
    assert_int_equal(page.scanned, 2);
    assert_int_equal(page.fetched_blocks, 0);
    as.filter = "sk < m";
    as.count_only = true;
    page = read_page(s, "localk", "p", as, &items);
    assert_int_equal(page.matched, 2);
    assert_int_equal(page.fetched_blocks, 0);
}

static void all_that_is_read_is_fetched_if_it_is_to_be(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    put(s, FIRST);
    put(s, SECOND);
    struct read_as as = {.fetch = ITEM_FETCH_READ, .filter = "sk > m"};
    struct item_page page = read_page(s, "localk", "p", as, &items);
    assert_items(&items, "[]");
    assert_int_equal(page.fetched_blocks, 2);
    as.filter = "m = sk OR sk = m OR attribute_not_exists(z)"; /* which the index does not hold */
    page = read_page(s, "localk", "p", as, &items);
    assert_items(&items, "[" FIRST "," SECOND "]");
    assert_int_equal(page.fetched_blocks, 2);
}

static void each_fetched_item_is_rounded_by_itself(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    for (int i = 0; i < 3; i++)
        put(s, arena_printf(
                   &s->f->arena,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%d\"},\"m\":{\"S\":\"m\"},\"z\":{\"S\":\"%0*d\"}}",
                   i, i * 4096, 0));
    struct item_page page =
        read_page(s, "localk", "p", (struct read_as){.fetch = ITEM_FETCH_MATCHES}, &items);
    assert_int_equal(page.fetched_blocks, 1 + 2 + 3);
    assert_int_equal(capacity_block_halves(page.fetched_blocks, false), 6);
    assert_int_equal(capacity_block_halves(page.fetched_blocks, true), 12);
    assert_int_equal(capacity_read_halves(page.bytes, false), 1);
}

/* Entries of a local index are small; what they stand for need not be. */
static void what_is_fetched_counts_towards_the_megabyte(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    for (int i = 0; i < 6; i++)
        put(s, arena_printf(
                   &s->f->arena,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%d\"},\"m\":{\"S\":\"m\"},\"z\":{\"S\":\"%0*d\"}}",
                   i, 300 * 1024, 0));
    struct item_page page =
        read_page(s, "localk", "p", (struct read_as){.fetch = ITEM_FETCH_MATCHES}, &items);
    assert_int_equal(page.scanned, 4);
    assert_false(slice_is_none(page.last_key_json));
    page = read_page(s, "localk", "p", (struct read_as){0}, &items);
    assert_int_equal(page.scanned, 6);
}

static void a_page_of_an_index_is_a_megabyte_of_entries(void **state)
{
    struct indexed *s = *state;
    struct buf items;
    for (int i = 0; i < 30; i++)
        put(s, arena_printf(&s->f->arena,
                            "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%02d\"},\"g\":{\"S\":\"g\"},"
                            "\"x\":{\"S\":\"%0*d\"},\"z\":{\"S\":\"%0*d\"}}",
                            i, 50000, 0, 50000, 0));
    struct item_page page = read_page(s, "include", "g", (struct read_as){.count_only = true}, &items);
    assert_int_equal(page.scanned, (MEGABYTE + 50008) / 50009);
}

/* ------------------------------------------------------------------ indexes that lag */

static uint64_t commit_of_index(struct indexed *s, const char *index)
{
    struct storage_view *view;
    assert_true(
        engine_index_view(&s->engine, s->table, indexed_index(s, index), &s->f->arena, &view, &s->f->err));
    return storage_view_commit(view);
}

static void global_indexes_lag_if_they_are_to(void **state)
{
    struct indexed *s = *state;
    struct clock_test clock;
    uint64_t first = storage_view_commit(indexed_view(s));
    clock_test_init(&clock, 1000);
    s->engine.past_views = past_views_new(s->engine.storage, &clock.clock, 1000);
    put(s, FIRST);
    uint64_t second = storage_view_commit(indexed_view(s));
    past_views_tick(s->engine.past_views);
    assert_int_equal(commit_of_index(s, "include"), first);
    assert_int_equal(commit_of_index(s, "localk"), second);
    clock_test_advance(&clock, 500);
    past_views_tick(s->engine.past_views);
    clock_test_advance(&clock, 999);
    assert_int_equal(commit_of_index(s, "include"), first);
    clock_test_advance(&clock, 1);
    assert_int_equal(commit_of_index(s, "include"), second);
    arena_reset(&s->f->arena);
    past_views_free(s->engine.past_views);
    s->engine.past_views = NULL;
    s->table = NULL;
}

static void an_index_that_was_added_is_not_read_from_before_it_was_whole(void **state)
{
    struct indexed *s = *state;
    struct table later = *s->table;
    struct table_index added = later.global_indexes[1];
    put(s, FIRST);
    uint64_t now = storage_view_commit(indexed_view(s));
    s->engine.past_views = past_views_new(s->engine.storage, clock_system(), 1000);
    put(s, SECOND);
    past_views_tick(s->engine.past_views);
    struct storage_view *view;
    later.global_indexes = &added;
    later.global_index_count = 1;
    later.mark = now + 1;
    assert_true(engine_index_view(&s->engine, &later, &added, &s->f->arena, &view, &s->f->err));
    assert_int_equal(storage_view_commit(view), now);
    added.added_later = true;
    assert_true(engine_index_view(&s->engine, &later, &added, &s->f->arena, &view, &s->f->err));
    assert_int_equal(storage_view_commit(view), now + 1);
    arena_reset(&s->f->arena);
    past_views_free(s->engine.past_views);
    s->engine.past_views = NULL;
    s->table = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_page_shows_what_is_projected),
        TEST(the_key_of_a_page_is_that_of_index_and_table),
        TEST(what_is_not_projected_is_fetched),
        TEST(only_what_is_shown_is_fetched),
        TEST(all_that_is_read_is_fetched_if_it_is_to_be),
        TEST(each_fetched_item_is_rounded_by_itself),
        TEST(what_is_fetched_counts_towards_the_megabyte),
        TEST(a_page_of_an_index_is_a_megabyte_of_entries),
        TEST(global_indexes_lag_if_they_are_to),
        TEST(an_index_that_was_added_is_not_read_from_before_it_was_whole),
    };
    return cmocka_run_group_tests_name("index_read", tests, NULL, NULL);
}
