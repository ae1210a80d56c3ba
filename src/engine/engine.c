#include "engine/engine.h"

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
