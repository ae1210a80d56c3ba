/* fingerprint.h - tells whether two requests ask for the same, without keeping either.
 * Use:     fingerprint_init(), add all that matters in a fixed order, fingerprint_finish() into a request_token.
 * Promise: equal sequences of additions have equal fingerprints; others have others, but for accidents that nobody will live to see. What is
 *          added with fingerprint_add_member() counts the same in any order, as members of a JSON object do.
 * Owns:    nothing.
 * Stored:  with the token, so the function never changes; docs/format.md#tokens. */
#ifndef STATOR_ENGINE_FINGERPRINT_H
#define STATOR_ENGINE_FINGERPRINT_H

#include "base/slice.h"
#include "engine/request_token.h"

#include <stdint.h>

struct fingerprint {
    uint64_t low;
    uint64_t high;
    uint64_t members_low; /* of the members added since the last part that was none */
    uint64_t members_high;
};

void fingerprint_init(struct fingerprint *f);
/* Text that is absent is not the same as text that is empty. */
void fingerprint_add(struct fingerprint *f, struct slice bytes);
void fingerprint_add_number(struct fingerprint *f, uint64_t number);
void fingerprint_add_member(struct fingerprint *f, struct slice name, struct slice bytes);
void fingerprint_finish(struct fingerprint *f, unsigned char out[REQUEST_FINGERPRINT_BYTES]);

#endif
