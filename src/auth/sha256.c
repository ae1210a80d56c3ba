/* The low-level functions are marked deprecated in OpenSSL 3 in favour of EVP, and remain. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "auth/sha256.h"

#include "base/bytes8.h"

void sha256_begin(struct sha256_stream *stream)
{
    SHA256_Init(&stream->context);
}

void sha256_add(struct sha256_stream *stream, struct slice data)
{
    SHA256_Update(&stream->context, data.data, data.size);
}

struct sha256_digest sha256_end(struct sha256_stream *stream)
{
    struct sha256_digest digest;
    SHA256_Final(digest.bytes, &stream->context);
    return digest;
}

struct sha256_digest sha256(struct slice data)
{
    struct sha256_stream stream;
    sha256_begin(&stream);
    sha256_add(&stream, data);
    return sha256_end(&stream);
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

/* Eight digits at once: the four bytes are moved apart, split into halves, and each half becomes its digit. */
static uint64_t hex_of_4(const uint8_t bytes[static 4])
{
    uint64_t x =
        (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    x = (x | x << 16) & UINT64_C(0x0000FFFF0000FFFF);
    x = (x | x << 8) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x >> 4 | x << 8) & BYTES8_ONES * 15;
    uint64_t letters = (x + BYTES8_ONES * 6) >> 4 & BYTES8_ONES; /* 1 in each that is above 9 */
    return x + BYTES8_ONES * '0' + letters * ('a' - '0' - 10);
}

void sha256_hex(const struct sha256_digest *digest, char out[static SHA256_HEX_BYTES])
{
    for (size_t i = 0; i < sizeof digest->bytes; i += 4)
        bytes8_store(out + 2 * i, hex_of_4(digest->bytes + i));
}
