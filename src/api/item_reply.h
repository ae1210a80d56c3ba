/* item_reply.h - parts that the replies of item operations share.
 * Source: semantics.md 7 (ReturnItemCollectionMetrics), 9.3. */
#ifndef STATOR_API_ITEM_REPLY_H
#define STATOR_API_ITEM_REPLY_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "storage/storage.h"
#include "table/catalog.h"

/* The tables as they are now, held until the request ends. */
const struct catalog_snapshot *request_catalog(struct api_request *q);

/* What an operation consumed of one table and its indexes, in half units. */
struct consumed_capacity {
    struct slice table_name; /* spelled as in the request */
    int64_t table_halves;
    const struct table *table;   /* NULL: no index was touched */
    const int64_t *index_halves; /* of its indexes, by number (engine/index.h); NULL likewise */
};

/* "ConsumedCapacity":{...} if the request asks for it. */
void write_consumed(struct json_writer *w, struct optional_enum mode,
                    const struct consumed_capacity *consumed);
/* The object alone, for lists of them. PRE: the mode asks for it. */
void write_consumed_object(struct json_writer *w, struct optional_enum mode,
                           const struct consumed_capacity *consumed);
/* The same where indexes have no part in it. */
void write_consumed_capacity(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                             int64_t halves);
void write_consumed_capacity_object(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                                    int64_t halves);
bool wants_consumed_capacity(struct optional_enum mode);

/* {"ItemCollectionKey":...,"SizeEstimateRangeGB":...} of the collection that has this partition key, as it is now. */
void write_collection_metrics(struct api_request *q, const struct table *table, struct slice partition);
/* Whether the request asks for it and the table has such collections. */
bool wants_collection_metrics(struct optional_enum mode, const struct table *table);

#endif
