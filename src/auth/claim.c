/* What a request claims of its signature, and every check that needs no key. The texts, and the order in which
 * auth.c calls these, are DynamoDB's: semantics.md section 2. */
#include "auth/auth_priv.h"

#include "base/bytes8.h"

/* ------------------------------------------------------------------ header form */

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\t';
}

/* How many bytes come before the first separator, or the end. No separator is above ',', and what makes up a token
 * mostly is. */
static size_t token_size(struct slice text)
{
    size_t i = 0;
    for (; text.size - i >= 8; i += 8) {
        uint64_t found = bytes8_below(bytes8_load(text.data + i), ',' + 1);
        if (found) {
            i += bytes8_first(found);
            break;
        }
    }
    while (i < text.size && !is_separator(text.data[i]))
        i++;
    return i;
}

/* The next piece between separators, and *rest moved past it; empty at the end. */
static struct slice next_token(struct slice *rest)
{
    while (rest->size > 0 && is_separator(rest->data[0]))
        *rest = slice_after(*rest, 1);
    struct slice token = slice_of(rest->data, token_size(*rest));
    *rest = slice_after(*rest, token.size);
    return token;
}

/* The rest of the token, if it begins so. */
static void take_value(struct slice token, struct slice beginning, struct slice *value_out)
{
    if (slice_starts_with(token, beginning))
        *value_out = slice_after(token, beginning.size);
}

static void append_missing(struct buf *message, struct slice value, const char *text)
{
    if (value.size == 0)
        buf_append(message, slice_from_cstr(text));
}

static bool check_header_pieces(const struct claim *claim, struct slice authorization, struct error *err)
{
    struct buf message;
    if (claim->credential.size && claim->signature.size && claim->signed_headers.size && claim->date.size)
        return true;
    buf_init(&message, err->arena, 512);
    append_missing(&message, claim->credential, "Authorization header requires 'Credential' parameter. ");
    append_missing(&message, claim->signature, "Authorization header requires 'Signature' parameter. ");
    append_missing(&message, claim->signed_headers,
                   "Authorization header requires 'SignedHeaders' parameter. ");
    append_missing(&message, claim->date,
                   "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    return error_set(err, ERR_INCOMPLETE_SIGNATURE, "%.*sAuthorization=%.*s",
                     SLICE_PRINTF(buf_slice(&message)), SLICE_PRINTF(authorization));
}

static bool find_in_header(const struct auth_request *request, struct slice authorization,
                           struct claim *claim, struct error *err)
{
    struct slice rest = authorization;
    claim->algorithm = next_token(&rest);
    for (struct slice token = next_token(&rest); token.size > 0; token = next_token(&rest)) {
        take_value(token, SLICE("Credential="), &claim->credential);
        take_value(token, SLICE("SignedHeaders="), &claim->signed_headers);
        take_value(token, SLICE("Signature="), &claim->signature);
    }
    claim->date = field_value(request->headers, SLICE("X-Amz-Date"));
    if (claim->date.size == 0) {
        claim->date = field_value(request->headers, SLICE("Date"));
        claim->date_may_be_http = true;
    }
    return check_header_pieces(claim, authorization, err);
}

/* ------------------------------------------------------------------ query form */

static bool check_query_pieces(const struct claim *claim, struct error *err)
{
    const struct {
        struct slice value;
        const char *name;
    } pieces[] = {
        {claim->algorithm, "X-Amz-Algorithm"}, {claim->credential, "X-Amz-Credential"},
        {claim->signature, "X-Amz-Signature"}, {claim->signed_headers, "X-Amz-SignedHeaders"},
        {claim->date, "X-Amz-Date"},
    };
    struct buf message;
    buf_init(&message, err->arena, 0);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        if (pieces[i].value.size == 0)
            buf_printf(&message, "AWS query-string parameters must include '%s'. ", pieces[i].name);
    if (message.size == 0)
        return true;
    return error_set(err, ERR_INCOMPLETE_SIGNATURE, "%.*sRe-examine the query-string parameters.",
                     SLICE_PRINTF(buf_slice(&message)));
}

static bool find_in_query(const struct query *query, struct arena *arena, struct claim *claim,
                          struct error *err)
{
    claim->in_query = true;
    claim->algorithm = query_value(query, SLICE("X-Amz-Algorithm"), arena);
    claim->credential = query_value(query, SLICE("X-Amz-Credential"), arena);
    claim->signature = query_value(query, SLICE("X-Amz-Signature"), arena);
    claim->signed_headers = query_value(query, SLICE("X-Amz-SignedHeaders"), arena);
    claim->date = query_value(query, SLICE("X-Amz-Date"), arena);
    claim->expires = query_value(query, SLICE("X-Amz-Expires"), arena);
    return check_query_pieces(claim, err);
}

/* ------------------------------------------------------------------ either form */

bool claim_find(const struct auth_request *request, struct arena *arena, struct query *query_out,
                struct claim *claim_out, struct error *err)
{
    *claim_out = (struct claim){0};
    *query_out = query_parse(request->query, arena);
    struct slice authorization = field_value(request->headers, SLICE("Authorization"));
    bool in_header = authorization.size > 0;
    bool in_query =
        query_out->count > 0 && !slice_is_none(query_value(query_out, SLICE("X-Amz-Algorithm"), arena));
    if (in_header && in_query)
        return error_set(
            err, ERR_INVALID_SIGNATURE,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
    if (in_query)
        return find_in_query(query_out, arena, claim_out, err);
    if (!in_header || !slice_starts_with(trimmed(authorization), SLICE("AWS4-")))
        return error_set(err, ERR_MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
    return find_in_header(request, authorization, claim_out, err);
}

/* ------------------------------------------------------------------ date and time */

bool claim_read_date(struct claim *claim, struct error *err)
{
    if (!date_parse_iso(claim->date, &claim->signed_ms) &&
        !(claim->date_may_be_http && date_parse_http(claim->date, &claim->signed_ms)))
        return error_set(err, ERR_INCOMPLETE_SIGNATURE,
                         "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                         "http://en.wikipedia.org/wiki/ISO_8601",
                         SLICE_PRINTF(claim->date));
    if (claim->date.size == ISO_DATE_BYTES)
        memcpy(claim->iso_date, claim->date.data, ISO_DATE_BYTES);
    else
        date_format_iso(claim->signed_ms, claim->iso_date);
    return true;
}

static const char *describe_span(int64_t ms, struct arena *arena)
{
    return ms % 60000 == 0 ? arena_printf(arena, "%lld min.", (long long)(ms / 60000))
                           : arena_printf(arena, "%lld sec.", (long long)(ms / 1000));
}

static bool report_expired(const struct claim *claim, int64_t now_ms, int64_t span_ms, struct error *err)
{
    char now[ISO_DATE_BYTES + 1], limit[ISO_DATE_BYTES + 1];
    date_format_iso(now_ms, now);
    date_format_iso(now_ms - span_ms, limit);
    return error_set(err, ERR_INVALID_SIGNATURE, "Signature expired: %s is now earlier than %s (%s - %s)",
                     claim->iso_date, limit, now, describe_span(span_ms, err->arena));
}

static bool report_early(const struct claim *claim, int64_t now_ms, int64_t span_ms, struct error *err)
{
    char now[ISO_DATE_BYTES + 1], limit[ISO_DATE_BYTES + 1];
    date_format_iso(now_ms, now);
    date_format_iso(now_ms + span_ms, limit);
    return error_set(err, ERR_INVALID_SIGNATURE,
                     "Signature not yet current: %s is still later than %s (%s + %s)", claim->iso_date, limit,
                     now, describe_span(span_ms, err->arena));
}

/* X-Amz-Expires is in seconds, at most seven days. */
static bool read_expires(struct slice text, int64_t *ms_out, struct error *err)
{
    int64_t seconds = 0;
    bool valid = text.size >= 1 && text.size <= 6;
    for (size_t i = 0; i < text.size && valid; i++) {
        valid = text.data[i] >= '0' && text.data[i] <= '9';
        seconds = seconds * 10 + (text.data[i] - '0');
    }
    if (!valid || seconds < 1 || seconds > 604800)
        return error_set(err, ERR_INCOMPLETE_SIGNATURE,
                         "'X-Amz-Expires' must be a number of seconds between 1 and 604800. Got '%.*s'.",
                         SLICE_PRINTF(text));
    *ms_out = seconds * 1000;
    return true;
}

/* Dates have whole seconds, so whole seconds are compared: a request is good through the limit's second. */
bool claim_check_time(const struct claim *claim, int64_t now_ms, int64_t skew_ms, struct error *err)
{
    int64_t valid_ms = skew_ms;
    if (!slice_is_none(claim->expires) && !read_expires(claim->expires, &valid_ms, err))
        return false;
    int64_t now = now_ms / 1000 * 1000;
    if (claim->signed_ms < now - valid_ms)
        return report_expired(claim, now, valid_ms, err);
    if (claim->signed_ms > now + skew_ms)
        return report_early(claim, now, skew_ms, err);
    return true;
}

/* ------------------------------------------------------------------ pieces */

bool claim_check_host(const struct claim *claim, struct error *err)
{
    return signed_names(claim->signed_headers, err->arena)->with_host ||
           error_set(err, ERR_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
}

bool claim_check_algorithm(const struct claim *claim, struct error *err)
{
    return slice_equal(claim->algorithm, SLICE(SIGV4_ALGORITHM)) ||
           error_set(err, ERR_INCOMPLETE_SIGNATURE,
                     "Unsupported AWS 'algorithm': '%.*s' (only AWS4-HMAC-SHA256 for now). ",
                     SLICE_PRINTF(claim->algorithm));
}

/* keyid/date/region/service/term; slashes after that are ignored. */
bool claim_split_credential(struct claim *claim, struct error *err)
{
    struct slice *const pieces[] = {&claim->key_id, &claim->scope_date, &claim->region, &claim->service,
                                    &claim->terminator};
    enum { COUNT = sizeof pieces / sizeof pieces[0] };
    struct slice rest = claim->credential;
    while (rest.size > 0 && rest.data[rest.size - 1] == '/')
        rest.size--;
    const char *end = rest.data + rest.size;
    size_t count = 0;
    for (const char *at = rest.data;; count++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        if (count < COUNT)
            *pieces[count] = slice_of(at, (size_t)((slash ? slash : end) - at));
        if (!slash)
            break;
        at = slash + 1;
    }
    if (count + 1 != COUNT)
        return error_set(err, ERR_INCOMPLETE_SIGNATURE,
                         "Credential must have exactly 5 slash-delimited elements, e.g. "
                         "keyid/date/region/service/term, got '%.*s'",
                         SLICE_PRINTF(claim->credential));
    claim->scope = slice_of(claim->scope_date.data, (size_t)(end - claim->scope_date.data));
    return true;
}

/* A region is whatever the client calls it: a database of one's own may stand in for any. */
static bool is_region(struct slice region)
{
    for (size_t i = 0; i < region.size; i++) {
        char c = region.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_'))
            return false;
    }
    return region.size > 0 && region.size <= REGION_BYTES_MAX;
}

bool claim_check_scope(const struct claim *claim, struct error *err)
{
    struct slice day = slice_of(claim->iso_date, SCOPE_DATE_BYTES);
    bool region = is_region(claim->region);
    bool service = slice_equal(claim->service, SLICE("dynamodb"));
    bool terminator = slice_equal(claim->terminator, SLICE("aws4_request"));
    bool date = slice_equal(claim->scope_date, day);
    if (region && service && terminator && date)
        return true;
    struct buf message;
    buf_init(&message, err->arena, 512);
    if (!region)
        buf_printf(&message, "Credential should be scoped to a valid region, not '%.*s'. ",
                   SLICE_PRINTF(claim->region));
    if (!service)
        buf_append_literal(&message, "Credential should be scoped to correct service: 'dynamodb'. ");
    if (!terminator)
        buf_printf(&message,
                   "Credential should be scoped with a valid terminator: 'aws4_request', not '%.*s'. ",
                   SLICE_PRINTF(claim->terminator));
    if (!date)
        buf_printf(
            &message,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'%.*s' != '%.*s', from '%s'.",
            SLICE_PRINTF(claim->scope_date), SLICE_PRINTF(day), claim->iso_date);
    return error_set(err, ERR_INVALID_SIGNATURE, "%.*s", SLICE_PRINTF(buf_slice(&message)));
}
