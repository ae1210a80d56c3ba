/* Pages of Query and Scan: where they end, what they count, whatever steps they are read in. semantics.md 8.1, and README.md
 * of src/engine for the megabyte. */
#include "engine/item_key.h"
#include "engine/item_read.h"

#include "base/clock.h"
#include "fixture.h"
#include "support/store.h"

enum { MEGABYTE = 1024 * 1024 };

struct stored {
    struct fixture *f;
    struct storage *store;
};

struct put_items {
    struct storage_write write; /* first */
    const struct table *table;
    const struct slice *items;
    size_t count;
};

static bool create_space(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_create_space(tx, 17, err);
}

static bool put_items(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct put_items *put = (struct put_items *)write;
    for (size_t i = 0; i < put->count; i++) {
        struct storage_key key;
        if (!item_key_of_item(put->table, put->items[i], &key, err) ||
            !storage_tx_put(tx, &key, put->items[i], err))
            return false;
    }
    return true;
}

static int setup(void **state)
{
    struct stored *s = calloc(1, sizeof *s);
    void *f;
    fixture_setup(&f);
    s->f = f;
    s->store = store_in_memory(&s->f->err);
    struct storage_write write = {.run = create_space, .arena = &s->f->arena};
    assert_true(storage_write_wait(s->store, &write, &s->f->err));
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stored *s = *state;
    void *f = s->f;
    arena_reset(&s->f->arena); /* closes cursors */
    storage_close(s->store);
    fixture_teardown(&f);
    free(s);
    return 0;
}

/* ------------------------------------------------------------------ items of a known size */

/* An item of partition "p" and a sort key of three digits, `bytes` long in all. */
static struct slice item_of(struct stored *s, unsigned number, size_t bytes)
{
    size_t overhead = strlen("pk") + strlen("p") + strlen("sk") + 3 + strlen("v");
    assert_true(bytes >= overhead);
    char *text = arena_alloc(&s->f->arena, bytes - overhead + 1);
    memset(text, 'x', bytes - overhead);
    text[bytes - overhead] = '\0';
    struct slice item =
        fixture_item(s->f, arena_printf(&s->f->arena,
                                        "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%03u\"},\"v\":{\"S\":\"%s\"}}",
                                        number, text));
    assert_int_equal(item_size_bytes(item), bytes);
    return item;
}

static void fill(struct stored *s, const size_t *sizes, size_t count)
{
    struct slice *items = arena_alloc(&s->f->arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = item_of(s, (unsigned)i, sizes[i]);
    struct put_items put = {.write = {.run = put_items, .arena = &s->f->arena},
                            .table = &s->f->with_sort,
                            .items = items,
                            .count = count};
    assert_true(storage_write_wait(s->store, &put.write, &s->f->err));
}

/* ------------------------------------------------------------------ pages */

struct read_as {
    uint64_t limit;
    size_t step_bytes; /* 0: in one go */
    bool reverse;
};

static struct item_page read_page(struct stored *s, struct read_as as)
{
    struct arena *arena = &s->f->arena;
    struct storage_view *view = storage_view_take(s->store);
    struct storage_partition_range range = {.space = 17, .partition = SLICE("p"), .reverse = as.reverse};
    struct item_page page = {
        .source = {.table = &s->f->with_sort}, .view = view, .arena = arena, .limit = as.limit};
    assert_non_null(view);
    assert_true(storage_view_scan_partition(view, &range, arena, &page.cursor, &s->f->err));
    storage_view_release(view);
    for (bool finished = false; !finished;)
        assert_true(
            item_page_read(&page, as.step_bytes ? as.step_bytes : 2 * MEGABYTE, &finished, &s->f->err));
    return page;
}

static void assert_page(struct item_page page, uint64_t scanned, const char *last_sort_key)
{
    assert_int_equal(page.scanned, scanned);
    assert_int_equal(page.matched, scanned);
    assert_int_equal(slice_is_none(page.last_key_json), !last_sort_key);
    if (last_sort_key) {
        char expected[64];
        snprintf(expected, sizeof expected, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%s\"}}", last_sort_key);
        assert_true(slice_equal(page.last_key_json, slice_from_cstr(expected)));
    }
}

static void nothing_is_a_page_without_a_key(void **state)
{
    struct item_page page = read_page(*state, (struct read_as){0});
    assert_page(page, 0, NULL);
    assert_int_equal(page.bytes, 0);
}

static void a_limit_ends_a_page_with_a_key_even_if_nothing_follows(void **state)
{
    static const size_t sizes[] = {100, 100, 100};
    fill(*state, sizes, 3);
    assert_page(read_page(*state, (struct read_as){.limit = 2}), 2, "001");
    assert_page(read_page(*state, (struct read_as){.limit = 3}), 3, "002");
    assert_page(read_page(*state, (struct read_as){.limit = 4}), 3, NULL);
    assert_page(read_page(*state, (struct read_as){.limit = 2, .reverse = true}), 2, "001");
}

static void the_item_that_reaches_a_megabyte_is_the_last_of_the_page(void **state)
{
    static const size_t sizes[] = {400000, 400000, MEGABYTE - 800000, 100};
    fill(*state, sizes, 4);
    struct item_page page = read_page(*state, (struct read_as){0});
    assert_page(page, 3, "002");
    assert_int_equal(page.bytes, MEGABYTE);
}

static void a_byte_below_a_megabyte_there_is_room_for_one_more(void **state)
{
    static const size_t sizes[] = {400000, 400000, MEGABYTE - 800000 - 1, 400000, 100};
    fill(*state, sizes, 5);
    assert_page(read_page(*state, (struct read_as){0}), 4, "003");
}

static void a_page_ends_with_a_key_when_its_last_item_fills_it(void **state)
{
    static const size_t sizes[] = {400000, 400000, 400000};
    fill(*state, sizes, 3);
    assert_page(read_page(*state, (struct read_as){0}), 3, "002");
    assert_page(read_page(*state, (struct read_as){.reverse = true}), 3, "000");
}

static void a_page_read_in_steps_is_the_same_page(void **state)
{
    static const size_t sizes[] = {300000, 200000, 300000, 200000, 100000, 50000};
    fill(*state, sizes, 6);
    static const size_t steps[] = {1, 1000, 32 * 1024, 250000, MEGABYTE};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_page(read_page(*state, (struct read_as){.step_bytes = steps[i]}), 5, "004");
        assert_page(read_page(*state, (struct read_as){.step_bytes = steps[i], .limit = 3}), 3, "002");
    }
}

/* ------------------------------------------------------------------ several ranges */

struct two_ranges {
    uint64_t limit;
    size_t bytes_each;
};

/* A page over the items 000 to 002 and then those from 004 on. */
static struct item_page read_two_ranges(struct stored *s, struct two_ranges as)
{
    const size_t sizes[] = {as.bytes_each, as.bytes_each, as.bytes_each,
                            as.bytes_each, as.bytes_each, as.bytes_each};
    struct arena *arena = &s->f->arena;
    fill(s, sizes, 6);
    struct storage_view *view = storage_view_take(s->store);
    struct storage_partition_range ranges[] = {
        {.space = 17, .partition = SLICE("p"), .upper = {STORAGE_BOUND_INCLUSIVE, SLICE("002")}},
        {.space = 17, .partition = SLICE("p"), .lower = {STORAGE_BOUND_INCLUSIVE, SLICE("004")}},
    };
    struct item_page page = {
        .source = {.table = &s->f->with_sort}, .view = view, .arena = arena, .limit = as.limit};
    for (size_t i = 0; i < 2 && slice_is_none(page.last_key_json); i++) {
        bool finished = false;
        assert_true(storage_view_scan_partition(view, &ranges[i], arena, &page.cursor, &s->f->err));
        while (!finished)
            assert_true(item_page_read(&page, 2 * MEGABYTE, &finished, &s->f->err));
    }
    storage_view_release(view);
    return page;
}

static void a_page_goes_through_several_ranges(void **state)
{
    assert_page(read_two_ranges(*state, (struct two_ranges){.bytes_each = 100}), 5, NULL);
}

static void ranges_share_one_limit(void **state)
{
    assert_page(read_two_ranges(*state, (struct two_ranges){.limit = 4, .bytes_each = 100}), 4, "004");
    assert_page(read_two_ranges(*state, (struct two_ranges){.limit = 3, .bytes_each = 100}), 3, "002");
}

static void ranges_share_one_megabyte(void **state)
{
    assert_page(read_two_ranges(*state, (struct two_ranges){.bytes_each = MEGABYTE / 4}), 4, "004");
}

static void the_last_key_is_known_as_it_is_stored(void **state)
{
    struct item_page page = read_two_ranges(*state, (struct two_ranges){.limit = 4, .bytes_each = 100});
    assert_int_equal(page.last_key.space, 17);
    assert_true(slice_equal(page.last_key.partition, SLICE("p")));
    assert_true(slice_equal(page.last_key.sort, SLICE("004")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_a_page_without_a_key),
        TEST(a_limit_ends_a_page_with_a_key_even_if_nothing_follows),
        TEST(the_item_that_reaches_a_megabyte_is_the_last_of_the_page),
        TEST(a_byte_below_a_megabyte_there_is_room_for_one_more),
        TEST(a_page_ends_with_a_key_when_its_last_item_fills_it),
        TEST(a_page_read_in_steps_is_the_same_page),
        TEST(a_page_goes_through_several_ranges),
        TEST(ranges_share_one_limit),
        TEST(ranges_share_one_megabyte),
        TEST(the_last_key_is_known_as_it_is_stored),
    };
    return cmocka_run_group_tests_name("item_read", tests, NULL, NULL);
}
