/* update_fixture.h - updates applied to items, all written as the JSON of a request. */
#ifndef STATOR_TEST_EXPR_UPDATE_FIXTURE_H
#define STATOR_TEST_EXPR_UPDATE_FIXTURE_H

#include "fixture.h"

#include "expr/update.h"
#include "item/item.h"

#define KEY "{\"pk\":{\"S\":\"k\"}}"

static inline struct slice json_of_item(struct fixture *f, struct slice item)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 256);
    json_writer_init(&w, &out);
    wire_write_item(&w, item);
    return buf_slice(&out);
}

/* The item from its own JSON, so built afresh. */
static inline struct slice rebuilt(struct fixture *f, struct slice item)
{
    return fixture_item(f, arena_copy_cstr(&f->arena, json_of_item(f, item)));
}

/* One update and what comes of it; NULL stands for no names, no values, no item. */
struct update_case {
    const char *text;
    const char *names;
    const char *values;
    const char *former; /* JSON, or NULL */
    const char *after;  /* JSON; NULL: no item; "!" and a message: the update fails */
};

static inline bool update_apply(struct fixture *f, const struct update_case *c, struct slice *former,
                                struct slice *after)
{
    fixture_reset(f);
    struct expr *e = fixture_expr(f, EXPR_UPDATE, c->text, c->names, c->values);
    *former = fixture_item(f, c->former);
    return expr_update_apply(e, *former, fixture_item(f, KEY), &f->arena, after, &f->err);
}

static inline void check_update(struct fixture *f, const struct update_case *c)
{
    struct slice former;
    struct slice after;
    bool applied = update_apply(f, c, &former, &after);
    bool refused = c->after && c->after[0] == '!';
    if (!applied) {
        assert_int_equal(f->err.code, ERR_VALIDATION);
        if (!refused || strcmp(f->err.message, c->after + 1) != 0)
            fail_msg("%s: %s", c->text, f->err.message);
        return;
    }
    if (refused)
        fail_msg("%s: is not refused", c->text);
    if (slice_is_none(after) || !c->after) {
        if (!slice_is_none(after) || c->after)
            fail_msg("%s: %s", c->text, c->after ? "makes no item" : "makes an item");
        return;
    }
    assert_true(item_valid(after));
    if (!slice_equal(after, fixture_item(f, c->after)))
        fail_msg("%s:\n  got      %.*s\n  expected %s", c->text, SLICE_PRINTF(json_of_item(f, after)),
                 c->after);
    assert_true(slice_equal(after, rebuilt(f, after)));
    if (!slice_is_none(former) && slice_equal(former, after))
        assert_ptr_equal(former.data, after.data);
}

static inline void check_updates(struct fixture *f, const struct update_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_update(f, &cases[i]);
}

#define CHECK_UPDATES(f, cases) check_updates((f), (cases), sizeof(cases) / sizeof((cases)[0]))

#endif
