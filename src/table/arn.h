/* arn.h - names of tables: plain, as ARNs, and the ids that are made for them.
 * Source:  semantics.md section 3. */
#ifndef STATOR_TABLE_ARN_H
#define STATOR_TABLE_ARN_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>

enum { TABLE_ID_BYTES = 36 };

/* A table as a request names it. */
struct table_reference {
    struct slice name;
    struct slice region;  /* SLICE_NONE if a plain name was given */
    struct slice account; /* likewise */
};

/* 3 to 255 of [a-zA-Z0-9_.-]: what a table or an index may be called. */
[[nodiscard]] bool table_name_valid(struct slice name);
/* The characters alone, whatever the length; false for the empty name. */
[[nodiscard]] bool table_name_characters_valid(struct slice name);

/* Takes `arn:aws:dynamodb:{region}:{account}:table/{name}` apart; other partitions of AWS (aws-cn, ...) are
 * understood too. false: it is not a table's ARN (an index's, a stream's or a backup's is not). The name is
 * checked. */
[[nodiscard]] bool table_arn_parse(struct slice arn, struct table_reference *out);
/* A TableName parameter: a table's ARN, or else a name, which is taken as it is. */
struct table_reference table_reference_parse(struct slice name_or_arn);

struct slice table_arn(struct arena *arena, struct slice region, struct slice account, struct slice name);
struct slice index_arn(struct arena *arena, struct slice table_arn, struct slice index_name);

/* A random UUID (version 4) in lower case, without terminator. */
void table_id_make(char id[TABLE_ID_BYTES]);

#endif
