/* auth.h - who signed this request, by AWS Signature Version 4.
 * Use:     auth_open() once; auth_verify() on every request; auth_reload() when told to.
 * Owns:    the current set of credentials, replaced as a whole on reload; requests in flight finish with the old one.
 * Speed:   signing keys are derived once per credential, day, region and service; a list of signed headers is split once
 *          while requests come with the same.
 * Tokens:  a session token is signed like any header, and otherwise not looked at.
 * Errors:  the wire's, with its texts and in its order: semantics.md section 2.
 * Threads: verify from any; reload from one.
 * Source:  AWS documentation "Signature Version 4", semantics.md section 2. */
#ifndef STATOR_AUTH_AUTH_H
#define STATOR_AUTH_AUTH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/field.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct auth;

struct auth_options {
    /* A file in the AWS shared-credentials format (INI; each profile's aws_access_key_id and aws_secret_access_key;
     * aws_session_token is ignored). NULL: every well-formed signature is accepted unchecked: there must be one, in
     * one of its two forms, with a date, by the known algorithm and with a scope of five parts; neither the date nor
     * what the scope names matters. */
    const char *credentials_path;
    int64_t skew_ms; /* how far a request's date may be off; AWS: 15 minutes */
};

/* Fails with ERR_CONFIG naming the file and line. A file readable by others is accepted with a warning in the log. */
[[nodiscard]] bool auth_open(const struct auth_options *options, struct auth **auth_out, struct error *err);
void auth_close(struct auth *auth);

/* Reads the file again. On failure the old credentials stay in force and *err says why. */
[[nodiscard]] bool auth_reload(struct auth *auth, struct error *err);

struct auth_request {
    struct slice method;
    struct slice path;  /* as on the wire, before '?' */
    struct slice query; /* as on the wire, after '?'; empty if none */
    struct field_list headers;
    struct slice body; /* as on the wire: compressed if it came compressed */
};

struct auth_identity {
    struct slice access_key_id;
    struct slice region; /* from the credential scope */
};

/* `now_ms` is the wall clock. Scratch memory and texts come from `arena`. What *identity_out names is borrowed from
 * the request or lives in `arena`. Fails with ERR_MISSING_AUTHENTICATION_TOKEN, ERR_INCOMPLETE_SIGNATURE,
 * ERR_INVALID_SIGNATURE or ERR_UNRECOGNIZED_CLIENT, worded as the client is to see it. */
[[nodiscard]] bool auth_verify(struct auth *auth, const struct auth_request *request, int64_t now_ms,
                               struct arena *arena, struct auth_identity *identity_out, struct error *err);

#endif
