#include "upkeep/sweep_priv.h"

#include "base/contract.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S ((int64_t)1000000000)

enum {
    FROM_START_S = 3600,
    BACK_SHARE = 20, /* going back may take one part in so many of the time */
};

/* ------------------------------------------------------------------ places */

static struct sweep_place **slot_of(struct upkeep *u, uint32_t space)
{
    return &u->places[space % SWEEP_SLOTS];
}

static struct sweep_place *find_place(struct upkeep *u, uint32_t space)
{
    struct sweep_place *place = *slot_of(u, space);
    while (place && place->space != space)
        place = place->next;
    return place;
}

static struct sweep_place *place_of(struct upkeep *u, const struct table *table)
{
    struct sweep_place *place = find_place(u, table->expiry_index->space);
    PRE(place != NULL);
    return place;
}

void sweep_see(struct upkeep *u, const struct table *table)
{
    uint32_t space = table->expiry_index->space;
    struct sweep_place *place = find_place(u, space), **slot = slot_of(u, space);
    if (!place) {
        place = calloc(1, sizeof *place);
        INVARIANT(place != NULL);
        *place = (struct sweep_place){
            .next = *slot, .space = space, .from_start_ns = clock_monotonic_ns(u->engine->clock)};
        *slot = place;
    }
    place->seen = true;
}

static void forget_unseen(struct sweep_place **at)
{
    while (*at) {
        struct sweep_place *place = *at;
        if (place->seen) {
            place->seen = false;
            at = &place->next;
            continue;
        }
        *at = place->next;
        free(place->sort);
        free(place);
    }
}

void sweep_forget_unseen(struct upkeep *u)
{
    for (size_t i = 0; i < SWEEP_SLOTS; i++)
        forget_unseen(&u->places[i]);
}

/* None has been seen since the first time. */
void upkeep_forget_sweeps(struct upkeep *u)
{
    sweep_forget_unseen(u);
    sweep_forget_unseen(u);
}

bool sweep_is_due(struct upkeep *u, const struct table *table)
{
    const struct sweep_place *place = place_of(u, table);
    int64_t now_ns = clock_monotonic_ns(u->engine->clock);
    return now_ns >= place->due_ns || (place->goes_back && now_ns >= place->back_after_ns);
}

static void go_behind(struct sweep_place *place, struct slice sort)
{
    char *copy = realloc(place->sort, sort.size + 1);
    INVARIANT(copy != NULL);
    memcpy(copy, sort.data, sort.size);
    place->sort = copy;
    place->sort_size = sort.size;
}

static struct slice sort_of(const struct sweep_place *place)
{
    return slice_of(place->sort ? place->sort : "", place->sort_size);
}

/* ------------------------------------------------------------------ going back */

static void go_to_start(struct sweep_place *place, int64_t now_ns)
{
    go_behind(place, SLICE(""));
    place->from_start_ns = now_ns;
    place->goes_back = false;
}

/* An index without a place is going to be swept from the start, or not at all. */
static void take_note(void *upkeep, uint32_t space, const struct number *earliest)
{
    struct sweep_place *place = find_place(upkeep, space);
    if (!place ||
        (place->goes_back && slice_compare(number_slice(&place->back), number_slice(earliest)) <= 0))
        return;
    place->goes_back = true;
    place->back = *earliest;
}

void sweep_take_notes(struct upkeep *u)
{
    if (u->engine->expiry_notes)
        expiry_notes_take(u->engine->expiry_notes, take_note, u);
}

/* A place behind what is expired: the clock was set back, and what expires by it has not been looked for. */
static bool clock_was_set_back(const struct sweep *s)
{
    return slice_compare(sort_of(s->place), number_slice(&s->times.until)) > 0;
}

/* Entries are a time with a key behind it, so that all of that time are behind the time alone. */
static void go_where_it_is_wanted(struct sweep *s, int64_t now_ns)
{
    struct sweep_place *place = s->place;
    if (now_ns - place->from_start_ns > FROM_START_S * NS_PER_S || clock_was_set_back(s))
        go_to_start(place, now_ns);
    if (!place->goes_back || now_ns < place->back_after_ns)
        return;
    place->goes_back = false;
    if (slice_compare(number_slice(&place->back), sort_of(place)) < 0) {
        go_behind(place, number_slice(&place->back));
        s->back_since_ns = now_ns;
    }
}

/* It has stepped over what lay between. */
static void note_cost(struct sweep *s)
{
    if (s->back_since_ns == 0)
        return;
    int64_t now_ns = clock_monotonic_ns(s->u->engine->clock);
    s->place->back_after_ns = now_ns + BACK_SHARE * (now_ns - s->back_since_ns);
    s->back_since_ns = 0;
}

/* ------------------------------------------------------------------ a round */

static bool open_cursor(struct sweep *s, struct error *err)
{
    struct slice since = number_slice(&s->times.since), place = sort_of(s->place);
    struct storage_partition_range range = {
        .space = s->place->space,
        .partition = SLICE(""),
        .lower = {STORAGE_BOUND_INCLUSIVE, since},
        .upper = {STORAGE_BOUND_EXCLUSIVE, number_slice(&s->times.until)},
    };
    if (slice_compare(place, since) > 0)
        range.lower = (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, place};
    return storage_view_scan_partition(s->view, &range, &s->u->arena, &s->cursor, err);
}

bool sweep_open(struct sweep *s, struct upkeep *u, const struct table *table, struct error *err)
{
    const struct clock *clock = u->engine->clock;
    *s = (struct sweep){
        .u = u,
        .table = table,
        .place = place_of(u, table),
        .times = expiry_times_at(clock_wall_ms(clock), u->options.expiry_delay_ms),
    };
    go_where_it_is_wanted(s, clock_monotonic_ns(clock));
    s->began_behind = arena_copy(&u->arena, sort_of(s->place));
    s->view = storage_view_take(u->engine->storage);
    if (!s->view)
        return error_set(err, ERR_UNAVAILABLE, "the store cannot be read at the moment");
    return open_cursor(s, err);
}

bool sweep_next(struct sweep *s, struct storage_entry *entry_out, bool *found_out, struct error *err)
{
    if (!storage_cursor_next(s->cursor, entry_out, found_out, err))
        return false;
    note_cost(s);
    if (*found_out)
        go_behind(s->place, entry_out->sort);
    return true;
}

void sweep_repeat(struct sweep *s)
{
    go_behind(s->place, s->began_behind);
}

void sweep_close(struct sweep *s)
{
    if (s->cursor)
        storage_cursor_close(s->cursor);
    if (s->view)
        storage_view_release(s->view);
}
