#include "table/name_set.h"

#include "base/buf.h"
#include "base/contract.h"

#include <stdint.h>

void name_set_init(struct name_set *set, struct arena *arena, size_t capacity)
{
    *set = (struct name_set){.names = ARENA_NEW_ARRAY(arena, struct slice, capacity), .capacity = capacity};
}

bool name_set_contains(const struct name_set *set, struct slice name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (slice_equal(set->names[i], name))
            return true;
    }
    return false;
}

void name_set_add(struct name_set *set, struct slice name)
{
    if (name_set_contains(set, name))
        return;
    PRE(set->count < set->capacity);
    set->names[set->count++] = name;
}

/* The next character of valid UTF-8 text at *at, which moves behind it. */
static uint32_t next_character(const unsigned char **at)
{
    const unsigned char *s = *at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    if (s[0] < 0xe0) {
        *at += 2;
        return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
    }
    if (s[0] < 0xf0) {
        *at += 3;
        return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
    }
    *at += 4;
    return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 | (uint32_t)(s[2] & 0x3f) << 6 |
           (s[3] & 0x3f);
}

/* String.hashCode() over UTF-16 code units, then HashMap's spreading of the upper bits. */
static uint32_t java_hash(struct slice name)
{
    uint32_t hash = 0;
    const unsigned char *at = (const unsigned char *)name.data;
    const unsigned char *end = at + name.size;
    while (at < end) {
        uint32_t c = next_character(&at);
        if (c >= 0x10000) {
            hash = hash * 31 + (0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        hash = hash * 31 + c;
    }
    return hash ^ (hash >> 16);
}

/* Names by bucket; those of one bucket in the order added. */
static const char *print(const struct name_set *set, uint32_t buckets, struct arena *arena)
{
    struct slice *sorted = ARENA_NEW_ARRAY(arena, struct slice, set->count);
    uint32_t *sorted_buckets = ARENA_NEW_ARRAY(arena, uint32_t, set->count);
    for (size_t i = 0; i < set->count; i++) {
        uint32_t bucket = java_hash(set->names[i]) & (buckets - 1);
        size_t to = i;
        for (; to > 0 && sorted_buckets[to - 1] > bucket; to--) {
            sorted[to] = sorted[to - 1];
            sorted_buckets[to] = sorted_buckets[to - 1];
        }
        sorted[to] = set->names[i];
        sorted_buckets[to] = bucket;
    }

    struct buf text;
    buf_init(&text, arena, 64);
    buf_append_byte(&text, '[');
    for (size_t i = 0; i < set->count; i++) {
        if (i > 0)
            buf_append_literal(&text, ", ");
        buf_append(&text, sorted[i]);
    }
    buf_append_literal(&text, "]");
    buf_append_byte(&text, '\0');
    return text.data;
}

static uint32_t power_of_two_at_least(size_t n)
{
    uint32_t power = 1;
    while (power < n)
        power *= 2;
    return power;
}

const char *name_set_print_sized(const struct name_set *set, struct arena *arena)
{
    size_t wanted = set->count < 3 ? set->count + 1 : (set->count * 4 + 2) / 3;
    return print(set, power_of_two_at_least(wanted), arena);
}

const char *name_set_print_grown(const struct name_set *set, struct arena *arena)
{
    uint32_t buckets = 16;
    while (set->count > buckets / 4 * 3)
        buckets *= 2;
    return print(set, buckets, arena);
}
