/* The bytes of RocksDB's log. RocksDB stops at the first fragment that is damaged, and takes up again with a later file that
 * begins where the intact records end: it is what was written after such a log had been recovered. This does the same, and
 * stops besides where a record's number does not follow, which RocksDB lets pass. */
#include "storage/rocksdb/rocks_log.h"

#include "base/contract.h"
#include "base/crc32c.h"
#include "storage/rocksdb/rocks_format.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_HEADER_BYTES = 12,
    DEFAULT_FAMILY = 0,
};

static const uint64_t sequence_max = (UINT64_C(1) << 56) - 1;

enum fragment_type {
    FRAGMENT_NONE,
    FRAGMENT_FULL,
    FRAGMENT_FIRST,
    FRAGMENT_MIDDLE,
    FRAGMENT_LAST,
    FRAGMENT_OTHER, /* and above: of logs that are used again, or compressed */
};

enum entry_tag {
    TAG_DELETE = 0x0,
    TAG_PUT = 0x1,
    TAG_COMMENT = 0x3, /* goes to the log alone, has no number */
    TAG_FAMILY_DELETE = 0x4,
    TAG_FAMILY_PUT = 0x5,
    TAG_FAMILY_DELETE_RANGE = 0xe,
    TAG_DELETE_RANGE = 0xf,
};

static uint64_t get_le(const char *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | (unsigned char)in[i];
    return value;
}

void rocks_log_init(struct rocks_log *l)
{
    *l = (struct rocks_log){.end = ROCKS_LOG_WHOLE};
}

void rocks_log_release(struct rocks_log *l)
{
    free(l->record);
    l->record = NULL;
}

bool rocks_log_goes_on(const struct rocks_log *l)
{
    return l->end != ROCKS_LOG_GAP && l->end != ROCKS_LOG_UNKNOWN;
}

/* ------------------------------------------------------------------ where reading ends */

static void break_file(struct rocks_log *l)
{
    l->end = ROCKS_LOG_DAMAGED;
    l->file_broken = true;
    l->in_record = false;
}

static void end_reading(struct rocks_log *l, enum rocks_log_end end)
{
    l->end = end;
    l->file_broken = true;
    l->in_record = false;
}

/* ------------------------------------------------------------------ a batch */

static bool take_varint(struct slice *rest, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 32 && rest->size > 0; shift += 7) {
        unsigned char byte = (unsigned char)rest->data[0];
        *rest = slice_after(*rest, 1);
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool take_text(struct slice *rest, struct slice *out)
{
    uint32_t size;
    if (!take_varint(rest, &size) || size > rest->size)
        return false;
    *out = slice_of(rest->data, size);
    *rest = slice_after(*rest, size);
    return true;
}

struct entry {
    uint32_t family;
    bool is_put;
    bool is_counted;
    struct slice key, value;
};

static bool has_family(unsigned char tag)
{
    return tag == TAG_FAMILY_DELETE || tag == TAG_FAMILY_PUT || tag == TAG_FAMILY_DELETE_RANGE;
}

/* false: not an entry, or none of those that this store writes. */
static bool take_entry(struct slice *rest, struct entry *out)
{
    unsigned char tag = (unsigned char)rest->data[0];
    *rest = slice_after(*rest, 1);
    *out = (struct entry){.family = DEFAULT_FAMILY, .is_counted = tag != TAG_COMMENT};
    if (has_family(tag) && !take_varint(rest, &out->family))
        return false;
    switch (tag) {
    case TAG_PUT:
    case TAG_FAMILY_PUT:
        out->is_put = true;
        return take_text(rest, &out->key) && take_text(rest, &out->value);
    case TAG_DELETE_RANGE:
    case TAG_FAMILY_DELETE_RANGE:
        return take_text(rest, &out->key) && take_text(rest, &out->value);
    case TAG_DELETE:
    case TAG_FAMILY_DELETE:
    case TAG_COMMENT:
        return take_text(rest, &out->key);
    default:
        return false;
    }
}

static bool is_commit_key(struct slice key)
{
    struct rocks_record_room record_room;
    struct storage_key parts, commit = rocks_record_key(&record_room, ROCKS_RECORD_COMMIT, 0);
    return key.size == rocks_key_size(&commit) && rocks_key_decode(key, &parts) &&
           parts.space == commit.space && slice_equal(parts.partition, commit.partition);
}

/* false: it is not one of ours. */
static bool read_commit(struct slice key, struct slice sealed, uint64_t *out)
{
    char expected[ROCKS_RECORD_BYTES + ROCKS_CHECKSUM_BYTES];
    struct rocks_record record;
    if (sealed.size != sizeof expected ||
        !rocks_record_decode(slice_of(sealed.data, ROCKS_RECORD_BYTES), &record))
        return false;
    rocks_value_seal(expected, rocks_key_fingerprint(key), slice_of(sealed.data, ROCKS_RECORD_BYTES));
    *out = record.first;
    return memcmp(sealed.data, expected, sizeof expected) == 0;
}

/* The batch's entries; false if they are not as its head says. *commit_io is set if it has a commit. */
static bool read_entries(struct slice rest, uint32_t count, uint64_t *commit_io)
{
    uint32_t counted = 0;
    while (rest.size > 0) {
        struct entry entry;
        if (!take_entry(&rest, &entry))
            return false;
        counted += entry.is_counted;
        if (entry.is_put && entry.family == DEFAULT_FAMILY && is_commit_key(entry.key) &&
            !read_commit(entry.key, entry.value, commit_io))
            return false;
    }
    return counted == count;
}

static void read_batch(struct rocks_log *l, struct slice batch)
{
    if (batch.size < BATCH_HEADER_BYTES) {
        break_file(l);
        return;
    }
    uint64_t first = get_le(batch.data, 8);
    uint32_t count = (uint32_t)get_le(batch.data + 8, 4);
    bool follows = !l->started || first == l->next;
    if (l->resuming && !(l->started && follows)) {
        break_file(l);
        return;
    }
    if (!follows || first > sequence_max) {
        end_reading(l, follows ? ROCKS_LOG_UNKNOWN : ROCKS_LOG_GAP);
        return;
    }
    uint64_t commit = l->commit;
    if (!read_entries(slice_after(batch, BATCH_HEADER_BYTES), count, &commit)) {
        end_reading(l, ROCKS_LOG_UNKNOWN);
        return;
    }
    l->commit = commit;
    if (l->first_commit == 0)
        l->first_commit = commit;
    l->next = first + count;
    l->started = true;
    l->resuming = false;
    l->end = ROCKS_LOG_WHOLE;
}

/* ------------------------------------------------------------------ fragments */

/* Masked, because a checksum of bytes that hold their own checksum is a weak one. */
uint32_t rocks_log_checksum(struct slice bytes)
{
    static const uint32_t mask = 0xa282ead8;
    uint32_t crc = crc32c(bytes);
    return (crc >> 15 | crc << 17) + mask;
}

static bool append_fragment(struct rocks_log *l, struct slice content)
{
    if (l->record_size + content.size > ROCKS_LOG_RECORD_BYTES_MAX)
        return false;
    if (l->record_size + content.size > l->record_capacity) {
        size_t twice = 2 * (l->record_size + content.size);
        l->record_capacity = twice < ROCKS_LOG_RECORD_BYTES_MAX ? twice : ROCKS_LOG_RECORD_BYTES_MAX;
        l->record = realloc(l->record, l->record_capacity);
        INVARIANT(l->record != NULL);
    }
    if (content.size > 0)
        memcpy(l->record + l->record_size, content.data, content.size);
    l->record_size += content.size;
    return true;
}

static void continue_record(struct rocks_log *l, struct slice content, bool is_last)
{
    if (!append_fragment(l, content)) {
        end_reading(l, ROCKS_LOG_UNKNOWN);
    } else if (is_last) {
        l->in_record = false;
        read_batch(l, slice_of(l->record, l->record_size));
    }
}

static void take_fragment(struct rocks_log *l, unsigned char type, struct slice content)
{
    bool begins = type == FRAGMENT_FULL || type == FRAGMENT_FIRST;
    if (type == FRAGMENT_NONE || (type < FRAGMENT_OTHER && begins == l->in_record)) {
        break_file(l);
    } else if (type >= FRAGMENT_OTHER) {
        end_reading(l, ROCKS_LOG_UNKNOWN);
    } else if (type == FRAGMENT_FULL) {
        read_batch(l, content);
    } else {
        if (begins)
            l->record_size = 0;
        l->in_record = true;
        continue_record(l, content, type == FRAGMENT_LAST);
    }
}

void rocks_log_begin_file(struct rocks_log *l)
{
    l->resuming = l->end == ROCKS_LOG_DAMAGED;
    l->file_broken = !rocks_log_goes_on(l);
    l->in_record = false;
}

void rocks_log_block(struct rocks_log *l, struct slice block)
{
    PRE(block.size <= ROCKS_LOG_BLOCK_BYTES);
    bool is_partial = block.size < ROCKS_LOG_BLOCK_BYTES;
    while (!l->file_broken && block.size >= ROCKS_LOG_HEADER_BYTES) {
        size_t length = get_le(block.data + 4, 2);
        unsigned char type = (unsigned char)block.data[6];
        struct slice checked = slice_after(block, 6);
        if (type == FRAGMENT_NONE && length == 0 && !l->in_record)
            return; /* room that was set aside and not used: the block has no more */
        if (length >= checked.size ||
            get_le(block.data, 4) != rocks_log_checksum(slice_of(checked.data, 1 + length))) {
            break_file(l);
            return;
        }
        take_fragment(l, type, slice_of(checked.data + 1, length));
        block = slice_after(block, ROCKS_LOG_HEADER_BYTES + length);
    }
    if (!l->file_broken && is_partial && block.size > 0)
        break_file(l); /* a header that was not written whole */
}

void rocks_log_end_file(struct rocks_log *l)
{
    if (l->in_record)
        break_file(l);
}
