#include "item/item.h"

#include "base/contract.h"
#include "item/layout_priv.h"
#include "item/number.h"
#include "json/utf8.h"

void item_attributes(struct slice item, struct value *map_out)
{
    value_read(item_map(item), map_out);
}

bool item_attribute(struct slice item, struct slice name, struct value *out)
{
    struct value attributes;
    item_attributes(item, &attributes);
    return value_member(&attributes, name, out);
}

size_t item_size_bytes(struct slice item)
{
    PRE(item.size > ITEM_HEADER_BYTES && item.data[0] == ITEM_VERSION);
    return offset_read(item.data + 1, 2, 0);
}

/* ------------------------------------------------------------------ checking bytes of unknown origin */

/* Takes a varint off the front of *bytes. false: there is none, or it is longer than it need be. */
static bool take_varint(struct slice *bytes, uint32_t *n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < VARINT_BYTES_MAX && i < bytes->size; i++) {
        uint8_t byte = (uint8_t)bytes->data[i];
        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte & 0x80)
            continue;
        if ((byte == 0 && i > 0) || value > UINT32_MAX)
            return false;
        *n = (uint32_t)value;
        *bytes = slice_after(*bytes, i + 1);
        return true;
    }
    return false;
}

/* What is known of a value that was found valid. */
struct checked {
    enum value_type type;
    struct slice payload; /* S, N, B */
    size_t size_bytes;    /* DynamoDB's */
};

static bool check_value(struct slice bytes, unsigned level, struct checked *out);

static bool check_scalar_text(struct slice bytes, struct checked *out)
{
    uint32_t size;
    if (!take_varint(&bytes, &size) || size != bytes.size)
        return false;
    out->payload = bytes;
    out->size_bytes = size;
    if (out->type == VALUE_S)
        return utf8_valid(bytes);
    if (out->type == VALUE_B)
        return true;
    if (!number_valid(bytes))
        return false;
    out->size_bytes = number_size_bytes(bytes);
    return true;
}

/* A container's members one by one, in order. */
struct members {
    struct slice directory;
    struct slice data;
    unsigned width_bits;
    uint32_t count;
    uint32_t next;
    uint32_t begin; /* of the next one */
};

/* `bytes` is all that follows the tag. */
static bool members_open(struct slice bytes, unsigned bits, struct members *m)
{
    if (bits > WIDTH_BITS_MAX || !take_varint(&bytes, &m->count) || m->count > bytes.size >> bits)
        return false;
    size_t directory_size = (size_t)m->count << bits;
    m->directory = slice_of(bytes.data, directory_size);
    m->data = slice_after(bytes, directory_size);
    m->width_bits = bits;
    m->next = m->begin = 0;
    size_t end = m->count == 0 ? 0 : offset_read(m->directory.data, bits, m->count - 1);
    return end == m->data.size && bits == width_bits_for(end);
}

static bool members_next(struct members *m, struct slice *bytes)
{
    uint32_t end = offset_read(m->directory.data, m->width_bits, m->next++);
    if (end < m->begin || end > m->data.size)
        return false;
    *bytes = slice_of(m->data.data + m->begin, end - m->begin);
    m->begin = end;
    return true;
}

static bool check_list(struct members *m, unsigned level, struct checked *out)
{
    out->size_bytes = 3;
    while (m->next < m->count) {
        struct slice bytes;
        struct checked element;
        if (!members_next(m, &bytes) || !check_value(bytes, level + 1, &element))
            return false;
        out->size_bytes += 1 + element.size_bytes;
    }
    return true;
}

static bool check_set(struct members *m, unsigned level, struct checked *out)
{
    struct slice previous = SLICE_NONE;
    out->size_bytes = 0;
    while (m->next < m->count) {
        struct slice bytes;
        struct checked element;
        if (!members_next(m, &bytes) || !check_value(bytes, level + 1, &element) ||
            element.type != set_element_type(out->type))
            return false;
        if (!slice_is_none(previous) && slice_compare(previous, element.payload) >= 0)
            return false;
        previous = element.payload;
        out->size_bytes += element.size_bytes;
    }
    return m->count > 0;
}

/* The entries of a map; `entry_overhead` is what DynamoDB counts for each beyond its name and value. */
static bool check_entries(struct members *m, unsigned level, size_t entry_overhead, struct checked *out)
{
    struct slice previous = SLICE_NONE;
    while (m->next < m->count) {
        struct slice bytes;
        struct checked value;
        uint32_t name_size;
        if (!members_next(m, &bytes) || !take_varint(&bytes, &name_size) || name_size > bytes.size)
            return false;
        struct slice name = slice_of(bytes.data, name_size);
        if (!utf8_valid(name) || (!slice_is_none(previous) && slice_compare(previous, name) >= 0))
            return false;
        if (!check_value(slice_after(bytes, name_size), level + 1, &value))
            return false;
        previous = name;
        out->size_bytes += entry_overhead + name_size + value.size_bytes;
    }
    return true;
}

/* `level` is that of the value itself; members of a set are not a level of nesting. */
static bool check_value(struct slice bytes, unsigned level, struct checked *out)
{
    if (bytes.size == 0 || level > VALUE_DEPTH_MAX)
        return false;
    uint8_t tag = (uint8_t)bytes.data[0];
    unsigned above = tag >> TAG_SHIFT;
    struct members members;
    if ((tag & TAG_TYPE_MASK) >= VALUE_TYPE_COUNT)
        return false;
    out->type = (enum value_type)(tag & TAG_TYPE_MASK);
    bytes = slice_after(bytes, 1);
    switch (out->type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        return above == 0 && check_scalar_text(bytes, out);
    case VALUE_BOOL:
    case VALUE_NULL:
        out->size_bytes = 1;
        return bytes.size == 0 && above <= (out->type == VALUE_BOOL);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return members_open(bytes, above, &members) && check_set(&members, level - 1, out);
    case VALUE_L:
        return members_open(bytes, above, &members) && check_list(&members, level, out);
    case VALUE_M:
        out->size_bytes = 3;
        return members_open(bytes, above, &members) && check_entries(&members, level, 1, out);
    }
    UNREACHABLE();
}

bool item_valid(struct slice item)
{
    if (item.size <= ITEM_HEADER_BYTES || item.data[0] != ITEM_VERSION)
        return false;
    struct slice map = slice_after(item, ITEM_HEADER_BYTES);
    uint8_t tag = (uint8_t)map.data[0];
    struct members members;
    struct checked out = {.type = VALUE_M};
    if ((tag & TAG_TYPE_MASK) != VALUE_M || !members_open(slice_after(map, 1), tag >> TAG_SHIFT, &members) ||
        !check_entries(&members, 0, 0, &out))
        return false;
    /* Sorted by name, so that only the first could be empty. */
    struct value attributes, first;
    struct slice first_name;
    item_attributes(item, &attributes);
    if (attributes.count > 0) {
        value_entry(&attributes, 0, &first_name, &first);
        if (first_name.size == 0)
            return false;
    }
    return item_size_bytes(item) == out.size_bytes;
}
