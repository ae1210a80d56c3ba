/* Random conditions over small items: what ranges and filter of the plan let through is what the condition says, item by item, and
 * no item is in two ranges. The condition is evaluated here by its own simple rules (semantics.md 5.5, 18.3). */
#include "plan_fixture.h"

enum { STATEMENTS = 10000, DEPTH_MAX = 4, OPERANDS_MAX = 4 };

/* ------------------------------------------------------------------ items */

/* A value: none, a number or a text. */
struct small {
    enum { NONE, NUMBER, TEXT } type;
    int number;
    const char *text;
};

/* Attributes by number; the first two are the key. */
enum { PK, SK, X, Y, ATTRIBUTES };
static const char *const table_names[ATTRIBUTES] = {"pk", "sk", "x", "y"};
static const char *const index_names[ATTRIBUTES] = {"g", "h", "x", "y"};

struct small_item {
    struct small at[ATTRIBUTES];
    struct slice stored;
};

static const struct small partitions[] = {{TEXT, 0, "a"}, {TEXT, 0, "b"}, {TEXT, 0, "c"}};
static const struct small texts[] = {{TEXT, 0, "1"}, {TEXT, 0, "11"}, {TEXT, 0, "2"}, {TEXT, 0, "3"}};
static const struct small numbers[] = {{NUMBER, 0, ""}, {NUMBER, 1, ""}, {NUMBER, 2, ""}, {NUMBER, 3, ""}};
static const struct small anything[] = {{NONE, 0, ""}, {NUMBER, 1, ""}, {NUMBER, 2, ""}, {TEXT, 0, "1"}};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* One table or index with items of every combination of values. */
struct world {
    struct fixture *f;
    const char *from;
    const char *const *names;
    const struct small *sorts; /* of the sort key */
    struct small_item items[COUNT_OF(partitions) * COUNT_OF(texts) * COUNT_OF(anything) * COUNT_OF(anything)];
    size_t count;
    unsigned accepted;
    unsigned queries;
    unsigned several;
};

static void print_small(struct buf *out, const char *name, const struct small *v)
{
    if (v->type == NONE)
        return;
    if (out->size > 1)
        buf_append_byte(out, ',');
    if (v->type == NUMBER)
        buf_printf(out, "\"%s\":{\"N\":\"%d\"}", name, v->number);
    else
        buf_printf(out, "\"%s\":{\"S\":\"%s\"}", name, v->text);
}

static void store(struct world *w, struct arena *arena, struct small_item *item)
{
    struct buf json;
    buf_init(&json, &w->f->arena, 128);
    buf_append_byte(&json, '{');
    for (int i = 0; i < ATTRIBUTES; i++)
        print_small(&json, w->names[i], &item->at[i]);
    buf_append_byte(&json, '}');
    item->stored = arena_copy(arena, fixture_item(w->f, arena_copy_cstr(&w->f->arena, buf_slice(&json))));
}

static void make_items(struct world *w, struct arena *arena)
{
    for (size_t p = 0; p < COUNT_OF(partitions); p++)
        for (size_t s = 0; s < COUNT_OF(texts); s++)
            for (size_t x = 0; x < COUNT_OF(anything); x++)
                for (size_t y = 0; y < COUNT_OF(anything); y++) {
                    struct small_item *item = &w->items[w->count++];
                    *item = (struct small_item){{partitions[p], w->sorts[s], anything[x], anything[y]}, {0}};
                    store(w, arena, item);
                }
}

/* ------------------------------------------------------------------ conditions */

enum tree_kind { AND, OR, NOT, COMPARE, BETWEEN, IN, BEGINS_WITH, MISSING };

struct tree {
    enum tree_kind kind;
    bool negated;
    bool mirrored; /* the value stands left */
    int attribute;
    int comparator; /* = <> < <= > >= */
    struct small values[OPERANDS_MAX];
    int count;
    const struct tree *operands[OPERANDS_MAX];
};

static uint64_t random_state;

static unsigned below(unsigned bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % bound;
}

static struct small value_for(const struct world *w, int attribute)
{
    if (attribute == PK)
        return partitions[below(COUNT_OF(partitions))];
    if (attribute == SK)
        return w->sorts[below(COUNT_OF(texts))];
    return anything[1 + below(COUNT_OF(anything) - 1)];
}

static const struct tree *leaf(const struct world *w)
{
    struct tree *t = ARENA_NEW(&w->f->arena, struct tree);
    unsigned which = below(12);
    t->attribute = below(3) == 0 ? PK : below(2) ? SK : (int)below(ATTRIBUTES);
    t->kind = which < 7    ? COMPARE
              : which < 8  ? BETWEEN
              : which < 10 ? IN
              : which < 11 ? BEGINS_WITH
                           : MISSING;
    if (t->kind == BEGINS_WITH && w->names[t->attribute] == index_names[SK])
        t->kind = COMPARE;
    t->comparator = t->attribute == PK && below(2) ? 0 : (int)below(6);
    t->mirrored = below(4) == 0;
    t->negated = t->kind > COMPARE && t->kind != BEGINS_WITH && below(5) == 0;
    t->count = t->kind == IN ? 1 + (int)below(OPERANDS_MAX - 1) : 2;
    for (int i = 0; i < t->count; i++)
        t->values[i] = value_for(w, t->attribute);
    if (t->kind == BEGINS_WITH)
        t->values[0] = (struct small){TEXT, 0, below(2) ? "1" : "2"};
    return t;
}

static int compare_small(const struct small *a, const struct small *b)
{
    return a->type == NUMBER ? (a->number > b->number) - (a->number < b->number) : strcmp(a->text, b->text);
}

/* Bounds of BETWEEN are of one type and in order. */
static const struct tree *ordered(const struct world *w, const struct tree *leaf_tree)
{
    struct tree *t = ARENA_NEW(&w->f->arena, struct tree);
    *t = *leaf_tree;
    if (t->kind != BETWEEN)
        return t;
    if (t->values[0].type != t->values[1].type)
        t->values[1] = t->values[0];
    if (compare_small(&t->values[0], &t->values[1]) > 0) {
        struct small first = t->values[0];
        t->values[0] = t->values[1];
        t->values[1] = first;
    }
    return t;
}

static const struct tree *grow(const struct world *w, unsigned depth)
{
    if (depth == 0 || below(3) == 0)
        return ordered(w, leaf(w));
    struct tree *t = ARENA_NEW(&w->f->arena, struct tree);
    unsigned which = below(8);
    t->kind = which < 4 ? AND : which < 7 ? OR : NOT;
    t->count = t->kind == NOT ? 1 : 2 + (int)below(OPERANDS_MAX - 1);
    for (int i = 0; i < t->count; i++)
        t->operands[i] = grow(w, depth - 1);
    return t;
}

/* Half of the conditions are about one partition or a few. */
static const struct tree *condition(const struct world *w)
{
    if (below(2))
        return grow(w, DEPTH_MAX);
    struct tree *key = ARENA_NEW(&w->f->arena, struct tree);
    struct tree *t = ARENA_NEW(&w->f->arena, struct tree);
    *key = (struct tree){.kind = IN, .attribute = PK, .count = 1 + (int)below(2)};
    for (int i = 0; i < key->count; i++)
        key->values[i] = partitions[(below(2) + (unsigned)i) % COUNT_OF(partitions)];
    *t = (struct tree){.kind = AND, .count = 2 + (int)below(OPERANDS_MAX - 1), .operands = {key}};
    for (int i = 1; i < t->count; i++)
        t->operands[i] = grow(w, below(DEPTH_MAX));
    return t;
}

/* ------------------------------------------------------------------ as text */

static void print_value(struct buf *out, const struct small *v)
{
    if (v->type == NUMBER)
        buf_printf(out, "%d", v->number);
    else
        buf_printf(out, "'%s'", v->text);
}

static void print_compare(const struct world *w, const struct tree *t, struct buf *out)
{
    static const char *const comparators[] = {"=", "<>", "<", "<=", ">", ">="};
    static const char *const mirror[] = {"=", "<>", ">", ">=", "<", "<="};
    if (!t->mirrored) {
        buf_printf(out, "%s %s ", w->names[t->attribute], comparators[t->comparator]);
        print_value(out, &t->values[0]);
        return;
    }
    print_value(out, &t->values[0]);
    buf_printf(out, " %s %s", mirror[t->comparator], w->names[t->attribute]);
}

static void print_in(const struct world *w, const struct tree *t, struct buf *out)
{
    buf_printf(out, "%s %sIN [", w->names[t->attribute], t->negated ? "NOT " : "");
    for (int i = 0; i < t->count; i++) {
        if (i > 0)
            buf_append_literal(out, ", ");
        print_value(out, &t->values[i]);
    }
    buf_append_byte(out, ']');
}

static void print_tree(const struct world *w, const struct tree *t, struct buf *out)
{
    switch (t->kind) {
    case AND:
    case OR:
    case NOT:
        buf_append_byte(out, '(');
        for (int i = 0; i < t->count; i++) {
            buf_printf(out, "%s", t->kind == NOT ? "NOT " : i == 0 ? "" : t->kind == AND ? " AND " : " OR ");
            print_tree(w, t->operands[i], out);
        }
        buf_append_byte(out, ')');
        return;
    case COMPARE:
        print_compare(w, t, out);
        return;
    case BETWEEN:
        buf_printf(out, "%s %sBETWEEN ", w->names[t->attribute], t->negated ? "NOT " : "");
        print_value(out, &t->values[0]);
        buf_append_literal(out, " AND ");
        print_value(out, &t->values[1]);
        return;
    case IN:
        print_in(w, t, out);
        return;
    case BEGINS_WITH:
        buf_printf(out, "begins_with(%s, '%s')", w->names[t->attribute], t->values[0].text);
        return;
    case MISSING:
        buf_printf(out, "%s IS %sMISSING", w->names[t->attribute], t->negated ? "NOT " : "");
        return;
    }
}

/* ------------------------------------------------------------------ by its own rules */

static bool satisfies(const struct small *v, int comparator, const struct small *operand)
{
    bool alike = v->type == operand->type;
    int order = alike ? compare_small(v, operand) : 0;
    switch (comparator) {
    case 0:
        return alike && order == 0;
    case 1:
        return !alike || order != 0;
    case 2:
        return alike && order < 0;
    case 3:
        return alike && order <= 0;
    case 4:
        return alike && order > 0;
    default:
        return alike && order >= 0;
    }
}

static bool leaf_holds(const struct tree *t, const struct small *v)
{
    bool found = false;
    switch (t->kind) {
    case COMPARE:
        return satisfies(v, t->comparator, &t->values[0]);
    case BETWEEN:
        return satisfies(v, 5, &t->values[0]) && satisfies(v, 3, &t->values[1]);
    case IN:
        for (int i = 0; i < t->count; i++)
            found |= satisfies(v, 0, &t->values[i]);
        return found;
    case BEGINS_WITH:
        return v->type == TEXT && strncmp(v->text, t->values[0].text, strlen(t->values[0].text)) == 0;
    case MISSING:
        return v->type == NONE;
    case AND:
    case OR:
    case NOT:
        break;
    }
    fail_msg("not a leaf");
    return false;
}

static bool holds(const struct tree *t, const struct small_item *item)
{
    bool result = t->kind == AND;
    switch (t->kind) {
    case AND:
    case OR:
        for (int i = 0; i < t->count; i++)
            if (holds(t->operands[i], item) != result)
                return !result;
        return result;
    case NOT:
        return !holds(t->operands[0], item);
    case COMPARE:
    case BETWEEN:
    case IN:
    case BEGINS_WITH:
    case MISSING:
        return leaf_holds(t, &item->at[t->attribute]) != t->negated;
    }
    return false;
}

/* ------------------------------------------------------------------ the test */

static bool may_be_refused(const char *message)
{
    return strcmp(message, "Overlapping conditions with range keys are not supported in where clause") == 0 ||
           strcmp(message, "Too many decomposed read operations for a given query.") == 0;
}

static void check_statement(struct world *w, const char *text, const struct tree *t)
{
    struct partiql_plan plan;
    const char *message = fixture_plan(w->f, text, NULL, &plan);
    if (message) {
        if (!may_be_refused(message))
            fail_msg("%s: %s", text, message);
        return;
    }
    w->accepted++;
    w->queries += plan.is_query;
    w->several += plan.range_count > 1;
    for (size_t i = 0; i < w->count; i++) {
        unsigned ranges = fixture_ranges_with(&plan, w->items[i].stored);
        bool selected = fixture_selects(&plan, w->items[i].stored);
        if (selected != holds(t, &w->items[i]) || ranges > 1)
            fail_msg("%s\n  %s\n  is %sselected, in %u ranges of %s", text,
                     fixture_json(w->f, w->items[i].stored), selected ? "" : "not ", ranges,
                     fixture_access(w->f, &plan));
    }
}

static void check_world(struct fixture *f, struct world *w, uint64_t seed)
{
    struct arena items;
    arena_init(&items, 64 * 1024);
    w->f = f;
    random_state = seed;
    make_items(w, &items);
    for (int i = 0; i < STATEMENTS; i++) {
        struct buf text;
        fixture_reset(f);
        const struct tree *t = condition(w);
        buf_init(&text, &f->arena, 512);
        buf_printf(&text, "SELECT * FROM %s WHERE ", w->from);
        print_tree(w, t, &text);
        if (text.size <= PARTIQL_TEXT_MAX)
            check_statement(w, arena_copy_cstr(&f->arena, buf_slice(&text)), t);
    }
    arena_release(&items);
    /* Enough of each kind to say something. */
    assert_true(w->accepted > STATEMENTS / 2);
    assert_true(w->queries > STATEMENTS / 20);
    assert_true(w->several > STATEMENTS / 100);
}

static void plans_select_what_conditions_say(void **state)
{
    struct world *w = test_calloc(1, sizeof *w);
    w->from = "T";
    w->names = table_names;
    w->sorts = texts;
    check_world(*state, w, 88172645463325252u);
    test_free(w);
}

static void plans_of_an_index_select_what_conditions_say(void **state)
{
    struct world *w = test_calloc(1, sizeof *w);
    w->from = "\"T\".\"all\"";
    w->names = index_names;
    w->sorts = numbers;
    check_world(*state, w, 362436069521288629u);
    test_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(plans_select_what_conditions_say),
        TEST_CASE(plans_of_an_index_select_what_conditions_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
