/* Request targets: RFC 9112 section 3.2. */
#include "http_fixture.h"

#include "http/http_priv.h"

static void expect(const char *target, const char *path, const char *query)
{
    struct slice got_path, got_query;
    target_split(slice_from_cstr(target), &got_path, &got_query);
    assert_int_equal(got_path.size, strlen(path));
    assert_memory_equal(got_path.data, path, got_path.size);
    assert_int_equal(got_query.size, strlen(query));
    assert_false(slice_is_none(got_query));
    assert_memory_equal(got_query.data, query, got_query.size);
}

static void a_target_is_path_and_query(void **state)
{
    (void)state;
    expect("/", "/", "");
    expect("/a/b", "/a/b", "");
    expect("/a?b=c", "/a", "b=c");
    expect("/a?b?c", "/a", "b?c");
    expect("/?", "/", "");
    expect("*", "*", "");
    expect("", "/", "");
    expect("?a", "/", "a");
}

static void an_absolute_target_loses_its_authority(void **state)
{
    (void)state;
    expect("http://host/a?b", "/a", "b");
    expect("HTTPS://host:8000/a", "/a", "");
    expect("http://host", "/", "");
    expect("http://host?a=/b", "/", "a=/b");
    expect("http://", "/", "");
    expect("http:/x", "http:/x", "");
    expect("/http://x", "/http://x", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_path_and_query),
        cmocka_unit_test(an_absolute_target_loses_its_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
