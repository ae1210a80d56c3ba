#include "item/value_splice.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/layout_priv.h"

/* ------------------------------------------------------------------ measuring */

/* What a member of the container counts for beside its name and value. */
static size_t member_overhead(const struct value_splice *s)
{
    return s->is_item || type_is_set(s->base.type) ? 0 : 1;
}

static size_t entry_header_bytes(struct slice name)
{
    return varint_size((uint32_t)name.size) + name.size;
}

/* Member `at`, and if it is an entry its name. */
static void read_member(const struct value *container, uint32_t at, struct slice *name, struct value *out)
{
    *name = SLICE_NONE;
    if (container->type == VALUE_M)
        value_entry(container, at, name, out);
    else
        value_element(container, at, out);
}

/* How much more the edit's one value counts for than `former`, which it replaces. */
static int64_t replacement_change(const struct value_edit *edit, const struct value *former)
{
    bool spliced = edit->content == EDIT_SPLICE;
    const struct value *origin = spliced ? &edit->splice->base : &edit->value;
    int64_t change = spliced ? edit->splice->size_change : 0;
    if (origin->encoded.data == former->encoded.data)
        return change;
    return change + (int64_t)value_size_bytes(origin) - (int64_t)value_size_bytes(former);
}

static size_t content_encoded_bytes(const struct value_edit *edit)
{
    return edit->content == EDIT_SPLICE ? edit->splice->encoded_bytes : edit->value.encoded.size;
}

/* One member for another; the name stays. */
static void measure_replacement(struct value_splice *s, const struct value_edit *edit)
{
    struct slice name;
    struct value former;
    read_member(&s->base, edit->at, &name, &former);
    s->members_bytes += content_encoded_bytes(edit) - former.encoded.size;
    s->size_change += replacement_change(edit, &former);
}

static void measure_removal(struct value_splice *s, const struct value_edit *edit)
{
    struct slice name;
    struct value former;
    read_member(&s->base, edit->at, &name, &former);
    bool entry = s->base.type == VALUE_M;
    s->count--;
    s->members_bytes -= former.encoded.size + (entry ? entry_header_bytes(name) : 0);
    s->size_change -= (int64_t)(member_overhead(s) + name.size + value_size_bytes(&former));
}

static void measure_insertion(struct value_splice *s, const struct value_edit *edit)
{
    bool entry = s->base.type == VALUE_M;
    size_t size_bytes =
        edit->content == EDIT_SPLICE ? value_splice_size_bytes(edit->splice) : value_size_bytes(&edit->value);
    s->count++;
    s->members_bytes += content_encoded_bytes(edit) + (entry ? entry_header_bytes(edit->name) : 0);
    s->size_change += (int64_t)(member_overhead(s) + (entry ? edit->name.size : 0) + size_bytes);
}

static void measure_members(struct value_splice *s, const struct value_edit *edit)
{
    uint32_t begin = container_offset(&edit->value, edit->first);
    uint32_t end = container_offset(&edit->value, edit->first + edit->count);
    struct slice members = slice_of(container_members(&edit->value) + begin, end - begin);
    s->count += edit->count;
    s->members_bytes += members.size;
    for (uint32_t i = 0; i < edit->count; i++) {
        struct value member;
        value_next_element(&members, &member);
        s->size_change += (int64_t)(member_overhead(s) + value_size_bytes(&member));
    }
}

static void measure_edit(struct value_splice *s, const struct value_edit *edit)
{
    PRE(edit->at + edit->removes <= s->base.count);
    switch (edit->content) {
    case EDIT_NOTHING:
        if (edit->removes)
            measure_removal(s, edit);
        return;
    case EDIT_VALUE:
    case EDIT_SPLICE:
        if (edit->removes)
            measure_replacement(s, edit);
        else
            measure_insertion(s, edit);
        return;
    case EDIT_MEMBERS:
        PRE(!edit->removes && edit->value.type == s->base.type && s->base.type != VALUE_M);
        measure_members(s, edit);
        return;
    }
    UNREACHABLE();
}

void value_splice_measure(struct value_splice *s)
{
    PRE(type_is_container(s->base.type));
    s->count = s->base.count;
    s->members_bytes = container_offset(&s->base, s->base.count);
    s->size_change = 0;
    for (size_t i = 0; i < s->edit_count; i++)
        measure_edit(s, &s->edits[i]);
    size_t directory_bytes = s->count << width_bits_for(s->members_bytes);
    s->encoded_bytes = 1 + varint_size((uint32_t)s->count) + directory_bytes + s->members_bytes;
}

size_t value_splice_size_bytes(const struct value_splice *s)
{
    return (size_t)((int64_t)value_size_bytes(&s->base) + s->size_change);
}

/* ------------------------------------------------------------------ sets */

static void begin_set(const struct value *base, const struct value *other, struct arena *arena,
                      struct value_splice *out)
{
    PRE(type_is_set(base->type) && base->type == other->type);
    /* New members between two old ones are neighbours in `other`, so one edit brings them all. */
    size_t edits_max = other->count <= base->count ? other->count : (size_t)base->count + 1;
    *out = (struct value_splice){.base = *base};
    out->edits = arena_alloc(arena, arena_array_size(sizeof *out->edits, edits_max));
}

void value_splice_union(const struct value *base, const struct value *other, struct arena *arena,
                        struct value_splice *out)
{
    begin_set(base, other, arena, out);
    uint32_t at = 0;
    struct value_edit *last = NULL;
    for (uint32_t i = 0; i < other->count; i++) {
        struct value member;
        value_element(other, i, &member);
        if (value_find_in_set(base, member.payload, at, &at))
            continue;
        if (last && last->at == at) {
            last->count++;
            continue;
        }
        last = &out->edits[out->edit_count++];
        *last =
            (struct value_edit){.at = at, .content = EDIT_MEMBERS, .value = *other, .first = i, .count = 1};
    }
    value_splice_measure(out);
}

void value_splice_difference(const struct value *base, const struct value *other, struct arena *arena,
                             struct value_splice *out)
{
    begin_set(base, other, arena, out);
    uint32_t at = 0;
    for (uint32_t i = 0; i < other->count; i++) {
        struct value member;
        value_element(other, i, &member);
        if (value_find_in_set(base, member.payload, at, &at))
            out->edits[out->edit_count++] = (struct value_edit){.at = at, .removes = true};
    }
    value_splice_measure(out);
}

/* ------------------------------------------------------------------ writing */

/* A container being written: directory and members grow side by side. */
struct output {
    char *directory;
    unsigned width_bits;
    uint32_t next; /* of the directory */
    char *members;
    uint32_t end; /* of the members so far */
};

static void end_member(struct output *out, size_t bytes)
{
    out->end += (uint32_t)bytes;
    offset_write(out->directory, out->width_bits, out->next++, out->end);
}

static inline void shift_run(char *to, unsigned to_bits, uint32_t to_first, const char *from,
                             unsigned from_bits, uint32_t from_first, uint32_t count, uint32_t shift)
{
    for (uint32_t i = 0; i < count; i++)
        offset_write(to, to_bits, to_first + i, offset_read(from, from_bits, from_first + i) + shift);
}

/* The offsets of `count` members from `first` on, each moved by `shift`. The usual widths are constants here, which makes
 * their loops tight. */
static void shift_offsets(struct output *out, const struct value *from, uint32_t first, uint32_t count,
                          uint32_t shift)
{
    unsigned bits = container_width_bits(from);
    const char *directory = from->payload.data;
    if (bits == 0 && out->width_bits == 0)
        shift_run(out->directory, 0, out->next, directory, 0, first, count, shift);
    else if (bits == 1 && out->width_bits == 1)
        shift_run(out->directory, 1, out->next, directory, 1, first, count, shift);
    else if (bits == 2 && out->width_bits == 2)
        shift_run(out->directory, 2, out->next, directory, 2, first, count, shift);
    else
        shift_run(out->directory, out->width_bits, out->next, directory, bits, first, count, shift);
    out->next += count;
}

/* Members first ... first + count - 1 of a stored container. */
static void copy_members(struct output *out, const struct value *from, uint32_t first, uint32_t count)
{
    if (count == 0)
        return;
    uint32_t begin = container_offset(from, first);
    uint32_t end = container_offset(from, first + count);
    memcpy(out->members + out->end, container_members(from) + begin, end - begin);
    shift_offsets(out, from, first, count, out->end - begin);
    out->end += end - begin;
}

static char *write_splice(const struct value_splice *s, char *at);

/* The name of a member that comes; of one that is replaced, its own. */
static char *write_name(const struct value_splice *s, const struct value_edit *edit, char *at)
{
    if (s->base.type != VALUE_M)
        return at;
    struct slice name = edit->name;
    struct value former;
    if (edit->removes)
        value_entry(&s->base, edit->at, &name, &former);
    at = varint_write(at, (uint32_t)name.size);
    memcpy(at, name.data, name.size);
    return at + name.size;
}

static void write_edit(const struct value_splice *s, const struct value_edit *edit, struct output *out)
{
    char *begin = out->members + out->end;
    char *at;
    switch (edit->content) {
    case EDIT_NOTHING:
        return;
    case EDIT_VALUE:
        at = write_name(s, edit, begin);
        memcpy(at, edit->value.encoded.data, edit->value.encoded.size);
        end_member(out, (size_t)(at - begin) + edit->value.encoded.size);
        return;
    case EDIT_SPLICE:
        at = write_splice(edit->splice, write_name(s, edit, begin));
        end_member(out, (size_t)(at - begin));
        return;
    case EDIT_MEMBERS:
        copy_members(out, &edit->value, edit->first, edit->count);
        return;
    }
    UNREACHABLE();
}

/* Returns the end of what was written. Recursion: as deep as splices are put into one another. */
static char *write_splice(const struct value_splice *s, char *at)
{
    char *begin = at;
    struct output out = {.width_bits = width_bits_for(s->members_bytes)};
    *at++ = (char)(s->base.type | out.width_bits << TAG_SHIFT);
    out.directory = varint_write(at, (uint32_t)s->count);
    out.members = out.directory + (s->count << out.width_bits);
    uint32_t next = 0; /* of the base */
    for (size_t i = 0; i < s->edit_count; i++) {
        const struct value_edit *edit = &s->edits[i];
        copy_members(&out, &s->base, next, edit->at - next);
        write_edit(s, edit, &out);
        next = edit->at + edit->removes;
    }
    copy_members(&out, &s->base, next, s->base.count - next);
    INVARIANT(out.next == s->count && out.end == s->members_bytes);
    char *end = out.members + out.end;
    INVARIANT((size_t)(end - begin) == s->encoded_bytes);
    return end;
}

struct slice item_splice(const struct value_splice *attributes, size_t former_size_bytes, struct arena *arena)
{
    PRE(attributes->is_item && attributes->base.type == VALUE_M);
    int64_t size_bytes = (int64_t)former_size_bytes + attributes->size_change;
    PRE(size_bytes >= 0 && size_bytes <= ITEM_SIZE_BYTES_MAX && attributes->encoded_bytes <= UINT32_MAX);
    size_t bytes = ITEM_HEADER_BYTES + attributes->encoded_bytes;
    char *item = arena_alloc_bytes(arena, bytes);
    item[0] = ITEM_VERSION;
    offset_write(item + 1, 2, 0, (uint32_t)size_bytes);
    (void)write_splice(attributes, item + ITEM_HEADER_BYTES);
    return slice_of(item, bytes);
}
