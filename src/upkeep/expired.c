/* expired.c - the chore that removes expired items.
 *
 *     expiry index, by time ─▶ keys of items ─▶ deletes, some in a commit, each on condition that the item is still expired
 *
 * Deletes are like DeleteItem's: indexes follow, streams record them, as made by the service. What changed an item in between
 * rescues it: the condition is looked at in the transaction, and so is whether the table's items still expire by that index.
 * Gentle:  commits are small and spread evenly, so that others' requests come in between; several may be under way, so that
 *          the time a commit takes to be durable is no limit. README.md argues for the numbers. */
#include "base/contract.h"
#include "engine/item_key.h"
#include "engine/item_write.h"
#include "expr/builder.h"
#include "item/value_builder.h"
#include "upkeep/sweep_priv.h"

#include <semaphore.h>
#include <time.h>

enum {
    LOOK_MS = 1000,
    COMMIT_ITEMS = 32,    /* take the writer less than half a millisecond */
    COMMITS = 8,          /* under way at one time */
    ROUND_ITEMS = 1024,   /* before other tables have their turn */
    ROUNDS_PER_S = 20,    /* at the least, if there is a rate: a round does not take long */
    COMMIT_BYTES = 32768, /* former items of usual size */
    BYTES_UNDER_WAY = 4 << 20,
    BEHIND_MS = 50, /* what was missed because of others may be made up for */
};

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_S  ((int64_t)1000000000)

/* ------------------------------------------------------------------ commits */

struct removal {
    struct item_commit commit; /* first */
    struct item_change changes[COMMIT_ITEMS];
    struct arena arena; /* the commit's */
    sem_t done;
    bool under_way;
};

/* A round, over all tables. */
struct remover {
    struct upkeep *u;
    size_t room;  /* for so many items */
    size_t count; /* of those found */
    bool more;    /* there may be more, which was not looked for */
    bool refused; /* by the store, for now */
    bool failed;
    struct error *err;
    size_t next; /* of the removals, in turn */
    struct removal removals[COMMITS];
    /* Of the table that is swept. */
    struct sweep *sweep;
    const struct expr *condition;
    size_t items_max; /* of a commit */
};

static void value_of_time(const struct number *time, struct arena *arena, struct value *out)
{
    value_of_number(time, arena, out);
}

/* since <= attribute AND attribute < until, which holds of numbers only. */
static bool still_expired(const struct sweep *s, struct arena *arena, const struct expr **out,
                          struct error *err)
{
    const struct expr_step path = {.name = s->table->ttl_attribute};
    struct expr_builder *b = expr_builder_new(EXPR_CONDITION, arena);
    struct value since, until;
    struct expr *e;
    value_of_time(&s->times.since, arena, &since);
    value_of_time(&s->times.until, arena, &until);
    expr_builder_path(b, &path, 1);
    expr_builder_value(b, &since);
    expr_builder_operator(b, OP_GE, 2);
    expr_builder_path(b, &path, 1);
    expr_builder_value(b, &until);
    expr_builder_operator(b, OP_LT, 2);
    expr_builder_operator(b, OP_AND, 2);
    if (!expr_builder_end(b, &e, err))
        return false;
    *out = e;
    return true;
}

static void commit_done(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static void submit(struct remover *r, struct removal *removal)
{
    removal->under_way = true;
    item_commit_submit(r->u->engine, &removal->commit, &removal->arena);
}

static void wait_for(struct removal *removal)
{
    while (sem_wait(&removal->done) != 0)
        continue;
    removal->under_way = false;
}

static void count_removed(struct remover *r, const struct item_commit *commit)
{
    uint64_t removed = 0;
    for (size_t i = 0; i < commit->count; i++)
        removed += commit->changes[i].error.code == ERR_NONE && !slice_is_none(commit->changes[i].former);
    atomic_fetch_add(&r->u->expired, removed);
}

/* Refusals pass; a table that is gone has nothing left to remove. */
static void take_error(struct remover *r, const struct error *own)
{
    r->refused =
        r->refused || own->code == ERR_THROTTLING || own->code == ERR_UNAVAILABLE || own->code == ERR_STORAGE;
    if (own->code == ERR_RESOURCE_NOT_FOUND)
        return;
    r->failed = true;
    (void)error_set(r->err, own->code, "%s", own->message ? own->message : "");
    (void)error_add_detail(r->err, "%s", own->detail ? own->detail : "");
}

/* One item of a commit cannot be removed, because it is damaged, say. The others can. */
static void remove_singly(struct remover *r, struct removal *removal)
{
    struct item_change *first = removal->commit.changes;
    size_t count = removal->commit.count;
    for (size_t i = 0; i < count && !r->refused; i++) {
        removal->commit.changes = &first[i];
        removal->commit.count = 1;
        submit(r, removal);
        wait_for(removal);
        if (removal->commit.storage.error.code == ERR_NONE)
            count_removed(r, &removal->commit);
        else
            take_error(r, &removal->commit.storage.error);
    }
}

static void settle(struct remover *r, struct removal *removal)
{
    const struct error *own = &removal->commit.storage.error;
    if (removal->under_way) {
        wait_for(removal);
        if (own->code == ERR_NONE)
            count_removed(r, &removal->commit);
        else if (own->code == ERR_CORRUPT)
            remove_singly(r, removal);
        else
            take_error(r, own);
    }
    arena_reset(&removal->arena);
    removal->commit.changes = removal->changes;
    removal->commit.count = 0;
}

static void settle_all(struct remover *r)
{
    for (size_t i = 0; i < COMMITS; i++)
        settle(r, &r->removals[(r->next + i) % COMMITS]);
}

/* ------------------------------------------------------------------ pace */

static void sleep_ns(int64_t ns)
{
    struct timespec left = {ns / NS_PER_S, ns % NS_PER_S};
    while (nanosleep(&left, &left) != 0)
        continue;
}

/* Waits until so many more may go. */
static void keep_pace(struct upkeep *u, size_t items)
{
    int64_t per_s = u->options.expiry_items_per_s;
    int64_t now_ns = clock_monotonic_ns(u->engine->clock);
    if (per_s == 0)
        return;
    if (u->expiry_due_ns < now_ns - BEHIND_MS * NS_PER_MS)
        u->expiry_due_ns = now_ns - BEHIND_MS * NS_PER_MS;
    if (u->expiry_due_ns > now_ns)
        sleep_ns(u->expiry_due_ns - now_ns);
    u->expiry_due_ns += (int64_t)items * NS_PER_S / per_s;
}

static size_t at_least_one(int64_t count)
{
    return count < 1 ? 1 : (size_t)count;
}

/* A round is short, also if the rate is low, and there are some commits in it. */
static size_t round_room(int64_t per_s)
{
    return per_s > 0 && per_s / ROUNDS_PER_S < ROUND_ITEMS ? at_least_one(per_s / ROUNDS_PER_S) : ROUND_ITEMS;
}

/* Former items are in memory while a commit is under way, so that large ones are removed fewer at a time. */
static bool commit_room(const struct sweep *s, size_t room, size_t *items_out, struct error *err)
{
    struct storage_usage usage;
    if (!storage_view_usage(s->view, s->table->space, &usage, err))
        return false;
    int64_t item_bytes = usage.entries > 0 ? usage.bytes / usage.entries : 0;
    size_t items = at_least_one(BYTES_UNDER_WAY / COMMITS / (item_bytes + 1));
    size_t share = at_least_one((int64_t)(room / COMMITS));
    items = items < share ? items : share;
    *items_out = items < COMMIT_ITEMS ? items : COMMIT_ITEMS;
    return true;
}

/* ------------------------------------------------------------------ a round */

static bool add_change(struct remover *r, struct removal *removal, struct slice entry, struct error *err)
{
    const struct table *table = r->sweep->table;
    struct item_change *change = &removal->changes[removal->commit.count];
    *change = (struct item_change){.table = table,
                                   .action = ITEM_DELETE,
                                   .condition = r->condition,
                                   .by_service = true,
                                   .expiry_space = table->expiry_index->space};
    if (!item_key_of_item(table, arena_copy(&removal->arena, entry), &change->key, err))
        return false;
    removal->commit.count++;
    return true;
}

static void submit_next(struct remover *r)
{
    struct removal *removal = &r->removals[r->next];
    if (removal->commit.count == 0)
        return;
    keep_pace(r->u, removal->commit.count);
    submit(r, removal);
    r->next = (r->next + 1) % COMMITS;
    settle(r, &r->removals[r->next]);
}

static bool goes_on(const struct remover *r)
{
    return r->count < r->room && !r->refused && !upkeep_stopping(r->u);
}

/* *more_out: there may be more, and it was not looked for. */
static bool remove_found(struct remover *r, bool *more_out, struct error *err)
{
    bool found = true;
    while (goes_on(r)) {
        struct storage_entry entry;
        if (!sweep_next(r->sweep, &entry, &found, err))
            return false;
        if (!found)
            break;
        struct removal *removal = &r->removals[r->next];
        if (!add_change(r, removal, entry.value, err))
            return false;
        r->count++;
        if (removal->commit.count == r->items_max)
            submit_next(r);
    }
    *more_out = found;
    return true;
}

/* Whatever happens, what was found is removed. */
static bool sweep_round(struct remover *r, bool *more_out, struct error *err)
{
    struct sweep *s = r->sweep;
    bool ok = still_expired(s, &r->u->arena, &r->condition, err) &&
              commit_room(s, r->room, &r->items_max, err) && remove_found(r, more_out, err);
    submit_next(r);
    settle_all(r);
    if (r->refused)
        sweep_repeat(s);
    return ok && !r->failed;
}

static bool sweep_table(struct remover *r, const struct table *table)
{
    struct sweep s;
    bool more = false;
    bool ok = sweep_open(&s, r->u, table, r->err);
    r->sweep = &s;
    ok = ok && sweep_round(r, &more, r->err);
    sweep_close(&s);
    if (!more)
        s.place->due_ns = clock_monotonic_ns(r->u->engine->clock) + LOOK_MS * NS_PER_MS;
    r->more = r->more || more;
    return ok;
}

/* ------------------------------------------------------------------ the chore */

static struct remover *remover_new(struct upkeep *u, struct error *err)
{
    struct remover *r = ARENA_NEW(&u->arena, struct remover);
    r->u = u;
    r->err = err;
    r->room = round_room(u->options.expiry_items_per_s);
    for (size_t i = 0; i < COMMITS; i++) {
        struct removal *removal = &r->removals[i];
        removal->commit = (struct item_commit){
            .changes = removal->changes, .skips_failed = true, .done = commit_done, .arg = &removal->done};
        arena_init(&removal->arena, COMMIT_BYTES);
        sem_init(&removal->done, 0, 0);
    }
    return r;
}

static void remover_release(struct remover *r)
{
    for (size_t i = 0; i < COMMITS; i++) {
        arena_release(&r->removals[i].arena);
        sem_destroy(&r->removals[i].done);
    }
}

/* An index that is being filled is swept when it is complete: time to live is only being enabled until then. */
static bool expires(const struct table *table, int64_t now_ms)
{
    return table->expiry_index && table->expiry_index->status == INDEX_ACTIVE && table_usable(table, now_ms);
}

/* A round, in which the tables are taken in turn. */
static bool sweep_tables(struct remover *r, const struct catalog_snapshot *snapshot)
{
    struct upkeep *u = r->u;
    size_t count = catalog_count(snapshot);
    int64_t now_ms = clock_wall_ms(u->engine->clock);
    bool ok = true;
    for (size_t i = 0; i < count && goes_on(r); i++) {
        const struct table *table = catalog_at(snapshot, ++u->expiry_turn % count);
        if (expires(table, now_ms) && sweep_is_due(u, table))
            ok = sweep_table(r, table) && ok;
    }
    return ok;
}

static void see_tables(struct upkeep *u, const struct catalog_snapshot *snapshot)
{
    int64_t now_ms = clock_wall_ms(u->engine->clock);
    for (size_t i = 0; i < catalog_count(snapshot); i++)
        if (expires(catalog_at(snapshot, i), now_ms))
            sweep_see(u, catalog_at(snapshot, i));
    sweep_forget_unseen(u);
    sweep_take_notes(u);
}

/* Since when there has been something to remove without a pause. */
static void note_progress(struct upkeep *u, bool more, int64_t now_ns)
{
    if (!more)
        atomic_store(&u->expiry_behind_ns, 0);
    else if (atomic_load(&u->expiry_behind_ns) == 0)
        atomic_store(&u->expiry_behind_ns, now_ns);
}

bool upkeep_expired(struct upkeep *u, int64_t *again_ms, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_take(u->catalog);
    int64_t now_ns = clock_monotonic_ns(u->engine->clock);
    struct remover *r = remover_new(u, err);
    if (atomic_load(&u->expiry_behind_ns) == 0 && u->expiry_due_ns < now_ns)
        u->expiry_due_ns = now_ns;
    see_tables(u, snapshot);
    bool ok = sweep_tables(r, snapshot);
    remover_release(r);
    catalog_give(snapshot);
    now_ns = clock_monotonic_ns(u->engine->clock);
    note_progress(u, r->more, now_ns);
    *again_ms = !r->more ? LOOK_MS : u->expiry_due_ns > now_ns ? (u->expiry_due_ns - now_ns) / NS_PER_MS : 0;
    return ok;
}
