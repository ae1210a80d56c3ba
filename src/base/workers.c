#include "base/workers.h"

#include "base/contract.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct work *first;
    struct work **last; /* where the next one is linked */
    bool closing;
    unsigned thread_count;
    pthread_t threads[];
};

/* The oldest piece; waits for one. NULL: closing, and nothing is left. */
static struct work *take(struct workers *w)
{
    pthread_mutex_lock(&w->mutex);
    while (!w->first && !w->closing)
        pthread_cond_wait(&w->wake, &w->mutex);
    struct work *work = w->first;
    if (work) {
        w->first = work->next;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->mutex);
    return work;
}

static void *work_until_closed(void *arg)
{
    struct workers *w = arg;
    struct work *work;
    while ((work = take(w)))
        work->run(work);
    return NULL;
}

struct workers *workers_new(unsigned threads)
{
    PRE(threads > 0);
    struct workers *w = calloc(1, sizeof *w + threads * sizeof w->threads[0]);
    INVARIANT(w);
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->wake, NULL);
    w->last = &w->first;
    w->thread_count = threads;
    for (unsigned i = 0; i < threads; i++) {
        int failed = pthread_create(&w->threads[i], NULL, work_until_closed, w);
        INVARIANT(!failed);
    }
    return w;
}

void workers_free(struct workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->mutex);
    w->closing = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    for (unsigned i = 0; i < w->thread_count; i++)
        pthread_join(w->threads[i], NULL);
    pthread_mutex_destroy(&w->mutex);
    pthread_cond_destroy(&w->wake);
    free(w);
}

void workers_submit(struct workers *w, struct work *work)
{
    work->next = NULL;
    pthread_mutex_lock(&w->mutex);
    PRE(!w->closing);
    *w->last = work;
    w->last = &work->next;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}
