#include "item/value_builder.h"

#include "base/contract.h"
#include "item/layout_priv.h"
#include "json/base64.h"

enum { MEMBERS_FIRST = 32, INSERTION_SORT_MAX = 24 };

/* A member's key is its name (maps) or its payload (sets). Its first eight bytes, as a big-endian number, decide
 * most comparisons without looking at the bytes. */
struct value_builder_member {
    uint64_t prefix;
    uint32_t at; /* in out */
    uint32_t size;
    uint32_t key_at; /* from the member's first byte */
    uint32_t key_size;
    uint32_t size_bytes; /* DynamoDB's, the name included */
};

void value_builder_init(struct value_builder *b, struct arena *arena, size_t capacity)
{
    b->arena = arena;
    b->member_count = 0;
    b->member_capacity = MEMBERS_FIRST;
    b->members = arena_alloc(arena, arena_array_size(sizeof *b->members, MEMBERS_FIRST));
    b->scratch = (struct buf){.arena = arena};
    b->spare = NULL;
    b->spare_capacity = 0;
    /* Last, because the arena's newest allocation grows in place. */
    buf_init(&b->out, arena, capacity);
}

/* ------------------------------------------------------------------ scalars */

enum { TEXT_ROOM = 1 + VARINT_BYTES_MAX }; /* beside the text itself */

static inline char *put_text(char *out, enum value_type type, struct slice text)
{
    *out++ = (char)type;
    out = varint_write(out, (uint32_t)text.size);
    memcpy(out, text.data, text.size);
    return out + text.size;
}

static inline size_t text_size_bytes(enum value_type type, struct slice text)
{
    return type == VALUE_N ? number_size_bytes(text) : text.size;
}

size_t value_builder_text(struct value_builder *b, enum value_type type, struct slice text)
{
    PRE(type_is_scalar_text(type) && text.size <= UINT32_MAX);
    char *begin = buf_reserve(&b->out, TEXT_ROOM + text.size);
    b->out.size += (size_t)(put_text(begin, type, text) - begin);
    return text_size_bytes(type, text);
}

bool value_builder_base64(struct value_builder *b, struct slice text, size_t *size_bytes_out)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    size_t size = base64_bytes_max(text.size);
    size -= size < padding ? size : padding;
    char *begin = buf_reserve(&b->out, 1 + VARINT_BYTES_MAX + base64_bytes_max(text.size));
    char *at = begin;
    *at++ = VALUE_B;
    at = varint_write(at, (uint32_t)size);
    size_t decoded;
    if (!base64_decode(text, at, &decoded))
        return false;
    INVARIANT(decoded == size);
    b->out.size += (size_t)(at - begin) + size;
    *size_bytes_out = size;
    return true;
}

size_t value_builder_bool(struct value_builder *b, bool value)
{
    buf_append_byte(&b->out, (char)(value ? TAG_TRUE : VALUE_BOOL));
    return 1;
}

size_t value_builder_null(struct value_builder *b)
{
    buf_append_byte(&b->out, VALUE_NULL);
    return 1;
}

size_t value_builder_copy(struct value_builder *b, const struct value *v)
{
    buf_append(&b->out, v->encoded);
    return value_size_bytes(v);
}

void value_of_number(const struct number *n, struct arena *arena, struct value *out)
{
    static_assert(NUMBER_BYTES_MAX < 0x80, "its size is one byte");
    char *bytes = arena_alloc_bytes(arena, 2 + (size_t)n->size);
    bytes[0] = VALUE_N;
    bytes[1] = (char)n->size;
    memcpy(bytes + 2, n->bytes, n->size);
    *out = (struct value){.type = VALUE_N,
                          .payload = slice_of(bytes + 2, n->size),
                          .encoded = slice_of(bytes, 2 + (size_t)n->size)};
}

/* ------------------------------------------------------------------ members */

struct value_builder_mark value_builder_begin(struct value_builder *b)
{
    return (struct value_builder_mark){.at = b->out.size, .member_first = b->member_count};
}

struct value_builder_mark value_builder_begin_item(struct value_builder *b)
{
    PRE(b->member_count == 0);
    buf_reserve(&b->out, ITEM_HEADER_BYTES);
    b->out.size += ITEM_HEADER_BYTES;
    return value_builder_begin(b);
}

void value_builder_abandon(struct value_builder *b, struct value_builder_mark mark)
{
    b->out.size = mark.at;
    b->member_count = mark.member_first;
}

/* false: there are as many as there may be. */
static bool grow_members(struct value_builder *b)
{
    if (value_builder_is_full(b))
        return false;
    size_t bytes = arena_array_size(sizeof *b->members, b->member_capacity);
    uint32_t capacity = 2 * b->member_capacity;
    if (capacity > VALUE_BUILDER_MEMBERS_MAX)
        capacity = VALUE_BUILDER_MEMBERS_MAX;
    struct value_builder_member *larger =
        arena_alloc(b->arena, arena_array_size(sizeof *b->members, capacity));
    memcpy(larger, b->members, bytes);
    b->members = larger;
    b->member_capacity = capacity;
    return true;
}

static inline struct value_builder_member *push_member(struct value_builder *b)
{
    if (b->member_count == b->member_capacity && !grow_members(b))
        return NULL;
    INVARIANT(b->out.size <= UINT32_MAX);
    struct value_builder_member *m = &b->members[b->member_count++];
    m->at = (uint32_t)b->out.size;
    m->size_bytes = 0;
    return m;
}

bool value_builder_member_begin(struct value_builder *b, uint32_t *member_out)
{
    *member_out = b->member_count;
    return push_member(b) != NULL;
}

/* The first eight bytes, fewer as if followed by zeros; the first byte weighs most. */
static uint64_t key_prefix(const char *key, size_t size)
{
    uint64_t prefix = 0;
    memcpy(&prefix, key, size < 8 ? size : 8);
    return be64toh(prefix);
}

enum { NAME_ROOM = VARINT_BYTES_MAX + sizeof(uint64_t) }; /* beside the name itself */

/* The name of an entry, which becomes the member's key. Room that is not used up is written to. */
static inline char *put_name(struct value_builder_member *m, char *begin, struct slice name)
{
    char *out = varint_write(begin, (uint32_t)name.size);
    memcpy(out, name.data, name.size);
    /* Zeros behind the name, so that its first eight bytes can be read at once. */
    memset(out + name.size, 0, sizeof m->prefix);
    memcpy(&m->prefix, out, sizeof m->prefix);
    m->prefix = be64toh(m->prefix);
    m->key_at = (uint32_t)(out - begin);
    m->key_size = m->size_bytes = (uint32_t)name.size;
    return out + name.size;
}

bool value_builder_entry_begin(struct value_builder *b, struct slice name, uint32_t *member_out)
{
    PRE(name.size <= UINT32_MAX);
    *member_out = b->member_count;
    struct value_builder_member *m = push_member(b);
    if (!m)
        return false;
    char *begin = buf_reserve(&b->out, NAME_ROOM + name.size);
    b->out.size += (size_t)(put_name(m, begin, name) - begin);
    return true;
}

void value_builder_member_end(struct value_builder *b, uint32_t member, size_t size_bytes)
{
    PRE(member + 1 == b->member_count);
    struct value_builder_member *m = &b->members[member];
    m->size = (uint32_t)b->out.size - m->at;
    m->size_bytes += (uint32_t)size_bytes;
}

/* `begin` is the member's first byte, and the text goes to `out`. */
static inline void put_last(struct value_builder *b, struct value_builder_member *m, char *begin, char *out,
                            enum value_type type, struct slice text)
{
    out = put_text(out, type, text);
    m->size = (uint32_t)(out - begin);
    m->size_bytes += (uint32_t)text_size_bytes(type, text);
    b->out.size += m->size;
}

bool value_builder_text_member(struct value_builder *b, enum value_type type, struct slice text)
{
    PRE(type_is_scalar_text(type) && text.size <= UINT32_MAX);
    struct value_builder_member *m = push_member(b);
    if (!m)
        return false;
    char *begin = buf_reserve(&b->out, TEXT_ROOM + text.size);
    put_last(b, m, begin, begin, type, text);
    return true;
}

bool value_builder_text_entry(struct value_builder *b, struct slice name, enum value_type type,
                              struct slice text)
{
    PRE(type_is_scalar_text(type) && name.size <= UINT32_MAX && text.size <= UINT32_MAX);
    struct value_builder_member *m = push_member(b);
    if (!m)
        return false;
    char *begin = buf_reserve(&b->out, NAME_ROOM + name.size + TEXT_ROOM + text.size);
    put_last(b, m, begin, put_name(m, begin, name), type, text);
    return true;
}

/* ------------------------------------------------------------------ order */

static struct slice key_of(const struct value_builder *b, const struct value_builder_member *m)
{
    return slice_of(b->out.data + m->at + m->key_at, m->key_size);
}

/* Whether x comes before y, or is equal and then *repeated. */
static inline bool in_order(const struct value_builder *b, const struct value_builder_member *x,
                            const struct value_builder_member *y, bool *repeated)
{
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix;
    int order = slice_compare(key_of(b, x), key_of(b, y));
    *repeated |= order == 0;
    return order <= 0;
}

static bool same_key(const struct value_builder *b, const struct value_builder_member *x,
                     const struct value_builder_member *y)
{
    return x->prefix == y->prefix && slice_equal(key_of(b, x), key_of(b, y));
}

/* The sorts are stable. Whatever ends up side by side has been compared, so that they see each repeated key. */

/* The members before `unsorted` are in order. */
static void insertion_sort(const struct value_builder *b, struct value_builder_member *members,
                           struct value_builder_member *unsorted, struct value_builder_member *end,
                           bool *repeated)
{
    for (; unsorted < end; unsorted++) {
        struct value_builder_member m = *unsorted;
        struct value_builder_member *hole = unsorted;
        for (; hole > members && !in_order(b, hole - 1, &m, repeated); hole--)
            hole[0] = hole[-1];
        *hole = m;
    }
}

/* `spare` has room for half of them. */
static void merge_sort(const struct value_builder *b, struct value_builder_member *members, size_t count,
                       struct value_builder_member *spare, bool *repeated)
{
    if (count <= INSERTION_SORT_MAX) {
        insertion_sort(b, members, members + 1, members + count, repeated);
        return;
    }
    size_t left_count = count / 2;
    merge_sort(b, members, left_count, spare, repeated);
    merge_sort(b, members + left_count, count - left_count, spare, repeated);
    memcpy(spare, members, left_count * sizeof *spare);
    const struct value_builder_member *left = spare, *left_end = spare + left_count;
    const struct value_builder_member *right = members + left_count, *right_end = members + count;
    while (left < left_end && right < right_end)
        *members++ = in_order(b, left, right, repeated) ? *left++ : *right++;
    memcpy(members, left, (size_t)(left_end - left) * sizeof *members);
}

/* What sorting found. */
enum arrival {
    ARRIVED_IN_ORDER, /* strictly ascending as they were written */
    ARRIVED_MIXED,
    ARRIVED_REPEATED, /* some keys are there more than once */
};

static enum arrival sort_members(struct value_builder *b, struct value_builder_member *members, size_t count)
{
    bool repeated = false;
    size_t sorted = 1;
    while (sorted < count && in_order(b, &members[sorted - 1], &members[sorted], &repeated))
        sorted++;
    if (sorted < count && count <= INSERTION_SORT_MAX) {
        insertion_sort(b, members, members + sorted, members + count, &repeated);
    } else if (sorted < count) {
        if (b->spare_capacity < count / 2) {
            b->spare_capacity = count;
            b->spare = arena_alloc(b->arena, arena_array_size(sizeof *b->spare, count));
        }
        merge_sort(b, members, count, b->spare, &repeated);
    }
    if (repeated)
        return ARRIVED_REPEATED;
    return sorted < count ? ARRIVED_MIXED : ARRIVED_IN_ORDER;
}

/* Keeps of each run of equal keys the last that was written. Returns how many are left. */
static size_t drop_repeated(const struct value_builder *b, struct value_builder_member *members, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && same_key(b, &members[i], &members[i + 1]))
            continue;
        members[kept++] = members[i];
    }
    return kept;
}

/* ------------------------------------------------------------------ containers */

/* Moves what was written from `at` on to `data`, into the order of the array. */
static void put_in_order(struct value_builder *b, size_t at, char *data,
                         const struct value_builder_member *members, uint32_t count)
{
    b->scratch.size = 0;
    buf_append(&b->scratch, slice_of(b->out.data + at, b->out.size - at));
    const char *written = b->scratch.data;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(data, written + (members[i].at - at), members[i].size);
        data += members[i].size;
    }
}

/* Puts tag, count and directory before the members and the members into the order of their array, and ends the container.
 * Returns what the members count for. */
static size_t assemble(struct value_builder *b, struct value_builder_mark mark, enum value_type type,
                       uint32_t count, bool in_order)
{
    const struct value_builder_member *members = b->members + mark.member_first;
    size_t data_size = 0;
    size_t size_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        data_size += members[i].size;
        size_bytes += members[i].size_bytes;
    }
    unsigned bits = width_bits_for(data_size);
    size_t header_size = 1 + varint_size(count) + ((size_t)count << bits);
    buf_reserve(&b->out, header_size);
    char *out = b->out.data + mark.at;
    if (in_order)
        memmove(out + header_size, out, data_size);
    else
        put_in_order(b, mark.at, out + header_size, members, count);
    *out++ = (char)(type | bits << TAG_SHIFT);
    out = varint_write(out, count);
    uint32_t end = 0;
    for (uint32_t i = 0; i < count; i++) {
        end += members[i].size;
        offset_write(out, bits, i, end);
    }
    b->out.size = mark.at + header_size + data_size;
    b->member_count = mark.member_first;
    return size_bytes;
}

size_t value_builder_end_list(struct value_builder *b, struct value_builder_mark mark)
{
    uint32_t count = b->member_count - mark.member_first;
    return 3 + count + assemble(b, mark, VALUE_L, count, true);
}

/* Returns what names and values count for, and how many entries there are. */
static size_t end_entries(struct value_builder *b, struct value_builder_mark mark, uint32_t *count_out)
{
    struct value_builder_member *members = b->members + mark.member_first;
    uint32_t count = b->member_count - mark.member_first;
    enum arrival arrival = sort_members(b, members, count);
    if (arrival == ARRIVED_REPEATED)
        count = (uint32_t)drop_repeated(b, members, count);
    *count_out = count;
    return assemble(b, mark, VALUE_M, count, arrival == ARRIVED_IN_ORDER);
}

size_t value_builder_end_map(struct value_builder *b, struct value_builder_mark mark)
{
    uint32_t count;
    size_t entries = end_entries(b, mark, &count);
    return 3 + count + entries;
}

bool value_builder_end_set(struct value_builder *b, struct value_builder_mark mark, enum value_type type,
                           size_t *size_bytes_out)
{
    struct value_builder_member *members = b->members + mark.member_first;
    uint32_t count = b->member_count - mark.member_first;
    PRE(type_is_set(type) && count > 0);
    for (uint32_t i = 0; i < count; i++) {
        struct value_builder_member *m = &members[i];
        const char *begin = b->out.data + m->at;
        const char *text = varint_read(begin + 1, &m->key_size);
        m->key_at = (uint32_t)(text - begin);
        m->prefix = key_prefix(text, m->key_size);
    }
    enum arrival arrival = sort_members(b, members, count);
    if (arrival == ARRIVED_REPEATED)
        return false;
    *size_bytes_out = assemble(b, mark, type, count, arrival == ARRIVED_IN_ORDER);
    return true;
}

struct slice value_builder_end_item(struct value_builder *b, struct value_builder_mark mark)
{
    PRE(mark.member_first == 0 && mark.at >= ITEM_HEADER_BYTES);
    uint32_t count;
    size_t size_bytes = end_entries(b, mark, &count);
    char *header = b->out.data + mark.at - ITEM_HEADER_BYTES;
    header[0] = ITEM_VERSION;
    offset_write(header + 1, 2, 0, (uint32_t)size_bytes);
    return slice_of(header, b->out.size - (mark.at - ITEM_HEADER_BYTES));
}
