/* jansson_oracle.h - what jansson makes of a text. A file of its own, because jansson and we both call a token
 * JSON_STRING.
 * Jansson is as strict as RFC 8259 and as strict about UTF-8 and surrogates as we are. Where it refuses more:
 *   - integers beyond 64 bits: avoided with JSON_DECODE_INT_AS_REAL;
 *   - numbers beyond a double: ORACLE_CANNOT_TELL;
 *   - U+0000 in a string: allowed with JSON_ALLOW_NUL; in a name it cannot be: ORACLE_CANNOT_TELL;
 *   - nesting deeper than 2048, which is beyond our own bound: callers keep below that.
 * Where it accepts more: it swallows a NUL byte after a number. No JSON text has one, so that is decided here. */
#ifndef STATOR_TEST_JANSSON_ORACLE_H
#define STATOR_TEST_JANSSON_ORACLE_H

#include "base/buf.h"

enum oracle_verdict { ORACLE_REFUSES, ORACLE_ACCEPTS, ORACLE_CANNOT_TELL };

/* If `events` is not NULL and the text is accepted, its tokens are appended to it, as oracle_append_*() write
 * them. Names must be unique within their object for that. */
enum oracle_verdict oracle_read(struct slice text, struct buf *events);

/* One token: its kind, and for names and strings ('N', 'S') their bytes. */
void oracle_append_text(struct buf *events, char kind, struct slice text);
void oracle_append_number(struct buf *events, double number);

#endif
