/* legacy_priv.h - one condition, whichever of the older parameters it stands in. */
#ifndef STATOR_API_LEGACY_PRIV_H
#define STATOR_API_LEGACY_PRIV_H

#include "api/legacy.h"
#include "expr/legacy.h"

#define INVALID_PARAMETERS "One or more parameter values were invalid: "

struct comparison {
    struct slice attribute;
    enum comparison_operator op;
    const struct request_value *values;
    size_t value_count;
};

/* Number and types of the values, and what is wrong inside of them. */
[[nodiscard]] bool comparison_check(const struct comparison *c, struct error *err);

/* An attribute value that has to be there and sound. */
[[nodiscard]] bool legacy_check_value(const struct request_value *value, struct error *err);

struct comparison comparison_of_condition(const struct condition_entry *entry);

/* An Expected entry has three forms, which exclude each other: a comparison, a value, or absence. */
[[nodiscard]] bool expected_check_form(const struct expected_entry *entry, struct error *err);
/* PRE: the form is right. */
struct comparison comparison_of_expected(const struct expected_entry *entry);

/* PRE: checked. Operands are put into the arena. */
struct legacy_condition comparison_translate(const struct comparison *c, struct arena *arena);

#endif
