/* partiql_select.h - SELECT: what it reads, page by page.
 * Access:  one item by its key; or the ranges of a Query, one after another; or a Scan. Pages end as those of Query and Scan do
 *          (engine/README.md, Pages), and after RANGES_PER_PAGE ranges.
 * Long:    as read_page.h: the first bytes on the event loop, the rest on a worker.
 * Source:  semantics.md 8, 18.3; README.md, PartiQL. */
#ifndef STATOR_API_PARTIQL_SELECT_H
#define STATOR_API_PARTIQL_SELECT_H

#include "api/partiql_statement.h"

struct partiql_select {
    struct partiql_job *job; /* planned; a SELECT */
    uint64_t limit;          /* 0: none */
    struct slice next_token; /* SLICE_NONE: from the beginning */
    struct optional_enum return_consumed_capacity;
};

/* Reads a page and writes the whole reply of ExecuteStatement. `select` lives as long as the request. */
[[nodiscard]] bool partiql_select_start(struct api_request *q, const struct partiql_select *select,
                                        struct error *err);

#endif
