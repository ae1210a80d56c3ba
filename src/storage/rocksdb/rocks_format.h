/* rocks_format.h - the bytes that this backend stores: keys, the checksum behind each value, system records.
 * Promise: order of encoded keys = (space, partition hash, partition size, partition, sort).
 * See:     docs/format.md, sections storage key, value envelope and system spaces; a test pins each. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_FORMAT_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_FORMAT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "storage/storage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROCKS_PREFIX_BYTES = 12,  /* space, partition hash: what bloom filters know */
    ROCKS_HEAD_BYTES = 14,    /* and the partition's size */
    ROCKS_CHECKSUM_BYTES = 4, /* behind every value */
    ROCKS_SPACE_SYSTEM = 0,   /* this backend's own records */
    ROCKS_RECORD_BYTES = 16,  /* every record in the system space */
};

/* ------------------------------------------------------------------ keys */

static inline size_t rocks_key_size(const struct storage_key *key)
{
    return ROCKS_HEAD_BYTES + key->partition.size + key->sort.size;
}

/* Writes rocks_key_size(key) bytes at `out`. */
void rocks_key_encode(char *out, const struct storage_key *key);

/* Keys of usual size fit a buffer on the stack; only longer ones come from an arena. */
struct rocks_key_room {
    char bytes[512];
};
struct slice rocks_key_build(struct rocks_key_room *room, struct arena *arena, const struct storage_key *key);

/* Whether it is of a space that is a log (STORAGE_SPACE_LOG). */
static inline bool rocks_key_is_log(struct slice encoded_key)
{
    return (unsigned char)encoded_key.data[0] & STORAGE_SPACE_LOG >> 24;
}

/* The parts, borrowed from `encoded`. false: these bytes are not a key. */
[[nodiscard]] bool rocks_key_decode(struct slice encoded, struct storage_key *key_out);

/* The least key whose first `prefix.size` bytes are greater than `prefix`, written over it; its size may be
 * smaller. 0: there is none. */
size_t rocks_key_successor(char *prefix, size_t size);

/* The first 12 bytes of every key of a partition with this hash. */
void rocks_prefix_encode(char out[ROCKS_PREFIX_BYTES], uint32_t space, uint64_t hash);

/* ------------------------------------------------------------------ values */

uint64_t rocks_key_fingerprint(struct slice encoded_key);
/* Of what keys of one partition have in common, by their first ROCKS_PREFIX_BYTES. */
uint64_t rocks_partition_fingerprint(struct slice encoded_key);

/* Writes value.size + ROCKS_CHECKSUM_BYTES bytes at `out`. */
void rocks_value_seal(char *out, uint64_t key_fingerprint, struct slice value);

/* The value without its checksum, borrowed from `sealed`. Fails with ERR_CORRUPT, detail naming space and key. */
[[nodiscard]] bool rocks_value_open(struct slice encoded_key, struct slice sealed, struct slice *value_out,
                                    struct error *err);

/* As error_set(ERR_CORRUPT) with `what` and the key in the detail. */
bool rocks_error_corrupt(struct slice encoded_key, const char *what, struct error *err);

/* ------------------------------------------------------------------ system records */

enum rocks_record_kind {
    ROCKS_RECORD_COMMIT, /* one: the newest commit's number and time */
    ROCKS_RECORD_SPACE,  /* one a space that was ever made: its state */
    ROCKS_RECORD_USAGE,  /* one a space that was ever counted */
};

/* A record's key; `space` is ignored for ROCKS_RECORD_COMMIT. The slices live as long as *room. */
struct rocks_record_room {
    char sort[4];
};
struct storage_key rocks_record_key(struct rocks_record_room *room, enum rocks_record_kind kind,
                                    uint32_t space);

/* Every record is two 64-bit numbers. */
struct rocks_record {
    uint64_t first;
    uint64_t second;
};
void rocks_record_encode(char out[ROCKS_RECORD_BYTES], struct rocks_record record);
/* false: not a record. */
[[nodiscard]] bool rocks_record_decode(struct slice value, struct rocks_record *out);

/* Values of rocks_record.first of ROCKS_RECORD_SPACE; stored. */
enum rocks_space_state {
    ROCKS_SPACE_LIVE = 1,
    ROCKS_SPACE_DROPPING = 2, /* hidden, its files not yet given back */
    ROCKS_SPACE_DROPPED = 3,  /* kept for ever, so that the id is never used again */
};

#endif
