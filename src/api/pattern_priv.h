/* pattern_priv.h - the patterns of the service models, matched by hand: whole strings, no regular expressions. */
#ifndef STATOR_API_PATTERN_PRIV_H
#define STATOR_API_PATTERN_PRIV_H

#include "api/shape.h"

/* As error texts print it. PRE: not PATTERN_NONE. */
const char *pattern_text(enum shape_pattern pattern);
bool pattern_matches(enum shape_pattern pattern, struct slice text);

/* Whether a PATTERN_TABLE text is meant as an ARN. */
static inline bool pattern_is_arn(struct slice text)
{
    return slice_starts_with(text, SLICE("arn:"));
}

#endif
