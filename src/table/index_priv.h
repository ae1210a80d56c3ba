/* index_priv.h - what is worked out for a table's indexes when its descriptor is read. Private to src/table. */
#ifndef STATOR_TABLE_INDEX_PRIV_H
#define STATOR_TABLE_INDEX_PRIV_H

#include "table/table.h"

/* All but space and status. */
void table_describe_expiry_index(struct table_index *index, struct slice ttl_attribute);

/* Fills the `projected` of all indexes. */
void table_work_out_projected(struct table *t);

#endif
