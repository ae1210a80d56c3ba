/* Indexes follow items: semantics.md 9.2, 12.3, 12.4; what each change of an item costs, and what is in every index after many
 * of them, held against a slow way of saying it. */
#include "indexed.h"

#include "item/number.h"
#include "item/value_builder.h"
#include "table/time_to_live.h"

/* ------------------------------------------------------------------ one change */

static void assert_halves(struct indexed *s, const struct item_change *change, const char *index,
                          int64_t halves)
{
    size_t number = index_number(s->table, indexed_index(s, index));
    int64_t found = change->index_halves ? change->index_halves[number] : 0;
    if (found != halves)
        fail_msg("index %s: %lld half units, not %lld", index, (long long)found, (long long)halves);
}

static size_t count_of(struct indexed *s, const char *index)
{
    struct storage_entry entries[16];
    return indexed_entries(s, indexed_index(s, index)->space, entries, 16);
}

#define KEY "\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}"

static void indexes_are_numbered_local_ones_first(void **state)
{
    struct indexed *s = *state;
    assert_int_equal(index_count(s->table), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(index_number(s->table, index_at(s->table, i)), i);
    assert_true(slice_equal(index_at(s->table, 0)->name, SLICE("locals")));
    assert_true(slice_equal(index_at(s->table, 2)->name, SLICE("all")));
}

static void an_item_is_in_the_indexes_whose_keys_it_has(void **state)
{
    struct indexed *s = *state;
    struct item_change sparse = indexed_put(s, "{" KEY ",\"g\":{\"S\":\"g\"}}");
    assert_int_equal(indexed_commit(s, &sparse, 1), ERR_NONE);
    assert_int_equal(count_of(s, "include"), 1);
    assert_int_equal(count_of(s, "all") + count_of(s, "keys") + count_of(s, "multi") + count_of(s, "locals"),
                     0);
    assert_halves(s, &sparse, "include", 2);
    assert_halves(s, &sparse, "all", 0);
    struct item_change more = indexed_update(s, "{" KEY "}", "SET h = sk");
    more = indexed_put(s, "{" KEY
                          ",\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"},\"l\":{\"N\":\"2\"},\"m\":{\"S\":\"m\"},"
                          "\"b\":{\"B\":\"YQ==\"}}");
    assert_int_equal(indexed_commit(s, &more, 1), ERR_NONE);
    for (size_t i = 0; i < index_count(s->table); i++)
        assert_int_equal(count_of(s, arena_copy_cstr(&s->f->arena, index_at(s->table, i)->name)), 1);
    assert_halves(s, &more, "include", 0);
    assert_halves(s, &more, "all", 2);
    assert_halves(s, &more, "multi", 2);
    assert_halves(s, &more, "locals", 2);
    struct item_change gone = indexed_delete(s, "{" KEY "}");
    assert_int_equal(indexed_commit(s, &gone, 1), ERR_NONE);
    for (size_t i = 0; i < index_count(s->table); i++) {
        assert_int_equal(count_of(s, arena_copy_cstr(&s->f->arena, index_at(s->table, i)->name)), 0);
        assert_int_equal(gone.index_halves[i], 2);
    }
}

static void entries_hold_what_is_projected(void **state)
{
    static const struct {
        const char *index, *holds;
    } rows[] = {
        {"all", "{" KEY ",\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"},\"x\":{\"S\":\"x\"},\"z\":{\"S\":\"z\"}}"},
        {"include", "{" KEY ",\"g\":{\"S\":\"g\"},\"x\":{\"S\":\"x\"}}"},
        {"keys", "{" KEY ",\"h\":{\"N\":\"1\"}}"},
    };
    struct indexed *s = *state;
    struct item_change change = indexed_put(s, rows[0].holds);
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct storage_entry entry;
        assert_int_equal(indexed_entries(s, indexed_index(s, rows[i].index)->space, &entry, 1), 1);
        assert_true(slice_equal(entry.value, fixture_item(s->f, rows[i].holds)));
    }
}

/* One write for an entry that comes or goes, two for one that moves, one for one whose content changes, none for one that
 * does not; by its own size, of a change of content by the larger one. */
static void a_change_costs_what_it_does_to_the_entry(void **state)
{
    static const struct {
        const char *update;
        int64_t all, include, keys, local_keys;
    } rows[] = {
        {"REMOVE x", 2, 2, 0, 0},   {"SET x = z", 2, 2, 0, 0},  {"SET z = sk", 2, 0, 0, 0},
        {"SET g = pk", 4, 4, 0, 0}, {"REMOVE g", 2, 2, 0, 0},   {"SET g = z", 2, 2, 0, 0},
        {"REMOVE h", 2, 0, 2, 0},   {"SET m = sk", 0, 0, 0, 2}, {"SET m = pk", 0, 0, 0, 4},
        {"REMOVE m", 0, 0, 0, 2},   {"SET z = z", 0, 0, 0, 0},
    };
    struct indexed *s = *state;
    struct item_change first =
        indexed_put(s, "{" KEY ",\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"},\"x\":{\"S\":\"x\"},"
                       "\"z\":{\"S\":\"zz\"}}");
    assert_int_equal(indexed_commit(s, &first, 1), ERR_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct item_change change = indexed_update(s, "{" KEY "}", rows[i].update);
        assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
        assert_halves(s, &change, "all", rows[i].all);
        assert_halves(s, &change, "include", rows[i].include);
        assert_halves(s, &change, "keys", rows[i].keys);
        assert_halves(s, &change, "localk", rows[i].local_keys);
    }
}

static void large_entries_cost_by_their_own_size(void **state)
{
    struct indexed *s = *state;
    char *json = arena_printf(&s->f->arena,
                              "{" KEY ",\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"},\"x\":{\"S\":\"%01100d\"},"
                              "\"z\":{\"S\":\"%02000d\"}}",
                              0, 0);
    struct item_change large = indexed_put(s, json);
    assert_int_equal(indexed_commit(s, &large, 1), ERR_NONE);
    assert_halves(s, &large, "all", 8);
    assert_halves(s, &large, "include", 4);
    assert_halves(s, &large, "keys", 2);
    struct item_change smaller = indexed_update(s, "{" KEY "}", "REMOVE x, z");
    assert_int_equal(indexed_commit(s, &smaller, 1), ERR_NONE);
    assert_halves(s, &smaller, "all", 8);
    assert_halves(s, &smaller, "include", 4);
    assert_halves(s, &smaller, "keys", 0);
}

static void entries_with_equal_index_keys_stand_in_the_order_of_the_table_key(void **state)
{
    struct indexed *s = *state;
    struct storage_entry entries[3];
    struct item_change puts[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"g\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"g\":{\"S\":\"g\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"g\"}}"),
    };
    assert_int_equal(indexed_commit(s, puts, 3), ERR_NONE);
    assert_int_equal(indexed_entries(s, indexed_index(s, "include")->space, entries, 3), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(slice_equal(entries[i].value, puts[2 - i].item));
}

/* ------------------------------------------------------------------ many changes */

/* Numbers that look random, the same in every run. */
static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static const char *const texts[] = {"a", "ab", "b", "", "a\\u0000", "a\\u0000b", "\\u00ff"};
static const char *const figures[] = {"0", "1", "-1", "10", "1.5", "-100"};

static const char *random_value(struct indexed *s, uint64_t *seed, enum value_type type)
{
    const char *text = texts[next_random(seed) % 7];
    if (type == VALUE_N)
        return arena_printf(&s->f->arena, "{\"N\":\"%s\"}", figures[next_random(seed) % 6]);
    if (type == VALUE_B)
        return next_random(seed) % 2 ? "{\"B\":\"AA==\"}" : "{\"B\":\"AAD/\"}";
    return arena_printf(&s->f->arena, "{\"S\":\"%s\"}", text);
}

static void add_attribute(struct indexed *s, struct buf *json, uint64_t *seed, const char *name,
                          enum value_type type)
{
    if (next_random(seed) % 3 == 0)
        return;
    /* Now and then of a type that no index takes: such an item can be there from before the index. */
    if (next_random(seed) % 16 == 0)
        type = type == VALUE_N ? VALUE_S : VALUE_N;
    buf_printf(json, ",\"%s\":%s", name, random_value(s, seed, type));
}

static const char *random_key(struct indexed *s, uint64_t *seed)
{
    return arena_printf(&s->f->arena, "\"pk\":{\"S\":\"p%u\"},\"sk\":{\"S\":\"s%u\"}", next_random(seed) % 3,
                        next_random(seed) % 4);
}

static struct item_change random_put(struct indexed *s, uint64_t *seed)
{
    struct buf json;
    buf_init(&json, &s->f->arena, 256);
    buf_printf(&json, "{%s", random_key(s, seed));
    add_attribute(s, &json, seed, "g", VALUE_S);
    add_attribute(s, &json, seed, "h", VALUE_N);
    add_attribute(s, &json, seed, "l", VALUE_N);
    add_attribute(s, &json, seed, "m", VALUE_S);
    add_attribute(s, &json, seed, "b", VALUE_B);
    add_attribute(s, &json, seed, "x", VALUE_S);
    add_attribute(s, &json, seed, "y", VALUE_N);
    add_attribute(s, &json, seed, "z", VALUE_S);
    buf_append_byte(&json, '}');
    buf_append_byte(&json, '\0');
    return indexed_put(s, json.data);
}

static struct item_change random_update(struct indexed *s, uint64_t *seed)
{
    static const char *const updates[] = {"REMOVE g",           "REMOVE h, l",       "SET g = pk, x = sk",
                                          "SET m = sk",         "REMOVE x",          "SET z = sk",
                                          "SET y = sk, z = pk", "REMOVE b, m, y, z", "SET x = pk"};
    const char *key = arena_printf(&s->f->arena, "{%s}", random_key(s, seed));
    return indexed_update(s, key, updates[next_random(seed) % 9]);
}

static struct item_change random_change(struct indexed *s, uint64_t *seed)
{
    switch (next_random(seed) % 4) {
    case 0:
        return indexed_delete(s, arena_printf(&s->f->arena, "{%s}", random_key(s, seed)));
    case 1:
        return random_update(s, seed);
    default:
        return random_put(s, seed);
    }
}

/* The stored form of a part of a composite key: docs/format.md#key, written down once more. */
static void append_part(struct buf *key, const struct value *v)
{
    for (size_t i = 0; i < v->payload.size; i++) {
        buf_append_byte(key, v->payload.data[i]);
        if (v->type != VALUE_N && v->payload.data[i] == 0)
            buf_append_byte(key, (char)0xFF);
    }
    if (v->type != VALUE_N)
        buf_append(key, slice_of("\0\0", 2));
}

static bool append_parts(struct buf *key, const struct key_attribute *attributes, unsigned count,
                         struct slice item)
{
    for (unsigned i = 0; i < count; i++) {
        struct value v;
        if (!item_attribute(item, attributes[i].name, &v) || v.type != attributes[i].type ||
            v.payload.size == 0)
            return false;
        append_part(key, &v);
    }
    return true;
}

static bool is_projected(const struct table_index *index, struct slice name)
{
    if (index->projection.type == PROJECTION_ALL)
        return true;
    for (size_t i = 0; i < index->projected_count; i++)
        if (slice_equal(index->projected[i], name))
            return true;
    return false;
}

static struct slice expected_value(struct indexed *s, const struct table_index *index, struct slice item)
{
    struct value_builder b;
    struct value attributes;
    item_attributes(item, &attributes);
    value_builder_init(&b, &s->f->arena, 256);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    for (uint32_t i = 0; i < attributes.count; i++) {
        struct slice name;
        struct value v;
        uint32_t member;
        value_entry(&attributes, i, &name, &v);
        if (!is_projected(index, name))
            continue;
        assert_true(value_builder_entry_begin(&b, name, &member));
        value_builder_member_end(&b, member, value_builder_copy(&b, &v));
    }
    return value_builder_end_item(&b, mark);
}

/* false: the item is not in the index. */
static bool expected_entry(struct indexed *s, const struct table_index *index, struct slice item,
                           struct storage_entry *out)
{
    struct buf partition, sort;
    struct value hash;
    const struct table *t = s->table;
    buf_init(&partition, &s->f->arena, 64);
    buf_init(&sort, &s->f->arena, 64);
    if (!append_parts(&partition, index->key.hash, index->key.hash_count, item) ||
        !append_parts(&sort, index->key.range, index->key.range_count, item))
        return false;
    if (!table_index_is_local(t, index))
        assert_true(append_parts(&sort, t->key.hash, 1, item));
    assert_true(append_parts(&sort, t->key.range, 1, item));
    out->partition = buf_slice(&partition);
    if (index->key.hash_count == 1) {
        assert_true(item_attribute(item, index->key.hash[0].name, &hash));
        out->partition = hash.payload;
    }
    out->sort = buf_slice(&sort);
    out->value = expected_value(s, index, item);
    return true;
}

static bool is_among(const struct storage_entry *entry, const struct storage_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(entries[i].partition, entry->partition) &&
            slice_equal(entries[i].sort, entry->sort) && slice_equal(entries[i].value, entry->value))
            return true;
    return false;
}

/* The index holds the entries of these items and no others, and its usage says so. */
static void assert_index(struct indexed *s, const struct table_index *index,
                         const struct storage_entry *items, size_t item_count)
{
    struct storage_entry entries[16];
    struct storage_usage usage;
    size_t expected = 0;
    int64_t bytes = 0;
    size_t count = indexed_entries(s, index->space, entries, 16);
    for (size_t i = 0; i < item_count; i++) {
        struct storage_entry entry;
        if (!expected_entry(s, index, items[i].value, &entry))
            continue;
        expected++;
        bytes += (int64_t)item_size_bytes(entry.value);
        if (!is_among(&entry, entries, count))
            fail_msg("index %.*s lacks the entry of an item", SLICE_PRINTF(index->name));
    }
    assert_int_equal(count, expected);
    assert_true(storage_view_usage(indexed_view(s), index->space, &usage, &s->f->err));
    assert_int_equal(usage.entries, expected);
    assert_int_equal(usage.bytes, bytes);
}

static void assert_indexes(struct indexed *s)
{
    struct storage_entry items[16];
    size_t count = indexed_entries(s, s->table->space, items, 16);
    for (size_t i = 0; i < index_kept_count(s->table); i++)
        assert_index(s, index_at(s->table, i), items, count);
}

/* Updates that indexes refuse change nothing. */
static void after_any_changes_indexes_hold_what_the_items_say(void **state)
{
    struct indexed *s = *state;
    uint64_t seed = 20261121;
    for (int round = 0; round < 400; round++) {
        struct item_change change = random_change(s, &seed);
        enum error_code code = indexed_commit(s, &change, 1);
        assert_true(code == ERR_NONE || (change.action == ITEM_UPDATE && code == ERR_VALIDATION));
        assert_indexes(s);
    }
}

static bool make_active(struct storage_tx *tx, const struct table *next, const struct table_index *index,
                        struct arena *arena, struct error *err)
{
    (void)tx, (void)index, (void)arena, (void)err;
    next->expiry_index->status = INDEX_ACTIVE;
    return true;
}

/* An empty table's items expire by this attribute from now on. */
static void expire_by(struct indexed *s, const char *attribute)
{
    struct time_to_live_edit edit;
    struct catalog_change change = {.arena = &s->f->arena};
    time_to_live_edit_init(&edit, true, slice_from_cstr(attribute), make_active, make_active);
    assert_true(catalog_edit_table_wait(s->catalog, SLICE("indexed"), &edit.edit, &change, &s->f->err));
    s->table = change.table;
    assert_int_equal(index_kept_count(s->table), index_count(s->table) + 1);
}

/* The attribute is free, or has a part in a global index, in a local one, or in both and in a composite key. */
static void the_index_by_time_follows_like_the_others(void **state)
{
    static const char *const attributes[] = {"y", "h", "l", "z"};
    uint64_t seed = 23;
    for (int i = 0; i < 4; i++) {
        struct indexed *s = *state;
        expire_by(s, attributes[i]);
        for (int round = 0; round < 200; round++) {
            struct item_change change = random_change(s, &seed);
            enum error_code code = indexed_commit(s, &change, 1);
            assert_true(code == ERR_NONE || (change.action == ITEM_UPDATE && code == ERR_VALIDATION));
            assert_indexes(s);
        }
        indexed_teardown(state);
        indexed_setup(state);
    }
}

static void changes_of_one_commit_are_followed_together(void **state)
{
    struct indexed *s = *state;
    uint64_t seed = 7;
    for (int round = 0; round < 40; round++) {
        struct item_change changes[6];
        size_t count = 0;
        for (int i = 0; i < 6; i++) {
            struct item_change next = random_put(s, &seed);
            bool repeated = false;
            for (size_t j = 0; j < count; j++)
                repeated = repeated || (slice_equal(changes[j].key.partition, next.key.partition) &&
                                        slice_equal(changes[j].key.sort, next.key.sort));
            if (!repeated)
                changes[count++] = next;
        }
        assert_int_equal(indexed_commit(s, changes, count), ERR_NONE);
        assert_indexes(s);
    }
}

/* ------------------------------------------------------------------ indexes that come and go */

struct add_index {
    struct catalog_edit edit; /* first */
    enum index_status status;
};

static bool add_index(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                      struct arena *arena, struct error *err)
{
    struct add_index *add = (struct add_index *)edit;
    struct table_index *indexes = ARENA_NEW_ARRAY(arena, struct table_index, next->global_index_count + 1);
    memcpy(indexes, next->global_indexes, next->global_index_count * sizeof *indexes);
    struct table_index *added = &indexes[next->global_index_count++];
    *added = (struct table_index){.name = SLICE("added"),
                                  .key = {1, 0, {{SLICE("m"), VALUE_S}}, {{{0}}}},
                                  .projection = {.type = PROJECTION_ALL},
                                  .status = add->status,
                                  .added_later = true};
    next->global_indexes = indexes;
    return catalog_tx_new_space(tx, arena, &added->space, err);
}

/* The change was prepared with the table as it was before. */
static void a_change_follows_the_indexes_of_its_commit(void **state)
{
    struct indexed *s = *state;
    struct catalog_change change = {.arena = &s->f->arena};
    struct add_index add = {{add_index}, INDEX_CREATING};
    struct item_change early = indexed_put(s, "{" KEY ",\"m\":{\"S\":\"m\"}}");
    assert_true(catalog_edit_table_wait(s->catalog, SLICE("indexed"), &add.edit, &change, &s->f->err));
    assert_int_equal(indexed_commit(s, &early, 1), ERR_NONE);
    assert_int_equal(index_count(early.table), 7);
    assert_int_equal(early.index_halves[6], 2);
    s->table = change.table;
    assert_int_equal(count_of(s, "added"), 1);
}

/* While an index is filled, the entry of an item from before may be there or not. */
static void an_index_that_is_made_may_lack_former_entries(void **state)
{
    struct indexed *s = *state;
    struct catalog_change change = {.arena = &s->f->arena};
    struct add_index add = {{add_index}, INDEX_CREATING};
    struct item_change first[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"m\":{\"S\":\"m\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"},\"m\":{\"S\":\"m\"}}"),
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"3\"},\"m\":{\"S\":\"m\"}}"),
    };
    assert_int_equal(indexed_commit(s, first, 3), ERR_NONE);
    assert_true(catalog_edit_table_wait(s->catalog, SLICE("indexed"), &add.edit, &change, &s->f->err));
    s->table = change.table;
    struct item_change later[] = {
        indexed_put(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"m\":{\"S\":\"m\"},\"z\":{\"S\":\"z\"}}"),
        indexed_delete(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
        indexed_update(s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"3\"}}", "SET m = sk"),
    };
    assert_int_equal(indexed_commit(s, later, 3), ERR_NONE);
    assert_indexes(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(indexes_are_numbered_local_ones_first),
        TEST(an_item_is_in_the_indexes_whose_keys_it_has),
        TEST(entries_hold_what_is_projected),
        TEST(a_change_costs_what_it_does_to_the_entry),
        TEST(large_entries_cost_by_their_own_size),
        TEST(entries_with_equal_index_keys_stand_in_the_order_of_the_table_key),
        TEST(after_any_changes_indexes_hold_what_the_items_say),
        TEST(the_index_by_time_follows_like_the_others),
        TEST(changes_of_one_commit_are_followed_together),
        TEST(a_change_follows_the_indexes_of_its_commit),
        TEST(an_index_that_is_made_may_lack_former_entries),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
