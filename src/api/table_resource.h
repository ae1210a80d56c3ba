/* table_resource.h - which table a control operation is about.
 * Source:  semantics.md 3, 13.6. */
#ifndef STATOR_API_TABLE_RESOURCE_H
#define STATOR_API_TABLE_RESOURCE_H

#include "api/api.h"
#include "api/common_shapes.h"

/* A TableName parameter. An ARN of another region or account is refused, as is one that is no table's. Whether there is
 * such a table is not looked at. ERR_VALIDATION, ERR_ACCESS_DENIED. */
[[nodiscard]] bool request_table_reference(const struct api_request *q, struct slice text,
                                           struct table_reference *out, struct error *err);

/* A ResourceArn parameter, which must be a table's ARN: in two steps, since the rest of the request is looked at in
 * between. First whether it is an ARN. */
[[nodiscard]] bool resource_arn_check(struct slice arn, struct error *err);
/* Then what it names. The errors are those of the operations on tags. PRE: resource_arn_check(). */
[[nodiscard]] bool resource_table_reference(const struct api_request *q, struct slice arn,
                                            struct table_reference *out, struct error *err);

/* ERR_RESOURCE_NOT_FOUND in the words of the operations on tags. Always false. */
bool resource_not_found(struct slice arn, struct error *err);

#endif
