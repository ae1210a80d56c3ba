/* table.h - what a table is: an immutable descriptor.
 * Use:     the catalog (catalog.h) owns descriptors and hands them out; a request reads them without a lock.
 * Owns:    a descriptor owns its arena, and all its slices and arrays live there. Reference-counted: successive
 *          snapshots of the catalog share it.
 * Absent:  a setting that was not given is SLICE_NONE, count 0, or has its `given` flag down.
 * Threads: immutable once published; any thread.
 * Source:  semantics.md sections 3, 12.1, 12.2, 13. Stored form: docs/format.md#catalog. */
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
    TABLE_VECTOR_INDEX_MAX = 5,
    TABLE_NON_KEY_ATTRIBUTES_MAX = 100, /* of all indexes together, repeats counted */
    TABLE_DESTINATIONS_MAX = 20,        /* Kinesis destinations that are remembered */
    TABLE_COUNT_MAX = 2500,
    TABLE_ON_DEMAND_READ_UNITS = 12000, /* what a table that is billed on demand can do from the start */
    TABLE_ON_DEMAND_WRITE_UNITS = 4000
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
/* What a table that is UPDATING is being updated in, which decides what else may be changed meanwhile. */
enum table_change { TABLE_CHANGE_NONE, TABLE_CHANGE_THROUGHPUT, TABLE_CHANGE_CLASS, TABLE_CHANGE_INDEX };
enum billing_mode { BILLING_PROVISIONED, BILLING_PAY_PER_REQUEST };
enum projection_type { PROJECTION_ALL, PROJECTION_KEYS_ONLY, PROJECTION_INCLUDE };
enum stream_view_type {
    STREAM_VIEW_NEW_IMAGE,
    STREAM_VIEW_OLD_IMAGE,
    STREAM_VIEW_NEW_AND_OLD_IMAGES,
    STREAM_VIEW_KEYS_ONLY
};
/* A table's changes may be captured twice: STREAM_SHOWN is the stream of its StreamSpecification; STREAM_HIDDEN feeds its
 * Kinesis destination, and no client sees it. */
enum stream_kind { STREAM_SHOWN, STREAM_HIDDEN, STREAM_KIND_COUNT };
/* In which units a destination gets the time of a change; DEFAULT is that of milliseconds, without saying so. */
enum time_precision { TIME_PRECISION_DEFAULT, TIME_PRECISION_MILLISECOND, TIME_PRECISION_MICROSECOND };
enum vector_distance { VECTOR_COSINE, VECTOR_DOT_PRODUCT, VECTOR_EUCLIDEAN };

/* Provisioned units; zeros when the table is billed on demand. */
struct throughput {
    int64_t read_units;
    int64_t write_units;
};

/* When provisioned units last changed, by the clock; 0: never. */
struct throughput_changes {
    int64_t increased_ms;
    int64_t decreased_ms;
    int64_t decreases; /* on the UTC day of decreased_ms */
};

/* A pair of which each half may be given or not; describes only. Used for OnDemandThroughput (most request
 * units; -1: no maximum) and WarmThroughput (units per second that are ready at once). */
struct optional_units {
    bool read_given;
    bool write_given;
    int64_t read_units;
    int64_t write_units;
};

struct projection {
    enum projection_type type;
    struct slice *non_key_attributes; /* PROJECTION_INCLUDE only */
    size_t non_key_attribute_count;
};

/* CREATING: an index that UpdateTable made and that does not have the entries of all items yet; writes keep it from its
 * first moment on, but it cannot be read. What clients are shown depends on the clock too: table_index_status_at(). A
 * deleted index takes no part in anything from its commit on. */
enum index_status { INDEX_ACTIVE, INDEX_CREATING };

/* A local or a global secondary index; the members after `projected_count` are a global one's. */
struct table_index {
    struct slice name;
    uint32_t space; /* where the entries are */
    struct key_schema key;
    struct projection projection;
    /* What an entry holds: the keys of index and table and what the projection names, in byte order. Worked out when the
     * descriptor is read; empty for PROJECTION_ALL. */
    struct slice *projected;
    size_t projected_count;
    enum index_status status;
    /* By UpdateTable, not with the table: its description has Backfilling while it is CREATING. */
    bool added_later;
    int64_t active_ms;   /* CREATING, and not yet backfilling, until then; 0: from the start */
    int64_t updating_ms; /* UPDATING until then */
    int64_t gone_ms;     /* of `leaving_index`: DELETING until then */
    struct throughput throughput;
    struct throughput_changes throughput_changes;
    struct optional_units on_demand;
    struct optional_units warm;
    bool warm_rises; /* only in what the reply of such a change shows, never stored */
};

struct search_schema_element {
    struct key_attribute attribute;
    bool is_hash; /* else an inline filter */
};

struct vector_index {
    struct slice name;
    struct slice vector_attribute;
    int64_t dimensions;
    enum vector_distance distance;
    struct projection projection;
    struct search_schema_element *search_schema;
    size_t search_schema_count;
};

struct table_tag {
    struct slice key;
    struct slice value;
};

/* A stream as the writers of items see it. */
struct table_stream {
    bool enabled;
    enum stream_view_type view; /* if enabled */
    uint32_t space;             /* where changes are recorded, if enabled: of the open shards */
    uint32_t shards;            /* how many of them */
    struct slice label;         /* of the newest stream of this kind; SLICE_NONE if there never was one */
};

/* A Kinesis data stream that gets the changes of the table, or did. At most one is LIVE. What clients are shown depends on the
 * clock too: kinesis_destination.h. */
enum destination_state { DESTINATION_LIVE, DESTINATION_DISABLED, DESTINATION_FAILED };

struct kinesis_destination {
    struct slice arn;
    enum destination_state state;
    enum time_precision precision;
    struct slice error; /* why it has FAILED */
    int64_t settled_ms; /* LIVE: ENABLING until then; DISABLED: DISABLING until then */
    int64_t updated_ms; /* LIVE: UPDATING until then */
};

/* Members that only describe are kept as given; those the engine acts on are explained. */
struct table {
    struct shared shared;
    struct arena arena; /* everything below lives here */

    struct slice name;
    struct slice arn;
    struct slice id;            /* UUID, fixed for the table's life */
    uint32_t space;             /* where the items are */
    uint32_t collections_space; /* where the sizes of item collections are; 0: they are not counted */
    uint64_t mark;              /* of that space (storage.h): the commit that last changed this descriptor */
    int64_t created_ms;
    int64_t active_ms;   /* CREATING until then; 0: active from the start */
    int64_t updating_ms; /* UPDATING until then */
    enum table_change updating;
    int64_t gone_ms; /* 0, or DELETING until then */

    struct key_schema key;
    struct key_attribute *definitions; /* AttributeDefinitions, as given */
    size_t definition_count;
    struct table_index *local_indexes;
    size_t local_index_count;
    struct table_index *global_indexes;
    size_t global_index_count;
    struct table_index *leaving_index; /* deleted, and only described until its gone_ms; NULL: none */
    struct vector_index *vector_indexes;
    size_t vector_index_count;

    enum billing_mode billing_mode;
    int64_t on_demand_since_ms; /* when it last became so; 0: never, and there is no BillingModeSummary */
    struct throughput throughput;
    struct throughput_changes throughput_changes;
    struct optional_units on_demand;
    struct optional_units warm;
    bool warm_rises; /* only in what the reply of such a change shows, never stored */

    struct table_stream streams[STREAM_KIND_COUNT];
    struct kinesis_destination *destinations; /* the newest first */
    size_t destination_count;

    bool encryption_described;  /* SSESpecification.Enabled: DescribeTable shows an SSEDescription */
    bool encryption_changes;    /* only in what the reply of such a change shows, never stored */
    bool deletion_protection;   /* DeleteTable refuses */
    struct slice table_class;   /* "STANDARD", ...; SLICE_NONE if not given */
    int64_t class_changed_ms;   /* by UpdateTable; 0: never */
    struct slice ttl_attribute; /* when items expire; SLICE_NONE: they do not */
    /* Finds items by that attribute: an index without hash attributes, kept like the others and known to no client. NULL: they do
     * not expire. */
    struct table_index *expiry_index;
    struct slice resource_policy; /* JSON text; SLICE_NONE if there is none */
    struct table_tag *tags;
    size_t tag_count;
};

/* The index of that name, of either kind; NULL if there is none. */
const struct table_index *table_find_index(const struct table *t, struct slice name);
bool table_index_is_local(const struct table *t, const struct table_index *index);
/* What clients are shown of an index: CREATING, ACTIVE, UPDATING or DELETING. */
enum table_status table_index_status_at(const struct table *t, const struct table_index *index,
                                        int64_t now_ms);
/* Whether entries are being filled in; before that an index that is CREATING is only allocated. */
bool table_index_backfilling_at(const struct table_index *index, int64_t now_ms);
/* Whether it may be read. */
static inline bool table_index_usable(const struct table_index *index, int64_t now_ms)
{
    return index->status == INDEX_ACTIVE && now_ms >= index->active_ms;
}
/* Whether an index is CREATING, UPDATING or DELETING: the table cannot be deleted then. */
bool table_indexes_change_at(const struct table *t, int64_t now_ms);
/* The deleted index that is still shown; NULL: none. */
static inline const struct table_index *table_leaving_index_at(const struct table *t, int64_t now_ms)
{
    return t->leaving_index && now_ms < t->leaving_index->gone_ms ? t->leaving_index : NULL;
}

/* How often units were decreased on the UTC day of now_ms. */
int64_t throughput_decreases_today(const struct throughput_changes *changes, int64_t now_ms);
/* The units per second that are ready at once: what was asked for, and never less than there is anyway. */
struct throughput throughput_warm(enum billing_mode mode, struct throughput provisioned,
                                  const struct optional_units *asked);

/* An empty descriptor with one reference, to be filled and then left alone. Never NULL. */
struct table *table_new(void);
static inline void table_release(struct table *t)
{
    shared_release(t ? &t->shared : NULL);
}

/* What the table is, to be changed and shown: a copy that others do not count on. Its parts live as long as the table. */
static inline struct table table_facts(const struct table *t)
{
    enum { SHARED_BYTES = sizeof t->shared };
    struct table facts = {0};
    memcpy((char *)&facts + SHARED_BYTES, (const char *)t + SHARED_BYTES, sizeof facts - SHARED_BYTES);
    return facts;
}

/* CREATING, ACTIVE, UPDATING or DELETING at `now_ms`. A table that is due to be gone is still DELETING here;
 * catalog_find() is what hides it. */
enum table_status table_status_at(const struct table *t, int64_t now_ms);
/* Whether what may be changed in a table that is ACTIVE or UPDATING may be changed now. ERR_RESOURCE_IN_USE. */
[[nodiscard]] bool table_check_changeable(const struct table *t, int64_t now_ms, struct error *err);
/* Whether items may be read and written: ACTIVE (or UPDATING). If not, a data operation answers
 * ERR_RESOURCE_NOT_FOUND `Requested resource not found`, as for a table that does not exist. */
static inline bool table_usable(const struct table *t, int64_t now_ms)
{
    return t->gone_ms == 0 && now_ms >= t->active_ms;
}
/* Whether the table's time is over: it must be treated as if it did not exist. */
static inline bool table_gone(const struct table *t, int64_t now_ms)
{
    return t->gone_ms != 0 && now_ms >= t->gone_ms;
}

/* Wire names, both ways; from_name is false for any other name. */
const char *table_status_name(enum table_status status);
const char *billing_mode_name(enum billing_mode mode);
const char *index_status_name(enum index_status status);
const char *projection_type_name(enum projection_type type);
const char *stream_view_type_name(enum stream_view_type type);
const char *time_precision_name(enum time_precision precision);
const char *destination_state_name(enum destination_state state);
const char *vector_distance_name(enum vector_distance distance);
const char *table_change_name(enum table_change change);
[[nodiscard]] bool billing_mode_from_name(struct slice name, enum billing_mode *out);
[[nodiscard]] bool projection_type_from_name(struct slice name, enum projection_type *out);
[[nodiscard]] bool stream_view_type_from_name(struct slice name, enum stream_view_type *out);
[[nodiscard]] bool time_precision_from_name(struct slice name, enum time_precision *out);
[[nodiscard]] bool destination_state_from_name(struct slice name, enum destination_state *out);
[[nodiscard]] bool vector_distance_from_name(struct slice name, enum vector_distance *out);
[[nodiscard]] bool table_change_from_name(struct slice name, enum table_change *out);

#endif
