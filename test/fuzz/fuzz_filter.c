/* Filters of triggers, and what functions answer: any bytes are refused, or are a filter that says yes or no to a record; any answer can
 * be read. */
#include "triggers/triggers_priv.h"

static const char record[] = "{\"eventID\":\"1\",\"eventName\":\"INSERT\",\"dynamodb\":{\"Keys\":{\"pk\":{"
                             "\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},"
                             "\"n\":{\"N\":\"15.5\"},\"b\":{\"BOOL\":true},\"l\":{\"L\":[{\"S\":\"x\"},{"
                             "\"M\":{\"y\":{\"NS\":[\"1\",\"2\"]}}},{\"L\":[]}]},"
                             "\"z\":{\"NULL\":true}},\"SizeBytes\":26}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err;
    struct answer answer;
    const struct filter *filter;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    if (filter_read(slice_of(data, size), &arena, &filter, &err))
        (void)filter_passes(filter, slice_of(record, sizeof record - 1), &arena);
    else if (err.code != ERR_VALIDATION)
        __builtin_trap();
    answer_read(slice_of(data, size), &arena, &answer);
    arena_release(&arena);
    return 0;
}
