/* Literals and parameters as stored values. What is wrong with one is told with the place inside the outermost, which is called
 * root (README.md, Values). */
#include "partiql/plan_priv.h"

#include "base/contract.h"
#include "item/value_builder.h"

bool literal_is_constant(const struct partiql_node *node)
{
    switch ((enum partiql_kind)node->kind) {
    case PARTIQL_NULL:
    case PARTIQL_TRUE:
    case PARTIQL_FALSE:
    case PARTIQL_NUMBER:
    case PARTIQL_STRING:
    case PARTIQL_PARAMETER:
    case PARTIQL_LIST:
    case PARTIQL_TUPLE:
    case PARTIQL_BAG:
        return true;
    case PARTIQL_MISSING:
    case PARTIQL_PATH:
    case PARTIQL_STEP_NAME:
    case PARTIQL_STEP_INDEX:
    case PARTIQL_STEP_ALL:
    case PARTIQL_OR:
    case PARTIQL_AND:
    case PARTIQL_NOT:
    case PARTIQL_EQ:
    case PARTIQL_NE:
    case PARTIQL_LT:
    case PARTIQL_LE:
    case PARTIQL_GT:
    case PARTIQL_GE:
    case PARTIQL_BETWEEN:
    case PARTIQL_IN:
    case PARTIQL_IS:
    case PARTIQL_LIKE:
    case PARTIQL_PLUS:
    case PARTIQL_MINUS:
    case PARTIQL_TIMES:
    case PARTIQL_DIVIDE:
    case PARTIQL_MODULO:
    case PARTIQL_CONCAT:
    case PARTIQL_NEGATE:
    case PARTIQL_CALL:
        return false;
    }
    UNREACHABLE();
}

static void append_place(const struct literal_place *place, struct buf *out)
{
    if (!place) {
        buf_append_literal(out, "root");
        return;
    }
    append_place(place->outer, out);
    if (slice_is_none(place->name)) {
        buf_printf(out, "[%zu]", place->index);
        return;
    }
    buf_append_byte(out, '.');
    buf_append(out, place->name);
}

struct slice literal_place_text(const struct literal_place *place, struct arena *arena)
{
    struct buf text;
    buf_init(&text, arena, 64);
    append_place(place, &text);
    return buf_slice(&text);
}

/* ------------------------------------------------------------------ writing */

struct literal_writer {
    const struct planner *p;
    struct value_builder builder;
};

/* One value to be written, so many levels down, the outermost being 1. */
struct literal_part {
    const struct partiql_node *node;
    unsigned level;
    const struct literal_place *place;
};

static bool write_part(struct literal_writer *w, const struct literal_part *part, size_t *size_out);

static bool too_deep(const struct literal_writer *w, const struct literal_place *place)
{
    struct slice text = literal_place_text(place, w->p->arena);
    return error_set(w->p->err, ERR_VALIDATION, "Nesting Levels have exceeded supported limits under %.*s",
                     SLICE_PRINTF(text));
}

static bool write_number(struct literal_writer *w, struct slice text, const struct literal_place *place,
                         size_t *size_out)
{
    struct number number;
    if (!number_parse(text, &number, w->p->err)) {
        struct slice where = literal_place_text(place, w->p->arena);
        return error_set(w->p->err, ERR_VALIDATION, "%s under %.*s", w->p->err->message, SLICE_PRINTF(where));
    }
    *size_out = value_builder_text(&w->builder, VALUE_N, number_slice(&number));
    return true;
}

/* A text has fewer members than a container may have. */
static uint32_t begin_member(struct literal_writer *w)
{
    uint32_t member;
    bool begun = value_builder_member_begin(&w->builder, &member);
    INVARIANT(begun);
    return member;
}

static bool write_list(struct literal_writer *w, const struct literal_part *list, size_t *size_out)
{
    struct value_builder_mark mark = value_builder_begin(&w->builder);
    struct literal_place place = {.outer = list->place, .name = SLICE_NONE};
    for (const struct partiql_node *node = list->node->operands; node; node = node->next, place.index++) {
        const struct literal_part part = {node, list->level + 1, &place};
        uint32_t member = begin_member(w);
        size_t size;
        if (!restrictions_check_member(w->p, node, &place) || !write_part(w, &part, &size))
            return false;
        value_builder_member_end(&w->builder, member, size);
    }
    *size_out = value_builder_end_list(&w->builder, mark);
    return true;
}

static bool check_name(const struct literal_writer *w, const struct partiql_node *name)
{
    if (name->kind != PARTIQL_STRING)
        return restrictions_refuse(w->p, name);
    return name->text.size > 0 || error_set(w->p->err, ERR_VALIDATION, "Empty attribute name");
}

/* The members of a tuple. An item's are values by themselves; then `tuple->level` is 0. */
static bool write_members(struct literal_writer *w, const struct literal_part *tuple)
{
    bool is_item = tuple->level == 0;
    for (const struct partiql_node *name = tuple->node->operands; name; name = name->next->next) {
        const struct partiql_node *value = name->next;
        const struct literal_place place = {.outer = tuple->place, .name = name->text};
        const struct literal_part part = {value, tuple->level + 1, is_item ? NULL : &place};
        uint32_t member;
        size_t size;
        if (!check_name(w, name))
            return false;
        bool begun = value_builder_entry_begin(&w->builder, name->text, &member);
        INVARIANT(begun);
        if (!restrictions_check_member(w->p, value, part.place) || !write_part(w, &part, &size))
            return false;
        value_builder_member_end(&w->builder, member, size);
    }
    return true;
}

static bool write_tuple(struct literal_writer *w, const struct literal_part *tuple, size_t *size_out)
{
    struct value_builder_mark mark = value_builder_begin(&w->builder);
    if (!write_members(w, tuple))
        return false;
    *size_out = value_builder_end_map(&w->builder, mark);
    return true;
}

/* ------------------------------------------------------------------ sets */

/* "[2, 2.0]", as written. */
static struct slice bag_text(const struct literal_writer *w, const struct partiql_node *bag)
{
    struct buf text;
    buf_init(&text, w->p->arena, 64);
    buf_append_byte(&text, '[');
    for (const struct partiql_node *member = bag->operands; member; member = member->next) {
        buf_append(&text, member->text);
        if (member->next)
            buf_append_literal(&text, ", ");
    }
    buf_append_byte(&text, ']');
    return buf_slice(&text);
}

static bool duplicates(const struct literal_writer *w, const struct literal_part *bag)
{
    struct slice members = bag_text(w, bag->node);
    if (bag->node->operands->kind == PARTIQL_STRING)
        return error_set(w->p->err, ERR_VALIDATION,
                         "One or more parameter values were invalid: Input collection %.*s contains "
                         "duplicates.",
                         SLICE_PRINTF(members));
    struct slice place = literal_place_text(bag->place, w->p->arena);
    return error_set(w->p->err, ERR_VALIDATION,
                     "One or more parameter values were invalid: Input collection %.*s contains "
                     "duplicates! under %.*s",
                     SLICE_PRINTF(members), SLICE_PRINTF(place));
}

static bool check_bag(const struct literal_writer *w, const struct partiql_node *bag,
                      enum value_type *type_out)
{
    const struct partiql_node *first = bag->operands;
    if (!first)
        return error_set(w->p->err, ERR_VALIDATION, "Empty bags are not supported");
    bool alike = first->kind == PARTIQL_STRING || first->kind == PARTIQL_NUMBER;
    for (const struct partiql_node *member = first; member; member = member->next)
        alike = alike && member->kind == first->kind;
    *type_out = first->kind == PARTIQL_STRING ? VALUE_SS : VALUE_NS;
    return alike || error_set(w->p->err, ERR_VALIDATION,
                              "Unsupported data type in Bag. DynamoDB only supports either numbers or "
                              "strings in bags");
}

static bool write_bag(struct literal_writer *w, const struct literal_part *bag, size_t *size_out)
{
    struct literal_place place = {.outer = bag->place, .name = SLICE_NONE};
    enum value_type type;
    for (const struct partiql_node *node = bag->node->operands; node; node = node->next, place.index++)
        if (!restrictions_check_member(w->p, node, &place))
            return false;
    if (!check_bag(w, bag->node, &type))
        return false;
    struct value_builder_mark mark = value_builder_begin(&w->builder);
    place.index = 0;
    for (const struct partiql_node *node = bag->node->operands; node; node = node->next, place.index++) {
        uint32_t member = begin_member(w);
        size_t size;
        if (node->kind == PARTIQL_STRING)
            size = value_builder_text(&w->builder, VALUE_S, node->text);
        else if (!write_number(w, node->text, &place, &size))
            return false;
        value_builder_member_end(&w->builder, member, size);
    }
    return value_builder_end_set(&w->builder, mark, type, size_out) || duplicates(w, bag);
}

/* ------------------------------------------------------------------ all kinds */

/* Recursion: VALUE_DEPTH_MAX. */
static bool write_part(struct literal_writer *w, const struct literal_part *part, size_t *size_out)
{
    const struct partiql_node *node = part->node;
    if (part->level > VALUE_DEPTH_MAX)
        return too_deep(w, part->place);
    switch ((enum partiql_kind)node->kind) {
    case PARTIQL_NULL:
        *size_out = value_builder_null(&w->builder);
        return true;
    case PARTIQL_TRUE:
    case PARTIQL_FALSE:
        *size_out = value_builder_bool(&w->builder, node->kind == PARTIQL_TRUE);
        return true;
    case PARTIQL_NUMBER:
        return write_number(w, node->text, part->place, size_out);
    case PARTIQL_STRING:
        *size_out = value_builder_text(&w->builder, VALUE_S, node->text);
        return true;
    case PARTIQL_PARAMETER:
        *size_out = value_builder_copy(&w->builder, &w->p->parameters[node->number]);
        return true;
    case PARTIQL_LIST:
        return write_list(w, part, size_out);
    case PARTIQL_TUPLE:
        return write_tuple(w, part, size_out);
    case PARTIQL_BAG:
        return write_bag(w, part, size_out);
    case PARTIQL_MISSING:
    case PARTIQL_PATH:
    case PARTIQL_STEP_NAME:
    case PARTIQL_STEP_INDEX:
    case PARTIQL_STEP_ALL:
    case PARTIQL_OR:
    case PARTIQL_AND:
    case PARTIQL_NOT:
    case PARTIQL_EQ:
    case PARTIQL_NE:
    case PARTIQL_LT:
    case PARTIQL_LE:
    case PARTIQL_GT:
    case PARTIQL_GE:
    case PARTIQL_BETWEEN:
    case PARTIQL_IN:
    case PARTIQL_IS:
    case PARTIQL_LIKE:
    case PARTIQL_PLUS:
    case PARTIQL_MINUS:
    case PARTIQL_TIMES:
    case PARTIQL_DIVIDE:
    case PARTIQL_MODULO:
    case PARTIQL_CONCAT:
    case PARTIQL_NEGATE:
    case PARTIQL_CALL:
        return restrictions_refuse(w->p, node);
    }
    UNREACHABLE();
}

bool literal_value(const struct planner *p, const struct partiql_node *node, struct value *out)
{
    PRE(literal_is_constant(node));
    if (node->kind == PARTIQL_PARAMETER) {
        *out = p->parameters[node->number];
        return true;
    }
    struct literal_writer w = {.p = p};
    const struct literal_part part = {.node = node, .level = 1};
    size_t size;
    value_builder_init(&w.builder, p->arena, 64);
    if (!write_part(&w, &part, &size))
        return false;
    value_read(buf_slice(&w.builder.out), out);
    return true;
}

/* ------------------------------------------------------------------ items */

static void write_map_members(struct literal_writer *w, const struct value *map)
{
    struct slice members = value_members(map);
    for (uint32_t i = 0; i < map->count; i++) {
        struct slice name;
        struct value value;
        uint32_t member;
        value_next_entry(&members, &name, &value);
        bool begun = value_builder_entry_begin(&w->builder, name, &member);
        INVARIANT(begun);
        value_builder_member_end(&w->builder, member, value_builder_copy(&w->builder, &value));
    }
}

bool literal_item(const struct planner *p, const struct partiql_node *node, struct slice *item_out)
{
    struct literal_writer w = {.p = p};
    const struct literal_part whole = {.node = node, .level = 0};
    value_builder_init(&w.builder, p->arena, 256);
    struct value_builder_mark mark = value_builder_begin_item(&w.builder);
    if (node->kind == PARTIQL_PARAMETER)
        write_map_members(&w, &p->parameters[node->number]);
    else if (!write_members(&w, &whole))
        return false;
    *item_out = value_builder_end_item(&w.builder, mark);
    return true;
}
