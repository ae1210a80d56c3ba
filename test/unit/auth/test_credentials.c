/* The format: AWS CLI user guide, "Configuration and credential file settings". */
#include "auth_fixture.h"

static struct credentials *parse(struct fixture *f, const char *text)
{
    struct credentials *credentials = NULL;
    if (!credentials_parse(slice_from_cstr(text), "file", &credentials, &f->err))
        fail_msg("%s", f->err.message);
    return credentials;
}

static void expect_error(struct fixture *f, const char *text, const char *message)
{
    struct credentials *credentials = NULL;
    assert_false(credentials_parse(slice_from_cstr(text), "file", &credentials, &f->err));
    assert_null(credentials);
    assert_int_equal(f->err.code, ERR_CONFIG);
    assert_string_equal(f->err.message, message);
}

static void several_profiles(void **state)
{
    struct fixture *f = *state;
    struct credentials *c = parse(f, "[default]\n"
                                     "aws_access_key_id=ZZ\n"
                                     "aws_secret_access_key=one\n"
                                     "\n"
                                     "[profile two]\n"
                                     "region = eu-west-1\n"
                                     "aws_secret_access_key = t/w+o=\n"
                                     "aws_access_key_id = AA\n"
                                     "aws_session_token = ignored\n");
    assert_int_equal(c->count, 2);
    assert_slice(credentials_find(c, SLICE("ZZ"))->secret, "one");
    assert_slice(credentials_find(c, SLICE("AA"))->secret, "t/w+o=");
    assert_slice(credentials_find(c, SLICE("AA"))->profile, "profile two");
    assert_null(credentials_find(c, SLICE("A")));
    assert_null(credentials_find(c, SLICE("AAA")));
    assert_null(credentials_find(c, SLICE("")));
    shared_release(&c->shared);
}

static void comments_blanks_and_windows_line_ends(void **state)
{
    struct fixture *f = *state;
    struct credentials *c = parse(f, "\xef\xbb\xbf# comment\r\n"
                                     "  ; comment\r\n"
                                     "[ default ]   # comment\r\n"
                                     "\taws_access_key_id\t=  KEY   ; comment\r\n"
                                     "aws_secret_access_key = se#cr;et # comment\r\n"
                                     "\r\n"
                                     "s3 =\r\n"
                                     "  max_concurrent_requests = 10\r\n"
                                     "[sso]\r\n"
                                     "sso_start_url = https://example.com/\r\n"
                                     "[last]\n"
                                     "aws_access_key_id = LAST\n"
                                     "aws_secret_access_key = no-newline-after-this");
    assert_int_equal(c->count, 2);
    assert_slice(credentials_find(c, SLICE("KEY"))->secret, "se#cr;et");
    assert_slice(credentials_find(c, SLICE("KEY"))->profile, "default");
    assert_slice(credentials_find(c, SLICE("LAST"))->secret, "no-newline-after-this");
    shared_release(&c->shared);
}

static void a_value_with_blanks_inside_is_refused(void **state)
{
    struct fixture *f = *state;
    expect_error(
        f, "[a]\naws_access_key_id = A\naws_secret_access_key = two words\n",
        "credentials file \"file\", line 3: the value of aws_secret_access_key is empty, too long or has "
        "characters it cannot have");
    expect_error(
        f, "[a]\naws_access_key_id = A/B\n",
        "credentials file \"file\", line 2: the value of aws_access_key_id is empty, too long or has "
        "characters it cannot have");
    expect_error(
        f, "[a]\naws_access_key_id =\n",
        "credentials file \"file\", line 2: the value of aws_access_key_id is empty, too long or has "
        "characters it cannot have");
}

static void duplicates_are_errors(void **state)
{
    struct fixture *f = *state;
    expect_error(f, "[a]\n[b]\n[a]\n",
                 "credentials file \"file\", line 3: profile \"a\" was already given in line 1");
    expect_error(f, "[a]\naws_access_key_id=A\naws_access_key_id=A\n",
                 "credentials file \"file\", line 3: aws_access_key_id is given twice in profile \"a\"");
    expect_error(f,
                 "[a]\naws_access_key_id=A\naws_secret_access_key=x\n"
                 "[b]\naws_secret_access_key=x\naws_access_key_id=A\n",
                 "credentials file \"file\", line 6: access key id A is that of line 2 again");
}

static void halves_are_errors(void **state)
{
    struct fixture *f = *state;
    expect_error(f, "\n[a]\naws_access_key_id=A\n",
                 "credentials file \"file\", line 2: profile \"a\" has no aws_secret_access_key");
    expect_error(f, "[a]\naws_secret_access_key=A\n",
                 "credentials file \"file\", line 1: profile \"a\" has no aws_access_key_id");
}

static void lines_that_mean_nothing_are_errors(void **state)
{
    struct fixture *f = *state;
    expect_error(f, "[a\n", "credentials file \"file\", line 1: a profile is written [name]");
    expect_error(f, "[a] b\n", "credentials file \"file\", line 1: a profile is written [name]");
    expect_error(f, "[ ]\n", "credentials file \"file\", line 1: the profile has no name");
    expect_error(f, "aws_access_key_id=A\n",
                 "credentials file \"file\", line 1: aws_access_key_id must belong to a [profile]");
    expect_error(f, "region=x\n", "credentials file \"file\", line 1: a setting must belong to a [profile]");
    expect_error(f, "[a]\nhello\n", "credentials file \"file\", line 2: expected [profile] or name = value");
    expect_error(f, "", "credentials file \"file\" has no access key");
    expect_error(f, "[a]\nregion=x\n", "credentials file \"file\" has no access key");
}

static void a_file_that_is_missing_or_huge_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct credentials *credentials = NULL;
    assert_false(credentials_load("/nonexistent/credentials", &credentials, &f->err));
    assert_string_equal(
        f->err.message,
        "could not read credentials file \"/nonexistent/credentials\": No such file or directory");
    char *text = arena_alloc_bytes(&f->arena, 1100001);
    memset(text, '\n', 1100000);
    text[1100000] = '\0';
    fixture_write_file(f, text);
    assert_false(credentials_load(f->path, &credentials, &f->err));
    assert_non_null(strstr(f->err.message, "is larger than 1048576 bytes"));
}

static void a_failed_reload_keeps_the_old_keys(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, VECTOR_CREDENTIALS);
    struct auth_identity identity;
    fixture_vector(f, &derived_vectors[0]);
    fixture_write_file(f, "[broken");
    assert_false(auth_reload(auth, &f->err));
    assert_true(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    fixture_write_file(f, "[a]\naws_access_key_id=A\naws_secret_access_key=x\n");
    assert_true(auth_reload(auth, &f->err));
    assert_false(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    assert_int_equal(f->err.code, ERR_UNRECOGNIZED_CLIENT);
    /* The same key with another secret: the cached signing key must not outlive the old one. */
    fixture_write_file(f, "[a]\naws_access_key_id=" VECTOR_KEY_ID "\naws_secret_access_key=x\n");
    assert_true(auth_reload(auth, &f->err));
    assert_false(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    assert_int_equal(f->err.code, ERR_INVALID_SIGNATURE);
    fixture_write_file(f, VECTOR_CREDENTIALS);
    assert_true(auth_reload(auth, &f->err));
    assert_true(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    auth_close(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(several_profiles),
        CASE(comments_blanks_and_windows_line_ends),
        CASE(a_value_with_blanks_inside_is_refused),
        CASE(duplicates_are_errors),
        CASE(halves_are_errors),
        CASE(lines_that_mean_nothing_are_errors),
        CASE(a_file_that_is_missing_or_huge_is_an_error),
        CASE(a_failed_reload_keeps_the_old_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
