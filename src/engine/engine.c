#include "engine/engine.h"

#include <sys/random.h>

static void release_view(void *view)
{
    storage_view_release(view);
}

bool engine_view(struct engine *engine, struct arena *arena, struct storage_view **view_out,
                 struct error *err)
{
    struct storage_view *view = storage_view_take(engine->storage);
    if (!view)
        return error_set(err, ERR_UNAVAILABLE, "The service is temporarily unavailable.");
    arena_cleanup_add(arena, release_view, view);
    *view_out = view;
    return true;
}

/* An index that was added later is not whole in views from before it was ready, when its table was edited last. */
bool engine_index_view(struct engine *engine, const struct table *table, const struct table_index *index,
                       struct arena *arena, struct storage_view **view_out, struct error *err)
{
    if (engine->past_views && !table_index_is_local(table, index)) {
        uint64_t commit_min = index->added_later ? table->mark : 0;
        *view_out = past_views_take(engine->past_views, commit_min, arena);
        if (*view_out)
            return true;
    }
    return engine_view(engine, arena, view_out, err);
}

/* xorshift64* (Marsaglia, Vigna), one per thread. */
static uint64_t next_random(void)
{
    static _Thread_local uint64_t state;
    if (state == 0 && getrandom(&state, sizeof state, 0) != (ssize_t)sizeof state)
        state = (uint64_t)clock_monotonic_ns(clock_system()) | 1;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * UINT64_C(0x2545F4914F6CDD1D)) >> 32;
}

bool engine_draws_conflict(const struct engine *engine, size_t count, size_t *which_out)
{
    if (engine->conflict_percent == 0 || next_random() % 100 >= engine->conflict_percent)
        return false;
    *which_out = next_random() % count;
    return true;
}
