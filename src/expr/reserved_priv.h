/* reserved_priv.h - the words that may not stand bare in a path; they need a # placeholder.
 * See: semantics.md 21; the list is AWS's own, misspellings included. */
#ifndef STATOR_EXPR_RESERVED_PRIV_H
#define STATOR_EXPR_RESERVED_PRIV_H

#include "base/slice.h"

#include <stdbool.h>

enum { RESERVED_WORD_COUNT = 573, RESERVED_WORD_BYTES_MAX = 14 };

/* In upper case, sorted, each once. */
extern const char *const reserved_words[RESERVED_WORD_COUNT];

/* In any letter case. */
bool reserved_word(struct slice name);

#endif
