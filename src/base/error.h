/* error.h - one error, told twice: to the client exactly as DynamoDB words it, to the operator with its cause.
 * Use:     what can fail returns bool and takes `struct error *err` last; on failure it is set, on success
 *          untouched, so that steps chain with &&. `return error_set(err, ERR_X, "...")` returns false.
 * Owns:    nothing: texts live in the arena given to error_init().
 * Absent:  "not there" is a result, not an error.
 * See:     the wire names and statuses are those of semantics.md section 1.3. */
#ifndef STATOR_BASE_ERROR_H
#define STATOR_BASE_ERROR_H

#include "base/arena.h"

#include <stdbool.h>

#define ERROR_NS_SERVICE  "com.amazon.coral.service#"
#define ERROR_NS_DYNAMODB "com.amazonaws.dynamodb.v20120810#"

/* X(code, wire type, HTTP status, name of the message member)
 * Codes after the wire errors are Stator's own; they reach clients as the wire type given here. */
#define ERROR_CODES(X)                                                                                       \
    X(ERR_VALIDATION, "com.amazon.coral.validate#ValidationException", 400, "message")                       \
    X(ERR_SERIALIZATION, ERROR_NS_SERVICE "SerializationException", 400, "Message")                          \
    X(ERR_UNKNOWN_OPERATION, ERROR_NS_SERVICE "UnknownOperationException", 400, "message")                   \
    X(ERR_MISSING_AUTHENTICATION_TOKEN, ERROR_NS_SERVICE "MissingAuthenticationTokenException", 400,         \
      "message")                                                                                             \
    X(ERR_INCOMPLETE_SIGNATURE, ERROR_NS_SERVICE "IncompleteSignatureException", 400, "message")             \
    X(ERR_INVALID_SIGNATURE, ERROR_NS_SERVICE "InvalidSignatureException", 400, "message")                   \
    X(ERR_UNRECOGNIZED_CLIENT, ERROR_NS_SERVICE "UnrecognizedClientException", 400, "message")               \
    X(ERR_ACCESS_DENIED, ERROR_NS_SERVICE "AccessDeniedException", 400, "Message")                           \
    X(ERR_RESOURCE_NOT_FOUND, ERROR_NS_DYNAMODB "ResourceNotFoundException", 400, "message")                 \
    X(ERR_RESOURCE_IN_USE, ERROR_NS_DYNAMODB "ResourceInUseException", 400, "message")                       \
    X(ERR_LIMIT_EXCEEDED, ERROR_NS_DYNAMODB "LimitExceededException", 400, "message")                        \
    X(ERR_CONDITIONAL_CHECK_FAILED, ERROR_NS_DYNAMODB "ConditionalCheckFailedException", 400, "message")     \
    X(ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED, ERROR_NS_DYNAMODB "ItemCollectionSizeLimitExceededException", \
      400, "message")                                                                                        \
    X(ERR_TRANSACTION_CANCELED, ERROR_NS_DYNAMODB "TransactionCanceledException", 400, "Message")            \
    X(ERR_TRANSACTION_CONFLICT, ERROR_NS_DYNAMODB "TransactionConflictException", 400, "message")            \
    X(ERR_IDEMPOTENT_PARAMETER_MISMATCH, ERROR_NS_DYNAMODB "IdempotentParameterMismatchException", 400,      \
      "Message")                                                                                             \
    X(ERR_DUPLICATE_ITEM, ERROR_NS_DYNAMODB "DuplicateItemException", 400, "message")                        \
    X(ERR_EXPIRED_ITERATOR, ERROR_NS_DYNAMODB "ExpiredIteratorException", 400, "message")                    \
    X(ERR_TRIMMED_DATA_ACCESS, ERROR_NS_DYNAMODB "TrimmedDataAccessException", 400, "message")               \
    X(ERR_REQUEST_LIMIT_EXCEEDED, ERROR_NS_DYNAMODB "RequestLimitExceeded", 400, "message")                  \
    X(ERR_THROTTLING, "com.amazon.coral.availability#ThrottlingException", 400, "message")                   \
    X(ERR_INTERNAL, ERROR_NS_DYNAMODB "InternalServerError", 500, "message")                                 \
    X(ERR_UNAVAILABLE, ERROR_NS_SERVICE "ServiceUnavailableException", 503, "message")                       \
    X(ERR_TOO_LARGE, ERROR_NS_SERVICE "RequestEntityTooLargeException", 413, "message")                      \
    /* The disk or the engine failed; nothing is known to be written. */                                     \
    X(ERR_STORAGE, ERROR_NS_DYNAMODB "InternalServerError", 500, "message")                                  \
    /* Stored bytes fail their checksum or their format. */                                                  \
    X(ERR_CORRUPT, ERROR_NS_DYNAMODB "InternalServerError", 500, "message")                                  \
    /* The space was dropped or never made; the engine above knows which table that was. */                  \
    X(ERR_NO_SPACE, ERROR_NS_DYNAMODB "InternalServerError", 500, "message")                                 \
    /* The configuration, command line or environment is wrong; only at start-up. */                         \
    X(ERR_CONFIG, ERROR_NS_DYNAMODB "InternalServerError", 500, "message")

enum error_code {
    ERR_NONE = 0,
#define X(code, type, status, member) code,
    ERROR_CODES(X)
#undef X
        ERR_COUNT
};

struct error {
    struct arena *arena;  /* where the texts live */
    enum error_code code; /* ERR_NONE until set */
    const char *message;  /* exactly what the client sees; NULL when the wire has none */
    const char *detail;   /* log only; NULL when there is nothing to add */
    const char *file;     /* where it was set; log only */
    int line;
};

static inline void error_init(struct error *err, struct arena *arena)
{
    *err = (struct error){.arena = arena};
}

/* Set the error; the first call wins nothing: a later one replaces it. Always returns false. A NULL format
 * gives an error without a message, as DynamoDB answers unparsable JSON. */
#define error_set(err, code, ...) error_false(error_set_at((err), (code), __FILE__, __LINE__, __VA_ARGS__))
/* Lets the compiler see that it is false, and so that nothing after a failure is used. */
static inline bool error_false(bool set)
{
    return set && false;
}
bool error_set_at(struct error *err, enum error_code code, const char *file, int line, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

/* Put `context: ` before what the log will show. Always returns false. */
bool error_add_detail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Facts about a code, from the table above. */
const char *error_code_wire_type(enum error_code code);
const char *error_code_message_member(enum error_code code);
unsigned error_code_http_status(enum error_code code);
const char *error_code_name(enum error_code code);

#endif
