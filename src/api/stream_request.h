/* stream_request.h - what the operations of DynamoDB Streams share: their shapes, the stream a request names, and shard iterators.
 * Iterator: {stream ARN}|{version}|{base64 of shard, position, time and a code}: only who knows the store's secret can make one, and
 *          it is good for this account's stream alone, since the ARN is among what is authenticated.
 * Source:  semantics.md 14.2, 14.3; the service model of streams. */
#ifndef STATOR_API_STREAM_REQUEST_H
#define STATOR_API_STREAM_REQUEST_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "table/stream.h"

enum { STREAM_PAGE_MAX = 100, ITERATOR_LIFE_MS = 15 * 60 * 1000 };

extern const struct shape shape_stream_arn;
extern const struct shape shape_shard_id;
extern const struct shape shape_stream_page_limit; /* of ListStreams and DescribeStream */

/* Takes the ARN of a stream of ours apart. ERR_VALIDATION if it is none; ERR_RESOURCE_NOT_FOUND if it is another account's. */
[[nodiscard]] bool request_stream_name(const struct api_request *q, struct slice arn, struct stream_name *out,
                                       struct error *err);
/* The stream itself. ERR_RESOURCE_NOT_FOUND. */
[[nodiscard]] bool request_stream(const struct api_request *q, struct storage_view *view, struct slice arn,
                                  struct stream *out, struct error *err);

/* A shard of a stream; its generation. NULL: there is none of that id (any more). */
const struct stream_generation *stream_find_generation(const struct stream *stream,
                                                       struct stream_shard shard);

struct shard_iterator {
    struct slice arn; /* of the stream */
    struct stream_shard shard;
    struct stream_position from; /* the first that may be read */
    int64_t made_ms;
};
struct slice shard_iterator_write(const struct api_request *q, const struct shard_iterator *iterator);
/* ERR_VALIDATION: it is none of ours; ERR_EXPIRED_ITERATOR. */
[[nodiscard]] bool shard_iterator_read(const struct api_request *q, struct slice text,
                                       struct shard_iterator *out, struct error *err);

#endif
