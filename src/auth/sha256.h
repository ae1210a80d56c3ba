/* sha256.h - SHA-256 and HMAC-SHA-256, by value, without an allocation.
 * Use:     sha256() of one piece; a hmac_key once per secret, then hmac_sha256() as often as wanted: the key's two
 *          blocks are hashed when it is made, so a short message costs two compressions.
 * How:     OpenSSL's own SHA-256, called below its EVP layer, which costs more than hashing a short text. It uses the
 *          processor's SHA instructions where there are any.
 * Threads: any; a hmac_key is only read once made. */
#ifndef STATOR_AUTH_SHA256_H
#define STATOR_AUTH_SHA256_H

#include "base/slice.h"

#include <openssl/sha.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 64 };

struct sha256_digest {
    uint8_t bytes[SHA256_BYTES];
};

struct hmac_key {
    SHA256_CTX inner;
    SHA256_CTX outer;
};

struct sha256_digest sha256(struct slice data);

/* Of several pieces, one after another. */
struct sha256_stream {
    SHA256_CTX context;
};
void sha256_begin(struct sha256_stream *stream);
void sha256_add(struct sha256_stream *stream, struct slice data);
struct sha256_digest sha256_end(struct sha256_stream *stream);

void hmac_key_init(struct hmac_key *key, struct slice secret);
struct sha256_digest hmac_sha256(const struct hmac_key *key, struct slice data);

/* 64 lower-case hexadecimal digits, without NUL. */
void sha256_hex(const struct sha256_digest *digest, char out[static SHA256_HEX_BYTES]);

static inline struct slice sha256_slice(const struct sha256_digest *digest)
{
    return slice_of(digest->bytes, sizeof digest->bytes);
}

#endif
