/* workers.h - a few threads for work that is too long for an event loop: pages of a megabyte, large batches.
 * Use:     embed a struct work in the request, workers_submit() it; run() is called once on a worker.
 * Owns:    nothing: the work is the worker's from submit until run() is entered.
 * Bounds:  as many pieces as there are requests; the http layer bounds those.
 * Order:   first in, first out. A lock is taken per piece, which costs nothing against a page.
 * Threads: submit from any. */
#ifndef STATOR_BASE_WORKERS_H
#define STATOR_BASE_WORKERS_H

struct workers;

struct work {
    struct work *next; /* private */
    void (*run)(struct work *work);
};

struct workers *workers_new(unsigned threads);
/* Runs what was submitted, then ends the threads. */
void workers_free(struct workers *workers);
void workers_submit(struct workers *workers, struct work *work);

#endif
