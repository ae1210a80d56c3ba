/* The low-level functions are marked deprecated in OpenSSL 3 in favour of EVP, and remain. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "auth/sha256.h"

struct sha256_digest sha256(struct slice data)
{
    SHA256_CTX context;
    struct sha256_digest digest;
    SHA256_Init(&context);
    SHA256_Update(&context, data.data, data.size);
    SHA256_Final(digest.bytes, &context);
    return digest;
}

static void absorb_padded(SHA256_CTX *context, const uint8_t key[static SHA256_CBLOCK], uint8_t pad)
{
    uint8_t block[SHA256_CBLOCK];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    SHA256_Init(context);
    SHA256_Update(context, block, sizeof block);
}

void hmac_key_init(struct hmac_key *key, struct slice secret)
{
    uint8_t block[SHA256_CBLOCK] = {0};
    if (secret.size > sizeof block) {
        struct sha256_digest digest = sha256(secret);
        memcpy(block, digest.bytes, sizeof digest.bytes);
    } else if (secret.size > 0) {
        memcpy(block, secret.data, secret.size);
    }
    absorb_padded(&key->inner, block, 0x36);
    absorb_padded(&key->outer, block, 0x5c);
}

struct sha256_digest hmac_sha256(const struct hmac_key *key, struct slice data)
{
    SHA256_CTX context = key->inner;
    struct sha256_digest digest;
    SHA256_Update(&context, data.data, data.size);
    SHA256_Final(digest.bytes, &context);
    context = key->outer;
    SHA256_Update(&context, digest.bytes, sizeof digest.bytes);
    SHA256_Final(digest.bytes, &context);
    return digest;
}

void sha256_hex(const struct sha256_digest *digest, char out[static SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
}
