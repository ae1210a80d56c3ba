/* plan_access_priv.h - WHERE taken apart into alternatives (plan_alternatives.c), these made ranges (plan_ranges.c), and the
 * ranges a plan (plan_access.c). Conditions on key attributes may stand anywhere between ANDs and ORs: every alternative, a chain
 * of ANDs, that fixes the partition key is one range of a Query; if one does not, all is a Scan. What ranges say exactly is left
 * out of the filter; whatever else there is stays in it as it was written, so that no range can let a wrong item through. */
#ifndef STATOR_PARTIQL_PLAN_ACCESS_PRIV_H
#define STATOR_PARTIQL_PLAN_ACCESS_PRIV_H

#include "partiql/plan_priv.h"

struct access {
    const struct planner *p;
    struct partiql_plan *plan;
    const struct key_schema *key; /* of what is read */
    struct conjuncts conjuncts;   /* of WHERE */
};

/* ------------------------------------------------------------------ plan_alternatives.c */

/* One condition of an alternative; the others follow. Alternatives share what they have in common. */
struct term {
    const struct partiql_node *node;
    size_t conjunct;            /* the part of WHERE that it is, or is in */
    const struct key_term *key; /* NULL: none that a range could say */
    const struct term *before;
};

struct alternatives {
    const struct term *last[PARTIQL_RANGES_MAX]; /* of each; NULL: it has no condition */
    size_t count;
    bool too_many;
};

/* A path that is a key attribute: its name, and which it is. */
[[nodiscard]] bool alternatives_key_attribute(const struct key_schema *key, const struct partiql_node *path,
                                              struct key_term *out);
/* Whether every alternative fixes the whole partition key. */
bool alternatives_fix_partition(const struct access *a);
/* PRE: they do. */
[[nodiscard]] bool alternatives_find(const struct access *a, struct alternatives *out);

/* ------------------------------------------------------------------ plan_ranges.c */

struct range {
    /* One for each attribute of the partition key, then those on the sort key. */
    struct key_conditions conditions;
    bool contradictory;               /* it asks for two values of one attribute of the partition key */
    bool vague;                       /* something that it does not say is about the sort key */
    size_t group;                     /* the number of the first range with this partition key */
    const struct partiql_node **rest; /* what it does not say exactly */
    size_t rest_count;
};

struct ranges {
    struct range *at;
    size_t count;
    size_t group_count; /* partitions */
    bool *left;         /* of each conjunct of WHERE: the filter has it */
    bool some_contradictory;
};

/* One for each alternative, but for those that find nothing; none has an entry of another. Fails: a value of another type than
 * its attribute; ranges overlap. */
[[nodiscard]] bool ranges_make(const struct access *a, const struct alternatives *set, struct ranges *out);
/* <0, >0: all entries of one range come before those of the other. PRE: of the same partition, and they do not overlap. */
int ranges_compare_sorts(const struct access *a, const struct range *x, const struct range *y);

#endif
