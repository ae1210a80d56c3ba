/* The trigger of a Kinesis destination: how it begins. */
#include "triggers/kinesis.h"
#include "triggers/triggers_priv.h"

enum { TIMEOUT_MS = 30 * 1000 };

/* No other trigger has a colon in its name, and no other stream of the table this label. */
static struct slice name_of(const struct table *table, struct slice label, struct arena *arena)
{
    return slice_from_cstr(
        arena_printf(arena, "kinesis:%.*s:%.*s", SLICE_PRINTF(table->name), SLICE_PRINTF(label)));
}

bool triggers_stage_destination(struct storage_tx *tx, const struct table *table,
                                const struct kinesis_destination *destination, struct arena *arena,
                                struct error *err)
{
    size_t count;
    const struct table_stream *stream = &table->streams[STREAM_HIDDEN];
    struct trigger trigger = {
        .id = storage_tx_commit_number(tx),
        .name = name_of(table, stream->label, arena),
        .state = TRIGGER_RUNNING,
        .created_ms = storage_tx_commit_ms(tx),
        .table = table->name,
        .table_id = table->id,
        .label = stream->label,
        .target = TRIGGER_KINESIS,
        .target_text = destination->arn,
        .batch_size = KINESIS_RECORDS_MAX,
        .lanes = 1,
        .retries = -1,
        .timeout_ms = TIMEOUT_MS,
    };
    if (!trigger_tx_count(tx, arena, &count, err))
        return false;
    if (count >= TRIGGERS_MAX)
        return error_set(err, ERR_LIMIT_EXCEEDED,
                         "There are %d triggers and deliveries to Kinesis; that is as many as there may be",
                         TRIGGERS_MAX);
    return trigger_tx_new_epoch(tx, &trigger, arena, NULL, err) && trigger_tx_put(tx, &trigger, arena, err);
}
