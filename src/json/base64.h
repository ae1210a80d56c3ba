/* base64.h - standard base64 with padding (RFC 4648 section 4), strict.
 * Strict:  no white space, padding only at the end and complete, unused bits of the last character zero; so each
 *          byte string has exactly one text, and text and bytes can stand for each other. */
#ifndef STATOR_JSON_BASE64_H
#define STATOR_JSON_BASE64_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Length of the text of `size` bytes. */
static inline size_t base64_text_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* Room that base64_decode() needs; at most two more than it yields. */
static inline size_t base64_bytes_max(size_t text_size)
{
    return text_size / 4 * 3;
}

/* Writes base64_text_size() characters at `text`. */
void base64_encode(struct slice bytes, char *text);

/* Writes at most base64_bytes_max() bytes; false if the text is malformed, and the bytes are then unspecified. */
[[nodiscard]] bool base64_decode(struct slice text, char *bytes, size_t *size_out);

#endif
