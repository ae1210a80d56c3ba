/* The vectors of sigv4_vectors.h, step by step: those AWS has published, and those of an independent signer. */
#include "auth_fixture.h"

static void check_steps(struct fixture *f, const struct vector *v)
{
    struct claim claim;
    struct query query;
    fixture_vector(f, v);
    if (!claim_find(&f->request, &f->arena, &query, &claim, &f->err) || !claim_read_date(&claim, &f->err) ||
        !claim_check_host(&claim, &f->err) || !claim_check_algorithm(&claim, &f->err) ||
        !claim_split_credential(&claim, &f->err))
        fail_msg("%s: %s", v->name, f->err.message);
    assert_int_equal(claim.signed_ms, VECTOR_TIME_MS);
    assert_slice(claim.key_id, VECTOR_KEY_ID);
    assert_slice(claim.region, v->region);
    struct slice canonical = canonical_request(&f->request, &claim, &query, &f->arena);
    assert_slice(canonical, v->canonical);
    struct slice to_sign = string_to_sign(&claim, canonical, &f->arena);
    assert_slice(to_sign, v->to_sign);
    struct hmac_key key;
    signing_key_derive(&key, SLICE(VECTOR_SECRET), &claim);
    struct sha256_digest digest = hmac_sha256(&key, to_sign);
    char signature[SHA256_HEX_BYTES];
    sha256_hex(&digest, signature);
    assert_slice(slice_of(signature, sizeof signature), v->signature);
    assert_slice(claim.signature, v->signature);
}

static void signs_as_the_published_suite(void **state)
{
    for (size_t i = 0; i < sizeof published_vectors / sizeof published_vectors[0]; i++)
        check_steps(*state, &published_vectors[i]);
}

static void signs_as_an_independent_signer(void **state)
{
    for (size_t i = 0; i < sizeof derived_vectors / sizeof derived_vectors[0]; i++)
        check_steps(*state, &derived_vectors[i]);
}

static void accepts_what_is_signed_well(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, VECTOR_CREDENTIALS);
    for (int round = 0; round < 2; round++) { /* the second with a cached signing key */
        for (size_t i = 0; i < sizeof derived_vectors / sizeof derived_vectors[0]; i++) {
            const struct vector *v = &derived_vectors[i];
            struct auth_identity identity;
            fixture_vector(f, v);
            if (!auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err))
                fail_msg("%s: %s", v->name, f->err.message);
            assert_slice(identity.access_key_id, VECTOR_KEY_ID);
            assert_slice(identity.region, v->region);
        }
    }
    auth_close(auth);
}

/* Every signed part, changed by a little. */
static void refuses_what_was_changed_since(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, VECTOR_CREDENTIALS);
    const struct vector *v = &derived_vectors[0];
    for (int part = 0; part < 6; part++) {
        struct auth_identity identity;
        fixture_vector(f, v);
        switch (part) {
        case 0:
            f->request.method = SLICE("PUT");
            break;
        case 1:
            f->request.path = SLICE("/x");
            break;
        case 2:
            f->request.query = SLICE("x");
            break;
        case 3:
            f->request.body = SLICE("{}");
            break;
        case 4:
            f->fields[1].value = SLICE("DynamoDB_20120810.PutItem");
            break;
        case 5:
            fixture_add_header(f, "X-AMZ-TARGET", "again");
            break;
        }
        assert_false(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
        assert_int_equal(f->err.code, ERR_INVALID_SIGNATURE);
    }
    fixture_vector(f, v);
    fixture_add_header(f, "X-Forwarded-For", "10.0.0.1"); /* not signed: anybody may add it */
    struct auth_identity identity;
    assert_true(auth_verify(auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err));
    auth_close(auth);
}

static void many_keys_take_turns_in_the_cache(void **state)
{
    struct fixture *f = *state;
    struct buf file;
    buf_init(&file, &f->arena, 4096);
    for (int i = 0; i < 100; i++)
        buf_printf(&file, "[p%d]\naws_access_key_id = OTHER%d\naws_secret_access_key = secret%d\n", i, i, i);
    buf_append(&file, slice_from_cstr(VECTOR_CREDENTIALS));
    buf_append_byte(&file, '\0');
    struct credentials *credentials;
    assert_true(credentials_parse(slice_of(file.data, file.size - 1), "x", &credentials, &f->err));
    struct claim claim;
    struct query query;
    fixture_vector(f, &derived_vectors[0]);
    assert_true(claim_find(&f->request, &f->arena, &query, &claim, &f->err) &&
                claim_read_date(&claim, &f->err) && claim_split_credential(&claim, &f->err));
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < credentials->count; i++) {
            struct hmac_key derived;
            signing_key_derive(&derived, credentials->by_key_id[i].secret, &claim);
            struct sha256_digest expected = hmac_sha256(&derived, SLICE("text"));
            struct sha256_digest actual =
                hmac_sha256(signing_key(credentials, &credentials->by_key_id[i], &claim), SLICE("text"));
            assert_memory_equal(actual.bytes, expected.bytes, sizeof actual.bytes);
        }
    }
    shared_release(&credentials->shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(signs_as_the_published_suite),      CASE(signs_as_an_independent_signer),
        CASE(accepts_what_is_signed_well),       CASE(refuses_what_was_changed_since),
        CASE(many_keys_take_turns_in_the_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
