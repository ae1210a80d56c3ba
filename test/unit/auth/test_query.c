/* Rules: AWS, "Create a signed AWS API request", canonical query string. */
#include "auth_fixture.h"

static const char *canonical(struct fixture *f, const char *text)
{
    struct query query = query_parse(slice_from_cstr(text), &f->arena);
    struct buf out;
    buf_init(&out, &f->arena, 64);
    query_sort(&query);
    for (size_t i = 0; i < query.count; i++)
        buf_printf(&out, "%s%.*s=%.*s", i > 0 ? "&" : "", SLICE_PRINTF(query.parameters[i].name),
                   SLICE_PRINTF(query.parameters[i].value));
    buf_append_byte(&out, '\0');
    return out.data;
}

static void is_sorted_by_encoded_name_then_value(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(canonical(f, "b=1&a=2"), "a=2&b=1");
    assert_string_equal(canonical(f, "a=2&a=1&A=3"), "A=3&a=1&a=2");
    assert_string_equal(canonical(f, "z=1&%E1%88%B4=2&Z=3"), "%E1%88%B4=2&Z=3&z=1");
    assert_string_equal(canonical(f, "a-b=1&a=1"), "a=1&a-b=1");
}

static void is_encoded_in_one_way(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(canonical(f, "a=%7E%2d%2E%5f"), "a=~-._");
    assert_string_equal(canonical(f, "a=%c3%a9&b=\xc3\xa9"), "a=%C3%A9&b=%C3%A9");
    assert_string_equal(canonical(f, "a=/+ *"), "a=%2F%2B%20%2A");
    assert_string_equal(canonical(f, "a=x=y"), "a=x%3Dy");
}

static void broken_escapes_stand_for_themselves(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(canonical(f, "a=%"), "a=%25");
    assert_string_equal(canonical(f, "a=%1"), "a=%251");
    assert_string_equal(canonical(f, "a=%zz%4"), "a=%25zz%254");
    assert_string_equal(canonical(f, "a=%%41"), "a=%25A");
}

static void empty_pieces_are_left_out_and_empty_values_kept(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(canonical(f, ""), "");
    assert_string_equal(canonical(f, "&&&"), "");
    assert_string_equal(canonical(f, "a&b=&=c"), "=c&a=&b=");
}

static void a_value_is_found_and_decoded(void **state)
{
    struct fixture *f = *state;
    struct query query = query_parse(SLICE("x=1&X-Amz-Credential=a%2Fb%2Fc&%58-Amz-Date=d"), &f->arena);
    assert_slice(query_value(&query, SLICE("X-Amz-Credential"), &f->arena), "a/b/c");
    assert_slice(query_value(&query, SLICE("X-Amz-Date"), &f->arena), "d");
    assert_true(slice_is_none(query_value(&query, SLICE("x-amz-date"), &f->arena)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(is_sorted_by_encoded_name_then_value), CASE(is_encoded_in_one_way),
        CASE(broken_escapes_stand_for_themselves),  CASE(empty_pieces_are_left_out_and_empty_values_kept),
        CASE(a_value_is_found_and_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
