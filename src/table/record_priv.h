/* record_priv.h - stored records: a version byte, then one JSON object. Private to src/table.
 * Writing: record_open(), members, json_end_object(). Members with their default value are left out.
 * Reading: record_begin(); record_next_member() until it is false, each member taken or passed over; record_end().
 * Broken:  a reader that has met something it cannot use yields nothing more, so that reading goes on without a check at every
 *          step; the end looks once.
 * Owns:    texts are copied to the arena. */
#ifndef STATOR_TABLE_RECORD_PRIV_H
#define STATOR_TABLE_RECORD_PRIV_H

#include "json/json_reader.h"
#include "json/json_writer.h"
#include "table/table.h"

/* ------------------------------------------------------------------ writing */

void record_open(struct json_writer *w, struct buf *out);
void record_put_text(struct json_writer *w, const char *name, struct slice text);
void record_put_cstr(struct json_writer *w, const char *name, const char *text);
void record_put_i64(struct json_writer *w, const char *name, int64_t value);
void record_put_bool(struct json_writer *w, const char *name, bool value);
void record_begin_list(struct json_writer *w, const char *name);
/* `role` may be NULL. */
void record_put_attribute(struct json_writer *w, const struct key_attribute *attribute, const char *role);
void record_put_key(struct json_writer *w, const struct key_schema *key);

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

struct record_attribute {
    struct key_attribute attribute;
    struct slice role;
};
struct record_attribute record_take_attribute(struct record_reader *r);
void record_take_key(struct record_reader *r, struct key_schema *key);

#endif
