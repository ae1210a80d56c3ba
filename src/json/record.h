/* record.h - stored records: a version byte, then one JSON object.
 * Writing: record_open(), members, json_end_object(). Members with their default value are left out.
 * Reading: record_begin(); record_next_member() until it is false, each member taken or passed over; record_end().
 * Broken:  a reader that has met something it cannot use yields nothing more, so that reading goes on without a check at every
 *          step; the end looks once.
 * Fields:  a struct whose members are scalars is described by a table, which both sides use. What is not in it is written
 *          beside it, and read where record_take_field() finds nothing.
 * Owns:    texts are copied to the arena. */
#ifndef STATOR_JSON_RECORD_H
#define STATOR_JSON_RECORD_H

#include "base/error.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#include <stddef.h>

enum { RECORD_VERSION = 1 };

/* ------------------------------------------------------------------ writing */

void record_open(struct json_writer *w, struct buf *out);
void record_put_text(struct json_writer *w, const char *name, struct slice text);
void record_put_cstr(struct json_writer *w, const char *name, const char *text);
void record_put_i64(struct json_writer *w, const char *name, int64_t value);
void record_put_bool(struct json_writer *w, const char *name, bool value);
void record_begin_list(struct json_writer *w, const char *name);

/* ------------------------------------------------------------------ reading */

struct record_reader {
    struct json_reader json;
    struct arena *arena;   /* of what is read */
    struct slice name;     /* of the member */
    enum json_token token; /* the first of its value, or of the element */
    bool broken;
};

/* false: the record is of an unknown version. ERR_CORRUPT. */
[[nodiscard]] bool record_begin(struct record_reader *r, struct slice record, struct arena *arena,
                                struct error *err);
/* Whether the whole record was understood. */
[[nodiscard]] bool record_end(struct record_reader *r);

/* Marks it as broken; always false. */
bool record_broken(struct record_reader *r);

/* The next member of the object that began; false at its end. Every member must be taken or passed over. */
bool record_next_member(struct record_reader *r);
/* Whether the member has this name. */
bool record_is(const struct record_reader *r, const char *name);
bool record_next_element(struct record_reader *r);
void record_expect(struct record_reader *r, enum json_token token);
void record_pass_over(struct record_reader *r);

struct slice record_take_text(struct record_reader *r);
int64_t record_take_i64(struct record_reader *r);
uint32_t record_take_u32(struct record_reader *r);
bool record_take_bool(struct record_reader *r);
/* How many elements the array has that just began, found out by a reader that runs ahead. */
size_t record_count_elements(struct record_reader *r);

/* ------------------------------------------------------------------ fields of structs */

enum record_kind {
    RECORD_TEXT,   /* struct slice; absent: SLICE_NONE */
    RECORD_BASE64, /* the same, bytes */
    RECORD_I64,    /* int64_t; absent: 0 */
    RECORD_COUNT,  /* int64_t or uint64_t that is not negative; likewise */
    RECORD_U32,    /* uint32_t; likewise */
    RECORD_BOOL,   /* absent: false */
    RECORD_ENUM,   /* an enum, by its names; always there */
};

struct record_field {
    const char *name;
    enum record_kind kind;
    size_t offset;            /* in the struct */
    const char *const *names; /* RECORD_ENUM */
    unsigned name_count;
};

void record_put_fields(struct json_writer *w, const struct record_field *fields, size_t count,
                       const void *object);
/* Whether the member is one of these; then it was taken. */
bool record_take_field(struct record_reader *r, const struct record_field *fields, size_t count,
                       void *object);
/* All members of the object that began; others are passed over. */
void record_take_fields(struct record_reader *r, const struct record_field *fields, size_t count,
                        void *object);

#endif
