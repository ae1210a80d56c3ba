/* descriptor_priv.h - what writing and reading of catalog records share. Private to src/table. */
#ifndef STATOR_TABLE_DESCRIPTOR_PRIV_H
#define STATOR_TABLE_DESCRIPTOR_PRIV_H

#include "table/table.h"

/* The names of a stream's members, which stand among the others of the table. */
struct descriptor_stream_members {
    const char *view; /* absent: it is not enabled */
    const char *space;
    const char *shards;
    const char *label;
};
extern const struct descriptor_stream_members descriptor_stream_members[STREAM_KIND_COUNT];

#endif
