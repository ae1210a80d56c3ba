#include "auth/sign.h"

#include "auth/auth_priv.h"
#include "base/contract.h"

#include <assert.h>
#include <stdlib.h>

static_assert((int)SIGN_SECRET_BYTES_MAX == (int)SECRET_BYTES_MAX, "what signing_key_derive() takes");

static struct sha256_digest hash_of(const struct sign_request *request)
{
    struct sha256_stream stream;
    sha256_begin(&stream);
    for (size_t i = 0; i < request->body_part_count; i++)
        sha256_add(&stream, request->body[i]);
    return sha256_end(&stream);
}

static int compare_fields(const void *a, const void *b)
{
    return slice_compare(((const struct field *)a)->name, ((const struct field *)b)->name);
}

/* "content-type;host;x-amz-date" */
static struct slice names_of(const struct field *fields, size_t count, struct arena *arena)
{
    struct buf names;
    buf_init(&names, arena, 128);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_byte(&names, ';');
        buf_append(&names, fields[i].name);
    }
    return buf_slice(&names);
}

static struct claim claim_of(const struct sign_request *request, int64_t now_ms, struct arena *arena)
{
    struct claim claim = {
        .region = request->region, .service = request->service, .terminator = SLICE("aws4_request")};
    date_format_iso(now_ms, claim.iso_date);
    claim.scope_date = arena_copy(arena, slice_of(claim.iso_date, SCOPE_DATE_BYTES));
    claim.scope =
        slice_from_cstr(arena_printf(arena, "%.*s/%.*s/%.*s/aws4_request", SLICE_PRINTF(claim.scope_date),
                                     SLICE_PRINTF(request->region), SLICE_PRINTF(request->service)));
    return claim;
}

static struct slice signature_of(const struct sign_credentials *credentials, const struct claim *claim,
                                 struct slice canonical, struct arena *arena)
{
    struct hmac_key key;
    char *hex = arena_alloc_bytes(arena, SHA256_HEX_BYTES);
    signing_key_derive(&key, credentials->secret, claim);
    struct sha256_digest digest = hmac_sha256(&key, string_to_sign(claim, canonical, arena));
    sha256_hex(&digest, hex);
    return slice_of(hex, SHA256_HEX_BYTES);
}

struct field_list sign_request(const struct sign_credentials *credentials, const struct sign_request *request,
                               int64_t now_ms, struct arena *arena)
{
    PRE(request->headers.count + 3 <= SIGN_HEADERS_MAX);
    struct field *fields = ARENA_NEW_ARRAY(arena, struct field, SIGN_HEADERS_MAX);
    struct claim claim = claim_of(request, now_ms, arena);
    size_t count = 0;
    for (size_t i = 0; i < request->headers.count; i++)
        fields[count++] = request->headers.fields[i];
    fields[count++] = (struct field){SLICE("host"), request->host};
    fields[count++] =
        (struct field){SLICE("x-amz-date"), arena_copy(arena, slice_of(claim.iso_date, ISO_DATE_BYTES))};
    if (!slice_is_none(credentials->session_token))
        fields[count++] = (struct field){SLICE("x-amz-security-token"), credentials->session_token};
    qsort(fields, count, sizeof *fields, compare_fields);

    struct query no_query = {0};
    struct sha256_digest body_hash = hash_of(request);
    const struct auth_request seen = {
        .method = request->method, .path = request->path, .headers = {fields, count}};
    claim.signed_headers = names_of(fields, count, arena);
    struct slice canonical = canonical_request_of(&seen, &body_hash, &claim, &no_query, arena);
    struct slice signature = signature_of(credentials, &claim, canonical, arena);
    struct slice authorization = slice_from_cstr(
        arena_printf(arena, SIGV4_ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
                     SLICE_PRINTF(credentials->access_key_id), SLICE_PRINTF(claim.scope),
                     SLICE_PRINTF(claim.signed_headers), SLICE_PRINTF(signature)));
    for (size_t i = 0; i < count; i++)
        if (slice_equal(fields[i].name, SLICE("host")))
            fields[i] = (struct field){SLICE("authorization"), authorization};
    return (struct field_list){fields, count};
}
