/* The pattern language: examples from the documentation of event filtering in AWS Lambda and of event patterns in Amazon
 * EventBridge, on records as functions get them. */
#include "support/cmocka.h"
#include "triggers/filter.h"

#include <stdlib.h>
#include <string.h>

static const char record[] =
    "{\"eventID\":\"1\",\"eventName\":\"INSERT\",\"eventVersion\":\"1.1\",\"awsRegion\":\"us-east-1\","
    "\"dynamodb\":{\"ApproximateCreationDateTime\":1678831218,"
    "\"Keys\":{\"CustomerName\":{\"S\":\"AnyCompany Industries\"},\"Id\":{\"N\":\"101\"}},"
    "\"NewImage\":{\"AccountManager\":{\"S\":\"Pat Candella\"},\"PaymentTerms\":{\"S\":\"60 days\"},"
    "\"Price\":{\"N\":\"15.50\"},\"Vip\":{\"BOOL\":true},\"Gone\":{\"NULL\":true},\"Note\":{\"S\":\"\"},"
    "\"Tags\":{\"SS\":[\"blue\",\"green\"]},\"Sizes\":{\"NS\":[\"1\",\"7\"]},\"Nothing\":{\"L\":[]},"
    "\"Address\":{\"M\":{\"City\":{\"S\":\"Seattle\"},\"N\":{\"S\":\"odd\"}}},"
    "\"Lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"tea\"},\"n\":{\"N\":\"2\"}}},"
    "{\"M\":{\"sku\":{\"S\":\"cup\"},\"n\":{\"N\":\"9\"}}}]},"
    "\"CustomerName\":{\"S\":\"AnyCompany Industries\"}},"
    "\"SequenceNumber\":\"111\",\"SizeBytes\":26,\"StreamViewType\":\"NEW_IMAGE\"}}";

/* 1: passes; 0: does not; -1: is refused. */
static int outcome(const char *json)
{
    struct arena arena;
    struct error err;
    const struct filter *filter;
    int result = -1;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    if (filter_read(slice_from_cstr(json), &arena, &filter, &err))
        result = filter_passes(filter, slice_of(record, sizeof record - 1), &arena);
    else
        assert_int_equal(err.code, ERR_VALIDATION);
    arena_release(&arena);
    return result;
}

#define IMAGE(text)  "{\"dynamodb\":{\"NewImage\":{" text "}}}"
#define PASSES(json) assert_int_equal(outcome(json), 1)
#define STOPS(json)  assert_int_equal(outcome(json), 0)
#define BAD(json)    assert_int_equal(outcome(json), -1)

static void table_keys_are_matched(void **state)
{
    (void)state;
    PASSES(
        "{ \"dynamodb\" : { \"Keys\" : { \"CustomerName\" : { \"S\" : [ \"AnyCompany Industries\" ] } } } }");
    STOPS(
        "{ \"dynamodb\" : { \"Keys\" : { \"CustomerName\" : { \"S\" : [ \"anycompany industries\" ] } } } }");
    PASSES("{ \"dynamodb\": { \"Keys\": { \"Id\": { \"N\": [ \"101\" ] } } } }");
    STOPS("{ \"dynamodb\": { \"Keys\": { \"Id\": { \"N\": [ \"102\" ] } } } }");
}

static void one_of_a_list_is_enough(void **state)
{
    (void)state;
    PASSES(IMAGE("\"AccountManager\":{\"S\":[\"Pat Candella\",\"Shirley Rodriguez\"]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[\"Pat\",\"Shirley Rodriguez\"]}"));
}

static void all_members_must_match(void **state)
{
    (void)state;
    PASSES(IMAGE("\"AccountManager\":{\"S\":[\"Pat Candella\"]},\"PaymentTerms\":{\"S\":[\"60 days\"]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[\"Pat Candella\"]},\"PaymentTerms\":{\"S\":[\"30 days\"]}"));
    PASSES("{\"eventName\":[\"INSERT\",\"MODIFY\"],\"dynamodb\":{\"StreamViewType\":[\"NEW_IMAGE\"]}}");
    STOPS("{\"eventName\":[\"REMOVE\"],\"dynamodb\":{\"StreamViewType\":[\"NEW_IMAGE\"]}}");
}

static void filters_are_alternatives(void **state)
{
    (void)state;
    PASSES("{\"Filters\":[{\"Pattern\":\"{\\\"eventName\\\":[\\\"REMOVE\\\"]}\"},"
           "{\"Pattern\":\"{\\\"eventName\\\":[\\\"INSERT\\\"]}\"}]}");
    STOPS("{\"Filters\":[{\"Pattern\":\"{\\\"eventName\\\":[\\\"REMOVE\\\"]}\"}]}");
    PASSES("{\"Filters\":[]}");
    PASSES("{}");
}

static void texts_begin_and_end(void **state)
{
    (void)state;
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"prefix\":\"Pat\"}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"prefix\":\"pat\"}]}"));
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"prefix\":{\"equals-ignore-case\":\"pat\"}}]}"));
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"suffix\":\"della\"}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"suffix\":\"Pat\"}]}"));
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"suffix\":{\"equals-ignore-case\":\"DELLA\"}}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"prefix\":\"Pat Candella and more\"}]}"));
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"equals-ignore-case\":\"pat candella\"}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"equals-ignore-case\":\"pat candell\"}]}"));
    STOPS("{\"dynamodb\":{\"SizeBytes\":[{\"prefix\":\"2\"}]}}");
}

static void anything_but_is_everything_else(void **state)
{
    (void)state;
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":\"Shirley\"}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":\"Pat Candella\"}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":[\"x\",\"Pat Candella\"]}]}"));
    PASSES("{\"dynamodb\":{\"SizeBytes\":[{\"anything-but\":[25,27]}]}}");
    STOPS("{\"dynamodb\":{\"SizeBytes\":[{\"anything-but\":[25,26]}]}}");
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":{\"prefix\":\"Pat\"}}]}"));
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":{\"suffix\":[\"x\",\"y\"]}}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"anything-but\":{\"equals-ignore-case\":\"PAT CANDELLA\"}}]}"));
    STOPS(IMAGE("\"Absent\":{\"S\":[{\"anything-but\":\"x\"}]}"));
}

static void numbers_are_compared_by_value(void **state)
{
    (void)state;
    PASSES("{\"dynamodb\":{\"SizeBytes\":[26]}}");
    PASSES("{\"dynamodb\":{\"SizeBytes\":[2.6e1]}}");
    STOPS("{\"dynamodb\":{\"SizeBytes\":[\"26\"]}}");
    PASSES("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\"=\",26]}]}}");
    PASSES("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\",10,\"<=\",26]}]}}");
    STOPS("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\",10,\"<\",26]}]}}");
    STOPS("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\",26]}]}}");
    PASSES("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">=\",26]}]}}");
    PASSES("{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\"<=\",30,\">\",-5]}]}}");
}

static void attributes_of_type_n_are_numbers(void **state)
{
    (void)state;
    PASSES(IMAGE("\"Price\":{\"N\":[{\"numeric\":[\">\",10,\"<=\",20]}]}"));
    STOPS(IMAGE("\"Price\":{\"N\":[{\"numeric\":[\">\",15.5]}]}"));
    PASSES(IMAGE("\"Price\":{\"N\":[15.5]}"));
    PASSES(IMAGE("\"Price\":{\"N\":[\"15.50\"]}"));
    PASSES(IMAGE("\"Sizes\":{\"NS\":[{\"numeric\":[\">\",5]}]}"));
    STOPS(IMAGE("\"Sizes\":{\"NS\":[{\"numeric\":[\">\",7]}]}"));
    STOPS(IMAGE("\"PaymentTerms\":{\"S\":[{\"numeric\":[\">\",0]}]}"));
}

static void leaves_exist_or_not(void **state)
{
    (void)state;
    PASSES(IMAGE("\"AccountManager\":{\"S\":[{\"exists\":true}]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[{\"exists\":false}]}"));
    STOPS(IMAGE("\"AccountManager\":[{\"exists\":true}]"));
    PASSES(IMAGE("\"AccountManager\":[{\"exists\":false}]"));
    PASSES(IMAGE("\"Absent\":{\"S\":[{\"exists\":false}]}"));
    PASSES("{\"dynamodb\":{\"OldImage\":{\"x\":{\"S\":[{\"exists\":false}]}}}}");
    PASSES("{\"userIdentity\":{\"type\":[{\"exists\":false}]}}");
    PASSES(IMAGE("\"Nothing\":{\"L\":[{\"exists\":false}]}"));
    PASSES(IMAGE("\"Absent\":{\"S\":[{\"exists\":false},\"x\"]}"));
}

static void empty_null_and_booleans_are_values(void **state)
{
    (void)state;
    PASSES(IMAGE("\"Note\":{\"S\":[\"\"]}"));
    STOPS(IMAGE("\"AccountManager\":{\"S\":[\"\"]}"));
    PASSES(IMAGE("\"Vip\":{\"BOOL\":[true]}"));
    STOPS(IMAGE("\"Vip\":{\"BOOL\":[false]}"));
    PASSES(IMAGE("\"Gone\":{\"NULL\":[true]}"));
    STOPS(IMAGE("\"Vip\":{\"BOOL\":[null]}"));
}

static void of_lists_one_element_must_match(void **state)
{
    (void)state;
    PASSES(IMAGE("\"Tags\":{\"SS\":[\"green\"]}"));
    STOPS(IMAGE("\"Tags\":{\"SS\":[\"red\"]}"));
    PASSES(IMAGE("\"Lines\":{\"L\":{\"M\":{\"sku\":{\"S\":[\"cup\"]}}}}"));
    PASSES(IMAGE(
        "\"Lines\":{\"L\":{\"M\":{\"sku\":{\"S\":[\"cup\"]},\"n\":{\"N\":[{\"numeric\":[\">\",5]}]}}}}"));
    STOPS(IMAGE(
        "\"Lines\":{\"L\":{\"M\":{\"sku\":{\"S\":[\"tea\"]},\"n\":{\"N\":[{\"numeric\":[\">\",5]}]}}}}"));
    PASSES(IMAGE("\"Address\":{\"M\":{\"City\":{\"S\":[\"Seattle\"]},\"N\":{\"S\":[\"odd\"]}}}"));
}

static void or_is_between_members(void **state)
{
    (void)state;
    PASSES("{\"$or\":[{\"eventName\":[\"REMOVE\"]},{\"dynamodb\":{\"SizeBytes\":[26]}}]}");
    STOPS("{\"$or\":[{\"eventName\":[\"REMOVE\"]},{\"dynamodb\":{\"SizeBytes\":[27]}}]}");
    PASSES(
        IMAGE("\"$or\":[{\"Absent\":{\"S\":[\"x\"]}},{\"Vip\":{\"BOOL\":[true]}}],\"Price\":{\"N\":[15.5]}"));
    STOPS(IMAGE("\"$or\":[{\"Absent\":{\"S\":[\"x\"]}},{\"Vip\":{\"BOOL\":[true]}}],\"Price\":{\"N\":[16]}"));
}

static void mistakes_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "\"x\"",
        "{\"eventName\":\"INSERT\"}",
        "{\"eventName\":[]}",
        "{\"eventName\":[[\"INSERT\"]]}",
        "{\"eventName\":{}}",
        "{\"event_name\":[\"INSERT\"]}",
        "{\"eventName\":[\"INSERT\"]",
        "{\"eventName\":[\"INSERT\"]} x",
        "{\"eventName\":[{\"begins\":\"I\"}]}",
        "{\"eventName\":[{\"prefix\":\"I\",\"suffix\":\"T\"}]}",
        "{\"eventName\":[{\"prefix\":5}]}",
        "{\"eventName\":[{}]}",
        "{\"eventName\":[{\"exists\":\"true\"}]}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[]}]}}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\"]}]}}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\",\"5\"]}]}}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\"!\",5]}]}}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\"><\",5]}]}}",
        "{\"dynamodb\":{\"SizeBytes\":[{\"numeric\":[\">\",5,\">\",6]}]}}",
        "{\"eventName\":[{\"anything-but\":[]}]}",
        "{\"eventName\":[{\"anything-but\":{\"exists\":true}}]}",
        "{\"eventName\":[{\"anything-but\":[{\"prefix\":\"x\"}]}]}",
        "{\"$or\":[{\"eventName\":[\"INSERT\"]}]}",
        "{\"$or\":[]}",
        "{\"$or\":{\"eventName\":[\"INSERT\"]}}",
        "{\"Filters\":{}}",
        "{\"Filters\":[{}]}",
        "{\"Filters\":[{\"Pattern\":{\"eventName\":[\"INSERT\"]}}]}",
        "{\"Filters\":[{\"Pattern\":\"x\"}]}",
        "{\"Filters\":[{\"Pattern\":\"{}\"}]}",
        "{\"Filters\":[],\"eventName\":[\"INSERT\"]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (outcome(bad[i]) != -1)
            fail_msg("not refused: %s", bad[i]);
}

static void there_are_at_most_ten_filters(void **state)
{
    char json[2048] = "{\"Filters\":[";
    (void)state;
    for (int i = 0; i < FILTER_PATTERNS_MAX; i++) {
        strcpy(json + strlen(json), i ? "," : "");
        strcpy(json + strlen(json), "{\"Pattern\":\"{\\\"eventName\\\":[\\\"INSERT\\\"]}\"}");
    }
    size_t size = strlen(json);
    strcpy(json + size, "]}");
    PASSES(json);
    strcpy(json + size, ",{\"Pattern\":\"{\\\"eventName\\\":[\\\"INSERT\\\"]}\"}]}");
    BAD(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_keys_are_matched),
        cmocka_unit_test(one_of_a_list_is_enough),
        cmocka_unit_test(all_members_must_match),
        cmocka_unit_test(filters_are_alternatives),
        cmocka_unit_test(texts_begin_and_end),
        cmocka_unit_test(anything_but_is_everything_else),
        cmocka_unit_test(numbers_are_compared_by_value),
        cmocka_unit_test(attributes_of_type_n_are_numbers),
        cmocka_unit_test(leaves_exist_or_not),
        cmocka_unit_test(empty_null_and_booleans_are_values),
        cmocka_unit_test(of_lists_one_element_must_match),
        cmocka_unit_test(or_is_between_members),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(there_are_at_most_ten_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
