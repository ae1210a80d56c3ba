/* signer.h - AWS Signature Version 4 for requests that are made once and sent often.
 * Use:     signer_init(); request_build() makes a whole HTTP request; request_sign() dates and signs it in place and
 *          can do so again when the signature has grown old.
 * Speed:   the body is hashed once, when the request is built; the signing key is derived once a day.
 * Threads: a signer belongs to one thread.
 * Source:  AWS documentation, "Signature Version 4 signing process". */
#ifndef BENCH_SIGNER_H
#define BENCH_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct signer {
    char host[80]; /* as sent in Host */
    char key_id[64];
    char secret[64];
    char region[32];
    char key_day[9]; /* yyyymmdd that `key` is for; empty: none yet */
    unsigned char key[32];
};

void signer_init(struct signer *s, const char *host, const char *key_id, const char *secret,
                 const char *region);

struct request {
    char *bytes; /* header and body as they go over the wire; owned, see request_release() */
    size_t size_bytes;
    size_t capacity_bytes;
    size_t date_at; /* offsets of the parts that signing fills in */
    size_t scope_day_at;
    size_t signature_at;
    int64_t signed_at_s; /* Unix time; 0: never */
    char body_hash[65];
    char target[40];        /* "GetItem" */
    size_t reply_bytes_min; /* a right answer's body is at least this long */
    unsigned items;         /* items that the request writes or asks for */
    bool busy;              /* some connection is sending it or waits for its answer */
};

/* Makes `r` the request for operation `target` with this body, unsigned. Uses r's memory again if it is large enough. */
void request_build(struct request *r, const struct signer *s, const char *target, const char *body,
                   size_t body_bytes);
void request_sign(struct request *r, struct signer *s, int64_t now_s);
void request_release(struct request *r);

#endif
