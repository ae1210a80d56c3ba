/* layout_priv.h - the bytes of a stored value, shared by those who write and those who read them.
 * Format: docs/format.md#value. */
#ifndef STATOR_ITEM_LAYOUT_PRIV_H
#define STATOR_ITEM_LAYOUT_PRIV_H

#include "base/contract.h"
#include "item/value.h"

#include <assert.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

/* A tag byte: the type in the low four bits. Above them BOOL has its value, and containers have the width of
 * their directory's offsets: 1 << width_bits bytes. */
enum {
    TAG_TYPE_MASK = 0x0F,
    TAG_SHIFT = 4,
    TAG_TRUE = VALUE_BOOL | 1 << TAG_SHIFT,
    WIDTH_BITS_MAX = 2,
    VARINT_BYTES_MAX = 5,
    CONTAINER_HEADER_MAX = 1 + VARINT_BYTES_MAX, /* tag and count; the directory follows */
};

/* The item's header: version, then DynamoDB's size as a little-endian u32. */
enum { ITEM_VERSION = 1, ITEM_HEADER_BYTES = 5 };

/* The map of its attributes, which is all that stands behind the header. */
static inline struct slice item_map(struct slice item)
{
    PRE(item.size > ITEM_HEADER_BYTES && item.data[0] == ITEM_VERSION);
    return slice_after(item, ITEM_HEADER_BYTES);
}

static inline bool type_is_scalar_text(enum value_type type)
{
    return type <= VALUE_B;
}

static inline bool type_is_container(enum value_type type)
{
    return type >= VALUE_SS;
}

static inline bool type_is_set(enum value_type type)
{
    return type >= VALUE_SS && type <= VALUE_BS;
}

/* S, N or B for SS, NS or BS. */
static inline enum value_type set_element_type(enum value_type set)
{
    return (enum value_type)(set - VALUE_SS + VALUE_S);
}
static_assert(VALUE_NS - VALUE_SS == VALUE_N - VALUE_S && VALUE_BS - VALUE_SS == VALUE_B - VALUE_S,
              "sets are in the order of their elements");

/* ------------------------------------------------------------------ little-endian integers */

static inline size_t varint_size(uint32_t n)
{
    return n < 1u << 7 ? 1 : n < 1u << 14 ? 2 : n < 1u << 21 ? 3 : n < 1u << 28 ? 4 : 5;
}

static inline char *varint_write(char *out, uint32_t n)
{
    while (n >= 0x80) {
        *out++ = (char)(n | 0x80);
        n >>= 7;
    }
    *out++ = (char)n;
    return out;
}

/* PRE: a varint stands at `at`. */
static inline const char *varint_read(const char *at, uint32_t *n)
{
    uint32_t byte = (uint8_t)*at++;
    uint32_t value = byte & 0x7F;
    for (unsigned shift = 7; byte & 0x80; shift += 7) {
        byte = (uint8_t)*at++;
        value |= (byte & 0x7F) << (shift & 31);
    }
    *n = value;
    return at;
}

static inline uint32_t offset_read(const char *directory, unsigned width_bits, uint32_t index)
{
    uint16_t two;
    uint32_t four;
    switch (width_bits) {
    case 0:
        return (uint8_t)directory[index];
    case 1:
        memcpy(&two, directory + 2 * (size_t)index, sizeof two);
        return le16toh(two);
    default:
        memcpy(&four, directory + 4 * (size_t)index, sizeof four);
        return le32toh(four);
    }
}

static inline void offset_write(char *directory, unsigned width_bits, uint32_t index, uint32_t offset)
{
    uint16_t two = htole16((uint16_t)offset);
    uint32_t four = htole32(offset);
    if (width_bits == 0)
        directory[index] = (char)offset;
    else if (width_bits == 1)
        memcpy(directory + 2 * (size_t)index, &two, sizeof two);
    else
        memcpy(directory + 4 * (size_t)index, &four, sizeof four);
}

/* The smallest width that can hold offsets up to this one. */
static inline unsigned width_bits_for(size_t offset_max)
{
    return offset_max <= UINT8_MAX ? 0 : offset_max <= UINT16_MAX ? 1 : 2;
}

/* ------------------------------------------------------------------ stored containers */

/* Containers keep their directory and members together in `payload`; the width is in the tag. */
static inline unsigned container_width_bits(const struct value *container)
{
    return (uint8_t)container->encoded.data[0] >> TAG_SHIFT;
}

/* The first byte behind the directory, from which offsets count. */
static inline const char *container_members(const struct value *container)
{
    return container->payload.data + ((size_t)container->count << container_width_bits(container));
}

/* Where member `index` begins; of the count of members, where they end. */
static inline uint32_t container_offset(const struct value *container, uint32_t index)
{
    return index == 0 ? 0 : offset_read(container->payload.data, container_width_bits(container), index - 1);
}

#endif
