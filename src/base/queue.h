/* queue.h - a bounded queue with many producers and one consumer.
 * Use:     embed a queue_node; producers queue_push(), the consumer takes everything there is at once.
 * Owns:    nothing: a node belongs to the queue from push until it is taken.
 * Bounds:  `capacity` nodes; a push beyond it is refused, and the caller tells its client to come back.
 * Order:   first in, first out, across all producers (the order in which their pushes took effect).
 * Threads: push on any thread, without a lock while the consumer is awake; take on one thread. */
#ifndef STATOR_BASE_QUEUE_H
#define STATOR_BASE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct queue_node {
    struct queue_node *next;
};

/* Members are private. */
struct queue {
    _Atomic(struct queue_node *) newest; /* a stack; the consumer turns it round */
    _Atomic size_t count;
    size_t capacity;
    _Atomic bool closed;
    _Atomic bool consumer_sleeps;
    pthread_mutex_t mutex; /* only for sleeping and waking */
    pthread_cond_t wake;
};

void queue_init(struct queue *q, size_t capacity);
/* PRE: empty, and no thread uses it. */
void queue_release(struct queue *q);

/* false: the queue is full or closed, and the node still belongs to the caller. */
[[nodiscard]] bool queue_push(struct queue *q, struct queue_node *node);

/* Everything pushed so far, oldest first, linked by `next`; NULL if there is nothing. Never waits. */
struct queue_node *queue_take(struct queue *q);
/* As queue_take(), but waits until there is something. NULL: the queue is closed and drained. */
struct queue_node *queue_wait(struct queue *q);

/* No further pushes; queue_wait() returns what is left, then NULL. */
void queue_close(struct queue *q);

/* Nodes pushed and not yet taken; for metrics. */
size_t queue_count(const struct queue *q);

#endif
