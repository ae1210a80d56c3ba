/* table.h - what a table is: an immutable descriptor, and the catalog of all of them.
 * Use:     a request takes the catalog once, finds its tables in it, and gives it back at its end; no lock, no
 *          read of the store. DDL writes the catalog space through storage and publishes a new catalog.
 * Owns:    the catalog owns its descriptors (shared between successive catalogs, reference-counted).
 * Threads: descriptors are immutable; any thread. Publishing happens on the store's thread, after durability.
 * Source:  semantics.md sections 3, 12.1, 12.2, 13. */
#ifndef STATOR_TABLE_TABLE_H
#define STATOR_TABLE_TABLE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/shared.h"
#include "base/slice.h"
#include "item/value.h"
#include "storage/storage.h"

enum {
    TABLE_NAME_BYTES_MIN = 3,
    TABLE_NAME_BYTES_MAX = 255,
    TABLE_KEY_ATTRIBUTES_MAX = 4, /* of one kind, in multi-attribute index keys */
    TABLE_GSI_MAX = 20,
    TABLE_LSI_MAX = 5,
    TABLE_COUNT_MAX = 2500
};

struct key_attribute {
    struct slice name;
    enum value_type type; /* S, N or B */
};

/* Which attributes make a key. Tables have one hash and at most one range attribute; indexes up to four each. */
struct key_schema {
    unsigned hash_count;
    unsigned range_count;
    struct key_attribute hash[TABLE_KEY_ATTRIBUTES_MAX];
    struct key_attribute range[TABLE_KEY_ATTRIBUTES_MAX];
};

enum table_status { TABLE_CREATING, TABLE_ACTIVE, TABLE_UPDATING, TABLE_DELETING };
enum billing_mode { BILLING_PROVISIONED, BILLING_PAY_PER_REQUEST };

struct throughput {
    int64_t read_units;
    int64_t write_units;
};

/* Members that only describe are kept as given; those the engine acts on are explained. */
struct table {
    struct shared shared;
    struct arena arena; /* everything below lives here */
    struct slice name;
    struct slice arn;
    struct slice id;  /* UUID */
    uint32_t space;   /* where the items are */
    struct key_schema key;
    struct key_attribute *definitions; /* AttributeDefinitions, as given */
    size_t definition_count;
    enum billing_mode billing_mode;
    bool billing_mode_given;  /* DescribeTable shows BillingModeSummary only then */
    struct throughput throughput;
    bool deletion_protection;
    struct slice table_class; /* "STANDARD", ...; SLICE_NONE if not given */
    struct slice extra_json;  /* further settings that are stored and shown but not acted on yet; a JSON object */
    int64_t created_ms;
    int64_t active_ms;        /* CREATING until then */
    int64_t gone_ms;          /* 0, or DELETING until then */
};

/* CREATING, ACTIVE or DELETING at `now_ms`. */
enum table_status table_status_at(const struct table *t, int64_t now_ms);
const char *table_status_name(enum table_status status);

#endif
