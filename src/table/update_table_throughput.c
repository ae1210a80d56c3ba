/* Billing mode, provisioned, on-demand and warm throughput, of a table and of its global indexes. */
#include "base/buf.h"
#include "table/update_table_priv.h"

#include <time.h>

enum { DECREASES_AT_ONCE = 4, DECREASE_REFILL_MS = 3600 * 1000, DAY_MS = 24 * 3600 * 1000 };

/* ------------------------------------------------------------------ decreases */

/* "Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time", whatever the locale is. */
static const char *print_time(int64_t ms, struct arena *arena)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return arena_printf(arena, "%s, %s %d, %d at %d:%02d:%02d %s Coordinated Universal Time",
                        days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900,
                        (tm.tm_hour + 11) % 12 + 1, tm.tm_min, tm.tm_sec, tm.tm_hour < 12 ? "AM" : "PM");
}

/* Four a UTC day whenever one likes, and further ones an hour after the last; a new day has four again. */
static bool spend_decrease(const struct update_context *c, struct throughput_changes *changes)
{
    int64_t today = throughput_decreases_today(changes, c->now_ms);
    int64_t refilled_ms = changes->decreased_ms + DECREASE_REFILL_MS;
    int64_t tomorrow_ms = (c->now_ms / DAY_MS + 1) * DAY_MS;
    int64_t next_ms = refilled_ms < tomorrow_ms ? refilled_ms : tomorrow_ms;
    if (today >= DECREASES_AT_ONCE && c->now_ms < next_ms)
        return error_set(
            c->err, ERR_LIMIT_EXCEEDED,
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
            "day. After the first %d decreases, each subsequent decrease in the same UTC day can be "
            "performed at most once every %d seconds. Number of decreases today: %lld. Last decrease at "
            "%s. Next decrease can be made at %s",
            DECREASES_AT_ONCE, DECREASE_REFILL_MS / 1000, (long long)today,
            print_time(changes->decreased_ms, c->arena), print_time(next_ms, c->arena));
    changes->decreases = today + 1;
    changes->decreased_ms = c->now_ms;
    return true;
}

/* ------------------------------------------------------------------ provisioned units */

/* What was once ready stays ready. */
static void keep_warm(enum billing_mode mode, struct throughput units, struct optional_units *warm)
{
    struct throughput ready = throughput_warm(mode, units, warm);
    *warm = (struct optional_units){true, true, ready.read_units, ready.write_units};
}

static bool will_not_change(const struct update_context *c, struct throughput now, struct slice index)
{
    bool of_table = slice_is_none(index);
    const char *subject = of_table ? "the table" : arena_printf(c->arena, "index %.*s", SLICE_PRINTF(index));
    return error_set(c->err, ERR_VALIDATION,
                     "The provisioned throughput for %s%s will not change. The requested value equals the "
                     "current value. Current ReadCapacityUnits provisioned for %s: %lld. Requested "
                     "ReadCapacityUnits: %lld. Current WriteCapacityUnits provisioned for %s: %lld. "
                     "Requested WriteCapacityUnits: %lld. Refer to the Amazon DynamoDB Developer Guide for "
                     "current limits and how to request higher limits.",
                     of_table ? "" : "the ", subject, subject, (long long)now.read_units,
                     (long long)now.read_units, subject, (long long)now.write_units,
                     (long long)now.write_units);
}

/* Of a table that was PROVISIONED before and is now, or of an index of it. */
static bool scale(const struct update_context *c, struct throughput *units, struct throughput to,
                  struct throughput_changes *changes, struct optional_units *warm, struct slice index)
{
    bool up = to.read_units > units->read_units || to.write_units > units->write_units;
    bool down = to.read_units < units->read_units || to.write_units < units->write_units;
    if (!up && !down)
        return will_not_change(c, to, index);
    if (down && !spend_decrease(c, changes))
        return false;
    if (up)
        changes->increased_ms = c->now_ms;
    keep_warm(BILLING_PROVISIONED, *units, warm);
    *units = to;
    keep_warm(BILLING_PROVISIONED, *units, warm);
    return true;
}

/* ------------------------------------------------------------------ on-demand maximums */

static bool check_maximum(bool given, int64_t units, bool may_clear, const char *member, struct slice index,
                          struct error *err)
{
    if (!given || units >= 1 || (may_clear && units == -1))
        return true;
    if (slice_is_none(index))
        return INVALID_PARAMETER(
            err, "Requested %s for OnDemandThroughput for table is outside of valid range", member);
    return INVALID_PARAMETER(err,
                             "Requested %s for OnDemandThroughput for index : %.*s is outside of valid range",
                             member, SLICE_PRINTF(index));
}

bool update_table_check_on_demand(const struct optional_units *units, bool may_clear, struct slice index,
                                  struct error *err)
{
    return check_maximum(units->read_given, units->read_units, may_clear, "MaxReadRequestUnits", index,
                         err) &&
           check_maximum(units->write_given, units->write_units, may_clear, "MaxWriteRequestUnits", index,
                         err);
}

static bool refuse_maximum(const struct update_context *c, const struct optional_units *asked,
                           struct slice index)
{
    const char *member = asked->read_given ? "MaxReadRequestUnits" : "MaxWriteRequestUnits";
    const char *subject =
        slice_is_none(index) ? "" : arena_printf(c->arena, " for index : %.*s", SLICE_PRINTF(index));
    return INVALID_PARAMETER(
        c->err, "%s for OnDemandThroughput%s cannot be specified when the table BillingMode is PROVISIONED",
        member, subject);
}

/* Members that are not given stay; -1 takes one away. */
static void merge_maximums(struct optional_units *units, const struct optional_units *asked)
{
    if (asked->read_given) {
        units->read_given = asked->read_units != -1;
        units->read_units = units->read_given ? asked->read_units : 0;
    }
    if (asked->write_given) {
        units->write_given = asked->write_units != -1;
        units->write_units = units->write_given ? asked->write_units : 0;
    }
}

static bool check_indexes_stand(const struct update_context *c)
{
    const struct table_index *leaving = table_leaving_index_at(c->next, c->now_ms);
    if (leaving)
        return STILL_IN_USE(c->err,
                            "OnDemandThroughput cannot be updated while index deletion is in progress for "
                            "indexes: [%.*s]",
                            SLICE_PRINTF(leaving->name));
    for (size_t i = 0; i < c->next->global_index_count; i++) {
        const struct table_index *index = &c->next->global_indexes[i];
        if (c->now_ms < index->active_ms)
            return STILL_IN_USE(c->err,
                                "OnDemandThroughput cannot be updated while index creation is in progress "
                                "for indexes: [%.*s]",
                                SLICE_PRINTF(index->name));
    }
    return true;
}

static bool set_maximums(const struct update_context *c)
{
    const struct optional_units *asked = &c->update->input->on_demand;
    if (!units_given(asked))
        return true;
    if (c->next->billing_mode == BILLING_PROVISIONED)
        return refuse_maximum(c, asked, SLICE_NONE);
    if (!check_indexes_stand(c))
        return false;
    merge_maximums(&c->next->on_demand, asked);
    return true;
}

/* ------------------------------------------------------------------ warm throughput */

static bool check_not_cooler(const struct update_context *c, bool given, int64_t units, int64_t current,
                             const char *member, struct slice index)
{
    if (!given || units >= current)
        return true;
    const char *subject =
        slice_is_none(index) ? "table" : arena_printf(c->arena, "index %.*s", SLICE_PRINTF(index));
    return INVALID_PARAMETER(c->err,
                             "Requested %s for WarmThroughput for %s is lower than current WarmThroughput, "
                             "decreasing WarmThroughput is not supported",
                             member, subject);
}

static bool raise_warm(const struct update_context *c, struct throughput units, struct optional_units *warm,
                       const struct optional_units *asked, struct slice index)
{
    struct throughput current = throughput_warm(c->next->billing_mode, units, warm);
    if (!check_not_cooler(c, asked->read_given, asked->read_units, current.read_units, "ReadUnitsPerSecond",
                          index) ||
        !check_not_cooler(c, asked->write_given, asked->write_units, current.write_units,
                          "WriteUnitsPerSecond", index))
        return false;
    if (asked->read_given) {
        warm->read_given = true;
        warm->read_units = asked->read_units;
    }
    if (asked->write_given) {
        warm->write_given = true;
        warm->write_units = asked->write_units;
    }
    return true;
}

/* ------------------------------------------------------------------ the table */

/* Units and billing mode change only while nothing else does that they depend on. */
static bool check_units_stand(const struct update_context *c)
{
    const struct table *t = c->next;
    const struct table_index *leaving = table_leaving_index_at(t, c->now_ms);
    if (leaving)
        return STILL_IN_USE(
            c->err, "Can't change table IOPS when an index is being deleted. Table: %.*s Indexes: [%.*s]",
            SLICE_PRINTF(t->name), SLICE_PRINTF(leaving->name));
    for (size_t i = 0; i < t->global_index_count; i++) {
        if (c->now_ms < t->global_indexes[i].active_ms)
            return STILL_IN_USE(
                c->err, "Can't change table IOPS when an index is being created. Table: %.*s Indexes: [%.*s]",
                SLICE_PRINTF(t->name), SLICE_PRINTF(t->global_indexes[i].name));
    }
    if (c->now_ms < t->updating_ms && t->updating == TABLE_CHANGE_THROUGHPUT)
        return STILL_IN_USE(c->err, "Table IOPS are currently being updated. Table: %.*s",
                            SLICE_PRINTF(t->name));
    return true;
}

static const struct index_input *throughput_of_index(const struct update_table_input *input,
                                                     struct slice name)
{
    for (size_t i = 0; i < input->index_update_count; i++) {
        const struct index_input *given = input->index_updates[i].update;
        if (given && given->throughput.given && slice_equal(given->name, name))
            return given;
    }
    return NULL;
}

/* Nothing is made up: every index says what it gets. */
static bool check_all_indexes_provisioned(const struct update_context *c)
{
    struct buf missing;
    buf_init(&missing, c->arena, 64);
    for (size_t i = 0; i < c->next->global_index_count; i++) {
        struct slice name = c->next->global_indexes[i].name;
        if (!throughput_of_index(c->update->input, name))
            buf_printf(&missing, "%s%.*s", missing.size ? "," : "", SLICE_PRINTF(name));
    }
    if (missing.size == 0)
        return true;
    return INVALID_PARAMETER(c->err, "ProvisionedThroughput must be specified for index: %.*s",
                             SLICE_PRINTF(buf_slice(&missing)));
}

/* The indexes are copied already when their members change. */
static void forget_maximums(struct table *t)
{
    t->on_demand = (struct optional_units){0};
    for (size_t i = 0; i < t->global_index_count; i++)
        t->global_indexes[i].on_demand = (struct optional_units){0};
}

static void copy_indexes(const struct update_context *c)
{
    struct table *t = c->next;
    struct table_index *copies = ARENA_NEW_ARRAY(c->arena, struct table_index, t->global_index_count);
    for (size_t i = 0; i < t->global_index_count; i++)
        copies[i] = t->global_indexes[i];
    t->global_indexes = copies;
}

static bool switch_to_provisioned(const struct update_context *c)
{
    struct table *t = c->next;
    if (!check_all_indexes_provisioned(c))
        return false;
    copy_indexes(c);
    keep_warm(t->billing_mode, t->throughput, &t->warm);
    for (size_t i = 0; i < t->global_index_count; i++)
        keep_warm(t->billing_mode, t->global_indexes[i].throughput, &t->global_indexes[i].warm);
    forget_maximums(t);
    t->billing_mode = BILLING_PROVISIONED;
    t->throughput = c->update->input->throughput.units;
    return true;
}

static bool switch_to_on_demand(const struct update_context *c)
{
    struct table *t = c->next;
    copy_indexes(c);
    t->billing_mode = BILLING_PAY_PER_REQUEST;
    t->on_demand_since_ms = c->now_ms;
    keep_warm(BILLING_PROVISIONED, t->throughput, &t->warm);
    t->throughput = (struct throughput){0};
    keep_warm(BILLING_PAY_PER_REQUEST, t->throughput, &t->warm);
    for (size_t i = 0; i < t->global_index_count; i++) {
        struct table_index *index = &t->global_indexes[i];
        keep_warm(BILLING_PROVISIONED, index->throughput, &index->warm);
        index->throughput = (struct throughput){0};
        keep_warm(BILLING_PAY_PER_REQUEST, index->throughput, &index->warm);
    }
    return true;
}

static bool set_units(const struct update_context *c)
{
    const struct update_table_input *input = c->update->input;
    struct table *t = c->next;
    bool switches = input->billing_given && input->billing_mode != t->billing_mode;
    if (!switches && !input->throughput.given)
        return true; /* PAY_PER_REQUEST again: nothing happens */
    if (!switches && t->billing_mode == BILLING_PAY_PER_REQUEST)
        return INVALID_PARAMETER(
            c->err, "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
                    "PAY_PER_REQUEST");
    if (!check_units_stand(c))
        return false;
    begin_updating(c, TABLE_CHANGE_THROUGHPUT, c->update->create_delay_ms);
    if (switches)
        return t->billing_mode == BILLING_PROVISIONED ? switch_to_on_demand(c) : switch_to_provisioned(c);
    c->update->throughput_scaled = true;
    return scale(c, &t->throughput, input->throughput.units, &t->throughput_changes, &t->warm, SLICE_NONE);
}

bool update_table_throughput(const struct update_context *c)
{
    return set_units(c) && set_maximums(c) &&
           raise_warm(c, c->next->throughput, &c->next->warm, &c->update->input->warm, SLICE_NONE);
}

/* ------------------------------------------------------------------ an index */

static bool set_index_units(const struct update_context *c, struct table_index *index,
                            const struct index_input *input)
{
    const char *subject = arena_printf(c->arena, " for index %.*s", SLICE_PRINTF(index->name));
    if (!input->throughput.given)
        return true;
    if (!create_table_check_provisioned(input->throughput.units, subject, c->err))
        return false;
    if (c->update->former.billing_mode == BILLING_PROVISIONED)
        return scale(c, &index->throughput, input->throughput.units, &index->throughput_changes, &index->warm,
                     index->name);
    index->throughput = input->throughput.units;
    return true;
}

/* What is asked for must be something, and something the billing mode has. */
static bool check_index_change(const struct update_context *c, const struct index_input *input)
{
    bool on_demand = c->next->billing_mode == BILLING_PAY_PER_REQUEST;
    bool others = units_given(&input->on_demand) || units_given(&input->warm);
    if (on_demand && (input->throughput.given || !others))
        return INVALID_PARAMETER(c->err,
                                 "The only Updates for index: %.*s when TableThroughputMode is "
                                 "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
                                 SLICE_PRINTF(input->name));
    if (!on_demand && units_given(&input->on_demand))
        return refuse_maximum(c, &input->on_demand, input->name);
    if (!input->throughput.given && !others)
        return INVALID_PARAMETER(
            c->err, "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: %.*s",
            SLICE_PRINTF(input->name));
    return true;
}

bool update_table_index_throughput(const struct update_context *c, struct table_index *index,
                                   const struct index_input *input)
{
    if (!check_index_change(c, input) || !set_index_units(c, index, input) ||
        !raise_warm(c, index->throughput, &index->warm, &input->warm, index->name))
        return false;
    merge_maximums(&index->on_demand, &input->on_demand);
    if (input->throughput.given || units_given(&input->on_demand))
        index->updating_ms = over_ms(c, c->update->create_delay_ms);
    return true;
}

bool update_table_check_new_index(const struct update_context *c, const struct index_input *input)
{
    bool on_demand = c->next->billing_mode == BILLING_PAY_PER_REQUEST;
    const char *subject = arena_printf(c->arena, " for index %.*s", SLICE_PRINTF(input->name));
    if (on_demand && input->throughput.given)
        return INVALID_PARAMETER(c->err,
                                 "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                                 "index: %.*s when BillingMode is PAY_PER_REQUEST",
                                 SLICE_PRINTF(input->name));
    if (!on_demand && !input->throughput.given)
        return INVALID_PARAMETER(
            c->err, "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: %.*s",
            SLICE_PRINTF(input->name));
    if (!on_demand && units_given(&input->on_demand))
        return refuse_maximum(c, &input->on_demand, input->name);
    return create_table_check_provisioned(input->throughput.units, subject, c->err) &&
           create_table_check_warm(c->next->billing_mode, &input->warm, input->throughput.units, input->name,
                                   c->err);
}
