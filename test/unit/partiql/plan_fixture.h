/* plan_fixture.h - statements planned for a table with indexes; what a plan reads, and what it lets through, as text.
 *
 * The tables' keys: T is pk (S) and sk (S), H is id (N). The indexes of T:
 *
 *     locals   local    pk and l (N)               ALL
 *     localk   local    pk and m (S)               KEYS_ONLY
 *     all      global   g (S), h (N)               ALL
 *     include  global   g (S)                      INCLUDE x, y
 *     multi    global   g (S), h (N) | m (S), l (N)   ALL */
#ifndef STATOR_TEST_PARTIQL_PLAN_FIXTURE_H
#define STATOR_TEST_PARTIQL_PLAN_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/update.h"
#include "item/number.h"
#include "item/wire.h"
#include "partiql/plan.h"
#include "support/condition.h"
#include "support/item.h"

struct fixture {
    struct arena arena;
    struct error err;
    struct table table;
    struct table by_number;
};

static inline struct key_attribute fixture_attribute(const char *name, enum value_type type)
{
    return (struct key_attribute){slice_from_cstr(name), type};
}

static inline void fixture_describe(struct fixture *f)
{
    static struct slice included[] = {{"g", 1}, {"pk", 2}, {"sk", 2}, {"x", 1}, {"y", 1}};
    static struct slice local_keys[] = {{"m", 1}, {"pk", 2}, {"sk", 2}};
    static struct table_index locals[2], globals[3];
    static struct vector_index vectors[1];
    struct key_attribute pk = fixture_attribute("pk", VALUE_S), sk = fixture_attribute("sk", VALUE_S),
                         g = fixture_attribute("g", VALUE_S), h = fixture_attribute("h", VALUE_N),
                         l = fixture_attribute("l", VALUE_N), m = fixture_attribute("m", VALUE_S);
    locals[0] = (struct table_index){
        .name = SLICE("locals"), .key = {1, 1, {pk}, {l}}, .projection = {.type = PROJECTION_ALL}};
    locals[1] = (struct table_index){.name = SLICE("localk"),
                                     .key = {1, 1, {pk}, {m}},
                                     .projection = {.type = PROJECTION_KEYS_ONLY},
                                     .projected = local_keys,
                                     .projected_count = 3};
    globals[0] = (struct table_index){
        .name = SLICE("all"), .key = {1, 1, {g}, {h}}, .projection = {.type = PROJECTION_ALL}};
    globals[1] = (struct table_index){.name = SLICE("include"),
                                      .key = {1, 0, {g}, {{{0}}}},
                                      .projection = {.type = PROJECTION_INCLUDE},
                                      .projected = included,
                                      .projected_count = 5};
    globals[2] = (struct table_index){
        .name = SLICE("multi"), .key = {2, 2, {g, h}, {m, l}}, .projection = {.type = PROJECTION_ALL}};
    vectors[0] = (struct vector_index){.name = SLICE("vectors")};
    f->table = (struct table){.name = SLICE("T"),
                              .space = 16,
                              .key = {1, 1, {pk}, {sk}},
                              .local_indexes = locals,
                              .local_index_count = 2,
                              .global_indexes = globals,
                              .global_index_count = 3,
                              .vector_indexes = vectors,
                              .vector_index_count = 1};
    f->by_number = (struct table){
        .name = SLICE("H"), .space = 17, .key = {1, 0, {fixture_attribute("id", VALUE_N)}, {{{0}}}}};
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    fixture_describe(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    test_free(f);
    return 0;
}

static inline void fixture_reset(struct fixture *f)
{
    arena_reset(&f->arena);
    error_init(&f->err, &f->arena);
}

static inline struct slice fixture_item(struct fixture *f, const char *json)
{
    return item_from_json(&f->arena, json);
}

/* The values of a JSON array of attribute values; NULL: none. */
static inline size_t fixture_parameters(struct fixture *f, const char *json, struct value **out)
{
    *out = NULL;
    if (!json)
        return 0;
    struct value list = value_from_json(&f->arena, arena_printf(&f->arena, "{\"L\":%s}", json));
    *out = ARENA_NEW_ARRAY(&f->arena, struct value, list.count);
    for (uint32_t i = 0; i < list.count; i++)
        value_element(&list, i, &(*out)[i]);
    return list.count;
}

static inline const struct table *fixture_table(const struct fixture *f,
                                                const struct partiql_statement *statement)
{
    return slice_equal(statement->target.table, SLICE("H")) ? &f->by_number : &f->table;
}

/* Parses, checks and plans, as an operation does; the error's message, or NULL. */
static inline const char *fixture_plan(struct fixture *f, const char *text, const char *parameters_json,
                                       struct partiql_plan *plan_out)
{
    const struct partiql_statement *statement;
    struct value *parameters;
    size_t count = fixture_parameters(f, parameters_json, &parameters);
    *plan_out = (struct partiql_plan){0};
    if (partiql_parse(slice_from_cstr(text), &f->arena, &statement, &f->err) &&
        partiql_check(statement, count, &f->err) && partiql_check_values(statement, parameters, &f->err) &&
        partiql_plan(statement, parameters, fixture_table(f, statement), &f->arena, plan_out, &f->err))
        return NULL;
    assert_int_equal(f->err.code, ERR_VALIDATION);
    return f->err.message;
}

static inline struct partiql_plan fixture_planned(struct fixture *f, const char *text, const char *parameters)
{
    struct partiql_plan plan;
    const char *message = fixture_plan(f, text, parameters, &plan);
    if (message)
        fail_msg("%s: %s", text, message);
    return plan;
}

/* ------------------------------------------------------------------ plans as text */

static inline void fixture_print_value(struct buf *out, const struct value *v)
{
    char number[NUMBER_TEXT_BYTES_MAX];
    if (v->type == VALUE_N)
        buf_append(out, slice_of(number, number_format(v->payload, number)));
    else
        buf_append(out, v->payload);
}

static inline void fixture_print_condition(struct buf *out, const struct key_condition *c)
{
    static const char *const operators[] = {
        [KEY_EQ] = "=",  [KEY_LT] = "<",      [KEY_LE] = "<=",        [KEY_GT] = ">",
        [KEY_GE] = ">=", [KEY_BETWEEN] = ":", [KEY_BEGINS_WITH] = "^"};
    buf_append(out, c->attribute);
    buf_append(out, slice_from_cstr(operators[c->comparison]));
    fixture_print_value(out, &c->operand);
    if (c->comparison != KEY_BETWEEN)
        return;
    buf_append_literal(out, "..");
    fixture_print_value(out, &c->upper);
}

/* "pk=a sk>1 | pk=b", "scan"; then " reverse", " filter", " key" if there is one. */
static inline const char *fixture_access(struct fixture *f, const struct partiql_plan *plan)
{
    struct buf out;
    buf_init(&out, &f->arena, 128);
    if (!plan->is_query)
        buf_append_literal(&out, "scan");
    for (size_t i = 0; i < plan->range_count; i++) {
        if (i > 0)
            buf_append_literal(&out, " | ");
        for (size_t j = 0; j < plan->ranges[i].count; j++) {
            if (j > 0)
                buf_append_byte(&out, ' ');
            fixture_print_condition(&out, &plan->ranges[i].conditions[j]);
        }
    }
    if (plan->reverse)
        buf_append_literal(&out, " reverse");
    if (plan->filter)
        buf_append_literal(&out, " filter");
    if (plan->has_key)
        buf_append_literal(&out, " key");
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

/* One row of a table: what follows WHERE, and how it is read. '!' and a message: it is refused. */
struct access_row {
    const char *where;
    const char *access;
};

static inline void fixture_check_access(struct fixture *f, const char *from, const struct access_row *rows,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct partiql_plan plan;
        fixture_reset(f);
        const char *text = arena_printf(&f->arena, "SELECT * FROM %s WHERE %s", from, rows[i].where);
        const char *message = fixture_plan(f, text, NULL, &plan);
        const char *got = message ? arena_printf(&f->arena, "!%s", message) : fixture_access(f, &plan);
        if (strcmp(got, rows[i].access) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", text, got, rows[i].access);
    }
}

#define CHECK_ACCESS(f, from, rows) \
    fixture_check_access((f), (from), (rows), sizeof(rows) / sizeof((rows)[0]))

/* ------------------------------------------------------------------ what ranges let through */

/* In how many of the plan's ranges the item is; of a Scan 1. */
static inline unsigned fixture_ranges_with(const struct partiql_plan *plan, struct slice item)
{
    unsigned found = !plan->is_query;
    for (size_t i = 0; i < plan->range_count; i++) {
        bool inside = true;
        for (size_t j = 0; j < plan->ranges[i].count; j++)
            inside = inside && condition_holds(&plan->ranges[i].conditions[j], item);
        found += inside;
    }
    return found;
}

static inline bool fixture_selects(const struct partiql_plan *plan, struct slice item)
{
    return fixture_ranges_with(plan, item) > 0 && (!plan->filter || expr_matches(plan->filter, item));
}

/* ------------------------------------------------------------------ JSON */

static inline const char *fixture_json(struct fixture *f, struct slice item)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 256);
    json_writer_init(&w, &out);
    wire_write_item(&w, item);
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

static inline const char *fixture_row(struct fixture *f, const struct partiql_plan *plan, const char *item)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 256);
    json_writer_init(&w, &out);
    partiql_write_row(plan, fixture_item(f, item), &w);
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

/* One row of a table of statements that are refused. */
struct refused_row {
    const char *text;
    const char *message;
    const char *parameters;
};

static inline void fixture_check_refused(struct fixture *f, const struct refused_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct partiql_plan plan;
        fixture_reset(f);
        const char *message = fixture_plan(f, rows[i].text, rows[i].parameters, &plan);
        if (!message)
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(message, rows[i].message) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", rows[i].text, message, rows[i].message);
    }
}

#define CHECK_REFUSED(f, rows) fixture_check_refused((f), (rows), sizeof(rows) / sizeof((rows)[0]))

#define TEST_CASE(name)        cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
