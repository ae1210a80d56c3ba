/* partiql_token.h - NextToken: where a SELECT goes on.
 * Token:   base64 of: version, what it is bound to, the position, and an authentication code by the store's secret, which covers the
 *          account too. So a client can neither make one nor change one. It is good for ever.
 * Bound:   to the statement's text, its parameters, and the table or index that it reads: a statement that differs in them is told
 *          that the token is not its own. Limit and ConsistentRead may change from page to page.
 * Errors:  ERR_VALIDATION "Invalid NextToken", "NextToken does not match request".
 * Threads: any. */
#ifndef STATOR_API_PARTIQL_TOKEN_H
#define STATOR_API_PARTIQL_TOKEN_H

#include "api/partiql_statement.h"
#include "storage/storage.h"

/* The next entry to read: of that range of the plan, behind the key, or from its beginning. */
struct partiql_position {
    size_t range;
    bool behind_key;
    struct slice partition; /* of the key, as they are stored */
    struct slice sort;
};

/* PRE: the job is planned. The text lives in the request's arena. */
struct slice partiql_token_make(const struct api_request *q, const struct partiql_job *job,
                                const struct partiql_position *position);
[[nodiscard]] bool partiql_token_read(const struct api_request *q, const struct partiql_job *job,
                                      struct slice text, struct partiql_position *position_out,
                                      struct error *err);

#endif
