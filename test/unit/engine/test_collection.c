/* Item collections: what is counted of them, and the limit of their size. semantics.md 7 and 12.3. */
#include "engine/collection.h"

#include "indexed.h"

static int64_t bytes_of(struct indexed *s, const char *partition)
{
    int64_t bytes;
    assert_true(collection_bytes(indexed_view(s), s->table, slice_from_cstr(partition), &s->f->arena, &bytes,
                                 &s->f->err));
    return bytes;
}

static size_t records(struct indexed *s)
{
    struct storage_entry entries[16];
    return indexed_entries(s, s->table->collections_space, entries, 16);
}

static enum error_code put(struct indexed *s, const char *json)
{
    struct item_change change = indexed_put(s, json);
    return indexed_commit(s, &change, 1);
}

static enum error_code update(struct indexed *s, const char *key_json, const char *text)
{
    struct item_change change = indexed_update(s, key_json, text);
    return indexed_commit(s, &change, 1);
}

static enum error_code delete (struct indexed *s, const char *key_json) {
    struct item_change change = indexed_delete(s, key_json); return indexed_commit(s, &change, 1);
}

#define KEY "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}" /* 2 + 1 + 2 + 1 = 6 bytes */

static void a_collection_is_its_items_and_their_entries_in_local_indexes(void **state)
{
    struct indexed *s = *state;
    assert_int_equal(bytes_of(s, "p"), 0);
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"12345\"}}"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 12);
    /* l: 1 + 2 more in the item, which is in `locals` as a whole. */
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"12345\"},\"l\":{\"N\":\"1\"}}"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 15 + 15);
    /* m: 1 + 1 more there; of `localk` the keys alone. */
    assert_int_equal(update(s, KEY "}", "SET m = sk"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 17 + 17 + 8);
    assert_int_equal(put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"t\"}}"), ERR_NONE);
    assert_int_equal(put(s, "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"t\"}}"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 42 + 6);
    assert_int_equal(bytes_of(s, "q"), 6);
    assert_int_equal(update(s, KEY "}", "REMOVE l, z"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 8 + 8 + 6);
}

static void an_empty_collection_leaves_nothing_behind(void **state)
{
    struct indexed *s = *state;
    assert_int_equal(put(s, KEY ",\"l\":{\"N\":\"1\"},\"m\":{\"S\":\"m\"}}"), ERR_NONE);
    assert_int_equal(records(s), 1);
    assert_int_equal(delete (s, KEY "}"), ERR_NONE);
    assert_int_equal(delete (s, KEY "}"), ERR_NONE);
    assert_int_equal(records(s), 0);
}

static void a_record_is_these_bytes(void **state)
{
    struct indexed *s = *state;
    struct storage_entry entry;
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"1234567\"}}"), ERR_NONE);
    assert_int_equal(indexed_entries(s, s->table->collections_space, &entry, 1), 1);
    assert_true(slice_equal(entry.partition, SLICE("p")));
    assert_int_equal(entry.sort.size, 0);
    assert_true(slice_equal(entry.value, slice_of("\1\0\0\0\0\0\0\0\16", 9)));
}

static void changes_of_one_commit_count_together(void **state)
{
    struct indexed *s = *state;
    struct item_change puts[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"),
    };
    assert_int_equal(indexed_commit(s, puts, 3), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 12);
    assert_int_equal(bytes_of(s, "q"), 6);
}

static void growing_beyond_the_limit_is_refused(void **state)
{
    struct indexed *s = *state;
    s->engine.collection_bytes_max = 20;
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"1234567890123\"}}"), ERR_NONE); /* 20 */
    assert_int_equal(put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"t\"}}"),
                     ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    assert_string_equal(s->f->err.message, "Collection size exceeded.");
    assert_int_equal(update(s, KEY "}", "SET y = sk"), ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    /* The item alone would fit; its entry does not. */
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"12\"},\"l\":{\"N\":\"1\"}}"),
                     ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    assert_int_equal(bytes_of(s, "p"), 20);
    assert_int_equal(put(s, "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"t\"}}"), ERR_NONE);
}

static void what_is_too_large_may_get_smaller(void **state)
{
    struct indexed *s = *state;
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"1234567890123\"}}"), ERR_NONE); /* 20 */
    s->engine.collection_bytes_max = 10;
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"9876543210123\"}}"), ERR_NONE); /* as large */
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"123456\"}}"), ERR_NONE);
    assert_int_equal(bytes_of(s, "p"), 13);
    assert_int_equal(put(s, KEY ",\"z\":{\"S\":\"1234567\"}}"), ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    assert_int_equal(delete (s, KEY "}"), ERR_NONE);
}

static void what_is_refused_keeps_its_whole_commit_out(void **state)
{
    struct indexed *s = *state;
    s->engine.collection_bytes_max = 10;
    struct item_change puts[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
    };
    assert_int_equal(indexed_commit(s, puts, 3), ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED);
    assert_int_equal(bytes_of(s, "q") + bytes_of(s, "p"), 0);
}

static bool put_there(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_put(tx, &(struct storage_key){*(uint32_t *)(write + 1), SLICE("p"), SLICE("")},
                          SLICE("v"), err);
}

static bool space_exists(struct indexed *s, uint32_t space)
{
    struct {
        struct storage_write write;
        uint32_t space;
    } probe = {{.run = put_there, .arena = &s->f->arena}, space};
    return storage_write_wait(s->engine.storage, &probe.write, &s->f->err);
}

static void the_sizes_go_with_their_table(void **state)
{
    struct indexed *s = *state;
    struct catalog_change change = {.arena = &s->f->arena};
    uint32_t space = s->table->collections_space;
    assert_true(space_exists(s, space));
    assert_true(catalog_delete_table_wait(s->catalog, SLICE("indexed"), &change, &s->f->err));
    assert_false(space_exists(s, space));
}

static void tables_without_local_indexes_count_nothing(void **state)
{
    struct indexed *s = *state;
    struct catalog_change change = {.arena = &s->f->arena};
    struct table wanted;
    indexed_describe(&s->f->arena, &wanted);
    wanted.name = SLICE("global");
    wanted.local_index_count = 0;
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->f->err));
    assert_int_equal(change.table->collections_space, 0);
    s->table = change.table;
    s->engine.collection_bytes_max = 1;
    assert_int_equal(put(s, KEY "}"), ERR_NONE);
}

/* ------------------------------------------------------------------ estimates */

static struct collection_range estimate(struct indexed *s, const char *partition)
{
    struct collection_range range;
    assert_true(collection_estimate(indexed_view(s), s->table, slice_from_cstr(partition), &s->f->arena,
                                    &range, &s->f->err));
    return range;
}

/* Makes the store believe that the table holds this much more. */
struct pretend {
    struct storage_write write; /* first */
    uint32_t space;
    int64_t bytes;
};

static bool add_usage(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    const struct pretend *p = (const struct pretend *)write;
    return storage_tx_add_usage(tx, p->space, (struct storage_usage){0, p->bytes}, err);
}

static void pretend(struct indexed *s, uint32_t space, int64_t bytes)
{
    struct pretend p = {{.run = add_usage, .arena = &s->f->arena}, space, bytes};
    assert_true(storage_write_wait(s->engine.storage, &p.write, &s->f->err));
}

#define GB ((int64_t)1 << 30)

static bool put_size(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    const struct pretend *p = (const struct pretend *)write;
    const struct storage_key key = {p->space, SLICE("p"), SLICE("")};
    char record[9] = {1};
    for (int i = 0; i < 8; i++)
        record[1 + i] = (char)((uint64_t)p->bytes >> (56 - 8 * i));
    return storage_tx_put(tx, &key, slice_of(record, sizeof record), err);
}

static void a_counted_collection_is_known_to_the_gigabyte(void **state)
{
    static const struct {
        int64_t bytes, low, high;
    } rows[] = {{1, 0, 1}, {GB - 1, 0, 1}, {GB, 1, 2}, {10 * GB + 5, 10, 11}};
    struct indexed *s = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pretend p = {
            {.run = put_size, .arena = &s->f->arena}, s->table->collections_space, rows[i].bytes};
        assert_true(storage_write_wait(s->engine.storage, &p.write, &s->f->err));
        assert_int_equal(estimate(s, "p").low, rows[i].low);
        assert_int_equal(estimate(s, "p").high, rows[i].high);
    }
}

static void one_that_is_not_counted_is_no_larger_than_its_table(void **state)
{
    struct indexed *s = *state;
    struct table uncounted = *s->table;
    uncounted.collections_space = 0;
    s->table = &uncounted;
    char *large = arena_printf(&s->f->arena, KEY ",\"z\":{\"S\":\"%0*d\"}}", 300 * 1024, 0);
    assert_int_equal(put(s, large), ERR_NONE);
    assert_int_equal(put(s, "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"t\"}}"), ERR_NONE);
    assert_int_equal(estimate(s, "p").high, 1);
    pretend(s, uncounted.space, 2 * GB);
    pretend(s, uncounted.local_indexes[1].space, 1 * GB);
    assert_int_equal(estimate(s, "p").low, 0);
    assert_int_equal(estimate(s, "p").high, 4);
    /* This one ends soon. */
    assert_int_equal(estimate(s, "q").high, 1);
    assert_int_equal(estimate(s, "nothing").high, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_collection_is_its_items_and_their_entries_in_local_indexes),
        TEST(an_empty_collection_leaves_nothing_behind),
        TEST(a_record_is_these_bytes),
        TEST(changes_of_one_commit_count_together),
        TEST(growing_beyond_the_limit_is_refused),
        TEST(what_is_too_large_may_get_smaller),
        TEST(what_is_refused_keeps_its_whole_commit_out),
        TEST(the_sizes_go_with_their_table),
        TEST(tables_without_local_indexes_count_nothing),
        TEST(a_counted_collection_is_known_to_the_gigabyte),
        TEST(one_that_is_not_counted_is_no_larger_than_its_table),
    };
    return cmocka_run_group_tests_name("collection", tests, NULL, NULL);
}
