/* wire_priv.h - what decoding needs for its error texts. */
#ifndef STATOR_ITEM_WIRE_PRIV_H
#define STATOR_ITEM_WIRE_PRIV_H

#include "item/wire.h"

/* The members of an SS or BS of which at least two are equal, `set` being their encodings one after another as they were
 * sent. The older way shows them like that: [b, a, b]. The newer one has taken them into a sorted set up to the first
 * repeat: ["a", "b", "b"]. */
struct slice wire_set_text(struct arena *arena, enum value_type type, enum wire_wording wording,
                           struct slice set);

#endif
