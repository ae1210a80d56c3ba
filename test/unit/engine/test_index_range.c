/* Queries and scans of indexes: what is wrong with them, in which order it is told (semantics.md 5.6, 8.1, 12.4; the observations
 * of dynalite's tests), and that they find what their conditions say. */
#include "engine/item_range.h"
#include "indexed.h"
#include "support/condition.h"

/* ------------------------------------------------------------------ asking */

struct ask {
    struct indexed *s;
    struct key_conditions conditions;
};

static struct ask ask(struct indexed *s)
{
    return (struct ask){.s = s};
}

static void where(struct ask *a, const char *attribute, enum key_comparison comparison, const char *json,
                  const char *upper_json)
{
    struct key_condition *c = &a->conditions.conditions[a->conditions.count++];
    *c = (struct key_condition){slice_from_cstr(attribute), comparison, fixture_value(a->s->f, json), {0}};
    if (upper_json)
        c->upper = fixture_value(a->s->f, upper_json);
}

static struct ask ask_for(struct indexed *s, const char *attribute, const char *json)
{
    struct ask a = ask(s);
    where(&a, attribute, KEY_EQ, json, NULL);
    return a;
}

static struct item_source source_of(struct indexed *s, const char *index)
{
    return (struct item_source){s->table, indexed_index(s, index)};
}

static bool query(const struct ask *a, const char *index, const char *start_json)
{
    struct fixture *f = a->s->f;
    struct item_source source = source_of(a->s, index);
    struct storage_partition_range range;
    struct slice start = start_json ? fixture_item(f, start_json) : SLICE_NONE;
    return item_query_range(&source, &a->conditions, false, start, &f->arena, &range, &f->err);
}

static bool scan(struct indexed *s, const char *index, const char *start_json)
{
    struct item_source source = source_of(s, index);
    struct storage_hash_range range;
    struct slice start = fixture_item(s->f, start_json);
    return item_scan_start(&source, start, &s->f->err) &&
           item_scan_range(&source, (struct scan_segment){0, 1}, start, &s->f->arena, &range, &s->f->err);
}

#define S(text)   "{\"S\":\"" text "\"}"
#define N(number) "{\"N\":\"" number "\"}"

static const char invalid[] = "The provided starting key is invalid";
static const char mismatch[] = "The provided key element does not match the schema";
static const char invalid_mismatch[] =
    "The provided starting key is invalid: The provided key element does not match the schema";

/* ------------------------------------------------------------------ conditions */

static void an_index_is_asked_by_its_own_key(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_for(s, "pk", S("p"));
    fixture_assert_error(s->f, query(&a, "include", NULL), "Query condition missed key schema element: g");
    assert_true(query(&a, "localk", NULL));
    where(&a, "sk", KEY_EQ, S("s"), NULL);
    fixture_assert_error(s->f, query(&a, "localk", NULL), "Query condition missed key schema element: m");
    a = ask_for(s, "g", S("g"));
    assert_true(query(&a, "include", NULL));
    where(&a, "pk", KEY_EQ, S("p"), NULL);
    fixture_assert_error(
        s->f, query(&a, "include", NULL),
        "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)");
    a = ask(s);
    where(&a, "g", KEY_GT, S("g"), NULL);
    fixture_assert_error(s->f, query(&a, "include", NULL), "Query key condition not supported");
}

static void operands_have_the_types_of_the_index(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_for(s, "g", S("g"));
    where(&a, "h", KEY_LT, S("1"), NULL);
    fixture_assert_error(
        s->f, query(&a, "all", NULL),
        "One or more parameter values were invalid: Condition parameter type does not match schema type");
    a = ask_for(s, "g", S(""));
    fixture_assert_error(s->f, query(&a, "include", NULL),
                         "One or more parameter values are not valid. The AttributeValue for a key attribute "
                         "cannot contain an empty string value. Key: g");
}

/* ------------------------------------------------------------------ several attributes */

static struct ask ask_multi(struct indexed *s)
{
    struct ask a = ask_for(s, "h", N("1"));
    where(&a, "g", KEY_EQ, S("g"), NULL);
    return a;
}

static void every_hash_attribute_is_needed(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_for(s, "g", S("g"));
    fixture_assert_error(s->f, query(&a, "multi", NULL), "Query condition missed key schema element: h");
    a = ask_for(s, "h", N("1"));
    fixture_assert_error(s->f, query(&a, "multi", NULL), "Query condition missed key schema element: g");
    where(&a, "g", KEY_BEGINS_WITH, S("g"), NULL);
    fixture_assert_error(s->f, query(&a, "multi", NULL), "Query key condition not supported");
    a = ask_multi(s);
    assert_true(query(&a, "multi", NULL));
}

static void range_attributes_are_used_from_left_to_right(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_multi(s);
    where(&a, "m", KEY_EQ, S("m"), NULL);
    assert_true(query(&a, "multi", NULL));
    where(&a, "l", KEY_BETWEEN, N("1"), N("2"));
    assert_true(query(&a, "multi", NULL));
    where(&a, "b", KEY_EQ, "{\"B\":\"YQ==\"}", NULL);
    fixture_assert_error(
        s->f, query(&a, "multi", NULL),
        "RANGE key attributes l must have equality conditions specified in the query because a "
        "condition is present on key attribute b");
    a = ask_multi(s);
    where(&a, "l", KEY_EQ, N("1"), NULL);
    fixture_assert_error(
        s->f, query(&a, "multi", NULL),
        "RANGE key attributes m must have equality conditions specified in the query because a "
        "condition is present on key attribute l");
    a = ask_multi(s);
    where(&a, "b", KEY_EQ, "{\"B\":\"YQ==\"}", NULL);
    fixture_assert_error(
        s->f, query(&a, "multi", NULL),
        "RANGE key attributes m, l must have equality conditions specified in the query because "
        "a condition is present on key attribute b");
    a = ask_multi(s);
    where(&a, "m", KEY_LT, S("m"), NULL);
    where(&a, "l", KEY_EQ, N("1"), NULL);
    fixture_assert_error(
        s->f, query(&a, "multi", NULL),
        "RANGE key attributes m must have equality conditions specified in the query because a "
        "condition is present on key attribute l");
}

static void a_stranger_is_a_missing_range_attribute(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_multi(s);
    where(&a, "m", KEY_EQ, S("m"), NULL);
    where(&a, "pk", KEY_EQ, S("p"), NULL);
    fixture_assert_error(s->f, query(&a, "multi", NULL), "Query condition missed key schema element: l");
}

/* ------------------------------------------------------------------ starting keys */

#define TABLE_KEY "\"pk\":" S("p") ",\"sk\":" S("s")

static void a_query_looks_at_the_starting_key_attribute_by_attribute(void **state)
{
    static const struct {
        const char *index, *start, *with_other_hash, *with_hash;
    } rows[] = {
        {"localk", "{}", invalid, invalid},
        {"localk", "{" TABLE_KEY "}", invalid, invalid},
        {"localk", "{\"pk\":" S("p") ",\"m\":" S("m") "}", invalid, invalid},
        {"localk", "{" TABLE_KEY ",\"m\":" S("m") ",\"x\":" S("x") "}", invalid, invalid},
        {"localk", "{\"pk\":" N("1") ",\"x\":" S("x") ",\"y\":" S("y") "}", mismatch, mismatch},
        {"localk", "{" TABLE_KEY ",\"m\":" N("1") "}", NULL, mismatch},
        {"localk", "{" TABLE_KEY ",\"x\":" S("x") "}", NULL, invalid},
        {"localk", "{\"pk\":" S("p") ",\"sk\":" N("1") ",\"m\":" S("m") "}", NULL, invalid_mismatch},
        {"localk", "{\"pk\":" S("p") ",\"x\":" S("x") ",\"m\":" S("m") "}", NULL, invalid_mismatch},
        {"include", "{\"g\":" S("g") "}", invalid, invalid},
        {"include", "{" TABLE_KEY "}", invalid, invalid},
        {"include", "{" TABLE_KEY ",\"x\":" S("g") "}", invalid, invalid},
        {"include", "{\"x\":" S("x") ",\"y\":" S("y") ",\"g\":" N("1") "}", mismatch, mismatch},
        {"include", "{\"x\":" N("1") ",\"y\":" N("1") ",\"g\":" S("g") "}", NULL, invalid_mismatch},
        {"include", "{\"pk\":" N("1") ",\"sk\":" S("s") ",\"g\":" S("g") "}", NULL, invalid_mismatch},
        {"include", "{\"pk\":" S("p") ",\"sk\":" N("1") ",\"g\":" S("g") "}", NULL, invalid_mismatch},
        {"all", "{" TABLE_KEY ",\"g\":" S("g") ",\"x\":" N("1") "}", NULL, invalid},
        {"all", "{" TABLE_KEY ",\"g\":" S("g") ",\"h\":" S("1") "}", NULL, mismatch},
    };
    struct indexed *s = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool local = strcmp(rows[i].index, "localk") == 0;
        const char *hash = local ? "pk" : "g";
        char missed[64];
        snprintf(missed, sizeof missed, "Query condition missed key schema element: %s", hash);
        struct ask a = ask_for(s, hash, S("other"));
        fixture_assert_error(s->f, query(&a, rows[i].index, rows[i].start), rows[i].with_hash);
        a = ask_for(s, "z", N("1"));
        fixture_assert_error(s->f, query(&a, rows[i].index, rows[i].start),
                             rows[i].with_other_hash ? rows[i].with_other_hash : missed);
    }
}

static void a_starting_key_lies_where_the_query_looks(void **state)
{
    static const char outside[] =
        "The provided starting key is outside query boundaries based on provided conditions";
    static const char predicate[] = "The provided starting key does not match the range key predicate";
    static const char one_row[] = "The query can return at most one row and cannot be restarted";
    struct indexed *s = *state;
    const char *start = "{" TABLE_KEY ",\"g\":" S("g") ",\"h\":" N("5") "}";
    struct ask a = ask_for(s, "g", S("g"));
    assert_true(query(&a, "all", start));
    where(&a, "h", KEY_EQ, N("5"), NULL);
    assert_true(query(&a, "all", start));
    a = ask_for(s, "g", S("other"));
    fixture_assert_error(s->f, query(&a, "all", start), outside);
    where(&a, "h", KEY_EQ, N("5"), NULL);
    fixture_assert_error(s->f, query(&a, "all", start), one_row);
    static const struct {
        enum key_comparison comparison;
        const char *low, *inside, *high;
    } rows[] = {{KEY_GT, N("5"), N("4"), N("6")},
                {KEY_LT, N("5"), N("6"), N("4")},
                {KEY_GE, N("5.1"), N("5"), N("6")},
                {KEY_LE, N("4.9"), N("5"), N("4")}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        a = ask_for(s, "g", S("g"));
        where(&a, "h", rows[i].comparison, rows[i].low, NULL);
        fixture_assert_error(s->f, query(&a, "all", start), predicate);
        a = ask_for(s, "g", S("g"));
        where(&a, "h", rows[i].comparison, rows[i].high, NULL);
        fixture_assert_error(s->f, query(&a, "all", start), predicate);
        a = ask_for(s, "g", S("g"));
        where(&a, "h", rows[i].comparison, rows[i].inside, NULL);
        assert_true(query(&a, "all", start));
    }
}

static void values_of_a_starting_key_are_told_in_its_frame(void **state)
{
    struct indexed *s = *state;
    struct ask a = ask_for(s, "g", S("g"));
    fixture_assert_error(
        s->f, query(&a, "include", "{\"pk\":" S("") ",\"sk\":" S("s") ",\"g\":" S("g") "}"),
        "The provided starting key is invalid: One or more parameter values are not valid. The "
        "AttributeValue for a key attribute cannot contain an empty string value. Key: pk");
}

static void a_scan_looks_at_the_index_key_first(void **state)
{
    static const struct {
        const char *index, *start, *error;
    } rows[] = {
        {"localk", "{}", invalid},
        {"localk", "{" TABLE_KEY "}", invalid},
        {"localk", "{" TABLE_KEY ",\"x\":" S("x") "}", invalid},
        {"localk", "{\"pk\":" N("1") ",\"x\":" S("x") ",\"y\":" S("y") "}", mismatch},
        {"localk", "{" TABLE_KEY ",\"m\":" N("1") "}", mismatch},
        {"localk", "{\"pk\":" S("p") ",\"sk\":" N("1") ",\"m\":" S("m") "}", invalid_mismatch},
        {"include", "{" TABLE_KEY ",\"g\":" S("g") ",\"x\":" S("x") "}", invalid},
        {"include", "{\"x\":" S("x") ",\"y\":" S("y") ",\"g\":" N("1") "}", mismatch},
        {"include", "{\"x\":" N("1") ",\"y\":" N("1") ",\"g\":" S("g") "}", invalid_mismatch},
        {"all", "{\"x\":" N("1") ",\"y\":" N("1") ",\"g\":" S("g") ",\"h\":" S("1") "}", mismatch},
        {"all", "{\"pk\":" S("p") ",\"sk\":" N("1") ",\"g\":" S("g") ",\"h\":" N("1") "}", invalid_mismatch},
    };
    struct indexed *s = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        fixture_assert_error(s->f, scan(s, rows[i].index, rows[i].start), rows[i].error);
    assert_true(scan(s, "include", "{" TABLE_KEY ",\"g\":" S("g") "}"));
    assert_true(scan(s, "multi",
                     "{" TABLE_KEY ",\"g\":" S("g") ",\"h\":" N("1") ",\"m\":" S("m") ",\"l\":" N(
                         "1") ",\"b\":{\"B\":\"YQ==\"}}"));
}

static void segments_of_an_index_are_those_of_its_own_partitions(void **state)
{
    struct indexed *s = *state;
    struct item_source source = source_of(s, "include");
    struct slice start = fixture_item(s->f, "{" TABLE_KEY ",\"g\":" S("g") "}");
    uint32_t home = (uint32_t)(storage_partition_hash(SLICE("g")) >> 63);
    struct storage_hash_range range;
    assert_true(
        item_scan_range(&source, (struct scan_segment){home, 2}, start, &s->f->arena, &range, &s->f->err));
    assert_int_equal(range.space, source.index->space);
    fixture_assert_error(
        s->f,
        item_scan_range(&source, (struct scan_segment){!home, 2}, start, &s->f->arena, &range, &s->f->err),
        arena_printf(&s->f->arena,
                     "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                     "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: %u",
                     !home));
}

/* ------------------------------------------------------------------ what is found */

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static const char *const strings[] = {S("a"),       S("a\\u0000"), S("a\\u0000b"), S("a\\u0001"),
                                      S("ab"),      S("b"),        S("\\u0000"),   S("\\u0000\\u0000"),
                                      S("\\uffff"), S("\\u0001")};
static const char *const numbers[] = {N("0"),     N("1"),     N("-1"),     N("1.5"),
                                      N("-0.01"), N("1E125"), N("-9E125"), N("100")};
static const char *const binaries[] = {"{\"B\":\"AA==\"}", "{\"B\":\"AAA=\"}", "{\"B\":\"AP8=\"}",
                                       "{\"B\":\"/w==\"}", "{\"B\":\"//8=\"}", "{\"B\":\"YQ==\"}"};

static const char *value_of_type(uint64_t *seed, enum value_type type)
{
    if (type == VALUE_N)
        return numbers[next_random(seed) % (sizeof numbers / sizeof numbers[0])];
    if (type == VALUE_B)
        return binaries[next_random(seed) % (sizeof binaries / sizeof binaries[0])];
    return strings[next_random(seed) % (sizeof strings / sizeof strings[0])];
}

enum { ITEMS = 300 };

static void fill(struct indexed *s, uint64_t *seed, struct slice *items)
{
    for (size_t i = 0; i < ITEMS; i++) {
        struct item_change change =
            indexed_put(s, arena_printf(&s->f->arena,
                                        "{\"pk\":" S("p%u") ",\"sk\":" S("%zu") ",\"g\":" S("g") ",\"h\":" N(
                                            "1") ",\"m\":%s,\"l\":%s,\"b\":%s}",
                                        next_random(seed) % 2, i, value_of_type(seed, VALUE_S),
                                        value_of_type(seed, VALUE_N), value_of_type(seed, VALUE_B)));
        assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
        items[i] = change.item;
    }
}

static bool all_hold(const struct key_conditions *c, struct slice item)
{
    for (size_t i = 0; i < c->count; i++)
        if (!condition_holds(&c->conditions[i], item))
            return false;
    return true;
}

/* By the index's range attributes, then by the table's key. */
static int compare_in_index(struct indexed *s, const struct table_index *index, struct slice a,
                            struct slice b)
{
    const struct key_attribute *attributes[TABLE_KEY_ATTRIBUTES_MAX + 2];
    size_t count = 0;
    for (unsigned i = 0; i < index->key.range_count; i++)
        attributes[count++] = &index->key.range[i];
    attributes[count++] = &s->table->key.hash[0];
    attributes[count++] = &s->table->key.range[0];
    for (size_t i = 0; i < count; i++) {
        struct value va, vb;
        assert_true(item_attribute(a, attributes[i]->name, &va) &&
                    item_attribute(b, attributes[i]->name, &vb));
        int order = value_compare(&va, &vb);
        if (order != 0)
            return order;
    }
    return 0;
}

static void random_conditions(struct indexed *s, const struct table_index *index, uint64_t *seed,
                              struct ask *a)
{
    static const enum key_comparison comparisons[] = {KEY_EQ, KEY_LT,      KEY_LE,         KEY_GT,
                                                      KEY_GE, KEY_BETWEEN, KEY_BEGINS_WITH};
    unsigned used = next_random(seed) % (index->key.range_count + 1);
    *a = ask(s);
    for (unsigned i = 0; i < index->key.hash_count; i++) {
        struct slice name = index->key.hash[i].name;
        const char *json = slice_equal(name, SLICE("pk"))  ? S("p1")
                           : slice_equal(name, SLICE("g")) ? S("g")
                                                           : N("1");
        where(a, arena_copy_cstr(&s->f->arena, name), KEY_EQ, json, NULL);
    }
    for (unsigned i = 0; i < used; i++) {
        const struct key_attribute *attribute = &index->key.range[i];
        enum key_comparison comparison = i + 1 < used ? KEY_EQ : comparisons[next_random(seed) % 7];
        if (comparison == KEY_BEGINS_WITH && attribute->type == VALUE_N)
            comparison = KEY_EQ;
        const char *one = value_of_type(seed, attribute->type), *other = value_of_type(seed, attribute->type);
        struct value low = fixture_value(s->f, one), high = fixture_value(s->f, other);
        bool swap = comparison == KEY_BETWEEN && value_compare(&low, &high) > 0;
        where(a, arena_copy_cstr(&s->f->arena, attribute->name), comparison, swap ? other : one,
              comparison == KEY_BETWEEN ? (swap ? one : other) : NULL);
    }
}

/* The items a query finds, page after page of `page` entries; by their sort keys, which are their numbers. */
static size_t run_query(struct indexed *s, const struct ask *a, const struct item_source *source,
                        bool reverse, size_t page, size_t *found)
{
    struct slice start = SLICE_NONE;
    size_t count = 0;
    for (bool more = true; more;) {
        struct storage_partition_range range;
        struct storage_cursor *cursor;
        assert_true(
            item_query_range(source, &a->conditions, reverse, start, &s->f->arena, &range, &s->f->err));
        assert_true(storage_view_scan_partition(indexed_view(s), &range, &s->f->arena, &cursor, &s->f->err));
        for (size_t i = 0; more && i < page; i++) {
            struct storage_entry entry;
            struct value number;
            struct buf key;
            struct json_writer w;
            assert_true(storage_cursor_next(cursor, &entry, &more, &s->f->err));
            if (!more)
                break;
            assert_true(count < ITEMS && item_attribute(entry.value, SLICE("sk"), &number));
            found[count++] = (size_t)atoi(arena_copy_cstr(&s->f->arena, number.payload));
            buf_init(&key, &s->f->arena, 64);
            json_writer_init(&w, &key);
            item_key_write(source, entry.value, &w);
            buf_append_byte(&key, '\0');
            start = fixture_item(s->f, key.data);
        }
        storage_cursor_close(cursor);
    }
    return count;
}

static void assert_found(struct indexed *s, const struct ask *a, const struct item_source *source,
                         const struct slice *items, const size_t *found, size_t count, bool reverse)
{
    size_t expected = 0;
    for (size_t i = 0; i < ITEMS; i++)
        expected += all_hold(&a->conditions, items[i]);
    assert_int_equal(count, expected);
    for (size_t i = 0; i < count; i++) {
        assert_true(all_hold(&a->conditions, items[found[i]]));
        if (i > 0) {
            int order = compare_in_index(s, source->index, items[found[i - 1]], items[found[i]]);
            assert_true(reverse ? order > 0 : order < 0);
        }
    }
}

/* Whatever is asked, in either direction and in pages of any size. */
static void queries_find_what_they_ask_for_in_order(void **state)
{
    static const char *const names[] = {"locals", "localk", "all", "include", "multi"};
    static const size_t pages[] = {1, 7, 1000};
    struct indexed *s = *state;
    struct slice items[ITEMS];
    size_t found[ITEMS];
    uint64_t seed = 2026;
    fill(s, &seed, items);
    for (int round = 0; round < 300; round++) {
        struct item_source source = source_of(s, names[round % 5]);
        struct ask a;
        bool reverse = next_random(&seed) % 2;
        random_conditions(s, source.index, &seed, &a);
        size_t count = run_query(s, &a, &source, reverse, pages[round % 3], found);
        assert_found(s, &a, &source, items, found, count, reverse);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_index_is_asked_by_its_own_key),
        TEST(operands_have_the_types_of_the_index),
        TEST(every_hash_attribute_is_needed),
        TEST(range_attributes_are_used_from_left_to_right),
        TEST(a_stranger_is_a_missing_range_attribute),
        TEST(a_query_looks_at_the_starting_key_attribute_by_attribute),
        TEST(a_starting_key_lies_where_the_query_looks),
        TEST(values_of_a_starting_key_are_told_in_its_frame),
        TEST(a_scan_looks_at_the_index_key_first),
        TEST(segments_of_an_index_are_those_of_its_own_partitions),
        TEST(queries_find_what_they_ask_for_in_order),
    };
    return cmocka_run_group_tests_name("index_range", tests, NULL, NULL);
}
