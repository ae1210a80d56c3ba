#include "base/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 4096 };

static _Atomic int configured_format = LOG_FORMAT_TEXT;
static _Atomic int configured_least = LOG_INFO;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

/* A line under construction. What does not fit is cut; one byte stays reserved for the newline. */
struct line {
    char text[LINE_BYTES_MAX];
    size_t size;
};

static void line_add(struct line *l, const char *data, size_t size)
{
    size_t room = sizeof l->text - 1 - l->size;
    if (size > room)
        size = room;
    memcpy(l->text + l->size, data, size);
    l->size += size;
}

static void line_add_cstr(struct line *l, const char *text)
{
    line_add(l, text, strlen(text));
}

/* Control characters, quotes and backslashes are escaped as in JSON, which is readable in text lines too. */
static void line_add_quoted(struct line *l, struct slice s)
{
    line_add(l, "\"", 1);
    for (size_t i = 0; i < s.size; i++) {
        unsigned char c = (unsigned char)s.data[i];
        char escaped[8];
        if (c == '"' || c == '\\')
            line_add(l, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\%c", c));
        else if (c < 0x20 || c == 0x7f)
            line_add(l, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", c));
        else
            line_add(l, s.data + i, 1);
    }
    line_add(l, "\"", 1);
}

static void line_add_time(struct line *l)
{
    struct timespec now;
    struct tm utc;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    size += (size_t)snprintf(text + size, sizeof text - size, ".%03ldZ", now.tv_nsec / 1000000);
    line_add(l, text, size);
}

static void line_add_value(struct line *l, const struct log_field *f)
{
    if (f->kind == LOG_FIELD_TEXT) {
        line_add_quoted(l, f->text);
    } else {
        char digits[24];
        line_add(l, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)f->number));
    }
}

static void format_text(struct line *l, enum log_level level, const char *message,
                        const struct log_field *fields, size_t count)
{
    line_add_time(l);
    line_add_cstr(l, " ");
    line_add_cstr(l, level_names[level]);
    line_add_cstr(l, " ");
    line_add_cstr(l, message);
    for (size_t i = 1; i <= count; i++) {
        line_add_cstr(l, " ");
        line_add_cstr(l, fields[i].name);
        line_add_cstr(l, "=");
        line_add_value(l, &fields[i]);
    }
}

static void format_json(struct line *l, enum log_level level, const char *message,
                        const struct log_field *fields, size_t count)
{
    line_add_cstr(l, "{\"time\":\"");
    line_add_time(l);
    line_add_cstr(l, "\",\"level\":\"");
    line_add_cstr(l, level_names[level]);
    line_add_cstr(l, "\",\"message\":");
    line_add_quoted(l, slice_from_cstr(message));
    for (size_t i = 1; i <= count; i++) {
        line_add_cstr(l, ",");
        line_add_quoted(l, slice_from_cstr(fields[i].name));
        line_add_cstr(l, ":");
        line_add_value(l, &fields[i]);
    }
    line_add_cstr(l, "}");
}

void log_configure(enum log_format format, enum log_level least)
{
    atomic_store(&configured_format, (int)format);
    atomic_store(&configured_least, (int)least);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
    if ((int)level < atomic_load(&configured_least))
        return;
    struct line line = {.size = 0};
    if (atomic_load(&configured_format) == LOG_FORMAT_JSON)
        format_json(&line, level, message, fields, count);
    else
        format_text(&line, level, message, fields, count);
    line.text[line.size++] = '\n';
    ssize_t written = write(STDERR_FILENO, line.text, line.size);
    (void)written; /* there is nowhere left to complain */
}

void log_error(enum log_level level, const char *message, const struct error *err)
{
    log_event(level, message, LOG_TEXT("code", error_code_name(err->code)), LOG_TEXT("error", err->message),
              LOG_TEXT("detail", err->detail), LOG_TEXT("origin", err->file), LOG_NUMBER("line", err->line));
}
