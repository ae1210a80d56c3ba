/* Signing keys: four HMACs away from the secret, and the same for all requests of a credential on one day. */
#include "auth/auth_priv.h"

#include "base/contract.h"
#include "base/crc32c.h"

#include <openssl/crypto.h>

/* Each thread keeps its own, so that nothing is shared and nothing need be reclaimed. The generation tells keys of
 * credentials that have been replaced from those in force. */
enum { CACHED_KEYS = 16 };

struct cached_key {
    uint64_t generation; /* 0: empty */
    size_t credential;
    char scope[SCOPE_BYTES_MAX];
    size_t scope_size;
    struct hmac_key key;
};

static _Thread_local struct cached_key cache[CACHED_KEYS];

static bool is_for(const struct cached_key *cached, uint64_t generation, size_t credential,
                   struct slice scope)
{
    return cached->generation == generation && cached->credential == credential &&
           slice_equal(slice_of(cached->scope, cached->scope_size), scope);
}

static void hmac_step(struct hmac_key *key, struct slice data)
{
    struct sha256_digest digest = hmac_sha256(key, data);
    hmac_key_init(key, sha256_slice(&digest));
}

void signing_key_derive(struct hmac_key *key, struct slice secret, const struct claim *claim)
{
    char prefixed[4 + SECRET_BYTES_MAX] = "AWS4";
    PRE(secret.size <= SECRET_BYTES_MAX);
    memcpy(prefixed + 4, secret.data, secret.size);
    hmac_key_init(key, slice_of(prefixed, 4 + secret.size));
    OPENSSL_cleanse(prefixed, sizeof prefixed);
    hmac_step(key, claim->scope_date);
    hmac_step(key, claim->region);
    hmac_step(key, claim->service);
    hmac_step(key, claim->terminator);
}

/* claim_check_scope() has made sure of the scope's size. */
const struct hmac_key *signing_key(const struct credentials *credentials, const struct credential *credential,
                                   const struct claim *claim)
{
    size_t number = (size_t)(credential - credentials->by_key_id);
    struct cached_key *cached = &cache[(number + crc32c(claim->scope)) % CACHED_KEYS];
    if (!is_for(cached, credentials->generation, number, claim->scope)) {
        signing_key_derive(&cached->key, credential->secret, claim);
        cached->generation = credentials->generation;
        cached->credential = number;
        memcpy(cached->scope, claim->scope.data, claim->scope.size);
        cached->scope_size = claim->scope.size;
    }
    return &cached->key;
}
