/* Expected values: `date -u -d <date> +%s`. */
#include "auth_fixture.h"

static int64_t iso(const char *text)
{
    int64_t ms = -1;
    return date_parse_iso(slice_from_cstr(text), &ms) ? ms / 1000 : -1;
}

static int64_t http(const char *text)
{
    int64_t ms = -1;
    return date_parse_http(slice_from_cstr(text), &ms) ? ms / 1000 : -1;
}

static void reads_iso_dates(void **state)
{
    (void)state;
    assert_int_equal(iso("19700101T000000Z"), 0);
    assert_int_equal(iso("20150830T123600Z"), 1440938160);
    assert_int_equal(iso("20000229T235959Z"), 951868799);
    assert_int_equal(iso("20240229T000000Z"), 1709164800);
    assert_int_equal(iso("21000301T000000Z"), 4107542400);
}

static void refuses_what_is_not_an_iso_date(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 "201",
                                 "20150830",
                                 "20150830T123600",
                                 "2015083OT123600Z",
                                 "20150830t123600Z",
                                 "20150830T123600z",
                                 "20151330T123600Z",
                                 "20150832T123600Z",
                                 "20150229T123600Z",
                                 "21000229T000000Z",
                                 "20150830T243600Z",
                                 "20150830T126000Z",
                                 "20150830T123661Z",
                                 "20150830T123600Z ",
                                 "2015-08-30T12:36:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(iso(wrong[i]), -1);
}

static void reads_http_dates(void **state)
{
    (void)state;
    assert_int_equal(http("Sun, 30 Aug 2015 12:36:00 GMT"), 1440938160);
    assert_int_equal(http("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    assert_int_equal(http("Sun, 30 Foo 2015 12:36:00 GMT"), -1);
    assert_int_equal(http("Sun, 30 Aug 2015 12:36:00 CET"), -1);
    assert_int_equal(http("Sunday, 30-Aug-15 12:36:00 GMT"), -1);
    assert_int_equal(http(""), -1);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    char text[ISO_DATE_BYTES + 1];
    for (int64_t day = 0; day < 60000; day += 13) {
        int64_t ms = (day * 86400 + day % 86400) * 1000;
        date_format_iso(ms, text);
        assert_int_equal(iso(text), ms / 1000);
    }
    date_format_iso(1440938160999, text);
    assert_string_equal(text, "20150830T123600Z");
    date_format_iso(-1, text);
    assert_string_equal(text, "19691231T235959Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_iso_dates),
        cmocka_unit_test(refuses_what_is_not_an_iso_date),
        cmocka_unit_test(reads_http_dates),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
