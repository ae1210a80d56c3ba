/* PutRecords: what is sent, and what is made of the answer. From the API reference of Kinesis Data Streams. */
#include "json/base64.h"
#include "triggers/triggers_priv.h"

#include "support/arena.h"

/* ------------------------------------------------------------------ where to */

static bool endpoint(const char *url, const char *id, const char *secret, struct kinesis_endpoint *out)
{
    error_init(&err, &arena);
    return kinesis_endpoint_init(out, url, id, secret, NULL, &err);
}

static void a_url_is_host_and_path(void **state)
{
    (void)state;
    struct kinesis_endpoint e;
    assert_true(endpoint("https://kinesis.eu-west-1.amazonaws.com", "id", "secret", &e));
    assert_true(slice_equal(e.host, SLICE("kinesis.eu-west-1.amazonaws.com")));
    assert_true(slice_equal(e.path, SLICE("/")));
    assert_true(endpoint("http://[::1]:4567/kinesis/", "id", "secret", &e));
    assert_true(slice_equal(e.host, SLICE("[::1]:4567")));
    assert_true(slice_equal(e.path, SLICE("/kinesis/")));
    static const char *const others[] = {"kinesis:4567", "ftp://k",      "http://",
                                         "http:///x",    "http://u:p@k", "http://k/?x"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(endpoint(others[i], "id", "secret", &e));
        assert_int_equal(err.code, ERR_CONFIG);
    }
    assert_false(endpoint("http://k", NULL, "secret", &e));
    assert_false(endpoint("http://k", "id", "", &e));
}

static void requests_are_signed_for_the_streams_region(void **state)
{
    (void)state;
    struct kinesis_endpoint e;
    const struct slice body[] = {SLICE("{}")};
    assert_true(endpoint("http://k:1", "id", "secret", &e));
    struct field_list headers = kinesis_headers(&e, SLICE("arn:aws:kinesis:eu-west-1:1:stream/s"), body, 1,
                                                INT64_C(1440938160000), &arena);
    assert_true(slice_equal(field_value(headers, SLICE("host")), SLICE("k:1")));
    assert_true(
        slice_equal(field_value(headers, SLICE("x-amz-target")), SLICE("Kinesis_20131202.PutRecords")));
    assert_true(
        slice_equal(field_value(headers, SLICE("content-type")), SLICE("application/x-amz-json-1.1")));
    assert_true(
        slice_starts_with(field_value(headers, SLICE("authorization")),
                          SLICE("AWS4-HMAC-SHA256 Credential=id/20150830/eu-west-1/kinesis/aws4_request, "
                                "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=")));
}

static void a_request_names_its_stream(void **state)
{
    (void)state;
    assert_true(
        slice_equal(kinesis_body_begin(SLICE("arn:aws:kinesis:eu-west-1:1:stream/s"), &arena),
                    SLICE("{\"StreamName\":\"s\",\"StreamARN\":\"arn:aws:kinesis:eu-west-1:1:stream/s\","
                          "\"Records\":[")));
}

static void entries_say_their_key_and_size(void **state)
{
    (void)state;
    struct slice entry = SLICE("{\"Data\":\"YWJj\",\"PartitionKey\":\"0123456789ABCDEF0000000000000000\"}");
    assert_true(slice_equal(kinesis_entry_key(entry), SLICE("0123456789ABCDEF0000000000000000")));
    assert_int_equal(kinesis_entry_bytes(entry), 3 + 32);
    entry = SLICE("{\"Data\":\"YWJjZA==\",\"PartitionKey\":\"0123456789ABCDEF0000000000000000\"}");
    assert_int_equal(kinesis_entry_bytes(entry), 4 + 32);
}

/* ------------------------------------------------------------------ answers */

static struct kinesis_answer read_answer(const char *body, size_t count)
{
    struct kinesis_answer answer;
    kinesis_answer_read(slice_from_cstr(body), count, &arena, &answer);
    return answer;
}

#define GOOD "{\"SequenceNumber\":\"49\",\"ShardId\":\"shardId-000000000000\"}"
#define BAD  "{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":\"Internal service failure.\"}"

static void answers_tell_which_failed(void **state)
{
    (void)state;
    struct kinesis_answer answer =
        read_answer("{\"FailedRecordCount\":0,\"Records\":[" GOOD "," GOOD "]}", 2);
    assert_true(answer.understood);
    assert_int_equal(answer.failed_count, 0);
    answer = read_answer(
        "{\"EncryptionType\":\"NONE\",\"FailedRecordCount\":1,\"Records\":[" GOOD "," BAD "," GOOD "]}", 3);
    assert_true(answer.understood);
    assert_int_equal(answer.failed_count, 1);
    assert_false(answer.failed[0]);
    assert_true(answer.failed[1]);
    assert_false(answer.failed[2]);
    assert_string_equal(answer.error, "InternalFailure: Internal service failure.");
    answer = read_answer(
        "{\"FailedRecordCount\":0,\"Records\":[{\"SequenceNumber\":\"1\",\"ErrorCode\":null}]}", 1);
    assert_true(answer.understood);
    assert_int_equal(answer.failed_count, 0);
}

static void other_answers_are_not_taken_for_success(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "ok",
        "{}",
        "[]",
        "{\"FailedRecordCount\":0}",
        "{\"FailedRecordCount\":0,\"Records\":[]}",
        "{\"FailedRecordCount\":0,\"Records\":[" GOOD "," GOOD "]}",
        "{\"FailedRecordCount\":1,\"Records\":[" GOOD "]}",
        "{\"FailedRecordCount\":0,\"Records\":[" BAD "]}",
        "{\"FailedRecordCount\":\"0\",\"Records\":[" GOOD "]}",
        "{\"FailedRecordCount\":0,\"Records\":[" GOOD "]",
        "{\"FailedRecordCount\":0,\"Records\":[1]}",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct kinesis_answer answer = read_answer(others[i], 1);
        assert_false(answer.understood);
        assert_true(answer.error[0] != '\0');
    }
}

static void refusals_of_content_are_told_from_others(void **state)
{
    (void)state;
    assert_true(kinesis_refused_content(400, SLICE("{\"__type\":\"ValidationException\"}")));
    assert_true(kinesis_refused_content(413, SLICE("")));
    assert_false(kinesis_refused_content(400, SLICE("{\"__type\":\"ResourceNotFoundException\"}")));
    assert_false(kinesis_refused_content(500, SLICE("ValidationException")));
    assert_false(kinesis_refused_content(0, (struct slice){NULL, 0}));
}

/* ------------------------------------------------------------------ some of a batch */

static void fill(struct batch *b, const char *const *texts, size_t count)
{
    batch_init(b);
    buf_init(&b->text, &b->arena, 64);
    for (size_t i = 0; i < count; i++) {
        const struct change_record record = {.position = {100 + i, 0}};
        if (i > 0)
            buf_append_byte(&b->text, ',');
        size_t at = b->text.size;
        buf_append(&b->text, slice_from_cstr(texts[i]));
        batch_add(b, &record, 0, at);
    }
    batch_close(b);
}

static void assert_called(const struct batch *b, const char *text)
{
    struct slice parts[CALL_PARTS];
    batch_body(b, parts);
    assert_true(slice_equal(parts[1], slice_from_cstr(text)));
}

static void what_was_not_taken_moves_together(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "bb", "ccc", "dddd", "eeeee"};
    struct batch b;
    fill(&b, texts, 5);
    batch_taken(&b, 1);
    assert_called(&b, "bb,ccc,dddd,eeeee");
    batch_taken_some(&b, (const bool[]){true, false, true, false});
    assert_called(&b, "ccc,eeeee");
    assert_int_equal(b.records[b.begin].position.commit, 102);
    batch_taken_some(&b, (const bool[]){false, true});
    assert_called(&b, "ccc");
    assert_false(batch_is_done(&b));
    batch_taken(&b, b.cut);
    assert_true(batch_is_done(&b));
    batch_release(&b);
}

static void halves_are_looked_at_as_before(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "b", "c", "d", "e", "f"};
    struct batch b;
    fill(&b, texts, 6);
    assert_int_equal(batch_failed(&b, 0, false), BATCH_CALL_NOW);
    assert_called(&b, "a,b,c");
    batch_taken_some(&b, (const bool[]){true, false, true});
    assert_called(&b, "b");
    batch_taken(&b, b.cut);
    assert_called(&b, "d,e");
    batch_taken(&b, b.cut);
    assert_called(&b, "f");
    batch_taken(&b, b.cut);
    assert_true(batch_is_done(&b));
    batch_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_url_is_host_and_path),
        ARENA_TEST(requests_are_signed_for_the_streams_region),
        ARENA_TEST(a_request_names_its_stream),
        ARENA_TEST(entries_say_their_key_and_size),
        ARENA_TEST(answers_tell_which_failed),
        ARENA_TEST(other_answers_are_not_taken_for_success),
        ARENA_TEST(refusals_of_content_are_told_from_others),
        ARENA_TEST(what_was_not_taken_moves_together),
        ARENA_TEST(halves_are_looked_at_as_before),
    };
    return cmocka_run_group_tests_name("kinesis", tests, NULL, NULL);
}
