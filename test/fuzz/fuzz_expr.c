/* Parses, binds and evaluates an arbitrary expression. The first byte chooses the kind, the rest is the text; scope and
 * items are fixed and hold every type, and an update is applied to each item and to none. Besides not breaking, it must be
 * that
 *   - a parse through the cache, first or repeated, says the same as one without;
 *   - NOT turns a condition's answer round;
 *   - a projection writes JSON;
 *   - an update makes a valid item, the same each time, in which only its targets differ; the former item where nothing
 *     does;
 *   - every message of parsing and binding is "Invalid ...", or tells how many key conditions there may be. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/contract.h"
#include "expr/expr.h"
#include "expr/update.h"
#include "item/item.h"
#include "item/wire.h"
#include "json/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const ITEMS[] = {
    "{\"a\":{\"S\":\"banana\"},\"b\":{\"N\":\"10\"},\"c\":{\"B\":\"AQID\"},\"d\":{\"BOOL\":true},\"e\":{"
    "\"NULL\":true},"
    "\"f\":{\"SS\":[\"x\",\"y\"]},\"g\":{\"NS\":[\"1\",\"2.5\"]},\"h\":{\"BS\":[\"AQ==\"]},\"l\":{\"L\":[{"
    "\"S\":\"x\"},{"
    "\"M\":{\"a\":{\"N\":\"1\"}}},{\"L\":[]}]},\"m\":{\"M\":{\"a\":{\"S\":\"x\"},\"m\":{\"M\":{\"b\":{\"N\":"
    "\"2\"}}}}}}",
    "{\"a\":{\"N\":\"6\"},\"b\":{\"S\":\"\"},\"m\":{\"L\":[{\"N\":\"1\"}]},\"l\":{\"M\":{}}}",
    "{}",
};
enum { ITEM_COUNT = sizeof ITEMS / sizeof ITEMS[0] };

static const char VALUES[] = "{\":a\":{\"S\":\"x\"},\":b\":{\"N\":\"1\"},\":c\":{\"B\":\"AQ==\"},\":d\":{"
                             "\"BOOL\":true},\":e\":{\"NULL\":true},"
                             "\":f\":{\"SS\":[\"x\",\"y\"]},\":g\":{\"NS\":[\"1\",\"2.5\"]},\":h\":{\"BS\":["
                             "\"AQ==\"]},\":l\":{\"L\":[]},\":m\":{"
                             "\"M\":{}},\":t\":{\"S\":\"SS\"},\":n\":{\"N\":\"6\"}}";

static struct {
    struct arena arena; /* of what follows */
    struct expr_cache *cache;
    struct slice items[ITEM_COUNT];
    struct slice key;
    struct expr_value values[16];
    size_t value_count;
    struct expr_name names[4];
} fixed;

static struct slice read_item(const char *json)
{
    struct json_reader r;
    struct slice item;
    struct error issue;
    struct error err;
    error_init(&issue, &fixed.arena);
    error_init(&err, &fixed.arena);
    json_reader_init(&r, slice_from_cstr(json), 64, &fixed.arena);
    INVARIANT(wire_read_item(&r, json_next(&r), &fixed.arena, &item, &issue, &err) && !issue.code);
    return item;
}

static void make_fixed(void)
{
    arena_init(&fixed.arena, 65536);
    fixed.cache = expr_cache_new(32);
    for (size_t i = 0; i < ITEM_COUNT; i++)
        fixed.items[i] = read_item(ITEMS[i]);
    fixed.key = read_item("{\"k\":{\"S\":\"key\"}}");
    struct value values;
    item_attributes(read_item(VALUES), &values);
    for (uint32_t i = 0; i < values.count; i++) {
        struct expr_value *v = &fixed.values[fixed.value_count++];
        value_entry(&values, i, &v->placeholder, &v->value);
    }
    fixed.names[0] = (struct expr_name){.placeholder = SLICE("#a"), .name = SLICE("a")};
    fixed.names[1] = (struct expr_name){.placeholder = SLICE("#d"), .name = SLICE("x.y")};
    fixed.names[2] = (struct expr_name){.placeholder = SLICE("#m"), .name = SLICE("m")};
    fixed.names[3] = (struct expr_name){.placeholder = SLICE("#s"), .name = SLICE("status")};
}

static void check_message(const struct error *err)
{
    static const char *const beginnings[] = {"Invalid ", "Conditions can be "};
    INVARIANT(err->code == ERR_VALIDATION && err->message);
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (slice_starts_with(slice_from_cstr(err->message), slice_from_cstr(beginnings[i])))
            return;
    UNREACHABLE();
}

static struct expr *bind(struct arena *arena, struct expr_cache *cache, enum expr_kind kind,
                         struct slice text, struct error *err)
{
    struct expr *e;
    struct expr_scope scope = {fixed.names, 4, fixed.values, fixed.value_count};
    if (expr_parse(cache, kind, text, arena, &e, err) && expr_bind(e, &scope, err))
        return e;
    check_message(err);
    return NULL;
}

static void check_not(struct arena *arena, enum expr_kind kind, struct slice text, const struct expr *e)
{
    struct error err;
    error_init(&err, arena);
    struct slice negated = slice_from_cstr(arena_printf(arena, "NOT (%.*s)", SLICE_PRINTF(text)));
    /* It may be too long now, have an operator too many, or double parentheses. */
    const struct expr *n = bind(arena, NULL, kind, negated, &err);
    for (size_t i = 0; n && i <= ITEM_COUNT; i++) {
        struct slice item = i < ITEM_COUNT ? fixed.items[i] : SLICE_NONE;
        INVARIANT(expr_matches(e, item) != expr_matches(n, item));
    }
}

static void check_projection(struct arena *arena, const struct expr *e)
{
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        struct buf out;
        struct json_writer w;
        buf_init(&out, arena, 64);
        json_writer_init(&w, &out);
        expr_project(e, fixed.items[i], &w);
        INVARIANT(json_valid(buf_slice(&out), 128));
    }
}

static void check_key_conditions(const struct expr *e)
{
    struct key_conditions key;
    expr_key_conditions(e, &key);
    INVARIANT(key.count >= 1 && key.count <= KEY_CONDITIONS_MAX);
    INVARIANT(key.count == expr_top_level_count(e));
}

static bool is_target(const struct expr *e, struct slice name)
{
    for (size_t i = 0; i < expr_update_target_count(e); i++)
        if (slice_equal(expr_update_target(e, i), name))
            return true;
    return false;
}

/* Whatever `from` has and the update does not write is in `to`, as it was. */
static void check_untouched(const struct expr *e, struct slice from, struct slice to)
{
    struct value before;
    struct value after;
    item_attributes(from, &before);
    item_attributes(to, &after);
    for (uint32_t i = 0; i < before.count; i++) {
        struct slice name;
        struct value was;
        struct value is;
        value_entry(&before, i, &name, &was);
        INVARIANT(is_target(e, name) || (value_member(&after, name, &is) && value_equal(&was, &is)));
    }
}

static void check_touched_json(struct arena *arena, const struct expr *e, struct slice item,
                               bool (*write)(const struct expr *e, struct slice item, struct json_writer *w))
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, arena, 64);
    json_writer_init(&w, &out);
    bool written = write(e, item, &w);
    INVARIANT(written ? json_valid(buf_slice(&out), 128) : out.size == 0);
}

static void check_update_of(struct arena *arena, const struct expr *e, struct slice former)
{
    struct slice item;
    struct slice again;
    struct error err;
    error_init(&err, arena);
    if (!expr_update_apply(e, former, fixed.key, arena, &item, &err)) {
        INVARIANT(err.code == ERR_VALIDATION && err.message);
        return;
    }
    INVARIANT(expr_update_apply(e, former, fixed.key, arena, &again, &err));
    INVARIANT(slice_is_none(item) == slice_is_none(again) && slice_equal(item, again));
    if (slice_is_none(item)) {
        INVARIANT(slice_is_none(former));
        return;
    }
    struct slice base = slice_is_none(former) ? fixed.key : former;
    INVARIANT(item_valid(item));
    INVARIANT(!slice_equal(item, former) || item.data == former.data);
    check_untouched(e, base, item);
    check_untouched(e, item, base);
    if (!slice_is_none(former))
        check_touched_json(arena, e, former, expr_update_write_old);
    check_touched_json(arena, e, item, expr_update_write_new);
}

static void check_update(struct arena *arena, const struct expr *e)
{
    for (size_t i = 0; i < ITEM_COUNT; i++)
        check_update_of(arena, e, fixed.items[i]);
    check_update_of(arena, e, SLICE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!fixed.cache)
        make_fixed();
    if (size == 0)
        return 0;
    enum expr_kind kind = (enum expr_kind)(data[0] % (EXPR_UPDATE + 1));
    struct arena arena;
    arena_init(&arena, 16384);
    struct slice text = arena_copy(&arena, slice_of(data + 1, size - 1));
    struct error err;
    struct error again;
    error_init(&err, &arena);
    error_init(&again, &arena);
    const struct expr *e = bind(&arena, NULL, kind, text, &err);
    for (int i = 0; i < 2; i++) {
        const struct expr *cached = bind(&arena, fixed.cache, kind, text, &again);
        INVARIANT(!e == !cached);
        INVARIANT(e || strcmp(err.message, again.message) == 0);
    }
    if (e && kind == EXPR_PROJECTION)
        check_projection(&arena, e);
    else if (e && kind == EXPR_KEY_CONDITION)
        check_key_conditions(e);
    else if (e && kind == EXPR_UPDATE)
        check_update(&arena, e);
    else if (e && memchr(text.data, '\0', text.size) == NULL)
        check_not(&arena, kind, text, e);
    arena_release(&arena);
    return 0;
}
