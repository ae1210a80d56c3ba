/* Signing keys: four HMACs away from the secret, and the same for all requests of a credential on one day. */
#include "auth/auth_priv.h"

#include "base/contract.h"

#include <openssl/crypto.h>

/* Each thread keeps its own, so that nothing is shared and nothing need be reclaimed. The generation tells keys of
 * credentials that have been replaced from those in force. */
enum { CACHED_KEYS = 16 };

struct cached_key {
    uint64_t generation; /* 0: empty */
    size_t credential;
    char date[SCOPE_DATE_BYTES];
    char region[REGION_BYTES_MAX];
    size_t region_size;
    struct hmac_key key;
};

static _Thread_local struct cached_key cache[CACHED_KEYS];

static bool is_for(const struct cached_key *cached, uint64_t generation, size_t credential,
                   const struct claim *claim)
{
    return cached->generation == generation && cached->credential == credential &&
           memcmp(cached->date, claim->scope_date.data, SCOPE_DATE_BYTES) == 0 &&
           slice_equal(slice_of(cached->region, cached->region_size), claim->region);
}

static size_t place_of(size_t credential, const struct claim *claim)
{
    size_t hash = credential * 31 + (unsigned char)claim->scope_date.data[SCOPE_DATE_BYTES - 1];
    for (size_t i = 0; i < claim->region.size; i++)
        hash = hash * 31 + (unsigned char)claim->region.data[i];
    return hash % CACHED_KEYS;
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

/* claim_check_scope() has made sure of the sizes of date and region, and of service and terminator. */
const struct hmac_key *signing_key(const struct credentials *credentials, const struct credential *credential,
                                   const struct claim *claim)
{
    size_t number = (size_t)(credential - credentials->by_key_id);
    struct cached_key *cached = &cache[place_of(number, claim)];
    if (!is_for(cached, credentials->generation, number, claim)) {
        signing_key_derive(&cached->key, credential->secret, claim);
        cached->generation = credentials->generation;
        cached->credential = number;
        memcpy(cached->date, claim->scope_date.data, SCOPE_DATE_BYTES);
        memcpy(cached->region, claim->region.data, claim->region.size);
        cached->region_size = claim->region.size;
    }
    return &cached->key;
}
