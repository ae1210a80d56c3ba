#include "api/operations.h"

#include "base/contract.h"

#include <assert.h>
#include <stdint.h>

/* The words of the list's columns. */
enum { BUILT = true, LATER = false, PREFIXED = true, BARE = false, NAMED = true, ECHOED = false };
#define ACTION_OWN(wire_name)                                      \
    {                                                              \
        "dynamodb:" #wire_name, sizeof("dynamodb:" #wire_name) - 1 \
    }
#define ACTION_OF_PARTS(wire_name) \
    {                              \
        NULL, 0                    \
    }

static const struct operation operations[OPERATION_COUNT] = {
    [OPERATION_NONE] = {.id = OPERATION_NONE, .name = {"Unknown", 7}},
#define X(id_, c_name, wire_name, service_, kind_, state, content, ranges, action_) \
    [OPERATION_##id_] = {.id = OPERATION_##id_,                                     \
                         .name = {#wire_name, sizeof(#wire_name) - 1},              \
                         .service = OPERATION_SERVICE_##service_,                   \
                         .kind = OPERATION_KIND_##kind_,                            \
                         .built = (state),                                          \
                         .content_errors_prefixed = (content),                      \
                         .range_errors_named = (ranges),                            \
                         .action = ACTION_##action_(wire_name)},
    OPERATIONS(X)
#undef X
};

const struct operation *operation_info(enum operation_id id)
{
    PRE(id < OPERATION_COUNT);
    return &operations[id];
}

/* ------------------------------------------------------------------ lookup by name */

/* Open addressing over the names, made before main(); four times as many slots as operations, so that a lookup is a
 * hash of a dozen bytes and nearly always one comparison. */
enum { SLOT_COUNT = 512 };
static uint8_t slots[SLOT_COUNT];
static_assert(OPERATION_COUNT * 4 <= SLOT_COUNT && OPERATION_COUNT <= UINT8_MAX, "the table is sparse");

enum { NAME_BYTES_MIN = 4, NAME_BYTES_MAX = 48 };

/* The first four bytes, the last four and the length tell nearly all names apart. */
static uint32_t name_hash(struct slice name)
{
    uint32_t first, last;
    memcpy(&first, name.data, sizeof first);
    memcpy(&last, name.data + name.size - sizeof last, sizeof last);
    uint32_t h = first * 0x9e3779b1U ^ last * 0x85ebca77U ^ (uint32_t)name.size * 0xc2b2ae3dU;
    return (h ^ h >> 15) * 0x27d4eb2fU >> 16;
}

__attribute__((constructor)) static void fill_slots(void)
{
    for (unsigned id = OPERATION_NONE + 1; id < OPERATION_COUNT; id++) {
        INVARIANT(operations[id].name.size >= NAME_BYTES_MIN && operations[id].name.size <= NAME_BYTES_MAX);
        uint32_t at = name_hash(operations[id].name) % SLOT_COUNT;
        while (slots[at] != OPERATION_NONE)
            at = (at + 1) % SLOT_COUNT;
        slots[at] = (uint8_t)id;
    }
}

static enum operation_id find_name(enum operation_service service, struct slice name)
{
    if (name.size < NAME_BYTES_MIN || name.size > NAME_BYTES_MAX)
        return OPERATION_NONE;
    for (uint32_t at = name_hash(name) % SLOT_COUNT; slots[at] != OPERATION_NONE;
         at = (at + 1) % SLOT_COUNT) {
        const struct operation *o = &operations[slots[at]];
        if (slice_equal(o->name, name))
            return o->service == service ? o->id : OPERATION_NONE;
    }
    return OPERATION_NONE;
}

enum operation_id operation_find(struct slice target)
{
    static const struct slice prefixes[] = {
        [OPERATION_SERVICE_DYNAMODB] = {"DynamoDB_20120810.", 18},
        [OPERATION_SERVICE_STREAMS] = {"DynamoDBStreams_20120810.", 25},
    };
    for (unsigned service = 0; service < sizeof prefixes / sizeof prefixes[0]; service++) {
        if (slice_starts_with(target, prefixes[service]))
            return find_name(service, slice_after(target, prefixes[service].size));
    }
    return OPERATION_NONE;
}
