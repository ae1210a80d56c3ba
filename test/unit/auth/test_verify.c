/* Every error of semantics.md section 2: its type, its text to the letter, and that earlier ones win. */
#include "auth_fixture.h"

#define SIGNATURE_64 "0123456789012345678901234567890123456789012345678901234567890123"
#define CREDENTIAL   VECTOR_KEY_ID "/20150830/us-east-1/dynamodb/aws4_request"
#define AUTHORIZATION(credential) \
    "AWS4-HMAC-SHA256 Credential=" credential ", SignedHeaders=host;x-amz-date, Signature=" SIGNATURE_64

static void start(struct fixture *f, const char *query, const char *authorization, const char *date)
{
    fixture_request(f, "POST", "/", query, "{}");
    fixture_add_header(f, "Host", "localhost");
    if (authorization)
        fixture_add_header(f, "Authorization", authorization);
    if (date)
        fixture_add_header(f, "X-Amz-Date", date);
}

static bool verify_at(struct fixture *f, const char *credentials, int64_t now_ms)
{
    struct auth *auth = fixture_auth(f, credentials);
    struct auth_identity identity;
    bool verified = auth_verify(auth, &f->request, now_ms, &f->arena, &identity, &f->err);
    auth_close(auth);
    return verified;
}

static void expect_error(struct fixture *f, enum error_code code, const char *text)
{
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
    assert_string_equal(f->err.message, text);
    assert_int_equal(f->err.code, code);
}

static void both_forms_at_once(void **state)
{
    struct fixture *f = *state;
    start(f, "X-Amz-Algorithm=", "nonsense", NULL);
    expect_error(f, ERR_INVALID_SIGNATURE,
                 "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
}

static void no_form_at_all(void **state)
{
    struct fixture *f = *state;
    const char *const headers[] = {NULL, "", "Basic dXNlcjpwYXNz", "aws4-hmac-sha256 Credential=a",
                                   "AWS3-HMAC"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        start(f, "a=b", headers[i], "20150830T123600Z");
        expect_error(f, ERR_MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
    }
}

static void missing_pieces_of_the_header(void **state)
{
    struct fixture *f = *state;
    start(f, "", "AWS4-", NULL);
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "Authorization header requires 'Credential' parameter. "
                 "Authorization header requires 'Signature' parameter. "
                 "Authorization header requires 'SignedHeaders' parameter. "
                 "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                 "Authorization=AWS4-");
    start(f, "", "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=", "20150830T123600Z");
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "Authorization header requires 'Signature' parameter. "
                 "Authorization=AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=");
    start(f, "", "AWS4-HMAC-SHA256 Credential=a SignedHeaders=b Signature=c", NULL);
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                 "Authorization=AWS4-HMAC-SHA256 Credential=a SignedHeaders=b Signature=c");
}

static void missing_pieces_of_the_query(void **state)
{
    struct fixture *f = *state;
    start(f, "X-Amz-Algorithm", NULL, NULL);
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "AWS query-string parameters must include 'X-Amz-Algorithm'. "
                 "AWS query-string parameters must include 'X-Amz-Credential'. "
                 "AWS query-string parameters must include 'X-Amz-Signature'. "
                 "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                 "AWS query-string parameters must include 'X-Amz-Date'. "
                 "Re-examine the query-string parameters.");
    start(f, "X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d", NULL,
          "20150830T123600Z");
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "AWS query-string parameters must include 'X-Amz-Date'. "
                 "Re-examine the query-string parameters.");
}

static void a_date_that_is_none(void **state)
{
    struct fixture *f = *state;
    start(f, "", "AWS4-X Credential=a,SignedHeaders=b,Signature=c", "201");
    expect_error(
        f, ERR_INCOMPLETE_SIGNATURE,
        "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601");
    start(f, "", "AWS4-X Credential=a,SignedHeaders=b,Signature=c", "Sun, 30 Aug 2015 12:36:00 GMT");
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "Date must be in ISO-8601 'basic format'. Got 'Sun, 30 Aug 2015 12:36:00 GMT'. See "
                 "http://en.wikipedia.org/wiki/ISO_8601");
}

static void a_request_too_old_or_too_new(void **state)
{
    struct fixture *f = *state;
    start(f, "", "AWS4-X Credential=a,SignedHeaders=b,Signature=c", "20150830T122059Z");
    expect_error(f, ERR_INVALID_SIGNATURE,
                 "Signature expired: 20150830T122059Z is now earlier than 20150830T122100Z "
                 "(20150830T123600Z - 15 min.)");
    start(f, "", "AWS4-X Credential=a,SignedHeaders=b,Signature=c", "20150830T125101Z");
    expect_error(f, ERR_INVALID_SIGNATURE,
                 "Signature not yet current: 20150830T125101Z is still later than 20150830T125100Z "
                 "(20150830T123600Z + 15 min.)");
}

static void fifteen_minutes_either_way_are_allowed(void **state)
{
    struct fixture *f = *state;
    fixture_vector(f, &derived_vectors[0]);
    assert_true(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS + SKEW_MS));
    assert_true(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS + SKEW_MS + 999));
    assert_true(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS - SKEW_MS));
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS + SKEW_MS + 1000));
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS - SKEW_MS - 1));
}

static const struct vector *vector_named(const char *name)
{
    for (size_t i = 0; i < sizeof derived_vectors / sizeof derived_vectors[0]; i++)
        if (strcmp(derived_vectors[i].name, name) == 0)
            return &derived_vectors[i];
    fail_msg("no vector %s", name);
    return NULL;
}

static void a_presigned_request_lasts_as_long_as_it_says(void **state)
{
    struct fixture *f = *state;
    fixture_vector(f, vector_named("presigned")); /* X-Amz-Expires=3600 */
    assert_true(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS + 3600 * 1000));
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS + 3601 * 1000));
    assert_string_equal(f->err.message,
                        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
                        "(20150830T133601Z - 60 min.)");
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS - SKEW_MS - 1000));
}

static void expiry_must_be_a_number_of_seconds(void **state)
{
    struct fixture *f = *state;
    const char *const wrong[] = {"", "0", "604801", "-1", "1e3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start(f,
              arena_printf(&f->arena,
                           "X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d&"
                           "X-Amz-Date=20150830T123600Z&X-Amz-Expires=%s",
                           wrong[i]),
              NULL, NULL);
        expect_error(
            f, ERR_INCOMPLETE_SIGNATURE,
            arena_printf(&f->arena,
                         "'X-Amz-Expires' must be a number of seconds between 1 and 604800. Got '%s'.",
                         wrong[i]));
    }
}

static void the_host_must_be_signed(void **state)
{
    struct fixture *f = *state;
    const char *const lists[] = {"x-amz-date", "hosts", "x-host;hos", ";", "hos;t"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        start(f, "", arena_printf(&f->arena, "AWS4-X Credential=a,SignedHeaders=%s,Signature=c", lists[i]),
              "20150830T123600Z");
        expect_error(f, ERR_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    }
}

static void host_may_stand_anywhere_in_any_case(void **state)
{
    struct fixture *f = *state;
    const char *const lists[] = {"host", "HOST", "a;Host", "a;;hOsT;", "host;a"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        start(f, "", arena_printf(&f->arena, "AWS4-X Credential=a,SignedHeaders=%s,Signature=c", lists[i]),
              "20150830T123600Z");
        expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                     "Unsupported AWS 'algorithm': 'AWS4-X' (only AWS4-HMAC-SHA256 for now). ");
    }
}

#define ODD_KEY "k!#$%&'()*+/1/r-1/x/y"

/* Blanks, tabs and commas in any number; bytes near them in value are none; the last of equal names counts. */
static void pieces_of_the_header_in_any_arrangement(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, NULL);
    struct auth_identity identity;
    const char *const headers[] = {
        "AWS4-HMAC-SHA256 Credential=" ODD_KEY ",SignedHeaders=a,Signature=b",
        " \tAWS4-HMAC-SHA256,\t ,Signature=b\tSignedHeaders=a ,,Credential=" ODD_KEY " ",
        ("AWS4-HMAC-SHA256 Credentials=no =no Credential=no Signature=b SignedHeaders=a Credential=" ODD_KEY),
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        start(f, "", headers[i], "20150830T123600Z");
        if (!auth_verify(auth, &f->request, 0, &f->arena, &identity, &f->err))
            fail_msg("%s: %s", headers[i], f->err.message);
        assert_slice(identity.access_key_id, "k!#$%&'()*+");
        assert_slice(identity.region, "r-1");
    }
    auth_close(auth);
}

static void one_wrong_digit_anywhere_is_seen(void **state)
{
    struct fixture *f = *state;
    fixture_vector(f, &derived_vectors[0]);
    struct field *authorization = &f->fields[f->request.headers.count - 1];
    struct slice good = authorization->value;
    for (size_t i = good.size - 64; i < good.size; i++) {
        char *wrong = arena_copy_cstr(&f->arena, good);
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        authorization->value = slice_of(wrong, good.size);
        assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
        assert_int_equal(f->err.code, ERR_INVALID_SIGNATURE);
    }
}

static void only_one_algorithm_is_known(void **state)
{
    struct fixture *f = *state;
    start(f, "", "AWS4-HMAC-SHA25 Credential=a,SignedHeaders=Host,Signature=c", "20150830T123600Z");
    expect_error(f, ERR_INCOMPLETE_SIGNATURE,
                 "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ");
}

static void a_credential_has_five_pieces(void **state)
{
    struct fixture *f = *state;
    start(f, "", AUTHORIZATION("a/b/c/d"), "20150830T123600Z");
    expect_error(
        f, ERR_INCOMPLETE_SIGNATURE,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        "got 'a/b/c/d'");
    start(f, "", AUTHORIZATION("a/b/c/d/e/f"), "20150830T123600Z");
    expect_error(
        f, ERR_INCOMPLETE_SIGNATURE,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        "got 'a/b/c/d/e/f'");
    start(f, "", AUTHORIZATION("nobody/20150830/us-east-1/dynamodb/aws4_request//"), "20150830T123600Z");
    expect_error(f, ERR_UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.");
}

static void a_scope_of_something_else(void **state)
{
    struct fixture *f = *state;
    start(f, "", AUTHORIZATION("a/b//d/e"), "20150830T123600Z");
    expect_error(f, ERR_INVALID_SIGNATURE,
                 "Credential should be scoped to a valid region, not ''. "
                 "Credential should be scoped to correct service: 'dynamodb'. "
                 "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
                 "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                 "'b' != '20150830', from '20150830T123600Z'.");
    start(f, "", AUTHORIZATION("a/20150830/us-east-1/s3/aws4_request"), "20150830T123600Z");
    expect_error(f, ERR_INVALID_SIGNATURE, "Credential should be scoped to correct service: 'dynamodb'. ");
}

static void an_unknown_key(void **state)
{
    struct fixture *f = *state;
    start(f, "", AUTHORIZATION("NOBODY/20150830/us-east-1/dynamodb/aws4_request"), "20150830T123600Z");
    expect_error(f, ERR_UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.");
}

static void a_wrong_signature_is_told_what_was_expected(void **state)
{
    struct fixture *f = *state;
    start(f, "", AUTHORIZATION(CREDENTIAL), "20150830T123600Z");
    /* printf '{}' | sha256sum; and the same of the canonical request. */
    expect_error(f, ERR_INVALID_SIGNATURE,
                 "The request signature we calculated does not match the signature you provided. Check your "
                 "AWS Secret Access "
                 "Key and signing method. Consult the service documentation for details.\n"
                 "\n"
                 "The Canonical String for this request should have been\n"
                 "'POST\n/\n\nhost:localhost\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n"
                 "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'\n"
                 "\n"
                 "The String-to-Sign should have been\n"
                 "'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/dynamodb/aws4_request\n"
                 "55697f3c4a909efcb4cdc37975b6ca5a0212efb25dd4ae58322e6ce6f9e65e2b'\n");
}

static void a_signature_must_be_64_lower_case_digits(void **state)
{
    struct fixture *f = *state;
    const struct vector *v = &derived_vectors[0];
    fixture_vector(f, v);
    struct field *authorization = &f->fields[f->request.headers.count - 1];
    struct slice good = authorization->value;
    assert_true(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
    authorization->value = slice_of(good.data, good.size - 1);
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
    char *upper = arena_copy_cstr(&f->arena, good);
    for (size_t i = good.size - 64; i < good.size; i++)
        upper[i] = upper[i] >= 'a' ? (char)(upper[i] & ~0x20) : upper[i];
    authorization->value = slice_from_cstr(upper);
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
    assert_int_equal(f->err.code, ERR_INVALID_SIGNATURE);
}

static void thousands_of_signed_names_are_no_trouble(void **state)
{
    struct fixture *f = *state;
    struct buf header;
    buf_init(&header, &f->arena, 8192);
    buf_append_literal(&header, "AWS4-HMAC-SHA256 Credential=" CREDENTIAL ", Signature=" SIGNATURE_64
                                ", SignedHeaders=host");
    for (int i = 0; i < 3000; i++)
        buf_append_literal(&header, ";z");
    buf_append_byte(&header, '\0');
    start(f, "", header.data, "20150830T123600Z");
    assert_false(verify_at(f, VECTOR_CREDENTIALS, VECTOR_TIME_MS));
    assert_int_equal(f->err.code, ERR_INVALID_SIGNATURE);
}

static void without_credentials_form_is_all_that_counts(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, NULL);
    struct auth_identity identity;
    start(f, "", "AWS4-HMAC-SHA256 Credential=any/1/moon-1/x/y, SignedHeaders=a, Signature=b", "long ago");
    assert_true(auth_verify(auth, &f->request, 0, &f->arena, &identity, &f->err));
    assert_slice(identity.access_key_id, "any");
    assert_slice(identity.region, "moon-1");
    assert_true(auth_reload(auth, &f->err));

    start(f, "", NULL, "20150830T123600Z");
    assert_false(auth_verify(auth, &f->request, 0, &f->arena, &identity, &f->err));
    assert_int_equal(f->err.code, ERR_MISSING_AUTHENTICATION_TOKEN);
    start(f, "", "AWS4-HMAC-SHA256 Credential=any/1/moon-1/x/y, SignedHeaders=a, Signature=b", NULL);
    assert_false(auth_verify(auth, &f->request, 0, &f->arena, &identity, &f->err));
    assert_int_equal(f->err.code, ERR_INCOMPLETE_SIGNATURE);
    start(f, "", "AWS4-HMAC-SHA256 Credential=any, SignedHeaders=a, Signature=b", "20150830T123600Z");
    assert_false(auth_verify(auth, &f->request, 0, &f->arena, &identity, &f->err));
    assert_int_equal(f->err.code, ERR_INCOMPLETE_SIGNATURE);
    auth_close(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(both_forms_at_once),
        CASE(no_form_at_all),
        CASE(missing_pieces_of_the_header),
        CASE(missing_pieces_of_the_query),
        CASE(a_date_that_is_none),
        CASE(a_request_too_old_or_too_new),
        CASE(fifteen_minutes_either_way_are_allowed),
        CASE(a_presigned_request_lasts_as_long_as_it_says),
        CASE(expiry_must_be_a_number_of_seconds),
        CASE(the_host_must_be_signed),
        CASE(host_may_stand_anywhere_in_any_case),
        CASE(pieces_of_the_header_in_any_arrangement),
        CASE(one_wrong_digit_anywhere_is_seen),
        CASE(only_one_algorithm_is_known),
        CASE(a_credential_has_five_pieces),
        CASE(a_scope_of_something_else),
        CASE(an_unknown_key),
        CASE(a_wrong_signature_is_told_what_was_expected),
        CASE(a_signature_must_be_64_lower_case_digits),
        CASE(thousands_of_signed_names_are_no_trouble),
        CASE(without_credentials_form_is_all_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
