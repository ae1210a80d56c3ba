/* What jobs there are, by their records, and how they come along, by what the runner knows beside. */
#include "jobs/jobs_priv.h"

struct gathered {
    struct arena *arena;
    struct job_list *list;
    size_t capacity;
};

static bool take_job(void *arg, const struct job *job, struct error *err)
{
    struct gathered *g = arg;
    struct job_list *list = g->list;
    (void)err;
    if (list->count == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : JOBS_KEPT_MAX;
        struct job_status *grown = ARENA_NEW_ARRAY(g->arena, struct job_status, g->capacity);
        if (list->count > 0)
            memcpy(grown, list->jobs, list->count * sizeof *grown);
        list->jobs = grown;
    }
    list->jobs[list->count++] = (struct job_status){.job = *job, .left_s = -1, .waits = SLICE_NONE};
    return true;
}

static void reverse(struct job_status *jobs, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct job_status other = jobs[i];
        jobs[i] = jobs[count - 1 - i];
        jobs[count - 1 - i] = other;
    }
}

static bool read_jobs(struct storage_view *view, struct gathered *g, struct error *err)
{
    if (!job_view_each(view, false, g->arena, take_job, g, err))
        return false;
    size_t live = g->list->count;
    if (!job_view_each(view, true, g->arena, take_job, g, err))
        return false;
    if (g->list->count > live)
        reverse(g->list->jobs + live, g->list->count - live);
    return true;
}

static int percent_of(const struct job *job)
{
    if (job->state == JOB_DONE)
        return 100;
    if (job->total <= 0)
        return 0;
    return job->done >= job->total ? 99 : (int)((double)job->done * 100 / (double)job->total);
}

static int64_t left_s(const struct job_status *status)
{
    const struct job *job = &status->job;
    if (job->state != JOB_RUNNING || status->items_per_s <= 0 || job->total <= 0)
        return -1;
    return job->done >= job->total ? 0 : (job->total - job->done) / status->items_per_s + 1;
}

/* Under the mutex. Entries and jobs that go on are both by id. */
static void add_what_is_known(const struct jobs *jobs, struct job_list *list, struct arena *arena)
{
    size_t at = 0;
    for (size_t i = 0; i < list->count && !job_has_ended(&list->jobs[i].job); i++) {
        struct job_status *status = &list->jobs[i];
        while (at < jobs->count && jobs->entries[at].id < status->job.id)
            at++;
        if (at == jobs->count || jobs->entries[at].id != status->job.id || status->job.state != JOB_RUNNING)
            continue;
        const struct job_entry *entry = &jobs->entries[at];
        status->items_per_s = entry->items_per_s;
        if (entry->waits[0])
            status->waits = arena_copy(arena, slice_from_cstr(entry->waits));
    }
}

bool jobs_list(struct jobs *jobs, struct arena *arena, struct job_list *out, struct error *err)
{
    struct storage_view *view;
    *out = (struct job_list){0};
    struct gathered g = {.arena = arena, .list = out};
    if (!engine_view(jobs->engine, arena, &view, err) || !read_jobs(view, &g, err))
        return false;
    pthread_mutex_lock(&jobs->mutex);
    add_what_is_known(jobs, out, arena);
    pthread_mutex_unlock(&jobs->mutex);
    for (size_t i = 0; i < out->count; i++) {
        out->jobs[i].percent = percent_of(&out->jobs[i].job);
        out->jobs[i].left_s = left_s(&out->jobs[i]);
    }
    return true;
}

void jobs_stats(struct jobs *jobs, struct jobs_stats *out)
{
    pthread_mutex_lock(&jobs->mutex);
    *out = (struct jobs_stats){.steps = jobs->steps, .items = jobs->items, .refused = jobs->refused};
    for (size_t i = 0; i < jobs->count; i++)
        out->in_state[jobs->entries[i].state]++;
    pthread_mutex_unlock(&jobs->mutex);
}
