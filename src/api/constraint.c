/* Member constraints, collected into one error: semantics.md 1.6.
 * A request that keeps them all costs one walk over its members; paths and texts are made for failures only. */
#include "api/constraint_priv.h"

#include "api/pattern_priv.h"
#include "base/bytes8.h"
#include "base/contract.h"

#define ONE_ERROR "1 validation error detected: "

enum {
    ERRORS_LISTED_MAX = 10,
    TEXT_BYTES_MAX = 1 << 20, /* once the text is that long nothing more is listed */
    TABLE_ARN_CHARACTERS_MAX = 1024,
    TABLE_CHARACTERS_MIN = 3,
    TABLE_CHARACTERS_MAX = 255,
};

/* One step of the way to a value, from the inside out. */
struct path {
    const struct path *outer;
    enum { PATH_MEMBER, PATH_ELEMENT, PATH_ENTRY } step;
    struct slice name; /* PATH_MEMBER, PATH_ENTRY */
    size_t number;     /* PATH_ELEMENT, from 1 */
};

struct check {
    enum shape_wording wording;
    struct error *err;
    struct buf text;
    unsigned listed;
    const char *alone; /* the failure that is told instead of those listed; NULL if there is none */
};

/* What a failed constraint is about. */
struct subject {
    const struct path *path;
    const struct shape *shape;
    const void *at;
    enum print_place place;
};

/* ------------------------------------------------------------------ texts */

static void print_path(struct buf *out, const struct path *path, enum shape_wording wording)
{
    if (path->outer) {
        print_path(out, path->outer, wording);
        buf_append_byte(out, '.');
    }
    switch (path->step) {
    case PATH_MEMBER:
        if (wording == SHAPE_NAMES_MEMBER)
            buf_append(out, path->name);
        else
            print_lower_first(out, path->name);
        return;
    case PATH_ELEMENT:
        buf_append_i64(out, (int64_t)path->number);
        break;
    case PATH_ENTRY:
        buf_append(out, path->name);
        break;
    }
    buf_append_literal(out, ".member");
}

/* Begins the next listed error; false if the list is full. */
static bool begin_error(struct check *c)
{
    if (c->listed == ERRORS_LISTED_MAX || c->text.size > TEXT_BYTES_MAX)
        return false;
    if (c->text.data == NULL)
        buf_init(&c->text, c->err->arena, 256);
    if (c->listed++ > 0)
        buf_append_literal(&c->text, "; ");
    return true;
}

static void end_error(struct check *c, const struct path *path)
{
    buf_append_literal(&c->text, "at '");
    print_path(&c->text, path, SHAPE_ECHOES_VALUE);
    buf_append_literal(&c->text, "' failed to satisfy constraint: ");
}

/* Only the first one counts. */
static void fail_alone(struct check *c, const char *text)
{
    if (!c->alone)
        c->alone = text;
}

/* The constraint itself is appended by the caller. */
static bool fail_echoing(struct check *c, const struct subject *s)
{
    if (!begin_error(c))
        return false;
    buf_append_literal(&c->text, "Value '");
    print_java(&c->text, s->shape, s->at, s->place);
    buf_append_literal(&c->text, "' ");
    end_error(c, s->path);
    return true;
}

static void fail_null(struct check *c, const struct path *path)
{
    if (!begin_error(c))
        return;
    buf_append_literal(&c->text, "Value null ");
    end_error(c, path);
    buf_append_literal(&c->text, "Member must not be null");
}

static void append_pattern(struct buf *out, enum shape_pattern pattern)
{
    buf_printf(out, "Member must satisfy regular expression pattern: %s", pattern_text(pattern));
}

static void append_limit(struct buf *out, const char *what, const char *than, int64_t limit)
{
    buf_printf(out, "Member must have %s %s than or equal to %lld", what, than, (long long)limit);
}

static void fail_range(struct check *c, const struct subject *s, const char *what, const char *than,
                       int64_t limit)
{
    if (c->wording == SHAPE_ECHOES_VALUE) {
        if (fail_echoing(c, s))
            append_limit(&c->text, what, than, limit);
        return;
    }
    struct buf text;
    buf_init(&text, c->err->arena, 256);
    buf_append_literal(&text, ONE_ERROR "Value at '");
    print_path(&text, s->path, SHAPE_NAMES_MEMBER);
    buf_append_literal(&text, "' failed to satisfy constraint: ");
    append_limit(&text, what, than, limit);
    buf_append_byte(&text, '\0');
    fail_alone(c, text.data);
}

/* ------------------------------------------------------------------ single constraints */

static void check_range(struct check *c, const struct subject *s, const char *what, int64_t actual)
{
    const struct shape_range *range = &s->shape->range;
    if (range->has_min && actual < range->min)
        fail_range(c, s, what, "greater", range->min);
    if (range->has_max && actual > range->max)
        fail_range(c, s, what, "less", range->max);
}

/* Length as Java counts: UTF-16 code units, of which a character of four UTF-8 bytes takes two. */
static int64_t java_length(struct slice text)
{
    const char *at = text.data;
    const char *end = at + text.size;
    while (end - at >= 8 && (bytes8_load(at) & BYTES8_HIGHS) == 0)
        at += 8;
    int64_t length = at - text.data;
    for (; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        length += (c & 0xc0) != 0x80;
        length += c >= 0xf0;
    }
    return length;
}

/* A table's name or ARN. The limit on names is the service's own and not the model's, so it is always echoed; an empty
 * one is told as too short only. */
static void check_table(struct check *c, const struct subject *s, struct slice text, int64_t length)
{
    int64_t most = pattern_is_arn(text) ? TABLE_ARN_CHARACTERS_MAX : TABLE_CHARACTERS_MAX;
    if (length > 0 && !pattern_matches(PATTERN_TABLE, text) && fail_echoing(c, s))
        append_pattern(&c->text, PATTERN_TABLE);
    check_range(c, s, "length", length);
    if (length > most && fail_echoing(c, s))
        append_limit(&c->text, "length", "less", most);
}

static void check_string(struct check *c, const struct subject *s)
{
    const struct shape *shape = s->shape;
    struct slice text = *(const struct slice *)s->at;
    if (shape->pattern == PATTERN_TABLE) {
        check_table(c, s, text, java_length(text));
        return;
    }
    if (!pattern_matches(shape->pattern, text) && fail_echoing(c, s))
        append_pattern(&c->text, shape->pattern);
    if (shape->range.has_min || shape->range.has_max)
        check_range(c, s, "length", java_length(text));
}

static void fail_newer_set(struct check *c, const struct shape_newer_set *set)
{
    const char *text = arena_printf(
        c->err->arena, "Failed to satisfy constraint: Member must satisfy enum value set: %s", set->printed);
    switch (set->told) {
    case NEWER_SET_LISTED:
        if (begin_error(c))
            buf_append(&c->text, slice_from_cstr(text));
        return;
    case NEWER_SET_ALONE:
        fail_alone(c, arena_printf(c->err->arena, ONE_ERROR "%s", text));
        return;
    case NEWER_SET_WITHOUT_COUNT:
        fail_alone(c, text);
        return;
    }
}

static void check_enum(struct check *c, const struct subject *s)
{
    const struct optional_enum *e = s->at;
    if (e->value != SHAPE_ENUM_UNKNOWN)
        return;
    if (s->shape->newer_set && c->wording == SHAPE_NAMES_MEMBER) {
        fail_newer_set(c, s->shape->newer_set);
        return;
    }
    if (!fail_echoing(c, s))
        return;
    buf_append_literal(&c->text, "Member must satisfy enum value set: [");
    for (size_t i = 0; i < s->shape->name_count; i++) {
        if (i > 0)
            buf_append_literal(&c->text, ", ");
        buf_append(&c->text, s->shape->names[i]);
    }
    buf_append_byte(&c->text, ']');
}

/* ------------------------------------------------------------------ lists, maps, structures */

static void check_value(struct check *c, const struct subject *s);

static void check_members(struct check *c, const struct path *outer, const struct shape *shape,
                          const char *at)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct shape_member *m = &shape->members[i];
        bool given = shape_given(m->shape, at + m->offset);
        if (!given && m->flag == MEMBER_OPTIONAL)
            continue;
        if (m->flag == MEMBER_REQUIRED_LAST && c->listed > 0)
            return;
        const struct path path = {.outer = outer, .step = PATH_MEMBER, .name = m->name};
        if (given)
            check_value(c, &(struct subject){&path, m->shape, at + m->offset, PRINT_MEMBER});
        else
            fail_null(c, &path);
    }
}

static void check_list(struct check *c, const struct subject *s)
{
    const struct shape_array *list = s->at;
    check_range(c, s, "length", (int64_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct path path = {.outer = s->path, .step = PATH_ELEMENT, .number = i + 1};
        const void *element = shape_array_element(s->shape, list, i);
        if (shape_element_given(s->shape->element, element))
            check_value(c, &(struct subject){&path, s->shape->element, element, PRINT_ELEMENT});
    }
}

/* The limits of a map's keys; a table's name is never shorter than 3 there. */
static struct shape_range key_range(const struct shape *key)
{
    if (key->pattern == PATTERN_TABLE)
        return (struct shape_range)FROM_TO(TABLE_CHARACTERS_MIN, TABLE_CHARACTERS_MAX);
    return key->range;
}

static bool in_range(const struct shape_range *range, int64_t actual)
{
    return (!range->has_min || actual >= range->min) && (!range->has_max || actual <= range->max);
}

static bool key_is_good(const struct shape *key, const struct shape_range *range, struct slice text)
{
    if (key->pattern == PATTERN_TABLE && pattern_is_arn(text))
        return java_length(text) <= TABLE_ARN_CHARACTERS_MAX;
    return pattern_matches(key->pattern, text) &&
           ((!range->has_min && !range->has_max) || in_range(range, java_length(text)));
}

/* "[Member must have length less than or equal to 255, ...]" */
static void append_constraints(struct buf *out, const struct shape_range *range, enum shape_pattern pattern)
{
    const char *separator = "";
    buf_append_byte(out, '[');
    if (range->has_max) {
        append_limit(out, "length", "less", range->max);
        separator = ", ";
    }
    if (range->has_min) {
        buf_append(out, slice_from_cstr(separator));
        append_limit(out, "length", "greater", range->min);
        separator = ", ";
    }
    if (pattern != PATTERN_NONE) {
        buf_append(out, slice_from_cstr(separator));
        append_pattern(out, pattern);
    }
    buf_append_byte(out, ']');
}

/* One error for all bad keys together; it shows the map as it came. */
static void check_keys(struct check *c, const struct subject *s, const struct shape_array *map)
{
    const struct shape *key = s->shape->key;
    const struct shape_range range = key_range(key);
    for (size_t i = 0; i < map->count; i++) {
        if (key_is_good(key, &range, shape_entry_key(s->shape, shape_array_element(s->shape, map, i))))
            continue;
        if (!begin_error(c))
            return;
        buf_append_literal(&c->text, "Value '");
        print_json(&c->text, s->shape, s->at, s->place);
        buf_append_literal(&c->text, "' ");
        end_error(c, s->path);
        buf_append_literal(&c->text, "Map keys must satisfy constraint: ");
        append_constraints(&c->text, &range, key->pattern);
        return;
    }
}

/* Where values are echoed, the length of lists in a map is a constraint on the map. */
static void check_lengths_of_values(struct check *c, const struct subject *s, const struct shape_array *map)
{
    const struct shape *list = s->shape->element;
    for (size_t i = 0; i < map->count; i++) {
        const void *value = shape_entry_value(s->shape, shape_array_element(s->shape, map, i));
        if (in_range(&list->range, (int64_t)((const struct shape_array *)value)->count))
            continue;
        if (!fail_echoing(c, s))
            return;
        buf_append_literal(&c->text, "Map value must satisfy constraint: ");
        append_constraints(&c->text, &list->range, PATTERN_NONE);
        return;
    }
}

static void check_map(struct check *c, const struct subject *s)
{
    const struct shape_array *map = s->at;
    struct shape element = *s->shape->element;
    check_range(c, s, "length", (int64_t)map->count);
    check_keys(c, s, map);
    if (element.kind == SHAPE_LIST && c->wording == SHAPE_ECHOES_VALUE) {
        check_lengths_of_values(c, s, map);
        element.range = (struct shape_range)ANY_LENGTH;
    }
    for (size_t i = 0; i < map->count; i++) {
        const void *entry = shape_array_element(s->shape, map, i);
        const struct path path = {
            .outer = s->path, .step = PATH_ENTRY, .name = shape_entry_key(s->shape, entry)};
        const void *value = shape_entry_value(s->shape, entry);
        check_value(c, &(struct subject){&path, &element, value, PRINT_ELEMENT});
    }
}

static void check_value(struct check *c, const struct subject *s)
{
    switch (s->shape->kind) {
    case SHAPE_STRING:
        check_string(c, s);
        return;
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        check_range(c, s, "value", ((const struct optional_i64 *)s->at)->value);
        return;
    case SHAPE_ENUM:
        check_enum(c, s);
        return;
    case SHAPE_BLOB:
        check_range(c, s, "length", (int64_t)((const struct slice *)s->at)->size);
        return;
    case SHAPE_LIST:
        check_list(c, s);
        return;
    case SHAPE_MAP:
        check_map(c, s);
        return;
    case SHAPE_STRUCTURE:
        check_members(c, s->path, s->shape,
                      s->place == PRINT_MEMBER ? shape_structure_of_member(s->at) : s->at);
        return;
    case SHAPE_BOOLEAN:
    case SHAPE_VALUE:
    case SHAPE_ITEM:
    case SHAPE_VALUES:
        return;
    }
}

/* ------------------------------------------------------------------ the whole request */

static bool check_parameter(const struct shape_member *m, const void *at, struct error *err)
{
    if (!shape_given(m->shape, at))
        return error_set(err, ERR_VALIDATION,
                         "The parameter '%s' is required but was not present in the request", m->name.data);
    if (m->flag == MEMBER_PARAMETER)
        return true;
    struct slice text = *(const struct slice *)at;
    int64_t length = java_length(text);
    if (!pattern_is_arn(text) && (length < TABLE_CHARACTERS_MIN || length > TABLE_CHARACTERS_MAX))
        return error_set(err, ERR_VALIDATION,
                         "%s must be at least 3 characters long and at most 255 characters long",
                         m->name.data);
    return true;
}

/* The members whose failures have texts of their own. */
static bool check_parameters(const struct shape *input, const char *decoded, struct error *err)
{
    for (size_t i = 0; i < input->member_count; i++) {
        const struct shape_member *m = &input->members[i];
        if (m->flag != MEMBER_PARAMETER && m->flag != MEMBER_TABLE_NAME)
            continue;
        if (!check_parameter(m, decoded + m->offset, err))
            return false;
    }
    return true;
}

static bool lacks_required(const struct shape *input, const char *decoded)
{
    for (size_t i = 0; i < input->member_count; i++) {
        const struct shape_member *m = &input->members[i];
        if (m->flag != MEMBER_OPTIONAL && !shape_given(m->shape, decoded + m->offset))
            return true;
    }
    return false;
}

/* Checks the members in this wording. false: some of them fail. */
static bool keeps_constraints(struct check *c, enum shape_wording wording, const struct shape *input,
                              const void *decoded, struct error *err)
{
    *c = (struct check){.wording = wording, .err = err};
    check_members(c, NULL, input, decoded);
    return c->listed == 0 && !c->alone;
}

bool shape_check(const struct shape *input, const void *decoded, enum shape_wording wording,
                 struct error *err)
{
    PRE(input->kind == SHAPE_STRUCTURE);
    struct check c;
    if (!check_parameters(input, decoded, err))
        return false;
    if (keeps_constraints(&c, wording, input, decoded, err))
        return true;
    if (wording == SHAPE_NAMES_MEMBER && lacks_required(input, decoded))
        keeps_constraints(&c, SHAPE_ECHOES_VALUE, input, decoded, err);
    if (c.alone)
        return error_set(err, ERR_VALIDATION, "%s", c.alone);
    return error_set(err, ERR_VALIDATION, "%u validation error%s detected: %.*s", c.listed,
                     c.listed == 1 ? "" : "s", SLICE_PRINTF(buf_slice(&c.text)));
}
