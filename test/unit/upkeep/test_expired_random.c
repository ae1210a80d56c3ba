/* Random puts, updates, deletes and sweeps, while time to live is ended and begun with other attributes and indexes are filled:
 * after each sweep there are the items that a plain reading of semantics.md 16.1 leaves, and always the expiry index is what
 * can be worked out from the items. */
#include "expiring.h"

#include "item/number.h"

enum { STEPS = 3000, ITEMS_MAX = 64 };

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* Free; key of local indexes; key of global indexes; projected into some. */
static const char *const attributes[] = {"x", "l", "h", "y"};

/* ------------------------------------------------------------------ what should be */

static bool should_go(struct expiring *e, struct slice item)
{
    struct value time;
    char text[NUMBER_TEXT_BYTES_MAX + 1];
    if (!item_attribute(item, e->s->table->ttl_attribute, &time) || time.type != VALUE_N)
        return false;
    text[number_format(time.payload, text)] = '\0';
    long double s = strtold(text, NULL);
    return s < (long double)now_s(e) && s >= (long double)(now_s(e) - 1826 * 86400ll);
}

/* docs/format.md#key, written down once more. */
static void append_text(struct buf *key, struct slice text)
{
    buf_append(key, text);
    buf_append(key, slice_of("\0\0", 2));
}

static struct slice expected_sort(struct expiring *e, struct slice item)
{
    struct value time, pk, sk;
    struct buf key;
    if (!item_attribute(item, e->s->table->ttl_attribute, &time) || time.type != VALUE_N)
        return SLICE_NONE;
    assert_true(item_attribute(item, SLICE("pk"), &pk) && item_attribute(item, SLICE("sk"), &sk));
    buf_init(&key, &e->s->f->arena, 64);
    buf_append(&key, time.payload);
    append_text(&key, pk.payload);
    append_text(&key, sk.payload);
    return buf_slice(&key);
}

static bool has_key(const struct storage_entry *entries, size_t count, struct slice sort)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(entries[i].sort, sort) && entries[i].partition.size == 0)
            return true;
    return false;
}

/* Of an index that is being filled, some entries may be missing. */
static void check_index(struct expiring *e)
{
    struct storage_entry items[ITEMS_MAX], entries[ITEMS_MAX];
    struct storage_usage usage;
    const struct table_index *index = e->s->table->expiry_index;
    if (!index || index->status != INDEX_ACTIVE)
        return;
    size_t expected = 0;
    size_t count = indexed_entries(e->s, e->s->table->space, items, ITEMS_MAX);
    size_t entry_count = indexed_entries(e->s, index->space, entries, ITEMS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct slice sort = expected_sort(e, items[i].value);
        if (slice_is_none(sort))
            continue;
        expected++;
        assert_true(has_key(entries, entry_count, sort));
    }
    assert_int_equal(entry_count, expected);
    assert_true(storage_view_usage(indexed_view(e->s), index->space, &usage, &e->s->f->err));
    assert_int_equal(usage.entries, expected);
}

/* ------------------------------------------------------------------ steps */

static const char *random_time(struct expiring *e)
{
    struct arena *arena = &e->s->f->arena;
    long long near = (long long)draw(41) - 20;
    switch (draw(10)) {
    case 0:
        return "{\"N\":\"0\"}";
    case 1:
        return arena_printf(arena, "{\"S\":\"%lld\"}", (long long)now_s(e) - 5);
    case 2:
        return arena_printf(arena, "{\"N\":\"%lld\"}", (long long)now_s(e) - 1826 * 86400 + near);
    case 3:
        return arena_printf(arena, "{\"N\":\"%lld.5\"}", (long long)now_s(e) + near);
    case 4:
        return arena_printf(arena, "{\"N\":\"%lld\"}", (long long)now_s(e) - (long long)draw(100000));
    default:
        return arena_printf(arena, "{\"N\":\"%lld\"}", (long long)now_s(e) + near);
    }
}

static const char *random_key(struct expiring *e)
{
    return arena_printf(&e->s->f->arena, "\"pk\":{\"S\":\"p%u\"},\"sk\":{\"S\":\"s%u\"}", draw(4), draw(6));
}

static void put_random(struct expiring *e)
{
    struct buf json;
    buf_init(&json, &e->s->f->arena, 256);
    buf_printf(&json, "{%s", random_key(e));
    for (size_t i = 0; i < 4; i++)
        if (draw(4) > 0)
            buf_printf(&json, ",\"%s\":%s", attributes[i], random_time(e));
    buf_append(&json, slice_of("}", 2));
    struct item_change change = indexed_put(e->s, json.data);
    assert_int_equal(indexed_commit(e->s, &change, 1), ERR_NONE);
}

static void update_random(struct expiring *e)
{
    static const char *const updates[] = {"SET x = y", "SET l = x", "REMOVE x",         "REMOVE l, h",
                                          "SET y = h", "REMOVE y",  "SET z = pk",       "SET h = l",
                                          "SET x = l", "SET y = x", "SET h = h, z = sk"};
    const char *key = arena_printf(&e->s->f->arena, "{%s}", random_key(e));
    struct item_change change = indexed_update(e->s, key, updates[draw(11)]);
    enum error_code code = indexed_commit(e->s, &change, 1);
    assert_true(code == ERR_NONE || code == ERR_VALIDATION); /* there is nothing to copy, or it is no key */
}

static void delete_random(struct expiring *e)
{
    struct item_change change = indexed_delete(e->s, arena_printf(&e->s->f->arena, "{%s}", random_key(e)));
    assert_int_equal(indexed_commit(e->s, &change, 1), ERR_NONE);
}

static void switch_random(struct expiring *e)
{
    if (e->s->table->expiry_index)
        switch_to(e, false, arena_copy_cstr(&e->s->f->arena, e->s->table->ttl_attribute));
    if (draw(4) > 0)
        switch_to(e, true, attributes[draw(4)]);
    if (draw(2))
        wait_until_filled(e);
}

static void sweep_random(struct expiring *e)
{
    struct storage_entry before[ITEMS_MAX], after[ITEMS_MAX];
    wait_until_filled(e);
    if (draw(2))
        clock_test_advance(&e->clock, 1000 * (1 + draw(8)));
    size_t count = indexed_entries(e->s, e->s->table->space, before, ITEMS_MAX);
    sweep(e);
    size_t count_after = indexed_entries(e->s, e->s->table->space, after, ITEMS_MAX);
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (e->s->table->expiry_index && should_go(e, before[i].value))
            continue;
        assert_true(left < count_after && slice_equal(after[left].value, before[i].value));
        left++;
    }
    assert_int_equal(count_after, left);
}

static void step(struct expiring *e)
{
    uint32_t what = draw(20);
    if (what < 9)
        put_random(e);
    else if (what < 13)
        update_random(e);
    else if (what < 15)
        delete_random(e);
    else if (what < 19)
        sweep_random(e);
    else
        switch_random(e);
}

static void what_is_expired_goes_and_the_index_is_exact(void **state)
{
    struct expiring *e = *state;
    for (int i = 0; i < STEPS; i++) {
        step(e);
        check_index(e);
        if (i % 16 == 15) {
            arena_reset(&e->s->f->arena); /* gives tables back */
            look(e);
        }
    }
    assert_true(e->upkeep.expired > 100);
}

int main(int argc, char **argv)
{
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20261121;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_expired_goes_and_the_index_is_exact, expiring_setup,
                                        expiring_teardown),
    };
    return cmocka_run_group_tests_name("expired items at random", tests, NULL, NULL);
}
