#include "base/queue.h"

#include "base/contract.h"

void queue_init(struct queue *q, size_t capacity)
{
    PRE(capacity > 0);
    atomic_init(&q->newest, NULL);
    atomic_init(&q->count, 0);
    atomic_init(&q->closed, false);
    atomic_init(&q->consumer_sleeps, false);
    q->capacity = capacity;
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->wake, NULL);
}

void queue_release(struct queue *q)
{
    PRE(atomic_load(&q->newest) == NULL);
    pthread_mutex_destroy(&q->mutex);
    pthread_cond_destroy(&q->wake);
}

static void wake_consumer(struct queue *q)
{
    pthread_mutex_lock(&q->mutex);
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->mutex);
}

/* The push and the look at consumer_sleeps are sequentially consistent, as are the consumer's setting of
 * consumer_sleeps and its last look at the stack: one of the two sees the other, so no wake-up is lost.
 * A push counts itself before it looks at `closed`, and the closed consumer ends only at count zero, so
 * every push that was not refused is taken. */
bool queue_push(struct queue *q, struct queue_node *node)
{
    if (atomic_fetch_add(&q->count, 1) >= q->capacity || atomic_load(&q->closed)) {
        atomic_fetch_sub(&q->count, 1);
        if (atomic_load(&q->closed))
            wake_consumer(q);
        return false;
    }
    struct queue_node *newest = atomic_load_explicit(&q->newest, memory_order_relaxed);
    do
        node->next = newest;
    while (!atomic_compare_exchange_weak(&q->newest, &newest, node));
    if (atomic_load(&q->consumer_sleeps))
        wake_consumer(q);
    return true;
}

struct queue_node *queue_take(struct queue *q)
{
    struct queue_node *node = atomic_exchange(&q->newest, NULL);
    struct queue_node *oldest = NULL;
    size_t taken = 0;
    while (node) {
        struct queue_node *older = node->next;
        node->next = oldest;
        oldest = node;
        node = older;
        taken++;
    }
    if (taken)
        atomic_fetch_sub(&q->count, taken);
    return oldest;
}

static bool drained(struct queue *q)
{
    return atomic_load(&q->closed) && atomic_load(&q->count) == 0;
}

struct queue_node *queue_wait(struct queue *q)
{
    struct queue_node *oldest = queue_take(q);
    if (oldest)
        return oldest;
    pthread_mutex_lock(&q->mutex);
    atomic_store(&q->consumer_sleeps, true);
    while (!(oldest = queue_take(q)) && !drained(q))
        pthread_cond_wait(&q->wake, &q->mutex);
    atomic_store(&q->consumer_sleeps, false);
    pthread_mutex_unlock(&q->mutex);
    return oldest;
}

void queue_close(struct queue *q)
{
    atomic_store(&q->closed, true);
    wake_consumer(q);
}

size_t queue_count(const struct queue *q)
{
    return atomic_load_explicit(&q->count, memory_order_relaxed);
}
