#include "table/update_table.h"

#include "base/contract.h"
#include "table/stream.h"
#include "table/update_table_priv.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ settings */

/* Another view type is another stream: this one has to be disabled first. */
static bool set_stream(const struct update_context *c)
{
    const struct update_table_input *input = c->update->input;
    struct table *t = c->next;
    struct table_stream *stream = &t->streams[STREAM_SHOWN];
    if (!input->stream_given)
        return true;
    if (input->stream_enabled && stream->enabled)
        return error_set(c->err, ERR_VALIDATION, "Table already has an enabled stream: TableName: %.*s",
                         SLICE_PRINTF(t->name));
    if (!input->stream_enabled && !stream->enabled)
        return error_set(c->err, ERR_VALIDATION, "Table has no stream to disable: TableName: %.*s",
                         SLICE_PRINTF(t->name));
    if (!input->stream_enabled)
        return stream_close(c->tx, t, STREAM_SHOWN, c->arena, c->err);
    stream->view = input->stream_view;
    return stream_open(c->tx, t, STREAM_SHOWN, c->update->stream_shards, c->arena, c->err);
}

static bool set_encryption(const struct update_context *c)
{
    const struct update_table_input *input = c->update->input;
    struct table *t = c->next;
    if (!input->encryption_given)
        return true;
    bool wanted = create_table_encryption_enabled(&input->encryption);
    if (!wanted && !t->encryption_described)
        return INVALID_PARAMETER(c->err, "Table is already encrypted by default");
    if (wanted && t->encryption_described && slice_starts_with(input->encryption.key_id, SLICE("arn:")))
        return INVALID_PARAMETER(c->err, "Table is already encrypted with given KMSMasterKeyId. Use "
                                         "KMSMasterKeyId parameter if you want to change Master Key");
    t->encryption_described = wanted;
    return true;
}

/* STANDARD is what a table has whose class was never set. */
static void set_class(const struct update_context *c)
{
    struct slice wanted = c->update->input->table_class;
    struct table *t = c->next;
    struct slice current = slice_is_none(t->table_class) ? SLICE("STANDARD") : t->table_class;
    if (slice_is_none(wanted) || slice_equal(wanted, current))
        return;
    t->table_class = wanted;
    t->class_changed_ms = c->now_ms;
    begin_updating(c, TABLE_CHANGE_CLASS, c->update->create_delay_ms);
}

/* ------------------------------------------------------------------ the edit */

/* What was only there to be shown. */
static void forget_what_is_over(struct table *t, int64_t now_ms)
{
    if (!table_leaving_index_at(t, now_ms))
        t->leaving_index = NULL;
    if (now_ms >= t->updating_ms) {
        t->updating_ms = 0;
        t->updating = TABLE_CHANGE_NONE;
    }
}

static bool run(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    struct table_update *update = (struct table_update *)edit;
    const struct update_context c = {update, tx, next, arena, storage_tx_commit_ms(tx), err};
    if (!table_check_changeable(next, c.now_ms, err))
        return false;
    forget_what_is_over(next, c.now_ms);
    update->former = *next;
    update->at_ms = c.now_ms;
    update->throughput_scaled = false;
    if (!update_table_throughput(&c) || !update_table_indexes(&c) || !set_stream(&c) || !set_encryption(&c))
        return false;
    set_class(&c);
    if (update->input->protection_given)
        next->deletion_protection = update->input->deletion_protection;
    return true;
}

void table_update_init(struct table_update *update, const struct update_table_input *input,
                       const struct catalog *catalog, table_index_hook *index_made,
                       table_index_hook *index_dropped)
{
    *update = (struct table_update){.edit = {run},
                                    .input = input,
                                    .create_delay_ms = catalog_create_delay_ms(catalog),
                                    .delete_delay_ms = catalog_delete_delay_ms(catalog),
                                    .stream_shards = catalog_stream_shards(catalog),
                                    .index_made = index_made,
                                    .index_dropped = index_dropped};
}

/* ------------------------------------------------------------------ what the reply shows */

/* A time that has not come yet. */
static const int64_t LATER_MS = INT64_MAX;

/* The counter still shows the day before this change. */
static struct throughput_changes changes_shown(const struct throughput_changes *after, int64_t at_ms)
{
    struct throughput_changes shown = *after;
    if (after->decreased_ms == at_ms && after->decreases > 0)
        shown.decreases--;
    return shown;
}

static const struct index_update_input *find_update(const struct update_table_input *input, struct slice name)
{
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (slice_equal(index_update_name(&input->index_updates[i]), name))
            return &input->index_updates[i];
    }
    return NULL;
}

/* As asked: a maximum that was taken away is shown as the -1 that did it. */
static void show_maximums(struct optional_units *shown, const struct optional_units *asked)
{
    if (asked->read_given) {
        shown->read_given = true;
        shown->read_units = asked->read_units;
    }
    if (asked->write_given) {
        shown->write_given = true;
        shown->write_units = asked->write_units;
    }
}

/* An index whose throughput changes, with the units it had. */
static void show_index_update(const struct table_update *update, const struct index_input *asked,
                              struct table_index *shown)
{
    const struct table_index *former = table_find_index(&update->former, shown->name);
    INVARIANT(former != NULL);
    if (asked->throughput.given && update->former.billing_mode == BILLING_PROVISIONED) {
        shown->throughput = former->throughput;
        shown->warm = former->warm;
        shown->throughput_changes = changes_shown(&shown->throughput_changes, update->at_ms);
    }
    if (asked->throughput.given || units_given(&asked->on_demand))
        shown->updating_ms = LATER_MS;
    show_maximums(&shown->on_demand, &asked->on_demand);
    if (units_given(&asked->warm)) {
        shown->warm = former->warm;
        shown->warm_rises = true;
    }
}

/* All indexes of before and after, in order: what was made comes last, what was dropped keeps its place. */
static void show_indexes(const struct table_update *update, struct table *shown, struct arena *arena)
{
    const struct table_index *after = shown->global_indexes;
    size_t after_count = shown->global_index_count, count = 0;
    struct table_index *indexes =
        ARENA_NEW_ARRAY(arena, struct table_index, after_count + update->former.global_index_count);
    for (size_t i = 0, j = 0; i < after_count || j < update->former.global_index_count; j++) {
        const struct table_index *former =
            j < update->former.global_index_count ? &update->former.global_indexes[j] : NULL;
        if (former && (i == after_count || !slice_equal(former->name, after[i].name))) {
            indexes[count] = *former;
            indexes[count++].gone_ms = LATER_MS;
            continue;
        }
        indexes[count] = after[i++];
        const struct index_update_input *one = find_update(update->input, indexes[count].name);
        if (one && one->update)
            show_index_update(update, one->update, &indexes[count]);
        if (one && one->create)
            indexes[count].active_ms = LATER_MS;
        count++;
    }
    shown->global_indexes = indexes;
    shown->global_index_count = count;
    shown->leaving_index = update->former.leaving_index;
}

static bool shows_updating(const struct update_table_input *input)
{
    bool comes_or_goes = false;
    for (size_t i = 0; i < input->index_update_count; i++)
        comes_or_goes = comes_or_goes || is_structural(&input->index_updates[i]);
    return comes_or_goes || input->billing_given || input->throughput.given ||
           !slice_is_none(input->table_class);
}

struct table update_table_shown(const struct table_update *update, const struct table *after,
                                struct arena *arena)
{
    const struct update_table_input *input = update->input;
    const struct table *former = &update->former;
    struct table shown = table_facts(after);
    if (shows_updating(input))
        shown.updating_ms = LATER_MS;
    if (update->throughput_scaled) {
        shown.throughput = former->throughput;
        shown.warm = former->warm;
        shown.throughput_changes = changes_shown(&after->throughput_changes, update->at_ms);
    }
    show_maximums(&shown.on_demand, &input->on_demand);
    if (units_given(&input->warm)) {
        shown.warm = former->warm;
        shown.warm_rises = true;
    }
    shown.table_class = former->table_class;
    shown.class_changed_ms = former->class_changed_ms;
    shown.encryption_changes = input->encryption_given;
    if (after->definition_count < former->definition_count) {
        shown.definitions = former->definitions;
        shown.definition_count = former->definition_count;
    }
    if (input->index_update_count > 0)
        show_indexes(update, &shown, arena);
    return shown;
}
