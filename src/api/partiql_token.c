/* What a token is made of, integers big-endian:
 *
 *     1     version
 *     16    fingerprint of what it is bound to (engine/fingerprint.h)
 *     2     range
 *     1     whether a key follows
 *     2     size of its partition
 *     ...   partition, sort key
 *     16    the first half of HMAC-SHA-256 over "partiql\0", the account, NUL, and all of the above */
#include "api/partiql_token.h"

#include "auth/sha256.h"
#include "base/contract.h"
#include "engine/engine.h"
#include "engine/fingerprint.h"
#include "json/base64.h"

#include <assert.h>
#include <endian.h>

enum { TOKEN_VERSION = 1, CODE_BYTES = 16 };

struct __attribute__((packed)) token_head {
    uint8_t version;
    unsigned char bound_to[REQUEST_FINGERPRINT_BYTES];
    uint16_t range;
    uint8_t behind_key;
    uint16_t partition_size;
};
static_assert(sizeof(struct token_head) == 22, "the layout above");

static void fingerprint_job(const struct partiql_job *job, unsigned char out[REQUEST_FINGERPRINT_BYTES])
{
    struct fingerprint f;
    fingerprint_init(&f);
    fingerprint_add(&f, job->in->statement);
    fingerprint_add_number(&f, job->in->parameters.count);
    for (size_t i = 0; i < job->in->parameters.count; i++)
        fingerprint_add(&f, job->parameters[i].encoded);
    fingerprint_add_number(&f, item_source_space(&job->plan.source));
    fingerprint_finish(&f, out);
}

static void authenticate(const struct api_request *q, struct slice content, unsigned char out[CODE_BYTES])
{
    struct slice account = q->api->options.account_id;
    struct hmac_key key;
    struct buf message;
    buf_init(&message, q->arena, content.size + account.size + 16);
    buf_append_literal(&message, "partiql\0");
    buf_append(&message, account);
    buf_append_byte(&message, '\0');
    buf_append(&message, content);
    hmac_key_init(&key, slice_of(q->api->options.engine->secret, SECRET_BYTES));
    struct sha256_digest code = hmac_sha256(&key, buf_slice(&message));
    memcpy(out, code.bytes, CODE_BYTES);
}

struct slice partiql_token_make(const struct api_request *q, const struct partiql_job *job,
                                const struct partiql_position *position)
{
    struct slice partition = position->behind_key ? position->partition : SLICE("");
    struct slice sort = position->behind_key ? position->sort : SLICE("");
    struct token_head head = {.version = TOKEN_VERSION,
                              .range = htobe16((uint16_t)position->range),
                              .behind_key = position->behind_key,
                              .partition_size = htobe16((uint16_t)partition.size)};
    unsigned char code[CODE_BYTES];
    struct buf token;
    PRE(position->range <= UINT16_MAX && partition.size <= UINT16_MAX);
    fingerprint_job(job, head.bound_to);
    buf_init(&token, q->arena, sizeof head + partition.size + sort.size + sizeof code);
    buf_append(&token, slice_of(&head, sizeof head));
    buf_append(&token, partition);
    buf_append(&token, sort);
    authenticate(q, buf_slice(&token), code);
    buf_append(&token, slice_of(code, sizeof code));
    struct slice text = {arena_alloc_bytes(q->arena, base64_text_size(token.size)),
                         base64_text_size(token.size)};
    base64_encode(buf_slice(&token), (char *)(uintptr_t)text.data);
    return text;
}

/* The bytes that were authenticated; SLICE_NONE if this is no token of ours. Comparing the codes takes as long as they differ late;
 * who could measure that here would learn one byte at a time, so all of them are compared. */
static struct slice authentic_content(const struct api_request *q, struct slice text)
{
    unsigned char code[CODE_BYTES], differs = 0;
    size_t size;
    char *bytes = arena_alloc_bytes(q->arena, base64_bytes_max(text.size) + 1);
    if (!base64_decode(text, bytes, &size) || size < sizeof(struct token_head) + CODE_BYTES)
        return SLICE_NONE;
    struct slice content = slice_of(bytes, size - CODE_BYTES);
    authenticate(q, content, code);
    for (size_t i = 0; i < CODE_BYTES; i++)
        differs |= code[i] ^ (unsigned char)bytes[content.size + i];
    return differs ? SLICE_NONE : content;
}

bool partiql_token_read(const struct api_request *q, const struct partiql_job *job, struct slice text,
                        struct partiql_position *position_out, struct error *err)
{
    unsigned char expected[REQUEST_FINGERPRINT_BYTES];
    struct token_head head;
    struct slice content = authentic_content(q, text);
    if (slice_is_none(content) || (uint8_t)content.data[0] != TOKEN_VERSION)
        return error_set(err, ERR_VALIDATION, "Invalid NextToken");
    memcpy(&head, content.data, sizeof head);
    fingerprint_job(job, expected);
    if (memcmp(head.bound_to, expected, sizeof expected) != 0)
        return error_set(err, ERR_VALIDATION, "NextToken does not match request");
    struct slice key = slice_after(content, sizeof head);
    size_t partition_size = be16toh(head.partition_size);
    INVARIANT(partition_size <= key.size);
    *position_out = (struct partiql_position){.range = be16toh(head.range),
                                              .behind_key = head.behind_key,
                                              .partition = slice_of(key.data, partition_size),
                                              .sort = slice_after(key, partition_size)};
    return true;
}
