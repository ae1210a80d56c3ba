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

/* Transactions say at every level whether they read or wrote. */
enum consumed_kind { CONSUMED, CONSUMED_READING, CONSUMED_WRITING };

/* What an operation consumed of one table and its indexes, in half units. */
struct consumed_capacity {
    struct slice table_name; /* spelled as in the request */
    int64_t table_halves;
    const struct table *table;   /* NULL: no index was touched */
    const int64_t *index_halves; /* of its indexes, by number (engine/index.h); NULL likewise */
    enum consumed_kind kind;
    int64_t refused_halves; /* of a part that was refused, and has nothing else: in the total alone */
};

/* "ConsumedCapacity":{...} if the request asks for it. */
void write_consumed(struct json_writer *w, struct optional_enum mode,
                    const struct consumed_capacity *consumed);
/* "ConsumedCapacity":[...] if the request asks for it: the parts of each table together, in the order of their first mention. What
 * has one name is of one table and kind. A table of which all parts were refused is left out; if all are, so is the list. */
void write_consumed_list(struct api_request *q, struct optional_enum mode,
                         const struct consumed_capacity *parts, size_t count);
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
/* "ItemCollectionMetrics":{table:[...],...} of all collections that the changes touched, each once; nothing if there is none, or
 * the request does not ask. `names`: of each change its table as the request spells it. */
struct item_change;
void write_collections(struct api_request *q, struct optional_enum mode, const struct item_change *changes,
                       const struct slice *names, size_t count);

/* How the error of one part of a request is named where it is told among others: "ConditionalCheckFailed". */
struct slice error_code_of_part(enum error_code code);

/* "Item":{...} in the body of the error that this item was the reason for. */
void show_refusing_item(struct api_request *q, struct slice item);
/* A single write could meet a transaction: engine.h. ERR_TRANSACTION_CONFLICT. */
[[nodiscard]] bool check_no_conflict(const struct api_request *q, struct error *err);

#endif
