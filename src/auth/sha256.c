/* The low-level functions are marked deprecated in OpenSSL 3 in favour of EVP, and remain. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "auth/sha256.h"

#include <endian.h>

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

/* The end of a message that has come in whole blocks so far. The last one or two, with their padding, are made here: then
 * OpenSSL hashes where the bytes are, and neither copies nor wipes them. */
static void absorb_last(SHA256_CTX *context, struct slice data, struct sha256_digest *digest_out)
{
    size_t rest = data.size % SHA256_CBLOCK;
    SHA256_Update(context, data.data, data.size - rest);
    uint64_t bits = htobe64(((uint64_t)context->Nh << 32 | context->Nl) + rest * 8);
    uint8_t last[2 * SHA256_CBLOCK] = {0};
    size_t size = rest + 1 + sizeof bits <= SHA256_CBLOCK ? SHA256_CBLOCK : sizeof last;
    if (rest > 0)
        memcpy(last, data.data + data.size - rest, rest);
    last[rest] = 0x80;
    memcpy(last + size - sizeof bits, &bits, sizeof bits);
    for (size_t at = 0; at < size; at += SHA256_CBLOCK)
        SHA256_Transform(context, last + at);

    for (size_t i = 0; i < SHA256_BYTES / 4; i += 2) {
        uint64_t words = htobe64((uint64_t)context->h[i] << 32 | context->h[i + 1]);
        memcpy(digest_out->bytes + 4 * i, &words, sizeof words);
    }
}

struct sha256_digest sha256(struct slice data)
{
    SHA256_CTX context;
    struct sha256_digest digest;
    SHA256_Init(&context);
    absorb_last(&context, data, &digest);
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
        struct sha256_stream stream; /* wiped when it ends */
        sha256_begin(&stream);
        sha256_add(&stream, secret);
        struct sha256_digest digest = sha256_end(&stream);
        memcpy(block, digest.bytes, sizeof digest.bytes);
    } else if (secret.size > 0) {
        memcpy(block, secret.data, secret.size);
    }
    absorb_padded(&key->inner, block, 0x36);
    absorb_padded(&key->outer, block, 0x5c);
}

struct sha256_digest hmac_sha256(const struct hmac_key *key, struct slice data)
{
    SHA256_CTX inner = key->inner, outer = key->outer;
    struct sha256_digest digest;
    absorb_last(&inner, data, &digest);
    absorb_last(&outer, sha256_slice(&digest), &digest);
    return digest;
}

static char digit_of(uint8_t half)
{
    return (char)(half + (half < 10 ? '0' : 'a' - 10));
}

/* `restrict` lets the compiler convert many bytes at once. */
void sha256_hex(const struct sha256_digest *restrict digest, char out[restrict static SHA256_HEX_BYTES])
{
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        out[2 * i] = digit_of(digest->bytes[i] >> 4);
        out[2 * i + 1] = digit_of(digest->bytes[i] & 15);
    }
}
