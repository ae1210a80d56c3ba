#include "item/value.h"

#include "base/contract.h"
#include "item/layout_priv.h"
#include "item/number.h"

/* ------------------------------------------------------------------ type names */

static const char *const type_names[VALUE_TYPE_COUNT] = {
    [VALUE_S] = "S",   [VALUE_N] = "N",   [VALUE_B] = "B",   [VALUE_BOOL] = "BOOL", [VALUE_NULL] = "NULL",
    [VALUE_SS] = "SS", [VALUE_NS] = "NS", [VALUE_BS] = "BS", [VALUE_L] = "L",       [VALUE_M] = "M",
};

const char *value_type_name(enum value_type type)
{
    return type_names[type];
}

/* One more than the type, so that zero is none. */
static unsigned type_from_letter(char letter)
{
    static const uint8_t types[256] = {
        ['S'] = VALUE_S + 1, ['N'] = VALUE_N + 1, ['B'] = VALUE_B + 1,
        ['L'] = VALUE_L + 1, ['M'] = VALUE_M + 1,
    };
    return types[(uint8_t)letter];
}

bool value_type_from_name(struct slice name, enum value_type *out)
{
    unsigned type = 0;
    if (name.size == 1) {
        type = type_from_letter(name.data[0]);
    } else if (name.size == 2 && name.data[1] == 'S') {
        unsigned element = type_from_letter(name.data[0]);
        type = element > 0 && element <= VALUE_B + 1 ? element + VALUE_SS : 0;
    } else if (name.size == 4) {
        if (memcmp(name.data, "BOOL", 4) == 0)
            type = VALUE_BOOL + 1;
        else if (memcmp(name.data, "NULL", 4) == 0)
            type = VALUE_NULL + 1;
    }
    if (type == 0)
        return false;
    *out = (enum value_type)(type - 1);
    return true;
}

/* ------------------------------------------------------------------ reading */

static struct slice member_bytes(const struct value *v, uint32_t index)
{
    PRE(index < v->count);
    uint32_t begin = container_offset(v, index);
    uint32_t end = container_offset(v, index + 1);
    return slice_of(container_members(v) + begin, end - begin);
}

static void read_container(struct slice bytes, struct value *out)
{
    const char *directory = varint_read(bytes.data + 1, &out->count);
    unsigned bits = (uint8_t)bytes.data[0] >> TAG_SHIFT;
    size_t size = (size_t)out->count << bits;
    if (out->count > 0)
        size += offset_read(directory, bits, out->count - 1);
    out->payload = slice_of(directory, size);
    out->encoded = slice_of(bytes.data, (size_t)(directory - bytes.data) + size);
}

/* value_read(), without a call of its own for each member of a container. */
static inline void read_value(struct slice bytes, struct value *out)
{
    uint8_t tag = (uint8_t)bytes.data[0];
    out->type = (enum value_type)(tag & TAG_TYPE_MASK);
    out->boolean = false;
    out->count = 0;
    if (type_is_scalar_text(out->type)) {
        uint32_t size;
        const char *text = varint_read(bytes.data + 1, &size);
        out->payload = slice_of(text, size);
        out->encoded = slice_of(bytes.data, (size_t)(text - bytes.data) + size);
    } else if (type_is_container(out->type)) {
        read_container(bytes, out);
    } else {
        out->boolean = tag == TAG_TRUE;
        out->payload = slice_of(bytes.data + 1, 0);
        out->encoded = slice_of(bytes.data, 1);
    }
    INVARIANT(out->type <= VALUE_M && out->encoded.size <= bytes.size);
}

void value_read(struct slice bytes, struct value *out)
{
    read_value(bytes, out);
}

void value_element(const struct value *list_or_set, uint32_t index, struct value *out)
{
    PRE(type_is_container(list_or_set->type) && list_or_set->type != VALUE_M);
    value_read(member_bytes(list_or_set, index), out);
}

/* Splits an entry into its name and, left in *bytes, its value. */
static inline struct slice entry_name(struct slice *bytes)
{
    uint32_t size;
    const char *name = varint_read(bytes->data, &size);
    *bytes = slice_after(*bytes, (size_t)(name - bytes->data) + size);
    return slice_of(name, size);
}

void value_entry(const struct value *map, uint32_t index, struct slice *name, struct value *out)
{
    PRE(map->type == VALUE_M);
    struct slice bytes = member_bytes(map, index);
    *name = entry_name(&bytes);
    value_read(bytes, out);
}

struct slice value_members(const struct value *container)
{
    PRE(type_is_container(container->type));
    return slice_after(container->payload, (size_t)container->count << container_width_bits(container));
}

void value_next_element(struct slice *members, struct value *out)
{
    read_value(*members, out);
    *members = slice_after(*members, out->encoded.size);
}

void value_next_entry(struct slice *members, struct slice *name, struct value *out)
{
    *name = entry_name(members);
    read_value(*members, out);
    *members = slice_after(*members, out->encoded.size);
}

bool value_find_member(const struct value *map, struct slice name, uint32_t from, uint32_t *index_out,
                       struct value *out)
{
    PRE(map->type == VALUE_M && from <= map->count);
    uint32_t low = from;
    uint32_t high = map->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct slice bytes = member_bytes(map, middle);
        int order = slice_compare(name, entry_name(&bytes));
        if (order == 0) {
            value_read(bytes, out);
            *index_out = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *index_out = low;
    return false;
}

bool value_member(const struct value *map, struct slice name, struct value *out)
{
    uint32_t index;
    return value_find_member(map, name, 0, &index, out);
}

/* Among the members from `low` to before `high`. */
static bool search_set(const struct value *set, struct slice payload, uint32_t low, uint32_t high,
                       uint32_t *index_out)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct value candidate;
        value_element(set, middle, &candidate);
        int order = slice_compare(payload, candidate.payload);
        if (order == 0) {
            *index_out = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *index_out = low;
    return false;
}

bool value_find_in_set(const struct value *set, struct slice payload, uint32_t from, uint32_t *index_out)
{
    PRE(type_is_set(set->type) && from <= set->count);
    /* Steps that double enclose what is near in few of them. */
    uint32_t low = from;
    uint32_t high = set->count;
    for (uint32_t step = 1; step < high - low; step *= 2) {
        struct value candidate;
        value_element(set, low + step - 1, &candidate);
        if (slice_compare(payload, candidate.payload) <= 0)
            high = low + step;
        else
            low += step;
    }
    return search_set(set, payload, low, high, index_out);
}

bool value_set_contains(const struct value *set, const struct value *member)
{
    PRE(type_is_set(set->type) && member->type == set_element_type(set->type));
    uint32_t ignored;
    return search_set(set, member->payload, 0, set->count, &ignored);
}

int value_compare(const struct value *a, const struct value *b)
{
    PRE(a->type == b->type && type_is_scalar_text(a->type));
    return slice_compare(a->payload, b->payload);
}

/* ------------------------------------------------------------------ size */

size_t value_size_bytes(const struct value *v)
{
    struct slice members = type_is_container(v->type) ? value_members(v) : SLICE_NONE;
    size_t size = 0;
    struct value member;
    struct slice name;
    switch (v->type) {
    case VALUE_S:
    case VALUE_B:
        return v->payload.size;
    case VALUE_N:
        return number_size_bytes(v->payload);
    case VALUE_BOOL:
    case VALUE_NULL:
        return 1;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        for (uint32_t i = 0; i < v->count; i++) {
            value_next_element(&members, &member);
            size += value_size_bytes(&member);
        }
        return size;
    case VALUE_L:
        for (uint32_t i = 0; i < v->count; i++) {
            value_next_element(&members, &member);
            size += 1 + value_size_bytes(&member);
        }
        return 3 + size;
    case VALUE_M:
        for (uint32_t i = 0; i < v->count; i++) {
            value_next_entry(&members, &name, &member);
            size += 1 + name.size + value_size_bytes(&member);
        }
        return 3 + size;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ nesting */

unsigned value_depth(const struct value *v)
{
    if (v->type != VALUE_L && v->type != VALUE_M)
        return 1;
    unsigned deepest = 1;
    struct slice members = value_members(v);
    for (uint32_t i = 0; i < v->count; i++) {
        struct value member;
        struct slice name;
        if (v->type == VALUE_L)
            value_next_element(&members, &member);
        else
            value_next_entry(&members, &name, &member);
        unsigned depth = value_depth(&member);
        deepest = depth > deepest ? depth : deepest;
    }
    return 1 + deepest;
}
