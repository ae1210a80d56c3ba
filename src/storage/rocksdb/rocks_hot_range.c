/* What is remembered of a range is one value among the hot ones:
 *
 *      is it whole, 1 byte · for each entry, in the order of the scan: size of its sort key, 4 · of its value, 4 · both
 *
 * under its bounds and direction, in the bucket of its partition, whose stamp is moved by every change there. */
#include "storage/rocksdb/rocks_hot_range.h"

#include "base/contract.h"
#include "base/prefetch.h"
#include "storage/rocksdb/rocks_format.h"

enum {
    HEAD_BYTES = 1,
    ENTRY_HEAD_BYTES = 2 * sizeof(uint32_t),
    LEARNED_BYTES_FIRST = 4096,
    PREFETCH_BYTES_MAX = 2048,
};

/* ------------------------------------------------------------------ names */

/* No stored key begins like this: there is no such space. */
static const char not_a_key[] = {'\xff', '\xff', '\xff', '\xff'};

static struct slice name_of(struct slice lower, struct slice upper, bool reverse, struct arena *arena)
{
    uint32_t lower_size = (uint32_t)lower.size;
    struct buf name;
    buf_init(&name, arena, sizeof not_a_key + 1 + sizeof lower_size + lower.size + upper.size);
    buf_append(&name, slice_of(not_a_key, sizeof not_a_key));
    buf_append_byte(&name, (char)reverse);
    buf_append(&name, slice_of(&lower_size, sizeof lower_size));
    buf_append(&name, lower);
    buf_append(&name, upper);
    return buf_slice(&name);
}

/* ------------------------------------------------------------------ remembering */

void rocks_hot_range_open(struct rocks_hot_range *range, struct rocks_hot *hot, uint64_t view_commit,
                          struct slice lower, struct slice upper, bool reverse, struct arena *arena)
{
    *range = (struct rocks_hot_range){
        .hot = hot,
        .arena = arena,
        .hash = rocks_partition_fingerprint(lower),
        .key = name_of(lower, upper, reverse, arena),
        .view_commit = view_commit,
    };
    range->lent =
        rocks_hot_borrow(hot, range->hash, range->key, view_commit, &range->remembered, &range->learning);
    if (range->lent)
        range->rest = slice_after(range->remembered, HEAD_BYTES);
}

static bool is_whole(struct slice remembered)
{
    return remembered.data[0] != 0;
}

/* Entries lie one behind the other: the next one begins to come from memory while this one is being looked at. */
static void take_entry(struct slice *rest, struct slice *sort_out, struct slice *value_out)
{
    uint32_t sizes[2];
    memcpy(sizes, rest->data, sizeof sizes);
    *sort_out = slice_of(rest->data + sizeof sizes, sizes[0]);
    *value_out = slice_of(sort_out->data + sizes[0], sizes[1]);
    *rest = slice_after(*rest, sizeof sizes + sizes[0] + sizes[1]);
    prefetch_bytes(rest->data, rest->size < PREFETCH_BYTES_MAX ? rest->size : PREFETCH_BYTES_MAX);
}

enum rocks_hot_range_step rocks_hot_range_next(struct rocks_hot_range *range, struct slice *sort_out,
                                               struct slice *value_out)
{
    if (range->rest.size > 0) {
        take_entry(&range->rest, sort_out, value_out);
        return ROCKS_HOT_RANGE_ENTRY;
    }
    return range->lent && is_whole(range->remembered) ? ROCKS_HOT_RANGE_END : ROCKS_HOT_RANGE_UNKNOWN;
}

/* ------------------------------------------------------------------ learning */

/* Somebody goes further than those before: what they have found is a part of it. */
static void begin_learning(struct rocks_hot_range *range)
{
    buf_init(&range->learned, range->arena, LEARNED_BYTES_FIRST);
    if (range->lent)
        buf_append(&range->learned, range->remembered);
    else
        buf_append_byte(&range->learned, false);
    range->learning = true;
}

static bool learns(struct rocks_hot_range *range)
{
    PRE(range->rest.size == 0);
    if ((range->learning || range->lent) && !range->learned.data)
        begin_learning(range);
    return range->learning;
}

void rocks_hot_range_add(struct rocks_hot_range *range, struct slice sort, struct slice value)
{
    if (!learns(range))
        return;
    size_t bytes = ENTRY_HEAD_BYTES + sort.size + value.size;
    if (range->learned.size + bytes > ROCKS_HOT_ENTRY_BYTES_MAX) {
        range->learning = false;
        return;
    }
    const uint32_t sizes[] = {(uint32_t)sort.size, (uint32_t)value.size};
    buf_append(&range->learned, slice_of(sizes, sizeof sizes));
    buf_append(&range->learned, sort);
    buf_append(&range->learned, value);
}

void rocks_hot_range_add_end(struct rocks_hot_range *range)
{
    if (learns(range))
        range->learned.data[0] = true;
}

void rocks_hot_range_close(struct rocks_hot_range *range)
{
    struct slice learned = buf_slice(&range->learned);
    if (range->learning && learned.size > 0 && (learned.size > HEAD_BYTES || is_whole(learned)))
        rocks_hot_offer(range->hot, range->hash, range->key, range->view_commit, learned);
    rocks_hot_give_back(range->hot, range->lent);
    range->lent = NULL;
    range->rest = SLICE_NONE;
    range->learning = false;
}

/* ------------------------------------------------------------------ forgetting */

void rocks_hot_range_expect_change(const struct rocks_hot *hot, struct slice encoded_key)
{
    if (!rocks_key_is_log(encoded_key))
        rocks_hot_expect_change(hot, rocks_partition_fingerprint(encoded_key));
}

void rocks_hot_range_change(struct rocks_hot *hot, struct slice encoded_key, uint64_t commit)
{
    if (!rocks_key_is_log(encoded_key))
        rocks_hot_forget(hot, rocks_partition_fingerprint(encoded_key), commit);
}
