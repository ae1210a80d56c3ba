/* describe_endpoints.c - DescribeEndpoints: the address the client has reached us by, so that a client which
 * follows it comes back here. Source: semantics.md 13.5. */
#include "api/api.h"

enum { CACHE_PERIOD_MINUTES = 1440 };

struct describe_endpoints_input {
    char unused; /* the request has no members */
};

static const struct shape input_shape = {.kind = SHAPE_STRUCTURE,
                                         .name = "DescribeEndpointsRequest",
                                         .size = sizeof(struct describe_endpoints_input)};

static bool is_address(struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        if (host.data[i] <= ' ' || host.data[i] > '~')
            return false;
    }
    return host.size > 0;
}

static struct slice endpoint(struct api_request *q)
{
    struct slice host = field_value(http_headers(q->exchange), SLICE("Host"));
    if (!slice_is_none(host) && is_address(host))
        return host;
    return slice_from_cstr(
        arena_printf(q->arena, "dynamodb.%.*s.amazonaws.com", SLICE_PRINTF(q->api->options.region)));
}

static bool handle(struct api_request *q, struct error *err)
{
    (void)err;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Endpoints"));
    json_begin_array(&q->json);
    json_begin_object(&q->json);
    json_member_string(&q->json, "Address", endpoint(q));
    json_member_i64(&q->json, "CachePeriodInMinutes", CACHE_PERIOD_MINUTES);
    json_end_object(&q->json);
    json_end_array(&q->json);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_endpoints_operation = {OPERATION_DESCRIBE_ENDPOINTS, &input_shape,
                                                           handle};
