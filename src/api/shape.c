#include "api/shape_priv.h"

#include "base/contract.h"

enum { DEPTH_MAX = 16 };

size_t shape_member_size(const struct shape *shape)
{
    if (shape->kind == SHAPE_STRUCTURE)
        return sizeof(void *);
    return shape_element_size(shape);
}

size_t shape_element_size(const struct shape *shape)
{
    switch (shape->kind) {
    case SHAPE_STRING:
    case SHAPE_BLOB:
        return sizeof(struct slice);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        return sizeof(struct optional_i64);
    case SHAPE_BOOLEAN:
        return sizeof(struct optional_bool);
    case SHAPE_ENUM:
        return sizeof(struct optional_enum);
    case SHAPE_VALUE:
        return sizeof(struct request_value);
    case SHAPE_ITEM:
        return sizeof(struct request_item);
    case SHAPE_VALUES:
        return sizeof(struct request_values);
    case SHAPE_LIST:
    case SHAPE_MAP:
        return sizeof(struct shape_array);
    case SHAPE_STRUCTURE:
        return shape->size;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ consistency of the tables */

static void assert_shape(const struct shape *shape, unsigned depth);

static void assert_structure(const struct shape *shape, unsigned depth)
{
    INVARIANT(shape->name != NULL);
    INVARIANT(shape->member_count == 0 || shape->members != NULL);
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct shape_member *m = &shape->members[i];
        INVARIANT(m->name.size > 0 && m->shape != NULL);
        INVARIANT(m->size == shape_member_size(m->shape));
        INVARIANT(m->offset + m->size <= shape->size);
        for (size_t j = 0; j < i; j++)
            INVARIANT(!slice_equal(m->name, shape->members[j].name));
        assert_shape(m->shape, depth + 1);
    }
}

static void assert_shape(const struct shape *shape, unsigned depth)
{
    INVARIANT(depth <= DEPTH_MAX);
    ERGO(shape->pattern != PATTERN_NONE, shape->kind == SHAPE_STRING);
    switch (shape->kind) {
    case SHAPE_STRUCTURE:
        assert_structure(shape, depth);
        return;
    case SHAPE_LIST:
        INVARIANT(shape->element != NULL && shape->element_size == shape_element_size(shape->element));
        assert_shape(shape->element, depth + 1);
        return;
    case SHAPE_MAP:
        INVARIANT(shape->element != NULL && shape->key != NULL && shape->key->kind == SHAPE_STRING);
        INVARIANT(shape->key_offset + sizeof(struct slice) <= shape->element_size);
        INVARIANT(shape->value_offset + shape_element_size(shape->element) <= shape->element_size);
        assert_shape(shape->element, depth + 1);
        return;
    case SHAPE_ENUM:
        INVARIANT(shape->names != NULL && shape->name_count > 0 && shape->name_count < SHAPE_ENUM_UNKNOWN);
        return;
    case SHAPE_STRING:
    case SHAPE_INTEGER:
    case SHAPE_LONG:
    case SHAPE_BOOLEAN:
    case SHAPE_BLOB:
    case SHAPE_VALUE:
    case SHAPE_ITEM:
    case SHAPE_VALUES:
        return;
    }
}

void shape_assert(const struct shape *shape)
{
    assert_shape(shape, 0);
}
