/* filter.h - the pattern language of event source mappings: which records a function wants to see.
 * Pattern: an object like the record, whose leaves are lists of what the value may be: "text", 5, true, null, {"prefix":..},
 *          {"suffix":..}, {"equals-ignore-case":..}, {"numeric":[">",0,"<=",5]}, {"exists":true}, {"anything-but":..}. All
 *          members must match, of a list one; "$or" has a list of patterns of which one must match. A value that is a list
 *          matches if one of its elements does.
 * Filter:  one pattern, or {"Filters":[{"Pattern":"..."}]} of which one must match.
 * Numbers: are compared by value. The text of an N or NS attribute is a number here, also for "numeric".
 * Owns:    nothing; a filter lives in its arena. Its JSON text need not.
 * Threads: a filter is immutable.
 * Source:  "Control which events Lambda sends to your function" and "Comparison operators for use in event patterns" in the
 *          documentation of AWS Lambda and Amazon EventBridge. */
#ifndef STATOR_TRIGGERS_FILTER_H
#define STATOR_TRIGGERS_FILTER_H

#include "base/arena.h"
#include "base/error.h"

struct filter;

enum { FILTER_PATTERNS_MAX = 10 };

/* ERR_VALIDATION, with a text for whoever wrote it. */
[[nodiscard]] bool filter_read(struct slice json, struct arena *arena, const struct filter **out,
                               struct error *err);

/* Whether a record, given as JSON, passes. `scratch` is for the call. */
bool filter_passes(const struct filter *filter, struct slice record, struct arena *scratch);

#endif
