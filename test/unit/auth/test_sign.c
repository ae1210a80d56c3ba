/* What is signed is what an independent signer makes of it, and what auth_verify() takes. */
#include "auth/sign.h"
#include "auth_fixture.h"

static const struct sign_credentials credentials = {{VECTOR_KEY_ID, 11}, {VECTOR_SECRET, 40}, {NULL, 0}};

static struct slice header(struct field_list headers, const char *name)
{
    return field_value(headers, slice_from_cstr(name));
}

/* "post-vanilla" of the suite that AWS has published. */
static void signs_as_the_published_suite(void **state)
{
    struct fixture *f = *state;
    const struct sign_request request = {.method = SLICE("POST"),
                                         .path = SLICE("/"),
                                         .host = SLICE("example.amazonaws.com"),
                                         .region = SLICE("us-east-1"),
                                         .service = SLICE("service")};
    struct field_list headers = sign_request(&credentials, &request, VECTOR_TIME_MS, &f->arena);
    assert_int_equal(headers.count, 2);
    assert_true(slice_equal(header(headers, "x-amz-date"), SLICE("20150830T123600Z")));
    assert_true(
        slice_equal(header(headers, "authorization"),
                    SLICE("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                          "SignedHeaders=host;x-amz-date, "
                          "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")));
}

/* With a body in pieces, more headers and a session token, as DynamoDB would get it. */
static void what_is_signed_is_accepted(void **state)
{
    struct fixture *f = *state;
    const struct slice body[] = {SLICE("{\"a\":"), SLICE(""), SLICE("1}")};
    const struct field more[] = {{SLICE("content-type"), SLICE("application/x-amz-json-1.1")},
                                 {SLICE("x-amz-target"), SLICE("DynamoDB_20120810.ListTables")}};
    struct sign_credentials with_token = credentials;
    with_token.session_token = SLICE("a/token+=");
    const struct sign_request request = {.method = SLICE("POST"),
                                         .path = SLICE("/some path/"),
                                         .host = SLICE("localhost:4567"),
                                         .region = SLICE("eu-west-3"),
                                         .service = SLICE("dynamodb"),
                                         .headers = {more, 2},
                                         .body = body,
                                         .body_part_count = 3};
    struct field_list headers = sign_request(&with_token, &request, VECTOR_TIME_MS, &f->arena);
    struct auth *auth = fixture_auth(f, VECTOR_CREDENTIALS);
    struct auth_identity identity;
    fixture_request(f, "POST", "/some path/", "", "{\"a\":1}");
    fixture_add_header(f, "Host", "localhost:4567");
    for (size_t i = 0; i < headers.count; i++)
        f->fields[f->request.headers.count++] = headers.fields[i];
    assert_true(slice_equal(header(headers, "x-amz-security-token"), SLICE("a/token+=")));
    if (!auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err))
        fail_msg("%s", f->err.message);
    f->request.body = SLICE("{\"a\":2}");
    assert_false(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    auth_close(auth);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(signs_as_the_published_suite),
        TEST(what_is_signed_is_accepted),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
