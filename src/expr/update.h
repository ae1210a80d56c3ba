/* update.h - update expressions applied to stored items: from the item before to the item after.
 * Rules:   every operand is computed from the item as it was; actions do not see each other. A nested target needs its
 *          parent; an element beyond a list's end is appended; removals use the original indexes (semantics.md 5.8).
 * Cost:    what the update does not touch is copied as bytes, in one pass over the former item: setting one number in an
 *          item of 1 KB takes well under 3 us.
 * Owns:    nothing; the new item lives in the arena given.
 * Threads: any; a bound expression does not change.
 * Source:  semantics.md 5.7, 5.8; the older AttributeUpdates: 6. */
#ifndef STATOR_EXPR_UPDATE_H
#define STATOR_EXPR_UPDATE_H

#include "expr/expr.h"

/* PRE, for all: bound, EXPR_UPDATE (of either origin: text, or legacy.h). Where it is said `e` may be NULL: an update
 * without actions. */

/* Top-level attributes that the update writes; each once, in the order of the text. For checks against key attributes. */
size_t expr_update_target_count(const struct expr *e);
struct slice expr_update_target(const struct expr *e, size_t index);

/* The value that the update is known to give to this top-level attribute whatever the item: SET a = :v. For checks of
 * index keys before anything is read. false: it depends, or the update does not set it. */
[[nodiscard]] bool expr_update_constant(const struct expr *e, struct slice top_level_name,
                                        struct value *value_out);

/* The type of that value, which is known more often: of an arithmetic, of list_append, of what ADD and DELETE are given. false:
 * it depends, or the attribute is not set. */
[[nodiscard]] bool expr_update_known_type(const struct expr *e, struct slice top_level_name,
                                          enum value_type *type_out);

/* The item after the update.
 * `former`: the stored item, SLICE_NONE if there is none. `key`: the Key map in stored form, of which an item that does not
 * exist yet is made; operands may name its attributes. `e` may be NULL, which creates an item of its key alone.
 * *item_out: SLICE_NONE when nothing comes to be (only removals, and no item); `former` (or `key`) itself when nothing
 * changes.
 * Fails: ERR_VALIDATION with DynamoDB's texts, of the first action that cannot be: operand of a wrong type, attribute that
 * does not exist, invalid path, numbers out of range, nesting; then the item's size. */
[[nodiscard]] bool expr_update_apply(const struct expr *e, struct slice former, struct slice key,
                                     struct arena *arena, struct slice *item_out, struct error *err);

/* For an UpdateItem by itself, after expr_update_apply() made `item` (SLICE_NONE: none; `e` may be NULL): that what it writes
 * is within the limit too, which counts some bytes for every action (update_record.c). Updates in transactions and PartiQL
 * statements are measured by the item alone. Fails: ERR_VALIDATION, with the text of an item that is too large. */
[[nodiscard]] bool expr_update_check_record(const struct expr *e, struct slice item, struct error *err);

/* Writes the parts of `item` that the update touches as a DynamoDB JSON object: what UPDATED_OLD shows of the former and
 * UPDATED_NEW of the new item. `e` may be NULL, the item SLICE_NONE. false: there are none; nothing was written. */
bool expr_update_write_old(const struct expr *e, struct slice former, struct json_writer *w);
bool expr_update_write_new(const struct expr *e, struct slice item, struct json_writer *w);

#endif
