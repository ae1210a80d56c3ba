#include "pauses.h"

#include "tool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    step_ns = 200000,
    late_ns = 300000,
    pauses_max = 1 << 16, /* of a processor */
    processors_max = 64,
};

struct pause {
    int64_t from_ns;
    int64_t to_ns;
    int64_t clear_ns; /* when it and those before it have no aftermath any more */
};

struct watcher {
    pthread_t thread;
    struct pauses *all;
    unsigned processor;
    unsigned count;
    struct pause *pauses;
};

struct pauses {
    _Atomic bool ended;
    unsigned count;
    struct watcher watchers[processors_max];
};

/* ------------------------------------------------------------------ watching */

static void take_priority(int priority)
{
    struct sched_param first = {.sched_priority = priority};
    if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) {
        tool_fail("--pauses needs the right to real-time priority");
    }
}

static void stay_on(unsigned processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        tool_fail("--pauses needs every processor");
    }
}

static void add_pause(struct watcher *w, int64_t from_ns, int64_t to_ns)
{
    int64_t clear_ns = to_ns + (to_ns - from_ns);
    if (w->count == pauses_max) {
        tool_fail("more than %d pauses of a processor", pauses_max);
    }
    if (w->count > 0 && w->pauses[w->count - 1].clear_ns > clear_ns) {
        clear_ns = w->pauses[w->count - 1].clear_ns;
    }
    w->pauses[w->count++] = (struct pause){from_ns, to_ns, clear_ns};
}

static void *watch(void *arg)
{
    struct watcher *w = arg;
    stay_on(w->processor);
    take_priority(2);
    int64_t due_ns = tool_now_ns();
    while (!atomic_load_explicit(&w->all->ended, memory_order_relaxed)) {
        due_ns += step_ns;
        struct timespec due = {due_ns / 1000000000, due_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        int64_t now_ns = tool_now_ns();
        if (now_ns - due_ns < late_ns) {
            continue;
        }
        add_pause(w, due_ns - step_ns, now_ns);
        due_ns = now_ns;
    }
    return NULL;
}

void pauses_run_before_others(void)
{
    take_priority(1);
}

struct pauses *pauses_watch(void)
{
    struct pauses *p = tool_zalloc(1, sizeof *p);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    p->count = processors > processors_max ? processors_max : (unsigned)processors;
    for (unsigned i = 0; i < p->count; i++) {
        p->watchers[i] = (struct watcher){
            .all = p, .processor = i, .pauses = tool_zalloc(pauses_max, sizeof(struct pause))};
        if (pthread_create(&p->watchers[i].thread, NULL, watch, &p->watchers[i]) != 0) {
            tool_fail("cannot start a thread");
        }
    }
    return p;
}

void pauses_end(struct pauses *p)
{
    atomic_store(&p->ended, true);
    for (unsigned i = 0; i < p->count; i++) {
        pthread_join(p->watchers[i].thread, NULL);
    }
}

void pauses_free(struct pauses *p)
{
    if (p == NULL) {
        return;
    }
    for (unsigned i = 0; i < p->count; i++) {
        free(p->watchers[i].pauses);
    }
    free(p);
}

/* ------------------------------------------------------------------ looking back */

/* The first pause that is not over, with its aftermath, at `from_ns`. */
static unsigned first_after(const struct watcher *w, int64_t from_ns)
{
    unsigned low = 0;
    unsigned high = w->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (w->pauses[middle].clear_ns < from_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool pauses_disturbed(const struct pauses *p, int64_t from_ns, int64_t to_ns)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct watcher *w = &p->watchers[i];
        unsigned at = first_after(w, from_ns);
        if (at < w->count && w->pauses[at].from_ns <= to_ns) {
            return true;
        }
    }
    return false;
}

unsigned pauses_count(const struct pauses *p, int64_t from_ns, int64_t to_ns, int64_t *sum_ns)
{
    unsigned count = 0;
    *sum_ns = 0;
    for (unsigned i = 0; i < p->count; i++) {
        const struct watcher *w = &p->watchers[i];
        for (unsigned k = 0; k < w->count; k++) {
            if (w->pauses[k].from_ns >= from_ns && w->pauses[k].from_ns < to_ns) {
                count++;
                *sum_ns += w->pauses[k].to_ns - w->pauses[k].from_ns;
            }
        }
    }
    return count;
}
