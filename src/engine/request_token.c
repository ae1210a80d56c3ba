/* Contents: records · generations · claiming. */
#include "engine/request_token.h"

#include "base/buf.h"
#include "table/catalog.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* ------------------------------------------------------------------ records */

enum { TOKEN_VERSION = 1 };

/* Which spaces hold the tokens. Integers are big-endian. */
struct __attribute__((packed)) generations_record {
    uint8_t version;
    uint32_t younger;
    uint32_t older; /* 0: there is none */
    uint64_t since_ms;
};
static_assert(sizeof(struct generations_record) == 17, "docs/format.md#tokens");

struct __attribute__((packed)) token_record {
    uint8_t version;
    uint64_t claimed_ms;
    unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES];
};
static_assert(sizeof(struct token_record) == 25, "docs/format.md#tokens");

/* *found_out false: there is none. */
static bool read_record(struct storage_tx *tx, const struct storage_key *key, void *record, size_t size,
                        struct arena *arena, bool *found_out, struct error *err)
{
    struct slice value;
    if (!storage_tx_get(tx, key, arena, &value, found_out, err))
        return false;
    if (!*found_out)
        return true;
    if (value.size != size || (uint8_t)value.data[0] != TOKEN_VERSION) {
        error_set(err, ERR_CORRUPT, "Internal server error");
        return error_add_detail(err, "a record of request tokens cannot be read");
    }
    memcpy(record, value.data, size);
    return true;
}

/* ------------------------------------------------------------------ generations */

struct generations {
    uint32_t younger; /* 0: there was no token yet */
    uint32_t older;
    int64_t since_ms; /* when the younger was made */
};

static const struct storage_key generations_key = {
    .space = STORAGE_SPACE_TOKENS, .partition = {"generations", 11}, .sort = {"", 0}};

static bool read_generations(struct storage_tx *tx, struct arena *arena, struct generations *out,
                             struct error *err)
{
    struct generations_record record = {0};
    bool found;
    if (!read_record(tx, &generations_key, &record, sizeof record, arena, &found, err))
        return false;
    *out = (struct generations){0};
    if (found)
        *out = (struct generations){be32toh(record.younger), be32toh(record.older),
                                    (int64_t)be64toh(record.since_ms)};
    return true;
}

static bool put_generations(struct storage_tx *tx, const struct generations *g, struct error *err)
{
    struct generations_record record = {.version = TOKEN_VERSION,
                                        .younger = htobe32(g->younger),
                                        .older = htobe32(g->older),
                                        .since_ms = htobe64((uint64_t)g->since_ms)};
    return storage_tx_put(tx, &generations_key, slice_of(&record, sizeof record), err);
}

/* Every token of the older generation was claimed before the younger was made, and so is past its time by now. */
static bool turn_over(struct storage_tx *tx, struct arena *arena, struct generations *g, struct error *err)
{
    struct generations next = {.older = g->younger, .since_ms = storage_tx_commit_ms(tx)};
    if ((g->older != 0 && !storage_tx_drop_space(tx, g->older, err)) ||
        !catalog_tx_new_space(tx, arena, &next.younger, err) || !put_generations(tx, &next, err))
        return false;
    *g = next;
    return true;
}

static bool is_due(const struct generations *g, int64_t now_ms)
{
    return g->younger == 0 || now_ms - g->since_ms > REQUEST_TOKEN_MS;
}

/* ------------------------------------------------------------------ claiming */

/* A partition of its own for each token: scopes have no NUL. */
static struct slice token_partition(const struct request_token *token, struct arena *arena)
{
    struct buf key;
    buf_init(&key, arena, token->scope.size + 1 + token->text.size);
    buf_append(&key, token->scope);
    buf_append_byte(&key, '\0');
    buf_append(&key, token->text);
    return buf_slice(&key);
}

static bool find_in(struct storage_tx *tx, uint32_t space, struct slice partition, struct arena *arena,
                    struct token_record *out, bool *found_out, struct error *err)
{
    const struct storage_key key = {.space = space, .partition = partition, .sort = SLICE("")};
    *found_out = false;
    return space == 0 || read_record(tx, &key, out, sizeof *out, arena, found_out, err);
}

/* The last claim of the token. A claim in the younger generation is later than one in the older. */
static bool find_claim(struct storage_tx *tx, const struct generations *g, struct slice partition,
                       struct arena *arena, struct token_record *out, bool *found_out, struct error *err)
{
    return find_in(tx, g->younger, partition, arena, out, found_out, err) &&
           (*found_out || find_in(tx, g->older, partition, arena, out, found_out, err));
}

static bool holds(const struct token_record *claim, int64_t now_ms)
{
    return now_ms - (int64_t)be64toh(claim->claimed_ms) <= REQUEST_TOKEN_MS;
}

static bool compare(const struct token_record *claim, const struct request_token *token, bool *repeated_out,
                    struct error *err)
{
    if (memcmp(claim->fingerprint, token->fingerprint, REQUEST_FINGERPRINT_BYTES) != 0)
        return error_set(err, ERR_IDEMPOTENT_PARAMETER_MISMATCH,
                         "The request has a client token that another request was made with");
    *repeated_out = true;
    return true;
}

static bool put_claim(struct storage_tx *tx, uint32_t space, struct slice partition,
                      const struct request_token *token, struct error *err)
{
    const struct storage_key key = {.space = space, .partition = partition, .sort = SLICE("")};
    struct token_record record = {.version = TOKEN_VERSION,
                                  .claimed_ms = htobe64((uint64_t)storage_tx_commit_ms(tx))};
    memcpy(record.fingerprint, token->fingerprint, sizeof record.fingerprint);
    return storage_tx_put(tx, &key, slice_of(&record, sizeof record), err);
}

bool request_token_claim(struct storage_tx *tx, const struct request_token *token, struct arena *arena,
                         bool *repeated_out, struct error *err)
{
    struct generations g;
    struct token_record claim = {0};
    bool found;
    int64_t now_ms = storage_tx_commit_ms(tx);
    struct slice partition = token_partition(token, arena);
    *repeated_out = false;
    if (!read_generations(tx, arena, &g, err) || !find_claim(tx, &g, partition, arena, &claim, &found, err))
        return false;
    if (found && holds(&claim, now_ms))
        return compare(&claim, token, repeated_out, err);
    return (!is_due(&g, now_ms) || turn_over(tx, arena, &g, err)) &&
           put_claim(tx, g.younger, partition, token, err);
}
