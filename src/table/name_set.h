/* name_set.h - names in the order in which DynamoDB's error texts show sets of them.
 * Why:     the service prints Java hash sets, and that order is a function of the names and of the set's capacity:
 *          with attributes pk, sk, a, b, c it shows "[sk, a, b, pk, c]". Clients' tests contain such texts.
 * Bounds:  the caller's; sorting is quadratic, so a few hundred names at most. Private to src/table. */
#ifndef STATOR_TABLE_NAME_SET_H
#define STATOR_TABLE_NAME_SET_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>

struct name_set {
    struct slice *names; /* in the order added */
    size_t count;
    size_t capacity;
};

/* Room for up to `capacity` different names. */
void name_set_init(struct name_set *set, struct arena *arena, size_t capacity);
bool name_set_contains(const struct name_set *set, struct slice name);
/* Adds the name unless it is there. PRE: there is room. */
void name_set_add(struct name_set *set, struct slice name);

/* "[a, b]", as a set prints that was made for exactly this many names, or one that grew from the default size. */
const char *name_set_print_sized(const struct name_set *set, struct arena *arena);
const char *name_set_print_grown(const struct name_set *set, struct arena *arena);

#endif
