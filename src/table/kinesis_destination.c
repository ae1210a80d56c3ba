#include "table/kinesis_destination.h"

#include "base/contract.h"
#include "table/stream.h"

/* ------------------------------------------------------------------ states */

const char *kinesis_destination_status_at(const struct kinesis_destination *destination, int64_t now_ms)
{
    switch (destination->state) {
    case DESTINATION_LIVE:
        return now_ms < destination->settled_ms   ? "ENABLING"
               : now_ms < destination->updated_ms ? "UPDATING"
                                                  : "ACTIVE";
    case DESTINATION_DISABLED:
        return now_ms < destination->settled_ms ? "DISABLING" : "DISABLED";
    case DESTINATION_FAILED:
        return "ENABLE_FAILED";
    }
    UNREACHABLE();
}

const struct kinesis_destination *kinesis_destination_live(const struct table *t)
{
    for (size_t i = 0; i < t->destination_count; i++)
        if (t->destinations[i].state == DESTINATION_LIVE)
            return &t->destinations[i];
    return NULL;
}

static bool is_active(const struct kinesis_destination *destination, int64_t now_ms)
{
    return destination->state == DESTINATION_LIVE && now_ms >= destination->settled_ms &&
           now_ms >= destination->updated_ms;
}

static bool is_disabling(const struct kinesis_destination *destination, int64_t now_ms)
{
    return destination->state == DESTINATION_DISABLED && now_ms < destination->settled_ms;
}

/* ------------------------------------------------------------------ ARNs */

/* Takes what stands before the next colon; false: there is none. */
static bool take_part(struct slice *rest, struct slice *part_out)
{
    const char *colon = rest->size ? memchr(rest->data, ':', rest->size) : NULL;
    if (!colon)
        return false;
    *part_out = slice_of(rest->data, (size_t)(colon - rest->data));
    *rest = slice_after(*rest, part_out->size + 1);
    return true;
}

bool kinesis_arn_parse(struct slice arn, struct kinesis_arn_parts *out)
{
    struct slice scheme, partition, service, rest = arn;
    if (!take_part(&rest, &scheme) || !take_part(&rest, &partition) || !take_part(&rest, &service) ||
        !take_part(&rest, &out->region) || !take_part(&rest, &out->account) ||
        !slice_equal(scheme, SLICE("arn")) || !slice_starts_with(partition, SLICE("aws")) ||
        !slice_equal(service, SLICE("kinesis")) || !slice_starts_with(rest, SLICE("stream/")))
        return false;
    out->name = slice_after(rest, SLICE("stream/").size);
    return out->region.size > 0 && out->name.size > 0 && !memchr(out->name.data, '/', out->name.size);
}

/* ------------------------------------------------------------------ changes */

/* What they share; the prefix is the same for all three. */
struct context {
    const struct destination_edit *edit;
    struct storage_tx *tx;
    struct table *next;
    struct arena *arena;
    int64_t now_ms;
    struct error *err;
};

#define INVALID_STATE(err, format, ...)                                                                    \
    error_set(err, ERR_VALIDATION,                                                                         \
              "Table is not in a valid state to enable Kinesis Streaming Destination: " format __VA_OPT__( \
                  , ) __VA_ARGS__)

/* Before a table is ACTIVE it is not there for these operations. */
static bool check_table(const struct context *c)
{
    const struct table *t = c->next;
    if (table_status_at(t, c->now_ms) == TABLE_CREATING)
        return error_set(c->err, ERR_RESOURCE_NOT_FOUND,
                         "Requested resource not found: Table: %.*s not found", SLICE_PRINTF(t->name));
    return table_check_changeable(t, c->now_ms, c->err);
}

/* A copy that may be changed, with room for one more. */
static void copy_destinations(const struct context *c)
{
    struct table *t = c->next;
    struct kinesis_destination *copies =
        ARENA_NEW_ARRAY(c->arena, struct kinesis_destination, t->destination_count + 1);
    for (size_t i = 0; i < t->destination_count; i++)
        copies[i] = t->destinations[i];
    t->destinations = copies;
}

static struct kinesis_destination *find(const struct context *c)
{
    for (size_t i = 0; i < c->next->destination_count; i++)
        if (slice_equal(c->next->destinations[i].arn, c->edit->arn))
            return &c->next->destinations[i];
    return NULL;
}

/* At the front. If there are too many the oldest is forgotten, which is not live: only one is, and that is not enabled. */
static struct kinesis_destination *add(const struct context *c)
{
    struct table *t = c->next;
    if (t->destination_count == TABLE_DESTINATIONS_MAX)
        t->destination_count--;
    for (size_t i = t->destination_count++; i > 0; i--)
        t->destinations[i] = t->destinations[i - 1];
    t->destinations[0] = (struct kinesis_destination){.arn = c->edit->arn};
    return &t->destinations[0];
}

/* ------------------------------------------------------------------ enable */

static bool any_in_the_way(const struct context *c)
{
    for (size_t i = 0; i < c->next->destination_count; i++) {
        const struct kinesis_destination *other = &c->next->destinations[i];
        if (other->state == DESTINATION_LIVE || is_disabling(other, c->now_ms))
            return true;
    }
    return false;
}

/* NULL: nothing is wrong with it. */
static const char *why_not(const struct destination_edit *edit)
{
    struct kinesis_arn_parts arn;
    if (!kinesis_arn_parse(edit->arn, &arn))
        return "The Arn used to enable kinesis replication is not that of a kinesis data stream";
    if (!slice_equal(arn.region, edit->region))
        return "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the "
               "current region";
    return NULL;
}

static bool run_enable(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                       struct arena *arena, struct error *err)
{
    const struct context c = {(struct destination_edit *)edit, tx, next, arena,
                              storage_tx_commit_ms(tx),        err};
    if (any_in_the_way(&c))
        return INVALID_STATE(err, "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
                                  "perform ENABLE operation.");
    if (!check_table(&c))
        return false;
    copy_destinations(&c);
    struct kinesis_destination *destination = find(&c);
    if (!destination)
        destination = add(&c);
    *destination = (struct kinesis_destination){
        .arn = destination->arn,
        .state = DESTINATION_LIVE,
        .precision = c.edit->precision,
        .settled_ms = c.now_ms + c.edit->delay_ms,
    };
    const char *error = why_not(c.edit);
    if (error) {
        destination->state = DESTINATION_FAILED;
        destination->error = slice_from_cstr(error);
        return true;
    }
    next->streams[STREAM_HIDDEN].view = STREAM_VIEW_NEW_AND_OLD_IMAGES;
    return stream_open(tx, next, STREAM_HIDDEN, c.edit->stream_shards, arena, err) &&
           c.edit->enabled(tx, next, destination, arena, err);
}

/* ------------------------------------------------------------------ disable */

static bool run_disable(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                        struct arena *arena, struct error *err)
{
    const struct context c = {(struct destination_edit *)edit, tx, next, arena,
                              storage_tx_commit_ms(tx),        err};
    if (table_status_at(next, c.now_ms) != TABLE_DELETING && !check_table(&c))
        return false;
    copy_destinations(&c);
    struct kinesis_destination *destination = find(&c);
    if (destination && is_disabling(destination, c.now_ms))
        return true;
    if (!destination || !is_active(destination, c.now_ms) || next->gone_ms != 0)
        return INVALID_STATE(err, "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
    *destination = (struct kinesis_destination){
        .arn = destination->arn,
        .state = DESTINATION_DISABLED,
        .precision = destination->precision,
        .settled_ms = c.now_ms + c.edit->delay_ms,
    };
    return stream_close(tx, next, STREAM_HIDDEN, arena, err);
}

/* ------------------------------------------------------------------ update */

static bool has_precision(const struct kinesis_destination *destination, enum time_precision precision)
{
    return destination->precision == precision ||
           (destination->precision == TIME_PRECISION_DEFAULT && precision == TIME_PRECISION_MILLISECOND);
}

static bool run_update(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                       struct arena *arena, struct error *err)
{
    const struct context c = {(struct destination_edit *)edit, tx, next, arena,
                              storage_tx_commit_ms(tx),        err};
    if (!check_table(&c))
        return false;
    copy_destinations(&c);
    struct kinesis_destination *destination = find(&c);
    if (!destination)
        return INVALID_STATE(
            err, "No streaming destination with streamArn: %.*s found for table with tableName: %.*s",
            SLICE_PRINTF(c.edit->arn), SLICE_PRINTF(next->name));
    if (!is_active(destination, c.now_ms))
        return INVALID_STATE(err,
                             "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
                             "state. TableName: %.*s, kdsArn: %.*s",
                             SLICE_PRINTF(next->name), SLICE_PRINTF(c.edit->arn));
    if (has_precision(destination, c.edit->precision))
        return error_set(err, ERR_VALIDATION,
                         "Invalid Request: Precision is already set to the desired value of %s for tableId: "
                         "%.*s, kdsArn: %.*s",
                         time_precision_name(c.edit->precision), SLICE_PRINTF(next->id),
                         SLICE_PRINTF(c.edit->arn));
    destination->precision = c.edit->precision;
    destination->updated_ms = c.now_ms + c.edit->delay_ms;
    return true;
}

/* ------------------------------------------------------------------ public */

void destination_edit_init_enable(struct destination_edit *edit, const struct catalog *catalog,
                                  struct slice arn, enum time_precision precision,
                                  kinesis_destination_hook *enabled)
{
    *edit = (struct destination_edit){.edit = {run_enable},
                                      .enabled = enabled,
                                      .arn = arn,
                                      .precision = precision,
                                      .region = catalog_region(catalog),
                                      .delay_ms = catalog_create_delay_ms(catalog),
                                      .stream_shards = catalog_stream_shards(catalog)};
}

void destination_edit_init_disable(struct destination_edit *edit, const struct catalog *catalog,
                                   struct slice arn)
{
    *edit = (struct destination_edit){
        .edit = {run_disable}, .arn = arn, .delay_ms = catalog_delete_delay_ms(catalog)};
}

void destination_edit_init_update(struct destination_edit *edit, const struct catalog *catalog,
                                  struct slice arn, enum time_precision precision)
{
    PRE(precision != TIME_PRECISION_DEFAULT);
    *edit = (struct destination_edit){.edit = {run_update},
                                      .arn = arn,
                                      .precision = precision,
                                      .delay_ms = catalog_create_delay_ms(catalog)};
}
