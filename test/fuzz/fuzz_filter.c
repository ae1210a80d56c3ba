/* Filters of triggers, and what functions and Kinesis answer: any bytes are refused, or are a filter that says yes or no to a
 * record; any answer can be read. What Kinesis answers is understood only if as many records failed as it tells. */
#include "triggers/triggers_priv.h"

static const char record[] = "{\"eventID\":\"1\",\"eventName\":\"INSERT\",\"dynamodb\":{\"Keys\":{\"pk\":{"
                             "\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},"
                             "\"n\":{\"N\":\"15.5\"},\"b\":{\"BOOL\":true},\"l\":{\"L\":[{\"S\":\"x\"},{"
                             "\"M\":{\"y\":{\"NS\":[\"1\",\"2\"]}}},{\"L\":[]}]},"
                             "\"z\":{\"NULL\":true}},\"SizeBytes\":26}}";

enum { KINESIS_COUNT = 3 };

static void read_kinesis(struct slice body, struct arena *arena)
{
    struct kinesis_answer answer;
    size_t failed = 0;
    kinesis_answer_read(body, KINESIS_COUNT, arena, &answer);
    for (size_t i = 0; i < KINESIS_COUNT; i++)
        failed += answer.failed[i];
    if (answer.understood ? failed != answer.failed_count : !answer.error[0])
        __builtin_trap();
    (void)kinesis_refused_content(400, body);
}

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
    read_kinesis(slice_of(data, size), &arena);
    arena_release(&arena);
    return 0;
}
