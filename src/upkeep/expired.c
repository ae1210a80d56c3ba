/* expired.c - the chore that removes expired items.
 *
 *     expiry index, from five years ago up to now ─▶ keys of items ─▶ a delete each, on condition that the item is still expired
 *
 * Deletes are like DeleteItem's, and go through the same commits: indexes follow, streams record them, as made by the service. What
 * changed an item in between rescues it: the condition is looked at in the transaction.
 * Passed over: what was removed leaves marks in the store for a while, which a scan from the start would have to step over each time.
 * So a sweep goes on behind where the last one ended, and only now and then from the start, for items that were put with a
 * time that had passed already. */
#include "base/contract.h"
#include "engine/item_key.h"
#include "engine/item_write.h"
#include "expr/builder.h"
#include "item/key.h"
#include "item/value_builder.h"
#include "upkeep/upkeep_priv.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 1000,
    ITEMS_MAX = 64, /* of one round: their commits take the writer less than a millisecond */
    FROM_START_MS = 30 * 1000,
    ROUNDS_PER_S = 20,
    COMMIT_BYTES = 4096,
    FIVE_YEARS_S = 5 * 365 * 24 * 3600 + 24 * 3600,
    NS_PER_MS = 1000000,
};

/* ------------------------------------------------------------------ what is expired */

/* The times between which an item is expired: [since, until). */
struct expired_times {
    struct value since;
    struct value until;
};

static struct value seconds(int64_t s, struct arena *arena)
{
    struct number number;
    struct value value;
    number_from_u64(s > 0 ? (uint64_t)s : 0, &number);
    value_of_number(&number, arena, &value);
    return value;
}

static struct expired_times expired_at(int64_t now_s, struct arena *arena)
{
    return (struct expired_times){seconds(now_s - FIVE_YEARS_S, arena), seconds(now_s, arena)};
}

/* since <= attribute AND attribute < until, which holds of numbers only. */
static bool still_expired(struct slice attribute, const struct expired_times *times, struct arena *arena,
                          const struct expr **out, struct error *err)
{
    const struct expr_step path = {.name = attribute};
    struct expr_builder *b = expr_builder_new(EXPR_CONDITION, arena);
    struct expr *e;
    expr_builder_path(b, &path, 1);
    expr_builder_value(b, &times->since);
    expr_builder_operator(b, OP_GE, 2);
    expr_builder_path(b, &path, 1);
    expr_builder_value(b, &times->until);
    expr_builder_operator(b, OP_LT, 2);
    expr_builder_operator(b, OP_AND, 2);
    if (!expr_builder_end(b, &e, err))
        return false;
    *out = e;
    return true;
}

/* ------------------------------------------------------------------ finding */

/* Where the sweep of a table goes on. */
struct sweep_place {
    struct sweep_place *next;
    uint32_t space;
    bool seen;             /* its table is still there */
    int64_t from_start_ns; /* when it began at the start */
    char *sort;            /* behind this entry; NULL: at the start */
    size_t sort_size;
};

static void go_to_start(struct sweep_place *place, int64_t now_ns)
{
    free(place->sort);
    place->sort = NULL;
    place->sort_size = 0;
    place->from_start_ns = now_ns;
}

static struct sweep_place *place_of(struct upkeep *u, uint32_t space, int64_t now_ns)
{
    struct sweep_place *place = u->places;
    while (place && place->space != space)
        place = place->next;
    if (!place) {
        place = calloc(1, sizeof *place);
        INVARIANT(place != NULL);
        *place = (struct sweep_place){.next = u->places, .space = space, .from_start_ns = now_ns};
        u->places = place;
    }
    if (now_ns - place->from_start_ns > FROM_START_MS * (int64_t)NS_PER_MS)
        go_to_start(place, now_ns);
    place->seen = true;
    return place;
}

static void go_behind(struct sweep_place *place, struct slice sort)
{
    place->sort = realloc(place->sort, sort.size);
    INVARIANT(place->sort != NULL);
    memcpy(place->sort, sort.data, sort.size);
    place->sort_size = sort.size;
}

/* Those of tables that are gone; with `all` every one. */
static void forget_places(struct upkeep *u, bool all)
{
    for (struct sweep_place **at = &u->places; *at;) {
        struct sweep_place *place = *at;
        if (place->seen && !all) {
            place->seen = false;
            at = &place->next;
            continue;
        }
        *at = place->next;
        free(place->sort);
        free(place);
    }
}

void upkeep_forget_sweeps(struct upkeep *u)
{
    forget_places(u, true);
}

static struct slice key_of_time(const struct value *time, struct arena *arena)
{
    struct buf key;
    buf_init(&key, arena, 64);
    key_append(&key, time);
    return buf_slice(&key);
}

struct removal {
    struct item_commit commit; /* first */
    struct item_change change;
    struct arena arena; /* the commit's */
};

/* One round over a table. */
struct sweep {
    struct upkeep *u;
    const struct table *table;
    struct expired_times times;
    const struct expr *condition;
    struct sweep_place *place;
    size_t room; /* for so many items */
    size_t count;
    struct removal removals[ITEMS_MAX];
    sem_t done;
};

static bool open_cursor(struct sweep *s, struct storage_view *view, struct storage_cursor **cursor_out,
                        struct error *err)
{
    struct arena *arena = &s->u->arena;
    const struct sweep_place *place = s->place;
    struct storage_partition_range range = {
        .space = place->space,
        .partition = SLICE(""),
        .lower = {STORAGE_BOUND_INCLUSIVE, key_of_time(&s->times.since, arena)},
        .upper = {STORAGE_BOUND_EXCLUSIVE, key_of_time(&s->times.until, arena)},
    };
    if (place->sort)
        range.lower =
            (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, slice_of(place->sort, place->sort_size)};
    return storage_view_scan_partition(view, &range, arena, cursor_out, err);
}

static void commit_done(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static bool add_removal(struct sweep *s, struct slice entry, struct error *err)
{
    struct arena *arena = &s->u->arena;
    struct removal *r = &s->removals[s->count];
    *r = (struct removal){
        .commit = {.changes = &r->change, .count = 1, .done = commit_done, .arg = &s->done},
        .change = {.table = s->table, .action = ITEM_DELETE, .condition = s->condition, .by_service = true},
    };
    if (!item_key_of_item(s->table, arena_copy(arena, entry), &r->change.key, err))
        return false;
    s->count++;
    return true;
}

/* Entries behind the place; the place is behind them then. */
static bool find(struct sweep *s, struct storage_view *view, struct error *err)
{
    struct storage_cursor *cursor;
    if (!open_cursor(s, view, &cursor, err))
        return false;
    while (s->count < s->room) {
        struct storage_entry entry;
        bool found;
        if (!storage_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            break;
        if (!add_removal(s, entry.value, err))
            return false;
        go_behind(s->place, entry.sort);
    }
    storage_cursor_close(cursor);
    return true;
}

/* ------------------------------------------------------------------ removing */

/* A false condition means that the item was rescued, or is gone; a missing table, that nothing is left to do. */
static bool is_failure(enum error_code code)
{
    return code != ERR_NONE && code != ERR_CONDITIONAL_CHECK_FAILED && code != ERR_RESOURCE_NOT_FOUND;
}

static void submit_all(struct sweep *s)
{
    sem_init(&s->done, 0, 0);
    for (size_t i = 0; i < s->count; i++) {
        struct removal *r = &s->removals[i];
        arena_init(&r->arena, COMMIT_BYTES);
        item_commit_submit(s->u->engine, &r->commit, &r->arena);
    }
    for (size_t i = 0; i < s->count; i++)
        while (sem_wait(&s->done) != 0)
            continue;
    sem_destroy(&s->done);
}

/* What failed is found again when the sweep next begins at the start: at once. */
static bool remove_all(struct sweep *s, struct error *err)
{
    bool failed = false;
    submit_all(s);
    for (size_t i = 0; i < s->count; i++) {
        struct removal *r = &s->removals[i];
        const struct error *own = &r->commit.storage.error;
        if (own->code == ERR_NONE && !slice_is_none(r->change.former))
            atomic_fetch_add(&s->u->expired, 1);
        if (is_failure(own->code)) {
            failed = true;
            (void)error_set(err, own->code, "%s", own->message ? own->message : "");
            (void)error_add_detail(err, "%s", own->detail ? own->detail : "");
        }
        arena_release(&r->arena);
    }
    if (failed)
        go_to_start(s->place, s->place->from_start_ns);
    return !failed;
}

/* ------------------------------------------------------------------ a round */

static bool take_view(struct sweep *s, struct storage_view **view_out, struct error *err)
{
    *view_out = storage_view_take(s->u->engine->storage);
    return *view_out || error_set(err, ERR_UNAVAILABLE, "the store cannot be read at the moment");
}

/* Removes some of the table's expired items. *count_out: how many it has tried. */
static bool sweep_table(struct upkeep *u, const struct table *table, size_t room, size_t *count_out,
                        struct error *err)
{
    struct sweep *s = ARENA_NEW(&u->arena, struct sweep);
    struct storage_view *view;
    int64_t now_s = (clock_wall_ms(u->engine->clock) - u->options.expiry_delay_ms) / 1000;
    s->u = u;
    s->table = table;
    s->room = room;
    s->times = expired_at(now_s, &u->arena);
    s->place = place_of(u, table->expiry_index->space, clock_monotonic_ns(u->engine->clock));
    if (!still_expired(table->ttl_attribute, &s->times, &u->arena, &s->condition, err) ||
        !take_view(s, &view, err))
        return false;
    bool found = find(s, view, err);
    storage_view_release(view);
    *count_out = s->count;
    return found && remove_all(s, err);
}

/* How many items a round may remove, and how long it has to rest after so many. */
static size_t round_room(const struct upkeep_options *options)
{
    int64_t per_s = options->expiry_items_per_s;
    int64_t room = per_s == 0 ? ITEMS_MAX : per_s / ROUNDS_PER_S;
    return (size_t)(room < 1 ? 1 : room > ITEMS_MAX ? ITEMS_MAX : room);
}

/* With a rate, as long as the items are worth; without, as long as the round took, so that others have the writer half of the
 * time. */
static int64_t rest_ms(const struct upkeep_options *options, size_t count, int64_t took_ns)
{
    int64_t per_s = options->expiry_items_per_s;
    int64_t ms = per_s > 0 ? (int64_t)count * 1000 / per_s : (took_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 1 ? 1 : ms;
}

static bool sweep_tables(struct upkeep *u, const struct catalog_snapshot *snapshot, size_t *count_out,
                         struct error *err)
{
    size_t count = 0, room = round_room(&u->options);
    int64_t now_ms = clock_wall_ms(u->engine->clock);
    bool ok = true;
    for (size_t i = 0; ok && i < catalog_count(snapshot); i++) {
        const struct table *table = catalog_at(snapshot, i);
        size_t of_table = 0;
        if (table->expiry_index && table_usable(table, now_ms)) {
            ok = sweep_table(u, table, room, &of_table, err);
            count += of_table;
        }
    }
    *count_out = count;
    return ok;
}

bool upkeep_expired(struct upkeep *u, int64_t *again_ms, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_take(u->catalog);
    int64_t begun_ns = clock_monotonic_ns(u->engine->clock);
    size_t count = 0;
    bool ok = sweep_tables(u, snapshot, &count, err);
    catalog_give(snapshot);
    forget_places(u, false);
    *again_ms =
        count == 0 ? LOOK_MS : rest_ms(&u->options, count, clock_monotonic_ns(u->engine->clock) - begun_ns);
    return ok;
}
