#include "auth/auth_priv.h"

#include "base/bytes8.h"
#include "base/contract.h"

#include <stdlib.h>

struct auth {
    char *credentials_path; /* NULL: signatures are accepted unchecked */
    int64_t skew_ms;
    struct shared_slot current; /* of struct credentials */
};

/* ------------------------------------------------------------------ opening */

bool auth_reload(struct auth *auth, struct error *err)
{
    struct credentials *credentials;
    if (!auth->credentials_path)
        return true;
    if (!credentials_load(auth->credentials_path, &credentials, err))
        return false;
    shared_slot_publish(&auth->current, &credentials->shared);
    return true;
}

bool auth_open(const struct auth_options *options, struct auth **auth_out, struct error *err)
{
    struct auth *auth = calloc(1, sizeof *auth);
    char *path = options->credentials_path ? strdup(options->credentials_path) : NULL;
    if (!auth || (options->credentials_path && !path))
        contract_broken("memory", "auth could be allocated", __FILE__, __LINE__);
    *auth_out = NULL;
    auth->credentials_path = path;
    auth->skew_ms = options->skew_ms;
    shared_slot_init(&auth->current);
    if (!auth_reload(auth, err)) {
        auth_close(auth);
        return false;
    }
    *auth_out = auth;
    return true;
}

void auth_close(struct auth *auth)
{
    shared_slot_publish(&auth->current, NULL);
    free(auth->credentials_path);
    free(auth);
}

/* ------------------------------------------------------------------ verifying */

static bool report_mismatch(struct slice canonical, struct slice to_sign, struct error *err)
{
    return error_set(
        err, ERR_INVALID_SIGNATURE,
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.\n\n"
        "The Canonical String for this request should have been\n'%.*s'\n\n"
        "The String-to-Sign should have been\n'%.*s'\n",
        SLICE_PRINTF(canonical), SLICE_PRINTF(to_sign));
}

/* Takes as long wherever they differ, lest a signature be guessed digit by digit: `volatile` keeps the compiler from
 * stopping early. */
static bool same_signature(const char a[static SHA256_HEX_BYTES], const char b[static SHA256_HEX_BYTES])
{
    volatile uint64_t differences = 0;
    for (size_t i = 0; i < SHA256_HEX_BYTES; i += 8)
        differences |= bytes8_load(a + i) ^ bytes8_load(b + i);
    return differences == 0;
}

static bool check_signature(const struct credentials *credentials, const struct auth_request *request,
                            const struct claim *claim, struct query *query, struct arena *arena,
                            struct error *err)
{
    const struct credential *credential = credentials_find(credentials, claim->key_id);
    if (!credential)
        return error_set(err, ERR_UNRECOGNIZED_CLIENT,
                         "The security token included in the request is invalid.");
    struct slice canonical = canonical_request(request, claim, query, arena);
    struct slice to_sign = string_to_sign(claim, canonical, arena);
    struct sha256_digest digest = hmac_sha256(signing_key(credentials, credential, claim), to_sign);
    char expected[SHA256_HEX_BYTES];
    sha256_hex(&digest, expected);
    if (claim->signature.size != sizeof expected || !same_signature(claim->signature.data, expected))
        return report_mismatch(canonical, to_sign, err);
    return true;
}

static bool check_claim(const struct auth *auth, const struct credentials *credentials,
                        const struct auth_request *request, int64_t now_ms, struct claim *claim,
                        struct query *query, struct arena *arena, struct error *err)
{
    return claim_read_date(claim, err) && claim_check_time(claim, now_ms, auth->skew_ms, err) &&
           claim_check_host(claim, err) && claim_check_algorithm(claim, err) &&
           claim_split_credential(claim, err) && claim_check_scope(claim, err) &&
           check_signature(credentials, request, claim, query, arena, err);
}

/* Without credentials there is nothing to check a signature against, nor a reason to mind the clock. */
static bool check_form(struct claim *claim, struct error *err)
{
    return claim_check_algorithm(claim, err) && claim_split_credential(claim, err);
}

bool auth_verify(struct auth *auth, const struct auth_request *request, int64_t now_ms, struct arena *arena,
                 struct auth_identity *identity_out, struct error *err)
{
    struct claim claim;
    struct query query;
    if (!claim_find(request, arena, &query, &claim, err))
        return false;
    struct credentials *credentials = (struct credentials *)shared_slot_take(&auth->current);
    bool verified = credentials ? check_claim(auth, credentials, request, now_ms, &claim, &query, arena, err)
                                : check_form(&claim, err);
    shared_slot_give_back(&auth->current, credentials ? &credentials->shared : NULL);
    if (verified)
        *identity_out = (struct auth_identity){.access_key_id = claim.key_id, .region = claim.region};
    return verified;
}
