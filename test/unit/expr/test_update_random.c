/* Random updates of random items, against a slow way of its own: the item as a tree of nodes, edited node by node and
 * written as JSON. The item that apply makes has to be, byte for byte, the one that this JSON is read into; where the
 * model says that an update cannot be, it has to fail with the same text. */
#include "update_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { UPDATES = 30000, NODE_CHILDREN_MAX = 24, PATH_MAX_ELEMENTS = 3, ACTIONS_MAX = 6 };

/* ------------------------------------------------------------------ trees */

struct node {
    enum value_type type; /* S, N, SS, L, M */
    long number;          /* N, and members of NS */
    char letter;          /* S */
    size_t count;
    struct node *children[NODE_CHILDREN_MAX];
    char names[NODE_CHILDREN_MAX];       /* M */
    unsigned indexes[NODE_CHILDREN_MAX]; /* L: where an appended one was to be */
    bool removed[NODE_CHILDREN_MAX];
    size_t stored_count; /* L: of the children that were there before */
};

static struct node *new_node(struct arena *arena, enum value_type type)
{
    struct node *n = ARENA_NEW(arena, struct node);
    n->type = type;
    return n;
}

static struct node *copy_tree(struct arena *arena, const struct node *from)
{
    struct node *n = new_node(arena, from->type);
    *n = *from;
    n->stored_count = from->count;
    for (size_t i = 0; i < n->count; i++)
        n->children[i] = copy_tree(arena, from->children[i]);
    return n;
}

static void add_child(struct node *parent, struct node *child)
{
    assert_true(parent->count < NODE_CHILDREN_MAX);
    parent->children[parent->count++] = child;
}

static bool same_scalar(const struct node *a, const struct node *b)
{
    return a->type == b->type && a->number == b->number && a->letter == b->letter;
}

static bool has_member(const struct node *set, const struct node *member)
{
    for (size_t i = 0; i < set->count; i++)
        if (same_scalar(set->children[i], member))
            return true;
    return false;
}

/* ------------------------------------------------------------------ random trees */

static unsigned below(unsigned n)
{
    return (unsigned)rand() % n;
}

static struct node *random_tree(struct arena *arena, unsigned depth)
{
    static const enum value_type types[] = {VALUE_S, VALUE_N, VALUE_SS, VALUE_L, VALUE_M, VALUE_L, VALUE_M};
    struct node *n = new_node(arena, types[below(depth == 0 ? 3 : 7)]);
    if (n->type == VALUE_S)
        n->letter = (char)('p' + below(8));
    if (n->type == VALUE_N)
        n->number = (long)below(401) - 200;
    size_t count = below(4) + (n->type == VALUE_SS);
    for (size_t i = 0; n->type == VALUE_SS && i < count; i++) {
        struct node *member = new_node(arena, VALUE_S);
        member->letter = (char)('p' + below(8));
        if (!has_member(n, member))
            add_child(n, member);
    }
    for (size_t i = 0; n->type == VALUE_L && i < count; i++)
        add_child(n, random_tree(arena, depth - 1));
    for (size_t i = 0; n->type == VALUE_M && i < 3; i++) {
        if (below(3) == 0)
            continue;
        n->names[n->count] = (char)('a' + i);
        add_child(n, random_tree(arena, depth - 1));
    }
    return n;
}

static struct node *random_item(struct arena *arena, bool key_only)
{
    struct node *item = new_node(arena, VALUE_M);
    struct node *key = new_node(arena, VALUE_S);
    key->letter = 'k';
    item->names[0] = '!'; /* printed as pk */
    add_child(item, key);
    for (size_t i = 0; !key_only && i < 4; i++) {
        if (below(5) == 0)
            continue;
        item->names[item->count] = (char)('a' + i);
        add_child(item, random_tree(arena, 3));
    }
    return item;
}

/* ------------------------------------------------------------------ trees as JSON */

static void print_tree(struct buf *out, const struct node *n);

static void print_name(struct buf *out, char name)
{
    if (name == '!')
        buf_append_literal(out, "\"pk\":");
    else
        buf_printf(out, "\"%c\":", name);
}

static void print_entries(struct buf *out, const struct node *map)
{
    const char *separator = "";
    buf_append_byte(out, '{');
    for (size_t i = 0; i < map->count; i++) {
        if (map->removed[i])
            continue;
        buf_append(out, slice_from_cstr(separator));
        print_name(out, map->names[i]);
        print_tree(out, map->children[i]);
        separator = ",";
    }
    buf_append_byte(out, '}');
}

/* Stored ones that are left, then the appended ones by rising index. */
static void print_list(struct buf *out, const struct node *list)
{
    const char *separator = "";
    for (size_t i = 0; i < list->stored_count; i++) {
        if (list->removed[i])
            continue;
        buf_append(out, slice_from_cstr(separator));
        print_tree(out, list->children[i]);
        separator = ",";
    }
    for (unsigned index = 0; index < 16; index++)
        for (size_t i = list->stored_count; i < list->count; i++) {
            if (list->indexes[i] != index)
                continue;
            buf_append(out, slice_from_cstr(separator));
            print_tree(out, list->children[i]);
            separator = ",";
        }
}

static void print_tree(struct buf *out, const struct node *n)
{
    if (n->type == VALUE_S)
        buf_printf(out, "{\"S\":\"%c\"}", n->letter);
    else if (n->type == VALUE_N)
        buf_printf(out, "{\"N\":\"%ld\"}", n->number);
    else if (n->type == VALUE_SS) {
        buf_append_literal(out, "{\"SS\":[");
        for (size_t i = 0; i < n->count; i++)
            buf_printf(out, "%s\"%c\"", i ? "," : "", n->children[i]->letter);
        buf_append_literal(out, "]}");
    } else if (n->type == VALUE_L) {
        buf_append_literal(out, "{\"L\":[");
        print_list(out, n);
        buf_append_literal(out, "]}");
    } else {
        buf_append_literal(out, "{\"M\":");
        print_entries(out, n);
        buf_append_byte(out, '}');
    }
}

static const char *item_json(struct arena *arena, const struct node *item)
{
    struct buf out;
    buf_init(&out, arena, 1024);
    print_entries(&out, item);
    return arena_copy_cstr(arena, buf_slice(&out));
}

/* ------------------------------------------------------------------ places */

struct step {
    char name; /* 0: an index */
    unsigned index;
};

struct place {
    struct step steps[PATH_MAX_ELEMENTS];
    size_t count;
};

/* The position of a child, or of none the count. */
static size_t find_child(const struct node *parent, const struct step *step)
{
    if (!step->name)
        return step->index < parent->stored_count ? step->index : parent->count;
    for (size_t i = 0; i < parent->count; i++)
        if (parent->names[i] == step->name)
            return i;
    return parent->count;
}

static struct node *find(struct node *item, const struct place *p, size_t steps)
{
    struct node *at = item;
    for (size_t i = 0; i < steps; i++) {
        if (at->type != (p->steps[i].name ? VALUE_M : VALUE_L))
            return NULL;
        size_t child = find_child(at, &p->steps[i]);
        if (child == at->count)
            return NULL;
        at = at->children[child];
    }
    return at;
}

/* ------------------------------------------------------------------ random actions */

enum operand_kind { CONSTANT, PLACE, IF_NOT_EXISTS };

struct operand {
    enum operand_kind kind;
    struct place place;
    char constant;
};

enum form { ALONE, SUM, DIFFERENCE, CONCATENATION };

struct action {
    const char *section;
    struct place target;
    enum form form;
    struct operand first;
    struct operand second;
};

/* :n :s :l :e (sets) :m */
static const char CONSTANTS_JSON[] = "{\":n\":{\"N\":\"3\"},\":s\":{\"S\":\"z\"},\":l\":{\"L\":[{\"S\":\"p\"}"
                                     ",{\"N\":\"1\"}]},\":e\":{\"SS\":[\"r\","
                                     "\"p\",\"t\"]},\":m\":{\"M\":{\"b\":{\"N\":\"8\"}}}}";

static struct node *constant_tree(struct arena *arena, char name)
{
    struct node *n = new_node(arena, name == 'n'   ? VALUE_N
                                     : name == 's' ? VALUE_S
                                     : name == 'l' ? VALUE_L
                                     : name == 'e' ? VALUE_SS
                                                   : VALUE_M);
    n->number = name == 'n' ? 3 : 0;
    n->letter = name == 's' ? 'z' : '\0';
    static const char members[] = "rpt";
    for (size_t i = 0; n->type == VALUE_SS && i < 3; i++) {
        add_child(n, new_node(arena, VALUE_S));
        n->children[i]->letter = members[i];
    }
    if (n->type == VALUE_L) {
        add_child(n, new_node(arena, VALUE_S));
        n->children[0]->letter = 'p';
        add_child(n, new_node(arena, VALUE_N));
        n->children[1]->number = 1;
    }
    if (n->type == VALUE_M) {
        n->names[0] = 'b';
        add_child(n, new_node(arena, VALUE_N));
        n->children[0]->number = 8;
    }
    n->stored_count = n->count;
    return n;
}

/* Mostly a place that is there in the item, so that updates work. */
static struct place random_place(const struct node *item, bool target)
{
    struct place p = {.count = 1};
    size_t chosen = target ? 1 + below(4) : below(5);
    p.steps[0].name = chosen == 0 ? '!' : (char)('a' + chosen - 1);
    const struct node *at = NULL;
    for (size_t i = 0; i < item->count; i++)
        if (item->names[i] == p.steps[0].name)
            at = item->children[i];
    while (p.count < PATH_MAX_ELEMENTS && below(3) > 0) {
        bool list = at ? at->type == VALUE_L : below(2) == 0;
        struct step *step = &p.steps[p.count];
        if (at && at->type != VALUE_L && at->type != VALUE_M && below(8) > 0)
            break;
        *step = (struct step){0};
        if (list)
            step->index = at && at->count && below(4) > 0 ? below((unsigned)at->count) : below(9);
        else
            step->name = (char)('a' + below(3));
        const struct node *next = NULL;
        for (size_t i = 0; at && i < at->count; i++)
            if (list ? i == step->index && at->type == VALUE_L
                     : at->type == VALUE_M && at->names[i] == step->name)
                next = at->children[i];
        p.count++;
        at = next;
    }
    return p;
}

/* Mostly of the type that is wanted there; of VALUE_NULL any will do. */
static struct operand random_operand(struct node *item, const char *constants, enum value_type wanted)
{
    struct operand o = {.kind = (enum operand_kind)below(3)};
    for (int i = 0; i < 8; i++) {
        o.place = random_place(item, false);
        const struct node *found = find(item, &o.place, o.place.count);
        if (found && (wanted == VALUE_NULL || found->type == wanted))
            break;
    }
    o.constant = constants[below((unsigned)strlen(constants))];
    return o;
}

/* Mostly one that can be written, for ADD and DELETE because what stands there is of that type or nothing does. */
static struct place random_target(struct node *item, enum value_type wanted)
{
    struct place p;
    for (int i = 0; i < 8; i++) {
        p = random_place(item, true);
        const struct node *parent = find(item, &p, p.count - 1);
        const struct node *stored = find(item, &p, p.count);
        bool sound = parent && parent->type == (p.steps[p.count - 1].name ? VALUE_M : VALUE_L);
        if (sound && (wanted == VALUE_NULL || !stored || stored->type == wanted))
            break;
    }
    return p;
}

static struct action random_action(struct node *item, const char *section)
{
    struct action a = {.section = section};
    if (section[0] == 'A' || section[0] == 'D') {
        bool number = section[0] == 'A' && below(2);
        a.first = (struct operand){.kind = CONSTANT, .constant = number ? 'n' : 'e'};
        a.target = random_target(item, number ? VALUE_N : VALUE_SS);
        return a;
    }
    a.target = random_target(item, VALUE_NULL);
    if (section[0] == 'S')
        a.form = below(2) ? ALONE : (enum form)(1 + below(3));
    const char *constants = a.form == CONCATENATION ? "l" : a.form == ALONE ? "nslem" : "n";
    enum value_type wanted = a.form == CONCATENATION ? VALUE_L : a.form == ALONE ? VALUE_NULL : VALUE_N;
    a.first = random_operand(item, constants, wanted);
    a.second = random_operand(item, constants, wanted);
    return a;
}

/* ------------------------------------------------------------------ actions as text */

static void print_place(struct buf *out, const struct place *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!p->steps[i].name)
            buf_printf(out, "[%u]", p->steps[i].index);
        else if (p->steps[i].name == '!')
            buf_append_literal(out, "pk");
        else
            buf_printf(out, "%s%c", i ? "." : "", p->steps[i].name);
    }
}

static void print_operand(struct buf *out, const struct operand *o)
{
    if (o->kind == IF_NOT_EXISTS)
        buf_append_literal(out, "if_not_exists(");
    if (o->kind != CONSTANT)
        print_place(out, &o->place);
    if (o->kind == IF_NOT_EXISTS)
        buf_append_literal(out, ", ");
    if (o->kind != PLACE)
        buf_printf(out, ":%c", o->constant);
    if (o->kind == IF_NOT_EXISTS)
        buf_append_byte(out, ')');
}

static void print_action(struct buf *out, const struct action *a)
{
    static const char *const before[] = {"", "", "", "list_append("};
    static const char *const between[] = {"", " + ", " - ", ", "};
    static const char *const behind[] = {"", "", "", ")"};
    print_place(out, &a->target);
    if (a->section[0] == 'R')
        return;
    buf_append(out, slice_from_cstr(a->section[0] == 'S' ? " = " : " "));
    buf_append(out, slice_from_cstr(before[a->form]));
    print_operand(out, &a->first);
    if (a->form != ALONE) {
        buf_append(out, slice_from_cstr(between[a->form]));
        print_operand(out, &a->second);
    }
    buf_append(out, slice_from_cstr(behind[a->form]));
}

static const char *update_text(struct arena *arena, const struct action *actions, size_t count)
{
    struct buf out;
    buf_init(&out, arena, 256);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && actions[i].section == actions[i - 1].section;
        buf_printf(&out, "%s%s ", same ? "," : " ", same ? "" : actions[i].section);
        print_action(&out, &actions[i]);
    }
    return arena_copy_cstr(arena, buf_slice(&out));
}

/* ------------------------------------------------------------------ the model */

static const char NO_ATTRIBUTE[] =
    "The provided expression refers to an attribute that does not exist in the item";
static const char INVALID_PATH[] =
    "The document path provided in the update expression is invalid for update";
static const char WRONG_TYPE[] = "An operand in the update expression has an incorrect data type";

/* What an action comes to: an error, a value, or (NULL) removal. */
struct outcome {
    const char *error;
    bool nothing;
    struct node *value;
};

static struct node *operand_tree(struct arena *arena, struct node *item, const struct operand *o)
{
    struct node *stored = o->kind == CONSTANT ? NULL : find(item, &o->place, o->place.count);
    if (stored)
        return copy_tree(arena, stored);
    return o->kind == PLACE ? NULL : constant_tree(arena, o->constant);
}

static struct outcome outcome_of_set(struct arena *arena, struct node *item, const struct action *a)
{
    struct node *first = operand_tree(arena, item, &a->first);
    if (a->form == ALONE)
        return (struct outcome){.error = first ? NULL : NO_ATTRIBUTE, .value = first};
    struct node *second = operand_tree(arena, item, &a->second);
    if (!first || !second)
        return (struct outcome){.error = NO_ATTRIBUTE};
    enum value_type wanted = a->form == CONCATENATION ? VALUE_L : VALUE_N;
    if (first->type != wanted || second->type != wanted)
        return (struct outcome){.error = WRONG_TYPE};
    if (a->form != CONCATENATION) {
        first->number += a->form == SUM ? second->number : -second->number;
        return (struct outcome){.value = first};
    }
    for (size_t i = 0; i < second->count; i++)
        add_child(first, second->children[i]);
    first->stored_count = first->count;
    return (struct outcome){.value = first};
}

static struct outcome outcome_of_add(struct arena *arena, const struct node *stored, const struct node *given)
{
    struct node *result = copy_tree(arena, stored);
    if (stored->type != given->type)
        return (struct outcome){.error = WRONG_TYPE};
    result->number += given->number;
    for (size_t i = 0; i < given->count; i++)
        if (!has_member(result, given->children[i]))
            add_child(result, given->children[i]);
    return (struct outcome){.value = result};
}

static struct outcome outcome_of_delete(struct arena *arena, const struct node *stored,
                                        const struct node *given)
{
    if (stored->type != given->type)
        return (struct outcome){.error = WRONG_TYPE};
    struct node *result = new_node(arena, VALUE_SS);
    for (size_t i = 0; i < stored->count; i++)
        if (!has_member(given, stored->children[i]))
            add_child(result, stored->children[i]);
    return (struct outcome){.value = result->count ? result : NULL};
}

static struct outcome outcome_of(struct arena *arena, struct node *item, const struct action *a)
{
    struct outcome result = {0};
    if (a->section[0] == 'S')
        result = outcome_of_set(arena, item, a);
    if (result.error)
        return result;
    const struct step *last = &a->target.steps[a->target.count - 1];
    struct node *parent = find(item, &a->target, a->target.count - 1);
    if (!parent || parent->type != (last->name ? VALUE_M : VALUE_L))
        return (struct outcome){.error = INVALID_PATH};
    if (a->section[0] == 'S' || a->section[0] == 'R')
        return result;
    const struct node *stored = find(item, &a->target, a->target.count);
    struct node *given = constant_tree(arena, a->first.constant);
    if (a->section[0] == 'A')
        return stored ? outcome_of_add(arena, stored, given) : (struct outcome){.value = given};
    return stored ? outcome_of_delete(arena, stored, given) : (struct outcome){.nothing = true};
}

/* In the copy that becomes the item: children keep their places until it is printed. */
static void put_outcome(struct node *after, const struct place *target, const struct outcome *outcome)
{
    struct node *parent = find(after, target, target->count - 1);
    const struct step *last = &target->steps[target->count - 1];
    size_t child = find_child(parent, last);
    if (child < parent->count && !outcome->value) {
        parent->removed[child] = true;
    } else if (child < parent->count) {
        parent->children[child] = outcome->value;
    } else if (outcome->value) {
        parent->names[parent->count] = last->name;
        parent->indexes[parent->count] = last->index;
        add_child(parent, outcome->value);
    }
}

/* The item after the update, or the message in *error. */
static struct node *model_apply(struct arena *arena, struct node *item, const struct action *actions,
                                size_t count, const char **error)
{
    struct outcome outcomes[ACTIONS_MAX];
    *error = NULL;
    for (size_t i = 0; i < count; i++) {
        outcomes[i] = outcome_of(arena, item, &actions[i]);
        if (outcomes[i].error) {
            *error = outcomes[i].error;
            return NULL;
        }
    }
    struct node *after = copy_tree(arena, item);
    for (size_t i = 0; i < count; i++)
        if (!outcomes[i].nothing)
            put_outcome(after, &actions[i].target, &outcomes[i]);
    return after;
}

/* ------------------------------------------------------------------ the comparison */

/* Actions by section, as the text has them. */
static size_t random_actions(struct node *item, struct action *actions)
{
    static const char *const sections[] = {"REMOVE", "SET", "DELETE", "ADD"};
    unsigned first = below(4);
    size_t count = 0;
    for (unsigned i = 0; i < 4; i++) {
        const char *section = sections[(first + i) % 4];
        unsigned wanted = below(section[0] == 'S' ? 3 : 2);
        for (unsigned k = 0; k < wanted && count < ACTIONS_MAX; k++)
            actions[count++] = random_action(item, section);
    }
    return count;
}

struct tally {
    size_t applied;
    size_t refused;
    size_t unbound;
};

static void compare_once(struct fixture *f, struct arena *model, struct tally *tally)
{
    bool missing = below(10) == 0;
    struct node *item = copy_tree(model, random_item(model, missing));
    struct action actions[ACTIONS_MAX];
    size_t count = random_actions(item, actions);
    if (count == 0)
        return;
    const char *text = update_text(model, actions, count);
    struct expr *e = NULL;
    /* Paths that overlap or conflict are no update. */
    if (fixture_error(f, EXPR_UPDATE, text, NULL, CONSTANTS_JSON, &e)) {
        tally->unbound++;
        return;
    }
    const char *json = item_json(model, item);
    struct slice former = missing ? SLICE_NONE : fixture_item(f, json);
    struct slice after;
    bool applied = expr_update_apply(e, former, fixture_item(f, KEY), &f->arena, &after, &f->err);
    const char *error;
    struct node *expected = model_apply(model, item, actions, count, &error);
    if (missing && applied && slice_is_none(after)) {
        assert_true(!strstr(text, "SET ") && !strstr(text, "ADD "));
        return;
    }
    if (applied != (expected != NULL) || (!applied && strcmp(error, f->err.message) != 0))
        fail_msg("%s\n  of %s\n  %s", text, json, applied ? "is not refused" : f->err.message);
    if (!applied) {
        tally->refused++;
        return;
    }
    const char *wanted = item_json(model, expected);
    assert_true(item_valid(after));
    if (!slice_equal(after, fixture_item(f, wanted)))
        fail_msg("%s\n  of       %s\n  makes    %.*s\n  and not  %s", text, json,
                 SLICE_PRINTF(json_of_item(f, after)), wanted);
    tally->applied++;
}

static void updates_make_what_editing_a_tree_makes(void **state)
{
    struct fixture *f = *state;
    struct arena model;
    struct tally tally = {0};
    arena_init(&model, 1 << 20);
    srand(4);
    for (int i = 0; i < UPDATES; i++) {
        fixture_reset(f);
        arena_reset(&model);
        compare_once(f, &model, &tally);
    }
    arena_release(&model);
    print_message("%zu applied, %zu refused, %zu no update\n", tally.applied, tally.refused, tally.unbound);
    assert_true(tally.applied > UPDATES / 10);
    assert_true(tally.refused > UPDATES / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(updates_make_what_editing_a_tree_makes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
