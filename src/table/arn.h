/* arn.h - names of tables: plain, as ARNs, and the ids that are made for them.
 * Source:  semantics.md section 3. */
#ifndef STATOR_TABLE_ARN_H
#define STATOR_TABLE_ARN_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>

enum { TABLE_ID_BYTES = 36 };

/* What a table's ARN names. */
struct table_arn_parts {
    struct slice name;
    struct slice region;
    struct slice account;
};

/* 3 to 255 of [a-zA-Z0-9_.-]: what a table or an index may be called. */
[[nodiscard]] bool table_name_valid(struct slice name);

/* Takes `arn:aws:dynamodb:{region}:{account}:table/{name}` apart; the other partitions (aws-cn, ...) are understood
 * too. false: it is not a table's ARN (an index's, a stream's or a backup's is not). The name is checked. */
[[nodiscard]] bool table_arn_parse(struct slice arn, struct table_arn_parts *out);

struct slice table_arn(struct arena *arena, struct slice region, struct slice account, struct slice name);
struct slice index_arn(struct arena *arena, struct slice table_arn_text, struct slice index_name);

/* A random UUID (version 4) in lower case, without terminator. */
void table_id_make(char id[TABLE_ID_BYTES]);

#endif
