#include "engine/expiry.h"

#include "base/contract.h"
#include "item/item.h"

#include <pthread.h>
#include <stdlib.h>

enum { MS_PER_S = 1000, FIVE_YEARS_S = (5 * 365 + 1) * 24 * 3600 };

static struct number seconds(int64_t s)
{
    struct number number;
    number_from_u64(s > 0 ? (uint64_t)s : 0, &number);
    return number;
}

struct expiry_times expiry_times_at(int64_t now_ms, int64_t delay_ms)
{
    return (struct expiry_times){
        .since = seconds(now_ms / MS_PER_S - FIVE_YEARS_S),
        .until = seconds((now_ms - delay_ms) / MS_PER_S),
    };
}

/* ------------------------------------------------------------------ notes */

/* The earliest time of one index. There are as many at most as tables, and few as a rule. */
struct note {
    struct note *next;
    uint32_t space;
    struct number earliest;
};

struct expiry_notes {
    pthread_mutex_t mutex;
    struct note *first;
};

struct expiry_notes *expiry_notes_new(void)
{
    struct expiry_notes *n = calloc(1, sizeof *n);
    INVARIANT(n != NULL);
    pthread_mutex_init(&n->mutex, NULL);
    return n;
}

static void ignore(void *arg, uint32_t space, const struct number *earliest)
{
    (void)arg, (void)space, (void)earliest;
}

void expiry_notes_free(struct expiry_notes *n)
{
    if (!n)
        return;
    expiry_notes_take(n, ignore, NULL);
    pthread_mutex_destroy(&n->mutex);
    free(n);
}

static struct note *find_or_add(struct expiry_notes *n, uint32_t space, struct slice time)
{
    struct note *note = n->first;
    while (note && note->space != space)
        note = note->next;
    if (note)
        return note;
    note = calloc(1, sizeof *note);
    INVARIANT(note != NULL);
    *note = (struct note){.next = n->first, .space = space, .earliest.size = (uint8_t)time.size};
    memcpy(note->earliest.bytes, time.data, time.size);
    n->first = note;
    return note;
}

static void add(struct expiry_notes *n, uint32_t space, struct slice time)
{
    pthread_mutex_lock(&n->mutex);
    struct note *note = find_or_add(n, space, time);
    if (slice_compare(time, number_slice(&note->earliest)) < 0) {
        note->earliest.size = (uint8_t)time.size;
        memcpy(note->earliest.bytes, time.data, time.size);
    }
    pthread_mutex_unlock(&n->mutex);
}

/* What is noted is a little more than what is expired: whoever removes looks anyway. */
static bool is_over(struct slice time, int64_t now_ms)
{
    struct number now = seconds(now_ms / MS_PER_S);
    if (slice_compare(time, number_slice(&now)) > 0)
        return false;
    struct number since = expiry_times_at(now_ms, 0).since;
    return slice_compare(time, number_slice(&since)) >= 0;
}

void expiry_note(struct expiry_notes *n, const struct table *table, struct slice after, int64_t now_ms)
{
    struct value time;
    if (table->expiry_index && !slice_is_none(after) && item_attribute(after, table->ttl_attribute, &time) &&
        time.type == VALUE_N && is_over(time.payload, now_ms))
        add(n, table->expiry_index->space, time.payload);
}

void expiry_notes_take(struct expiry_notes *n, expiry_take *take, void *arg)
{
    pthread_mutex_lock(&n->mutex);
    struct note *note = n->first;
    n->first = NULL;
    pthread_mutex_unlock(&n->mutex);
    while (note) {
        struct note *next = note->next;
        take(arg, note->space, &note->earliest);
        free(note);
        note = next;
    }
}
