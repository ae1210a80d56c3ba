#include "storage/rocksdb/rocks_format.h"

#include "base/contract.h"

#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static_assert(ROCKS_HEAD_BYTES == sizeof(uint32_t) + sizeof(uint64_t) + sizeof(uint16_t),
              "stored key layout");
static_assert(STORAGE_PARTITION_BYTES_MAX == UINT16_MAX, "a partition's size is stored in 16 bits");

/* ------------------------------------------------------------------ big endian */

static void put_be(char *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t get_be(const char *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)in[i];
    return value;
}

/* ------------------------------------------------------------------ keys */

void rocks_prefix_encode(char out[ROCKS_PREFIX_BYTES], uint32_t space, uint64_t hash)
{
    put_be(out, space, 4);
    put_be(out + 4, hash, 8);
}

void rocks_key_encode(char *out, const struct storage_key *key)
{
    rocks_prefix_encode(out, key->space, storage_partition_hash(key->partition));
    put_be(out + ROCKS_PREFIX_BYTES, key->partition.size, 2);
    if (key->partition.size)
        memcpy(out + ROCKS_HEAD_BYTES, key->partition.data, key->partition.size);
    if (key->sort.size)
        memcpy(out + ROCKS_HEAD_BYTES + key->partition.size, key->sort.data, key->sort.size);
}

struct slice rocks_key_build(struct rocks_key_room *room, struct arena *arena, const struct storage_key *key)
{
    size_t size = rocks_key_size(key);
    char *bytes = size <= sizeof room->bytes ? room->bytes : arena_alloc_bytes(arena, size);
    rocks_key_encode(bytes, key);
    return slice_of(bytes, size);
}

bool rocks_key_decode(struct slice encoded, struct storage_key *key_out)
{
    if (encoded.size < ROCKS_HEAD_BYTES)
        return false;
    size_t partition_size = get_be(encoded.data + ROCKS_PREFIX_BYTES, 2);
    struct slice rest = slice_after(encoded, ROCKS_HEAD_BYTES);
    if (rest.size < partition_size)
        return false;
    key_out->space = (uint32_t)get_be(encoded.data, 4);
    key_out->partition = slice_of(rest.data, partition_size);
    key_out->sort = slice_after(rest, partition_size);
    return true;
}

size_t rocks_key_successor(char *prefix, size_t size)
{
    while (size > 0 && (unsigned char)prefix[size - 1] == 0xff)
        size--;
    if (size > 0)
        prefix[size - 1] = (char)((unsigned char)prefix[size - 1] + 1);
    return size;
}

/* ------------------------------------------------------------------ values */

uint64_t rocks_key_fingerprint(struct slice encoded_key)
{
    return XXH3_64bits(encoded_key.data, encoded_key.size);
}

uint64_t rocks_partition_fingerprint(struct slice encoded_key)
{
    return XXH3_64bits_withSeed(encoded_key.data, ROCKS_PREFIX_BYTES, ROCKS_PREFIX_BYTES);
}

/* The key takes part, so that an intact value under another's key does not pass. */
static uint32_t checksum(uint64_t key_fingerprint, struct slice value)
{
    return (uint32_t)(XXH3_64bits(value.data, value.size) ^ key_fingerprint);
}

void rocks_value_seal(char *out, uint64_t key_fingerprint, struct slice value)
{
    if (value.size)
        memcpy(out, value.data, value.size);
    put_be(out + value.size, checksum(key_fingerprint, value), ROCKS_CHECKSUM_BYTES);
}

bool rocks_error_corrupt(struct slice encoded_key, const char *what, struct error *err)
{
    enum { SHOWN_BYTES_MAX = 128 };
    static const char digits[] = "0123456789abcdef";
    char hex[2 * SHOWN_BYTES_MAX + 1];
    size_t shown = encoded_key.size < SHOWN_BYTES_MAX ? encoded_key.size : SHOWN_BYTES_MAX;
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)encoded_key.data[i];
        hex[2 * i] = digits[byte >> 4];
        hex[2 * i + 1] = digits[byte & 15];
    }
    hex[2 * shown] = '\0';
    unsigned space = encoded_key.size >= 4 ? (unsigned)get_be(encoded_key.data, 4) : 0;
    error_set(err, ERR_CORRUPT, "Internal server error");
    return error_add_detail(err, "%s: space %u, key %s%s", what, space, hex,
                            shown < encoded_key.size ? "..." : "");
}

bool rocks_value_open(struct slice encoded_key, struct slice sealed, struct slice *value_out,
                      struct error *err)
{
    if (sealed.size < ROCKS_CHECKSUM_BYTES)
        return rocks_error_corrupt(encoded_key, "stored value is too short for its checksum", err);
    struct slice value = slice_of(sealed.data, sealed.size - ROCKS_CHECKSUM_BYTES);
    uint64_t stored = get_be(sealed.data + value.size, ROCKS_CHECKSUM_BYTES);
    if (stored != checksum(rocks_key_fingerprint(encoded_key), value))
        return rocks_error_corrupt(encoded_key, "stored value does not match its checksum", err);
    *value_out = value;
    return true;
}

/* ------------------------------------------------------------------ system records */

struct storage_key rocks_record_key(struct rocks_record_room *room, enum rocks_record_kind kind,
                                    uint32_t space)
{
    struct storage_key key = {.space = ROCKS_SPACE_SYSTEM, .sort = slice_of(room->sort, sizeof room->sort)};
    put_be(room->sort, space, sizeof room->sort);
    switch (kind) {
    case ROCKS_RECORD_COMMIT:
        key.partition = SLICE("commit");
        key.sort = SLICE("");
        break;
    case ROCKS_RECORD_SPACE:
        key.partition = SLICE("space");
        break;
    case ROCKS_RECORD_USAGE:
        key.partition = SLICE("usage");
        break;
    }
    return key;
}

void rocks_record_encode(char out[ROCKS_RECORD_BYTES], struct rocks_record record)
{
    put_be(out, record.first, 8);
    put_be(out + 8, record.second, 8);
}

bool rocks_record_decode(struct slice value, struct rocks_record *out)
{
    if (value.size != ROCKS_RECORD_BYTES)
        return false;
    out->first = get_be(value.data, 8);
    out->second = get_be(value.data + 8, 8);
    return true;
}
