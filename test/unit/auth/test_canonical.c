/* The canonical request of headers in all their forms, after AWS's description of Signature Version 4: names in lower
 * case and sorted, values without blanks at their ends and with one space in place of several, joined by commas. */
#include "auth_fixture.h"

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void start(struct fixture *f)
{
    fixture_request(f, "POST", "/", "", "");
}

static void expect(struct fixture *f, const char *signed_headers, const char *lines, const char *names)
{
    struct claim claim = {.signed_headers = slice_from_cstr(signed_headers)};
    struct query query = {0};
    const char *expected = arena_printf(&f->arena, "POST\n/\n\n%s\n%s\n" EMPTY_HASH, lines, names);
    for (int round = 0; round < 2; round++) /* the second time with names that are kept */
        assert_slice(canonical_request(&f->request, &claim, &query, &f->arena), expected);
}

static void names_are_found_whatever_their_case(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "HOST", "h");
    fixture_add_header(f, "x-amz-date", "d");
    fixture_add_header(f, "X-Amz-Content-SHA256", "s");
    expect(f, "Host;X-AMZ-Content-Sha256;x-amz-DATE", "host:h\nx-amz-content-sha256:s\nx-amz-date:d\n",
           "host;x-amz-content-sha256;x-amz-date");
}

static void only_letters_have_a_case(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "a[z", "bracket");
    fixture_add_header(f, "a{z", "brace");
    fixture_add_header(f, "@_01234567^Z", "long");
    expect(f, "@_01234567^z;a[z;a{z", "@_01234567^z:long\na[z:bracket\na{z:brace\n", "@_01234567^z;a[z;a{z");
}

static void names_are_sorted(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "Host", "h");
    fixture_add_header(f, "Content-Type", "t");
    fixture_add_header(f, "Content-Length", "2");
    expect(f, "host;content-type;content-length", "content-length:2\ncontent-type:t\nhost:h\n",
           "content-length;content-type;host");
    expect(f, "host;a-b;a;a-", "a:\na-:\na-b:\nhost:h\n", "a;a-;a-b;host");
}

static void a_field_that_came_often_is_joined_in_the_order_of_the_wire(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "X-A", "3");
    fixture_add_header(f, "X-B", "other");
    fixture_add_header(f, "x-a", "");
    fixture_add_header(f, "X-a", " 1  2 ");
    fixture_add_header(f, "x-A", "3");
    expect(f, "host;x-a", "host:\nx-a:3,,1 2,3\n", "host;x-a");
}

static void a_field_that_did_not_come_is_empty(void **state)
{
    struct fixture *f = *state;
    start(f);
    expect(f, "host;x-absent", "host:\nx-absent:\n", "host;x-absent");
}

/* Names that are told apart by a length of 16 more would be the first to be taken for each other. */
static void names_of_other_lengths_are_others(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "x-aaaaaaaaaaaaaaaaaa", "20");
    fixture_add_header(f, "x-aa", "4");
    fixture_add_header(f, "x-ab", "b");
    fixture_add_header(f, "x-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "36");
    expect(f, "x-aa;x-aaaaaaaaaaaaaaaaaa;x-ab", "x-aa:4\nx-aaaaaaaaaaaaaaaaaa:20\nx-ab:b\n",
           "x-aa;x-aaaaaaaaaaaaaaaaaa;x-ab");
}

static void blanks_in_values(void **state)
{
    struct fixture *f = *state;
    static const char *const values[][2] = {
        {"", ""},
        {" ", ""},
        {" \t ", ""},
        {"a", "a"},
        {"\t a b \t", "a b"},
        {"a  b", "a b"},
        {"a   b    c", "a b c"},
        {"a\t\tb", "a\t\tb"},
        {"a \t b", "a \t b"},
        {"\"a  b\"", "\"a b\""},
        {"attempt=1; max=3", "attempt=1; max=3"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        start(f);
        fixture_add_header(f, "Host", values[i][0]);
        expect(f, "host", arena_printf(&f->arena, "host:%s\n", values[i][1]), "host");
    }
}

static void a_list_is_split_at_each_semicolon(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "Host", "h");
    expect(f, "host;", "host:h\n", "host");
    expect(f, "host;;", ":\nhost:h\n", ";host");
    expect(f, ";host", ":\nhost:h\n", ";host");
    expect(f, "host;host", "host:h\nhost:h\n", "host;host");
    expect(f, "", "", "");
}

/* Which is kept between requests must not be seen from outside. */
static void lists_may_change_from_request_to_request(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "Host", "h");
    fixture_add_header(f, "Date", "d");
    for (int round = 0; round < 3; round++) {
        expect(f, "host", "host:h\n", "host");
        expect(f, "date;host", "date:d\nhost:h\n", "date;host");
        expect(f, "Host", "host:h\n", "host");
        expect(f, "hos", "hos:\n", "hos");
        expect(f, "", "", "");
    }
}

static void a_list_of_any_size_is_read(void **state)
{
    struct fixture *f = *state;
    start(f);
    fixture_add_header(f, "Host", "h");
    for (size_t size = 500; size <= 1100; size++) {
        char *name = arena_alloc_bytes(&f->arena, size + 1);
        memset(name, 'y', size);
        name[size] = '\0';
        expect(f, arena_printf(&f->arena, "%s;Host", name), arena_printf(&f->arena, "host:h\n%s:\n", name),
               arena_printf(&f->arena, "host;%s", name));
    }
}

static void names_beyond_the_limit_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct buf list, lines, names;
    start(f);
    fixture_add_header(f, "a000", "first");
    buf_init(&list, &f->arena, 4096);
    buf_init(&lines, &f->arena, 4096);
    buf_init(&names, &f->arena, 4096);
    for (int i = 0; i < SIGNED_HEADERS_MAX; i++) {
        buf_printf(&list, "%sa%03d", i ? ";" : "", i);
        buf_printf(&names, "%sa%03d", i ? ";" : "", i);
        buf_printf(&lines, "a%03d:%s\n", i, i ? "" : "first");
    }
    buf_append_literal(&list, ";host");
    expect(f, arena_copy_cstr(&f->arena, buf_slice(&list)), arena_copy_cstr(&f->arena, buf_slice(&lines)),
           arena_copy_cstr(&f->arena, buf_slice(&names)));
    /* It is in the list all the same. */
    struct claim claim = {.signed_headers = buf_slice(&list)};
    assert_true(claim_check_host(&claim, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(names_are_found_whatever_their_case),
        CASE(only_letters_have_a_case),
        CASE(names_are_sorted),
        CASE(a_field_that_came_often_is_joined_in_the_order_of_the_wire),
        CASE(a_field_that_did_not_come_is_empty),
        CASE(names_of_other_lengths_are_others),
        CASE(blanks_in_values),
        CASE(a_list_is_split_at_each_semicolon),
        CASE(lists_may_change_from_request_to_request),
        CASE(a_list_of_any_size_is_read),
        CASE(names_beyond_the_limit_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
