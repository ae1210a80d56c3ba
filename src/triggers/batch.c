/* Records on their way to the target: what is called next, and how the one that fails is found. */
#include "base/contract.h"
#include "triggers/triggers_priv.h"

#include <stdlib.h>

enum { CHUNK_BYTES = 16 * 1024, TEXT_BYTES = 8 * 1024 };

void batch_init(struct batch *b)
{
    *b = (struct batch){0};
    arena_init(&b->arena, CHUNK_BYTES);
}

void batch_release(struct batch *b)
{
    arena_release(&b->arena);
    free(b->records);
    *b = (struct batch){0};
}

void batch_clear(struct batch *b)
{
    batch_release(b);
    batch_init(b);
}

void batch_add(struct batch *b, const struct change_record *record, int64_t passed_over, size_t at)
{
    if (b->count == b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 16;
        b->records = reallocarray(b->records, b->capacity, sizeof *b->records);
        INVARIANT(b->records != NULL);
    }
    b->records[b->count++] = (struct batch_record){
        .position = record->position,
        .created_ms = record->created_ms,
        .passed_over = passed_over,
        .at = at,
        .size = b->text.size - at,
    };
}

/* Everything that is not done is called together. */
static void call_rest(struct batch *b)
{
    b->cut = b->count;
    b->suspect = 0;
    b->attempts = 0;
}

void batch_close(struct batch *b)
{
    PRE(b->begin == 0);
    call_rest(b);
}

void batch_body(const struct batch *b, struct slice parts[CALL_PARTS])
{
    PRE(b->begin < b->cut && b->cut <= b->count);
    const struct batch_record *first = &b->records[b->begin];
    const struct batch_record *last = &b->records[b->cut - 1];
    parts[0] = SLICE("{\"Records\":[");
    parts[1] = slice_of(b->text.data + first->at, last->at + last->size - first->at);
    parts[2] = SLICE("]}");
}

/* ------------------------------------------------------------------ what came of it */

/* The first half of what may hold the record that fails. Such halves are not tried again. */
static void narrow(struct batch *b)
{
    b->cut = b->begin + (b->suspect - b->begin + 1) / 2;
    b->attempts = 0;
}

void batch_taken(struct batch *b, size_t index)
{
    PRE(index >= b->begin && index <= b->cut);
    bool all = index == b->cut;
    b->progressed = index > b->begin && !all;
    if (index > b->begin)
        b->attempts = 0;
    b->begin = index;
    if (!all)
        return;
    if (b->begin < b->suspect)
        narrow(b);
    else
        call_rest(b);
}

bool batch_find_lowest(const struct batch *b, const struct answer *answer, size_t *index_out)
{
    PRE(answer->count > 0);
    *index_out = b->cut;
    for (size_t i = 0; i < answer->count; i++) {
        size_t low = b->begin, high = b->cut;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (position_before(b->records[middle].position, answer->positions[i]))
                low = middle + 1;
            else
                high = middle;
        }
        if (low == b->cut || position_before(answer->positions[i], b->records[low].position))
            return false;
        if (low < *index_out)
            *index_out = low;
    }
    return true;
}

/* Of a call that took some records, the failure is no more than news of the one behind them: it counts when that is called again. */
enum batch_step batch_failed(struct batch *b, int64_t retries, bool named)
{
    bool progressed = b->progressed;
    bool alone = b->cut - b->begin == 1 && !progressed;
    bool halving = b->suspect != 0 && b->cut - b->begin > 1;
    b->progressed = false;
    if (!progressed)
        b->attempts++;
    if (!halving && (retries < 0 || b->attempts <= retries - progressed))
        return BATCH_CALL_LATER;
    if (alone)
        return BATCH_GIVE_UP;
    b->suspect = named ? b->begin + 1 : b->cut;
    narrow(b);
    return BATCH_CALL_NOW;
}

void batch_given_up(struct batch *b)
{
    b->begin++;
    call_rest(b);
}

/* Text and records of what is left are moved to the left; positions stay what they were. */
void batch_taken_some(struct batch *b, const bool *taken)
{
    size_t kept = b->begin, called = b->cut - b->begin;
    size_t end = b->records[b->begin].at, suspect = b->suspect;
    for (size_t i = b->begin; i < b->count; i++) {
        struct batch_record record = b->records[i];
        if (i < b->begin + called && taken[i - b->begin]) {
            b->cut--;
            suspect -= suspect > 0 && i < b->suspect ? 1 : 0;
            continue;
        }
        if (kept > b->begin)
            b->text.data[end++] = ',';
        memmove(b->text.data + end, b->text.data + record.at, record.size);
        record.at = end;
        end += record.size;
        b->records[kept++] = record;
    }
    PRE(kept < b->count && b->cut > b->begin);
    b->count = kept;
    b->text.size = end;
    b->suspect = suspect > b->begin ? suspect : 0;
    b->attempts = 0;
}
