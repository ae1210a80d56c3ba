/* shape.h - what requests look like, as constant data: from it they are decoded, checked and printed in errors.
 * Use:     an operation describes its input with a table of members, each pointing into a plain C struct;
 *          shape_decode() fills the struct, shape_check() holds it against the constraints. Shapes that several
 *          operations share stand in common_shapes.h; README.md has a worked example.
 * Mirrors: the service model. A shape is a type with its constraints; a member is a name, a shape and whether it
 *          is required. Members stand in the order in which DynamoDB reports their failures, where that is known.
 * Absent:  is zero, for every kind: SLICE_NONE, given == false, NULL. JSON null is absent.
 * Owns:    nothing: what is decoded lives in the request's arena or is a slice of the body.
 * Bounds:  arrays of one request take at most SHAPE_ARRAYS_BYTES_MAX; nesting is that of the tables, which do
 *          not recur.
 * Source:  semantics.md 1.5, 1.6; the service models. */
#ifndef STATOR_API_SHAPE_H
#define STATOR_API_SHAPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "expr/expr.h"
#include "item/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ------------------------------------------------------------------ what members become in C */

struct optional_i64 {
    bool given;
    int64_t value;
};

struct optional_bool {
    bool given;
    bool value; /* false when not given */
};

/* `value` is the C enum's: 0 is absent, the printed names count from 1. What is not among them is caught by
 * shape_check(); until then value is SHAPE_ENUM_UNKNOWN. */
struct optional_enum {
    unsigned value;
    struct slice text; /* as given; SLICE_NONE when absent */
};
enum { SHAPE_ENUM_UNKNOWN = 0xffff };

/* An AttributeValue. What is wrong with its content is in `issue`, reported when the operation's turn comes
 * (see item/wire.h); `value` must not be used then. */
struct request_value {
    bool given;
    struct value value;
    struct error issue;
};

/* A map of attribute values: an Item or a Key. */
struct request_item {
    struct slice item; /* stored form; SLICE_NONE when absent */
    struct error issue;
};

/* ExpressionAttributeValues, in the form expressions are bound with. Only the first bad value is kept. */
struct request_values {
    struct expr_value *at; /* NULL when absent */
    size_t count;
    struct error issue;
    struct slice issue_key; /* whose value it is: ":v" */
};

/* A list member is LIST_OF(T): T is one of the types above, or the struct of a structure. NULL when absent;
 * null elements are kept as absent ones. */
#define LIST_OF(T)    \
    struct {          \
        T *at;        \
        size_t count; \
    }

/* A map member is a LIST_OF(E) too; E is a struct with a `struct slice` for the key and a T for the value.
 * Entries stand in the order given; a key given twice keeps its last value. Null values are left out. */

/* A structure member is a `struct its_type *`, NULL when absent. */

/* ------------------------------------------------------------------ shapes */

enum shape_kind {
    SHAPE_STRING,    /* struct slice */
    SHAPE_INTEGER,   /* struct optional_i64; 32 bits on the wire, larger numbers are cut to the nearest */
    SHAPE_LONG,      /* struct optional_i64 */
    SHAPE_BOOLEAN,   /* struct optional_bool */
    SHAPE_ENUM,      /* struct optional_enum */
    SHAPE_BLOB,      /* struct slice, decoded from base64 */
    SHAPE_VALUE,     /* struct request_value */
    SHAPE_ITEM,      /* struct request_item */
    SHAPE_VALUES,    /* struct request_values */
    SHAPE_LIST,      /* LIST_OF(T) */
    SHAPE_MAP,       /* LIST_OF(E) */
    SHAPE_STRUCTURE, /* a pointer as a member, the struct itself as an element */
};

enum shape_pattern {
    PATTERN_NONE,
    PATTERN_NAME,         /* [a-zA-Z0-9_.-]+ */
    PATTERN_TABLE,        /* an ARN of up to 1024 characters; else as PATTERN_NAME and at most 255 */
    PATTERN_ACCOUNT_ID,   /* [0-9]{12} */
    PATTERN_CLIENT_TOKEN, /* ^[^\$]+$ */
    PATTERN_S3_BUCKET,    /* ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$ */
};

/* Length of a string (in UTF-16 code units, as Java counts), a list, a map or a blob; value of a number. */
struct shape_range {
    bool has_min;
    bool has_max;
    int64_t min;
    int64_t max;
};
/* Initialisers for .range. */
#define AT_LEAST(n)                 \
    {                               \
        .has_min = true, .min = (n) \
    }
#define AT_MOST(n)                  \
    {                               \
        .has_max = true, .max = (n) \
    }
#define FROM_TO(n, m)                                            \
    {                                                            \
        .has_min = true, .has_max = true, .min = (n), .max = (m) \
    }

struct shape_member;

struct shape {
    enum shape_kind kind;
    enum shape_pattern pattern; /* SHAPE_STRING */
    /* The service's name for a structure: "KeySchemaElement", as error texts show it. For lists, maps and
     * scalars it is not needed, save as a map's value shape in one text of semantics.md 1.5. */
    const char *name;
    struct shape_range range;

    /* SHAPE_ENUM: names in the order DynamoDB prints them; the C enum has the same order, from 1. */
    const struct slice *names;
    size_t name_count;
    const struct shape_newer_set *newer_set; /* NULL: the newer wording has no text of its own for it */

    /* SHAPE_LIST: the element's shape. SHAPE_MAP: the value's. */
    const struct shape *element;
    size_t element_size; /* sizeof(T) or sizeof(E) */
    /* SHAPE_MAP */
    const struct shape *key; /* a SHAPE_STRING with its constraints */
    size_t key_offset;
    size_t value_offset;

    /* SHAPE_STRUCTURE */
    const struct shape_member *members;
    size_t member_count;
    size_t size;               /* of the C struct */
    const char *java_trailing; /* what its Java text shows behind the members; NULL: nothing */
};

/* How the newer wording tells that a name is none of an enum's: without name and member, and with another set. */
struct shape_newer_set {
    const char *printed;
    enum {
        NEWER_SET_LISTED,        /* among the other failures */
        NEWER_SET_ALONE,         /* instead of them */
        NEWER_SET_WITHOUT_COUNT, /* moreover without saying how many there are */
    } told;
};

enum shape_member_flag {
    MEMBER_OPTIONAL,
    MEMBER_REQUIRED,
    /* Required, and looked at only when the members before it keep their constraints. */
    MEMBER_REQUIRED_LAST,
    /* Required, with a text of its own that comes before all other constraints: "The parameter 'TableName' is
     * required but was not present in the request". The TableName of CreateTable (with shape_table_name). */
    MEMBER_PARAMETER,
    /* As MEMBER_PARAMETER; moreover a name that is no ARN and not of 3 to 255 characters has a text of its own.
     * The TableName of DeleteTable, DescribeTable, UpdateTable, DescribeTimeToLive (with shape_table_arn). */
    MEMBER_TABLE_NAME,
};

struct shape_member {
    struct slice name; /* "TableName" */
    const struct shape *shape;
    size_t offset;
    size_t size; /* of the C member, checked against the shape by shape_assert() */
    enum shape_member_flag flag;
};

/* One row of a member table: MEMBER(struct get_item_input, table_name, "TableName", shape_table_arn,
 * MEMBER_REQUIRED). */
#define MEMBER(type, field, wire_name, shape_, flag_)                                                       \
    {                                                                                                       \
        .name = {"" wire_name, sizeof(wire_name) - 1}, .shape = &(shape_), .offset = offsetof(type, field), \
        .size = sizeof(((type *)0)->field), .flag = (flag_)                                                 \
    }

/* Initialisers for whole shapes. */
#define STRUCTURE(type, wire_name, members_)                                           \
    {                                                                                  \
        .kind = SHAPE_STRUCTURE, .name = (wire_name), .members = (members_),           \
        .member_count = sizeof(members_) / sizeof((members_)[0]), .size = sizeof(type) \
    }
#define LIST(type, element_, ...)                                                                      \
    {                                                                                                  \
        .kind = SHAPE_LIST, .element = &(element_), .element_size = sizeof(type), .range = __VA_ARGS__ \
    }
#define MAP(entry_type, key_field, key_, value_field, value_, ...)                                        \
    {                                                                                                     \
        .kind = SHAPE_MAP, .element = &(value_), .element_size = sizeof(entry_type), .key = &(key_),      \
        .key_offset = offsetof(entry_type, key_field), .value_offset = offsetof(entry_type, value_field), \
        .range = __VA_ARGS__                                                                              \
    }
/* names_ is an array of struct slice. */
/* One name of an enum, in a constant table. */
#define NAME(text)                \
    {                             \
        "" text, sizeof(text) - 1 \
    }
#define ENUMERATION(names_) ENUMERATION_NEWER(names_, NULL)
/* newer_ is a const struct shape_newer_set *. */
#define ENUMERATION_NEWER(names_, newer_)                                                          \
    {                                                                                              \
        .kind = SHAPE_ENUM, .names = (names_), .name_count = sizeof(names_) / sizeof((names_)[0]), \
        .newer_set = (newer_)                                                                      \
    }
/* For LIST() and MAP() without a limit on their length. */
#define ANY_LENGTH       \
    {                    \
        .has_min = false \
    }

/* ------------------------------------------------------------------ decode and check */

enum { SHAPE_ARRAYS_BYTES_MAX = 32 << 20 };

/* How an operation words its errors; see operations.h. Values that are wrong inside are worded accordingly
 * (item/wire.h). What is said here of constraints holds for lengths and values outside their range and for some enums;
 * all other failures echo the value. */
enum shape_wording {
    SHAPE_ECHOES_VALUE, /* the older one: Value '0' at 'limit' failed to satisfy constraint: ... */
    /* The newer one: Value at 'Limit' failed to satisfy constraint: ..., and that instead of all other failures. A
     * request without one of its required members is checked in the older way. */
    SHAPE_NAMES_MEMBER,
};

/* Decodes `body`, one JSON object, into a zeroed struct of input->size bytes from `arena`. Unknown members
 * are skipped; a member given twice keeps its last value. One pass. Fails: ERR_SERIALIZATION with the texts
 * of semantics.md 1.5, without a message if the body as a whole is not JSON; ERR_TOO_LARGE when the arrays
 * would pass SHAPE_ARRAYS_BYTES_MAX. PRE: input->kind == SHAPE_STRUCTURE. */
[[nodiscard]] bool shape_decode(const struct shape *input, enum shape_wording wording, struct slice body,
                                struct arena *arena, void **input_out, struct error *err);

/* Holds a decoded struct against the constraints of its shape.
 * Fails: ERR_VALIDATION listing up to 10 of them (semantics.md 1.6). */
[[nodiscard]] bool shape_check(const struct shape *input, const void *decoded, enum shape_wording wording,
                               struct error *err);

/* Aborts if a table contradicts itself: C member of the wrong size, required parts missing, depth above 16.
 * Run over all operations at start-up and in tests. */
void shape_assert(const struct shape *shape);

#endif
