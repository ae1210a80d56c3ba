#include "storage/admission.h"

#include "base/contract.h"

enum {
    WINDOW_NS = 10 * 1000 * 1000, /* long enough for some groups, short enough to be found out early */
    TELL_NS = 1000 * 1000 * 1000,
    ALWAYS_GROUPS = 2, /* may wait in any case: with less than a group waiting the rate is not measured */
};

void admission_init(struct admission *a, const struct clock *clock, int64_t wait_max_ms, size_t group_max)
{
    PRE(wait_max_ms >= 0 && group_max > 0);
    *a = (struct admission){.clock = clock, .wait_max_ns = wait_max_ms * 1000000, .group_max = group_max};
    atomic_init(&a->allowed, SIZE_MAX);
    atomic_init(&a->told_ns, INT64_MIN);
}

/* ------------------------------------------------------------------ refusals */

bool admission_note_refusal(struct admission *a, uint64_t *count_out)
{
    uint64_t refused = atomic_fetch_add_explicit(&a->refused, 1, memory_order_relaxed) + 1;
    int64_t now = clock_monotonic_ns(a->clock);
    int64_t told = atomic_load_explicit(&a->told_ns, memory_order_relaxed);
    if ((told != INT64_MIN && now - told < TELL_NS) ||
        !atomic_compare_exchange_strong(&a->told_ns, &told, now))
        return false;
    *count_out = refused - atomic_exchange(&a->told, refused);
    return true;
}

uint64_t admission_refused(const struct admission *a)
{
    return atomic_load_explicit(&a->refused, memory_order_relaxed);
}

/* ------------------------------------------------------------------ the rate */

void admission_taken(struct admission *a, size_t count)
{
    atomic_fetch_add_explicit(&a->held, count, memory_order_relaxed);
}

/* The newest window counts as much as all before it together: a store that was slow for a while is soon believed to be quick
 * again, and a pause of some milliseconds is not taken for its pace. */
static void close_window(struct admission *a, int64_t now_ns)
{
    double rate_per_s = (double)a->window_answered * 1e9 / (double)(now_ns - a->window_began_ns);
    a->rate_per_s = a->rate_per_s > 0 ? (a->rate_per_s + rate_per_s) / 2 : rate_per_s;
    double allowed = a->rate_per_s * (double)a->wait_max_ns / 1e9;
    size_t least = ALWAYS_GROUPS * a->group_max;
    atomic_store_explicit(&a->allowed, allowed > (double)least ? (size_t)allowed : least,
                          memory_order_relaxed);
    a->window_began_ns = now_ns;
    a->window_answered = 0;
}

/* How many are still held. */
static size_t let_go(struct admission *a, size_t count)
{
    size_t held = atomic_fetch_sub_explicit(&a->held, count, memory_order_relaxed);
    INVARIANT(held >= count);
    atomic_fetch_add_explicit(&a->answered, count, memory_order_relaxed);
    if (atomic_load_explicit(&a->stalled, memory_order_relaxed))
        atomic_store_explicit(&a->stalled, false, memory_order_relaxed);
    return held - count;
}

void admission_dropped(struct admission *a, size_t count)
{
    (void)let_go(a, count);
}

void admission_answered(struct admission *a, size_t count, size_t queued)
{
    size_t held = let_go(a, count);
    if (a->wait_max_ns == 0)
        return;
    if (held + queued < a->group_max) {
        a->window_began_ns = 0;
        return;
    }
    int64_t now = clock_monotonic_ns(a->clock);
    if (a->window_began_ns == 0) {
        a->window_began_ns = now;
        a->window_answered = 0;
        return;
    }
    a->window_answered += count;
    if (now - a->window_began_ns >= WINDOW_NS)
        close_window(a, now);
}

/* ------------------------------------------------------------------ stalls */

/* A stall that ends while this looks is believed in until the next tick, at most. */
void admission_tick(struct admission *a, size_t queued)
{
    uint64_t answered = atomic_load_explicit(&a->answered, memory_order_relaxed);
    size_t waiting = queued + atomic_load_explicit(&a->held, memory_order_relaxed);
    int64_t now = clock_monotonic_ns(a->clock);
    if (waiting == 0 || answered != a->ticked_answered) {
        a->ticked_answered = answered;
        a->ticked_since_ns = now;
    }
    bool stalled = a->wait_max_ns > 0 && waiting > 0 && now - a->ticked_since_ns >= a->wait_max_ns;
    atomic_store_explicit(&a->stalled, stalled, memory_order_relaxed);
}
