/* Ranges of Query and Scan: semantics.md 5.6, 8.1, 8.5. */
#include "engine/item_range.h"
#include "fixture.h"

static struct key_conditions conditions(struct fixture *f, size_t count, const char *hash_json,
                                        enum key_comparison sort, const char *sort_json,
                                        const char *upper_json)
{
    struct key_conditions c = {.count = count};
    c.conditions[0] = (struct key_condition){SLICE("pk"), KEY_EQ, fixture_value(f, hash_json), {0}};
    if (count > 1)
        c.conditions[1] =
            (struct key_condition){SLICE("sk"), sort, fixture_value(f, sort_json),
                                   upper_json ? fixture_value(f, upper_json) : (struct value){0}};
    return c;
}

static bool query_of(struct fixture *f, const struct table *table, const struct key_conditions *c,
                     bool reverse, const char *start_json, struct storage_partition_range *range)
{
    struct slice start = start_json ? fixture_item(f, start_json) : SLICE_NONE;
    const struct item_source source = {.table = table};
    return item_query_range(&source, c, reverse, start, &f->arena, range, &f->err);
}

static bool query(struct fixture *f, const struct key_conditions *c, const char *start_json,
                  struct storage_partition_range *range)
{
    return query_of(f, &f->with_sort, c, false, start_json, range);
}

static bool scan(struct fixture *f, uint32_t segment, uint32_t total, const char *start_json,
                 struct storage_hash_range *range)
{
    struct slice start = start_json ? fixture_item(f, start_json) : SLICE_NONE;
    const struct item_source source = {.table = &f->with_sort};
    return item_scan_start(&source, start, &f->err) &&
           item_scan_range(&source, (struct scan_segment){segment, total}, start, &f->arena, range, &f->err);
}

static void partition_alone_is_the_whole_partition(void **state)
{
    struct fixture *f = *state;
    struct storage_partition_range range;
    struct key_conditions c = conditions(f, 1, "{\"S\":\"a\"}", KEY_EQ, NULL, NULL);
    assert_true(query(f, &c, NULL, &range));
    assert_true(slice_equal(range.partition, SLICE("a")));
    assert_int_equal(range.lower.kind, STORAGE_BOUND_NONE);
    assert_int_equal(range.upper.kind, STORAGE_BOUND_NONE);
}

static void each_comparison_has_its_bounds(void **state)
{
    static const struct {
        enum key_comparison comparison;
        enum storage_bound_kind lower, upper;
    } rows[] = {
        {KEY_EQ, STORAGE_BOUND_INCLUSIVE, STORAGE_BOUND_INCLUSIVE},
        {KEY_LT, STORAGE_BOUND_NONE, STORAGE_BOUND_EXCLUSIVE},
        {KEY_LE, STORAGE_BOUND_NONE, STORAGE_BOUND_INCLUSIVE},
        {KEY_GT, STORAGE_BOUND_EXCLUSIVE, STORAGE_BOUND_NONE},
        {KEY_GE, STORAGE_BOUND_INCLUSIVE, STORAGE_BOUND_NONE},
        {KEY_BETWEEN, STORAGE_BOUND_INCLUSIVE, STORAGE_BOUND_INCLUSIVE},
        {KEY_BEGINS_WITH, STORAGE_BOUND_INCLUSIVE, STORAGE_BOUND_PREFIX},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct storage_partition_range range;
        struct key_conditions c =
            conditions(f, 2, "{\"S\":\"a\"}", rows[i].comparison, "{\"S\":\"m\"}", "{\"S\":\"p\"}");
        assert_true(query(f, &c, NULL, &range));
        assert_int_equal(range.lower.kind, rows[i].lower);
        assert_int_equal(range.upper.kind, rows[i].upper);
        if (rows[i].comparison == KEY_BETWEEN)
            assert_true(slice_equal(range.upper.sort, SLICE("p")));
    }
}

static void conditions_must_fit_the_schema(void **state)
{
    struct fixture *f = *state;
    struct storage_partition_range range;
    struct key_conditions c = conditions(f, 2, "{\"S\":\"a\"}", KEY_EQ, "{\"S\":\"m\"}", NULL);
    fixture_assert_error(
        f, query_of(f, &f->hash_only, &c, false, NULL, &range),
        "The number of query conditions (2) exceeds the number of key attributes defined in the "
        "schema (1)");
    c.conditions[0].attribute = SLICE("other");
    fixture_assert_error(f, query(f, &c, NULL, &range), "Query condition missed key schema element: pk");
    c = conditions(f, 2, "{\"S\":\"a\"}", KEY_EQ, "{\"S\":\"m\"}", NULL);
    c.conditions[1].attribute = SLICE("other");
    fixture_assert_error(f, query(f, &c, NULL, &range), "Query condition missed key schema element: sk");
    c.conditions[2] = (struct key_condition){SLICE("sk"), KEY_EQ, fixture_value(f, "{\"S\":\"m\"}"), {0}};
    c.count = 3;
    fixture_assert_error(
        f, query(f, &c, NULL, &range),
        "The number of query conditions (3) exceeds the number of key attributes defined in the "
        "schema (2)");
    c = conditions(f, 1, "{\"S\":\"a\"}", KEY_EQ, NULL, NULL);
    c.conditions[0].comparison = KEY_GT;
    fixture_assert_error(f, query(f, &c, NULL, &range), "Query key condition not supported");
}

#define WRONG_TYPE \
    "One or more parameter values were invalid: Condition parameter type does not match schema type"

static void operands_must_be_what_a_key_can_be(void **state)
{
    struct fixture *f = *state;
    struct storage_partition_range range;
    struct key_conditions c = conditions(f, 1, "{\"N\":\"1\"}", KEY_EQ, NULL, NULL);
    fixture_assert_error(f, query(f, &c, NULL, &range), WRONG_TYPE);
    c.conditions[0].comparison = KEY_GT; /* the type is looked at first */
    fixture_assert_error(f, query(f, &c, NULL, &range), WRONG_TYPE);
    c = conditions(f, 2, "{\"S\":\"a\"}", KEY_BETWEEN, "{\"S\":\"m\"}", "{\"N\":\"1\"}");
    fixture_assert_error(f, query(f, &c, NULL, &range), WRONG_TYPE);
    c = conditions(f, 2, "{\"S\":\"a\"}", KEY_BEGINS_WITH, "{\"S\":\"\"}", NULL);
    fixture_assert_error(f, query(f, &c, NULL, &range),
                         "One or more parameter values are not valid. The AttributeValue for a key attribute "
                         "cannot contain an empty string value. Key: sk");
    c = conditions(f, 2, "{\"S\":\"a\"}", KEY_LT, arena_printf(&f->arena, "{\"S\":\"%01025d\"}", 0), NULL);
    fixture_assert_error(f, query(f, &c, NULL, &range),
                         "One or more parameter values were invalid: Aggregated size of all range keys has "
                         "exceeded the size limit of 1024 bytes");
}

static void a_starting_key_moves_the_near_bound(void **state)
{
    struct fixture *f = *state;
    struct storage_partition_range range;
    struct key_conditions c = conditions(f, 1, "{\"S\":\"a\"}", KEY_EQ, NULL, NULL);
    const char *start = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"k\"}}";
    assert_true(query_of(f, &f->with_sort, &c, false, start, &range));
    assert_int_equal(range.lower.kind, STORAGE_BOUND_EXCLUSIVE);
    assert_int_equal(range.upper.kind, STORAGE_BOUND_NONE);
    assert_true(query_of(f, &f->with_sort, &c, true, start, &range));
    assert_int_equal(range.lower.kind, STORAGE_BOUND_NONE);
    assert_int_equal(range.upper.kind, STORAGE_BOUND_EXCLUSIVE);
}

static void a_starting_key_must_lie_in_the_query(void **state)
{
    struct fixture *f = *state;
    struct storage_partition_range range;
    struct key_conditions c = conditions(f, 2, "{\"S\":\"a\"}", KEY_GE, "{\"S\":\"m\"}", NULL);
    fixture_assert_error(f, query(f, &c, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"k\"}}", &range),
                         "The provided starting key does not match the range key predicate");
    fixture_assert_error(f, query(f, &c, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"k\"}}", &range),
                         "The provided starting key does not match the range key predicate");
    fixture_assert_error(f, query(f, &c, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"m\"}}", &range),
                         "The query can return at most one row and cannot be restarted");
    fixture_assert_error(
        f, query(f, &c, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"\"}}", &range),
        "The provided starting key is invalid: One or more parameter values are not valid. The "
        "AttributeValue for a key attribute cannot contain an empty string value. Key: sk");
    c = conditions(f, 1, "{\"S\":\"a\"}", KEY_EQ, NULL, NULL);
    fixture_assert_error(
        f, query(f, &c, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"k\"}}", &range),
        "The provided starting key is outside query boundaries based on provided conditions");
}

/* The observations of dynalite's tests on a table with a sort key, and on one without. */
static void starting_key_and_conditions_are_checked_attribute_by_attribute(void **state)
{
    static const char invalid[] = "The provided starting key is invalid";
    static const char mismatch[] = "The provided key element does not match the schema";
    static const char missed_pk[] = "Query condition missed key schema element: pk";
    static const char missed_sk[] = "Query condition missed key schema element: sk";
    static const struct {
        const char *start, *with_other_hash, *with_hash, *with_other_sort;
    } rows[] = {
        {"{}", invalid, invalid, invalid},
        {"{\"pk\":{\"S\":\"a\"}}", invalid, invalid, invalid},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"x\":{\"S\":\"1\"}}", invalid, invalid, invalid},
        {"{\"sk\":{\"S\":\"a\"},\"x\":{\"S\":\"b\"}}", invalid, invalid, invalid},
        {"{\"pk\":{\"N\":\"1\"},\"x\":{\"S\":\"a\"}}", mismatch, mismatch, mismatch},
        {"{\"pk\":{\"B\":\"YQ==\"},\"sk\":{\"S\":\"a\"}}", mismatch, mismatch, mismatch},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}", missed_pk, mismatch, mismatch},
        {"{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"1\"}}", missed_pk, invalid, invalid},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}", missed_pk, NULL, missed_sk},
    };
    struct fixture *f = *state;
    struct storage_partition_range range;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct key_conditions c = conditions(f, 1, "{\"S\":\"a\"}", KEY_EQ, NULL, NULL);
        if (rows[i].with_hash)
            fixture_assert_error(f, query(f, &c, rows[i].start, &range), rows[i].with_hash);
        else
            assert_true(query(f, &c, rows[i].start, &range));
        c.conditions[0].attribute = SLICE("z");
        fixture_assert_error(f, query(f, &c, rows[i].start, &range), rows[i].with_other_hash);
        c = conditions(f, 2, "{\"S\":\"a\"}", KEY_EQ, "{\"S\":\"m\"}", NULL);
        c.conditions[1].attribute = SLICE("z");
        fixture_assert_error(f, query(f, &c, rows[i].start, &range), rows[i].with_other_sort);
    }
    struct key_conditions c = conditions(f, 1, "{\"N\":\"1\"}", KEY_EQ, NULL, NULL);
    c.conditions[0].attribute = SLICE("z");
    fixture_assert_error(f, query_of(f, &f->hash_only, &c, false, "{\"pk\":{\"SS\":[\"a\"]}}", &range),
                         mismatch);
    fixture_assert_error(f, query_of(f, &f->hash_only, &c, false, "{\"sk\":{\"S\":\"a\"}}", &range), invalid);
}

static void segments_divide_the_hash_space_without_gap(void **state)
{
    static const uint32_t totals[] = {1, 2, 3, 4, 7, 1000, 999999, 1000000};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        uint64_t expected_first = 0;
        struct storage_hash_range range = {.hash_last = 0};
        for (uint32_t s = 0; s < totals[i]; s++) {
            assert_true(scan(f, s, totals[i], NULL, &range));
            assert_true(range.hash_first == expected_first);
            assert_true(range.hash_last >= range.hash_first);
            expected_first = range.hash_last + 1;
        }
        assert_true(range.hash_last == UINT64_MAX);
    }
}

static void a_scan_resumes_only_in_its_segment(void **state)
{
    struct fixture *f = *state;
    const char *start = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"k\"}}";
    uint32_t home = (uint32_t)(storage_partition_hash(SLICE("a")) >> 63);
    struct storage_hash_range range;
    assert_true(scan(f, home, 2, start, &range));
    assert_true(range.resume);
    assert_true(slice_equal(range.after_sort, SLICE("k")));
    fixture_assert_error(
        f, scan(f, !home, 2, start, &range),
        arena_printf(&f->arena,
                     "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                     "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: %u",
                     !home));
    fixture_assert_error(
        f, scan(f, 0, 1, "{\"pk\":{\"S\":\"a\"}}", &range),
        "The provided starting key is invalid: The provided key element does not match the schema");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(partition_alone_is_the_whole_partition),
        TEST(each_comparison_has_its_bounds),
        TEST(conditions_must_fit_the_schema),
        TEST(operands_must_be_what_a_key_can_be),
        TEST(a_starting_key_moves_the_near_bound),
        TEST(a_starting_key_must_lie_in_the_query),
        TEST(starting_key_and_conditions_are_checked_attribute_by_attribute),
        TEST(segments_divide_the_hash_space_without_gap),
        TEST(a_scan_resumes_only_in_its_segment),
    };
    return cmocka_run_group_tests_name("item_range", tests, NULL, NULL);
}
