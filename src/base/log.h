/* log.h - one line per event on standard error, for people (text) or machines (JSON).
 * Use:     log_event(LOG_INFO, "store opened", LOG_TEXT("path", path), LOG_NUMBER("tables", n));
 *          The message is a constant phrase; what varies goes into fields, so that lines can be searched.
 * Bounds:  a line is cut at 4 KB; field text is escaped, so that no input can forge a line.
 * Threads: any; a line is written with one write(2). */
#ifndef STATOR_BASE_LOG_H
#define STATOR_BASE_LOG_H

#include "base/error.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_field {
    const char *name;
    enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER } kind;
    struct slice text;
    int64_t number;
};

#define LOG_TEXT(name, cstr) ((struct log_field){(name), LOG_FIELD_TEXT, log_text_or_empty(cstr), 0})
#define LOG_SLICE(name, s)   ((struct log_field){(name), LOG_FIELD_TEXT, (s), 0})
#define LOG_NUMBER(name, integer) \
    ((struct log_field){(name), LOG_FIELD_NUMBER, SLICE_NONE, (int64_t)(integer)})

#define log_event(level, message, ...)                                      \
    log_write((level), (message), (struct log_field[]){{0}, ##__VA_ARGS__}, \
              sizeof((struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field) - 1)

/* Called once at start-up, before other threads exist. Default: text, LOG_INFO and above. */
void log_configure(enum log_format format, enum log_level least);

/* fields[0] is a placeholder that lets log_event() be called without fields; `count` real ones follow. */
void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t count);

/* An error that no client will see, or not in full: code, message, detail and origin. */
void log_error(enum log_level level, const char *message, const struct error *err);

static inline struct slice log_text_or_empty(const char *text)
{
    return text ? slice_from_cstr(text) : SLICE("");
}

#endif
