/* key_record_priv.h - keys in stored records (json/record.h): an array of attributes. Private to src/table. */
#ifndef STATOR_TABLE_KEY_RECORD_PRIV_H
#define STATOR_TABLE_KEY_RECORD_PRIV_H

#include "json/record.h"
#include "table/table.h"

/* `role` may be NULL. */
void record_put_attribute(struct json_writer *w, const struct key_attribute *attribute, const char *role);
void record_put_key(struct json_writer *w, const struct key_schema *key);

struct record_attribute {
    struct key_attribute attribute;
    struct slice role;
};
struct record_attribute record_take_attribute(struct record_reader *r);
void record_take_key(struct record_reader *r, struct key_schema *key);

#endif
