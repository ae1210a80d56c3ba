/* A chain of XXH3 hashes of 128 bits: each part is hashed with what came before it as its seed. Members are summed, so
 * that their order is lost, and the sum joins the chain before the next part. */
#include "engine/fingerprint.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum part { PART_ABSENT, PART_BYTES, PART_NUMBER, PART_MEMBERS };

void fingerprint_init(struct fingerprint *f)
{
    *f = (struct fingerprint){0};
}

static void chain(struct fingerprint *f, enum part part, const void *data, size_t size)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, f->low + part);
    f->high = f->high * UINT64_C(0x9E3779B97F4A7C15) + hash.high64;
    f->low = hash.low64;
}

static void chain_two(struct fingerprint *f, enum part part, uint64_t first, uint64_t second)
{
    uint64_t both[2] = {htole64(first), htole64(second)};
    chain(f, part, both, sizeof both);
}

static void end_members(struct fingerprint *f)
{
    if (f->members_low == 0 && f->members_high == 0)
        return;
    chain_two(f, PART_MEMBERS, f->members_low, f->members_high);
    f->members_low = f->members_high = 0;
}

void fingerprint_add(struct fingerprint *f, struct slice bytes)
{
    end_members(f);
    chain(f, slice_is_none(bytes) ? PART_ABSENT : PART_BYTES, bytes.size ? bytes.data : "", bytes.size);
}

void fingerprint_add_number(struct fingerprint *f, uint64_t number)
{
    end_members(f);
    chain_two(f, PART_NUMBER, number, 0);
}

void fingerprint_add_member(struct fingerprint *f, struct slice name, struct slice bytes)
{
    struct fingerprint member;
    fingerprint_init(&member);
    fingerprint_add(&member, name);
    fingerprint_add(&member, bytes);
    f->members_low += member.low;
    f->members_high += member.high;
}

void fingerprint_finish(struct fingerprint *f, unsigned char out[REQUEST_FINGERPRINT_BYTES])
{
    end_members(f);
    uint64_t both[2] = {htole64(f->low), htole64(f->high)};
    static_assert(sizeof both == REQUEST_FINGERPRINT_BYTES, "the size of a fingerprint");
    memcpy(out, both, sizeof both);
}
