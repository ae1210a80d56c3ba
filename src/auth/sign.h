/* sign.h - requests that we make, signed by AWS Signature Version 4.
 * How:     by the functions that rebuild what others have signed (canonical.c, signing_key.c), so both agree.
 * Owns:    nothing; what is signed is borrowed, what comes of it lives in the arena.
 * Threads: any.
 * Source:  AWS documentation "Signature Version 4". */
#ifndef STATOR_AUTH_SIGN_H
#define STATOR_AUTH_SIGN_H

#include "base/arena.h"
#include "base/field.h"

enum { SIGN_SECRET_BYTES_MAX = 256, SIGN_HEADERS_MAX = 16 };

struct sign_credentials {
    struct slice access_key_id;
    struct slice secret;        /* at most SIGN_SECRET_BYTES_MAX */
    struct slice session_token; /* SLICE_NONE: none */
};

struct sign_request {
    struct slice method;
    struct slice path; /* without a query */
    struct slice host; /* with the port, as it is sent */
    struct slice region;
    struct slice service;
    struct field_list
        headers; /* that are sent and signed beside Host; their names in lower case, in byte order */
    const struct slice *body; /* one part after another */
    size_t body_part_count;
};

/* The headers to be sent: those given, Authorization, X-Amz-Date, and the session token if there is one. Not Host, which must
 * be sent as it was signed. PRE: at most SIGN_HEADERS_MAX - 3 headers; a secret that is not too long. */
struct field_list sign_request(const struct sign_credentials *credentials, const struct sign_request *request,
                               int64_t now_ms, struct arena *arena);

#endif
