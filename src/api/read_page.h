/* read_page.h - what Query and Scan have in common: a page of items, filtered, projected, counted.
 * Use:     an operation's file has its member table over read_page_input; its handler makes the checks, works out a
 *          range, opens a cursor, and ends with read_page_start(). What is read is a table or an index. SELECT shares the parts that
 *          know nothing of their requests (partiql_select.h).
 * Long:    the first ITEM_PAGE_STEP_BYTES are read on the event loop, which is all most pages have; what is left
 *          goes on on a worker, so that other connections of the loop are not kept waiting.
 * Source:  semantics.md section 8. */
#ifndef STATOR_API_READ_PAGE_H
#define STATOR_API_READ_PAGE_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "api/expressions.h"
#include "api/item_reply.h"
#include "engine/item_read.h"

struct read_page_input {
    struct slice table_name;
    struct slice index_name;
    struct optional_enum select;
    LIST_OF(struct slice) attributes_to_get;
    struct optional_i64 limit;
    struct optional_bool consistent_read;
    LIST_OF(struct condition_entry) key_conditions; /* Query */
    LIST_OF(struct condition_entry) filter;         /* QueryFilter, ScanFilter */
    struct optional_enum conditional_operator;
    struct optional_bool scan_index_forward; /* Query */
    struct request_item exclusive_start_key;
    struct optional_enum return_consumed_capacity;
    struct optional_i64 segment;        /* Scan */
    struct optional_i64 total_segments; /* Scan */
    struct slice projection_expression;
    struct slice filter_expression;
    struct slice key_condition_expression; /* Query */
    LIST_OF(struct expr_name) names;
    struct request_values values;
};

#define READ_PAGE_MEMBER(field, name, shape, flag) MEMBER(struct read_page_input, field, name, shape, flag)

/* The older parameters that both have. */
struct legacy_parameters read_page_older(const struct read_page_input *in, const char *filter_name);

/* Checks that need neither table nor parsed expressions: the starting key's values; Select against what is to be got. */
[[nodiscard]] bool read_page_check_start(const struct read_page_input *in, struct error *err);
[[nodiscard]] bool read_page_check_select(const struct read_page_input *in, struct error *err);

/* The table or index to read. */
[[nodiscard]] bool read_page_source(struct api_request *q, const struct read_page_input *in,
                                    struct item_source *source_out, struct error *err);

/* An index can be read once it is filled. */
[[nodiscard]] bool read_page_check_usable(const struct api_request *q, const struct item_source *source,
                                          struct error *err);

/* Whether the source has the attributes that are asked for. *fetch_out: a local index has not, but its table has. */
[[nodiscard]] bool read_page_check_attributes(const struct read_page_input *in,
                                              const struct item_source *source,
                                              const struct expressions *expressions, bool *fetch_out,
                                              struct error *err);

/* The instant that the source is to be read at. */
[[nodiscard]] bool read_page_view(struct api_request *q, const struct item_source *source,
                                  struct storage_view **view_out, struct error *err);

/* Whether the source is an index that does not hold all that the expression names at the top level. `e` may be NULL. */
bool read_page_lacks(const struct item_source *source, const struct expr *e);

/* What reading a page consumed: `halves` of what it went through, and the table for what was fetched. */
struct consumed_capacity read_page_consumed(struct api_request *q, const struct item_page *page,
                                            struct slice table_name, int64_t halves, bool consistent);

/* Whether the page is one of an index that was deleted after the request had found it: it is empty then, which is not what its
 * last reader is to be told. */
[[nodiscard]] bool read_page_index_is_deleted(struct api_request *q, const struct item_page *page,
                                              bool *is_deleted_out, struct error *err);

/* A page that is about to be read: the range is worked out, the cursor opened. It lives in q->arena. */
struct read_page {
    struct item_source source;
    struct storage_view *view;
    struct storage_cursor *cursor;
    const struct expressions *expressions;
    bool fetch;
};

/* Reads the page and writes the reply. */
[[nodiscard]] bool read_page_start(struct api_request *q, const struct read_page *page, struct error *err);

#endif
