/* arena.h - an arena and an error that the tests of a file share: for each of them anew (ARENA_TEST), or for the group at once.
 * Include it last: src knows parameters of these names. */
#ifndef STATOR_TEST_SUPPORT_ARENA_H
#define STATOR_TEST_SUPPORT_ARENA_H

#include "base/arena.h"
#include "base/error.h"
#include "support/cmocka.h"

static struct arena arena;
static struct error err;

static inline int arena_set_up(void **state)
{
    (void)state;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    return 0;
}

static inline int arena_tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

#endif
