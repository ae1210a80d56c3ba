/* auth_priv.h - the steps of verifying a request: find the claim, read its date, rebuild what was signed, sign it.
 * Never leaves src/auth. */
#ifndef STATOR_AUTH_AUTH_PRIV_H
#define STATOR_AUTH_AUTH_PRIV_H

#include "auth/auth.h"
#include "auth/sha256.h"
#include "base/buf.h"
#include "base/shared.h"

#include <stddef.h>

enum {
    REGION_BYTES_MAX = 63,
    ISO_DATE_BYTES = 16, /* 20150830T123600Z */
    SCOPE_DATE_BYTES = 8,
    SCOPE_BYTES_MAX = SCOPE_DATE_BYTES + 1 + REGION_BYTES_MAX + sizeof "/dynamodb/aws4_request" - 1,
    SIGNED_HEADERS_MAX = 128,
    SECRET_BYTES_MAX = 256,
};

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"

/* Without the blanks at its ends. */
static inline struct slice trimmed(struct slice text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_after(text, 1);
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* ---- date.c */

/* "20150830T123600Z". */
[[nodiscard]] bool date_parse_iso(struct slice text, int64_t *ms_out);
/* "Sun, 30 Aug 2015 12:36:00 GMT". */
[[nodiscard]] bool date_parse_http(struct slice text, int64_t *ms_out);
/* 16 characters and a NUL. PRE: the years 0 to 9999. */
void date_format_iso(int64_t ms, char out[static ISO_DATE_BYTES + 1]);

/* ---- query.c */

/* One parameter of a query string, name and value decoded and encoded anew the one way that is signed. */
struct query_parameter {
    struct slice name;
    struct slice value;
};

struct query {
    struct query_parameter *parameters; /* in the order of the wire until query_sort() */
    size_t count;
};

struct query query_parse(struct slice text, struct arena *arena);
void query_sort(struct query *query);
/* Its value, decoded; SLICE_NONE if there is none. */
struct slice query_value(const struct query *query, struct slice name, struct arena *arena);
/* Percent-encoding as signed: all but letters, digits and -._~ (and '/', if it is kept). */
void append_encoded(struct buf *out, struct slice bytes, bool keep_slash);

/* ---- claim.c */

/* What a request says of its signature. */
struct claim {
    bool in_query;
    struct slice algorithm;
    struct slice credential;
    struct slice signed_headers;
    struct slice signature;
    struct slice date;     /* as on the wire; absent if there is none */
    bool date_may_be_http; /* it is that of a Date header */
    struct slice expires;  /* X-Amz-Expires; absent if there is none */
    /* The credential's pieces, once claim_split_credential() has been called. */
    struct slice key_id;
    struct slice scope; /* all but the key id */
    struct slice scope_date;
    struct slice region;
    struct slice service;
    struct slice terminator;
    /* Once claim_read_date() has been called. */
    int64_t signed_ms;
    char iso_date[ISO_DATE_BYTES + 1];
};

/* Header or query form, with all its pieces. Also parses the query, of either form. */
[[nodiscard]] bool claim_find(const struct auth_request *request, struct arena *arena,
                              struct query *query_out, struct claim *claim_out, struct error *err);
[[nodiscard]] bool claim_read_date(struct claim *claim, struct error *err);
[[nodiscard]] bool claim_check_time(const struct claim *claim, int64_t now_ms, int64_t skew_ms,
                                    struct error *err);
[[nodiscard]] bool claim_check_host(const struct claim *claim, struct error *err);
[[nodiscard]] bool claim_check_algorithm(const struct claim *claim, struct error *err);
[[nodiscard]] bool claim_split_credential(struct claim *claim, struct error *err);
[[nodiscard]] bool claim_check_scope(const struct claim *claim, struct error *err);

/* ---- signed_names.c */

struct signed_names {
    struct slice names[SIGNED_HEADERS_MAX]; /* in lower case and byte order */
    size_t count;
    struct slice joined; /* all of them, with ';' between */
    bool with_host;      /* whether the list has "host" */
};

/* Of a list as a client has written it. Valid until this thread's next call. */
const struct signed_names *signed_names(struct slice list, struct arena *arena);

/* ---- canonical.c */

struct slice canonical_request(const struct auth_request *request, const struct claim *claim,
                               struct query *query, struct arena *arena);
/* The same with the hash of the body; the request's own body is not looked at. */
struct slice canonical_request_of(const struct auth_request *request, const struct sha256_digest *body_hash,
                                  const struct claim *claim, struct query *query, struct arena *arena);
struct slice string_to_sign(const struct claim *claim, struct slice canonical, struct arena *arena);

/* ---- credentials.c: one generation of keys, immutable */

struct credential {
    struct slice key_id;
    struct slice secret;
    struct slice profile;
};

struct credentials {
    struct shared shared;
    struct arena arena;
    uint64_t generation; /* differs from that of every other set in this process */
    struct credential *by_key_id;
    size_t count;
};

[[nodiscard]] bool credentials_load(const char *path, struct credentials **credentials_out,
                                    struct error *err);
/* The text of such a file; `path` is for messages. */
[[nodiscard]] bool credentials_parse(struct slice text, const char *path,
                                     struct credentials **credentials_out, struct error *err);
/* NULL if there is none of that id. */
const struct credential *credentials_find(const struct credentials *credentials, struct slice key_id);

/* ---- signing_key.c */

/* The key for one credential, day, region and service, from this thread's cache or derived. Valid until this
 * thread's next call. */
const struct hmac_key *signing_key(const struct credentials *credentials, const struct credential *credential,
                                   const struct claim *claim);
/* Without the cache. PRE: a secret of at most SECRET_BYTES_MAX bytes. */
void signing_key_derive(struct hmac_key *key_out, struct slice secret, const struct claim *claim);

#endif
