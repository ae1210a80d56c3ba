#include "item/key.h"

#include "base/contract.h"
#include "item/layout_priv.h"

struct slice key_single(const struct value *v)
{
    PRE(type_is_scalar_text(v->type));
    return v->payload;
}

/* A number's encoding tells its own end. Text and bytes end with 00 00, and a 00 inside is written 00 FF, so that
 * the end sorts before everything that could follow instead. */
void key_append(struct buf *key, const struct value *v)
{
    PRE(type_is_scalar_text(v->type));
    if (v->type == VALUE_N) {
        buf_append(key, v->payload);
        return;
    }
    const char *at = v->payload.data;
    size_t left = v->payload.size;
    buf_reserve(key, left + KEY_TERMINATOR_BYTES);
    const char *zero;
    while (left > 0 && (zero = memchr(at, 0, left)) != NULL) {
        size_t run = (size_t)(zero - at);
        buf_append(key, slice_of(at, run));
        buf_append(key, slice_of("\x00\xFF", 2));
        at += run + 1;
        left -= run + 1;
    }
    buf_append(key, slice_of(at, left));
    buf_append(key, slice_of("\x00\x00", KEY_TERMINATOR_BYTES));
}
