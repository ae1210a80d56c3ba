/* What is asked of a new trigger: members with their kinds and bounds as data. */
#include "base/contract.h"
#include "json/json_reader.h"
#include "triggers/triggers_priv.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64, NUMBER_TEXT_BYTES = 24, PATH_BYTES_MAX = 4000 };

enum { BATCH_SIZE_USUAL = 100, TIMEOUT_MS_USUAL = 60 * 1000 };

struct number_member {
    const char *name;
    size_t offset;
    int64_t least, most;
};

#define AT(member) offsetof(struct trigger, member)

static const struct number_member numbers[] = {
    {"batch_size", AT(batch_size), 1, TRIGGER_BATCH_SIZE_MAX},
    {"window_ms", AT(window_ms), 0, TRIGGER_WINDOW_MS_MAX},
    {"parallel", AT(lanes), 1, TRIGGER_LANES_MAX},
    {"retries", AT(retries), -1, TRIGGER_RETRIES_MAX},
    {"timeout_ms", AT(timeout_ms), TRIGGER_TIMEOUT_MS_MIN, TRIGGER_TIMEOUT_MS_MAX},
};

struct definition_reader {
    struct json_reader json;
    struct arena *arena;
    struct trigger *out;
    enum trigger_start *start;
    struct slice on_failure;
    struct error *err;
};

static bool read_bounded(struct definition_reader *r, enum json_token token, const struct number_member *m)
{
    char digits[NUMBER_TEXT_BYTES] = {0};
    char *end = digits;
    long long number = 0;
    if (token == JSON_NUMBER && r->json.text.size < sizeof digits) {
        memcpy(digits, r->json.text.data, r->json.text.size);
        errno = 0;
        number = strtoll(digits, &end, 10);
    }
    if (end == digits || *end != '\0' || errno != 0 || number < m->least || number > m->most)
        return error_set(r->err, ERR_VALIDATION, "%s must be a whole number between %lld and %lld", m->name,
                         (long long)m->least, (long long)m->most);
    *(int64_t *)((char *)r->out + m->offset) = number;
    return true;
}

static bool read_text(struct definition_reader *r, enum json_token token, const char *name, struct slice *out)
{
    if (token != JSON_STRING || r->json.text.size == 0 || memchr(r->json.text.data, 0, r->json.text.size))
        return error_set(r->err, ERR_VALIDATION, "%s must be a text", name);
    *out = arena_copy(r->arena, r->json.text);
    return true;
}

/* An object, kept as it was written. */
static bool read_filter(struct definition_reader *r, enum json_token token)
{
    const char *begin = r->json.at - 1;
    if (token == JSON_NULL)
        return true;
    if (token != JSON_OBJECT_BEGIN)
        return error_set(r->err, ERR_VALIDATION, "filter must be a JSON object");
    if (!json_skip(&r->json, token))
        return true; /* which the caller is told by the next token */
    r->out->filter = arena_copy(r->arena, slice_of(begin, (size_t)(r->json.at - begin)));
    return true;
}

static bool read_start(struct definition_reader *r, enum json_token token)
{
    struct slice text = token == JSON_STRING ? r->json.text : SLICE_NONE;
    if (slice_equal(text, SLICE("LATEST")))
        *r->start = TRIGGER_LATEST;
    else if (slice_equal(text, SLICE("TRIM_HORIZON")))
        *r->start = TRIGGER_TRIM_HORIZON;
    else
        return error_set(r->err, ERR_VALIDATION, "start must be LATEST or TRIM_HORIZON");
    return true;
}

static bool read_member(struct definition_reader *r, struct slice name, enum json_token token)
{
    struct trigger *out = r->out;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (slice_equal(name, slice_from_cstr(numbers[i].name)))
            return read_bounded(r, token, &numbers[i]);
    if (slice_equal(name, SLICE("table")))
        return read_text(r, token, "table", &out->table);
    if (slice_equal(name, SLICE("name")))
        return read_text(r, token, "name", &out->name);
    if (slice_equal(name, SLICE("target")))
        return read_text(r, token, "target", &out->target_text);
    if (slice_equal(name, SLICE("on_failure")))
        return read_text(r, token, "on_failure", &r->on_failure);
    if (slice_equal(name, SLICE("filter")))
        return read_filter(r, token);
    if (slice_equal(name, SLICE("start")))
        return read_start(r, token);
    return error_set(r->err, ERR_VALIDATION, "a trigger has no '%.*s'", SLICE_PRINTF(name));
}

static bool read_object(struct definition_reader *r)
{
    enum json_token token = json_next(&r->json);
    if (token == JSON_OBJECT_BEGIN) {
        while ((token = json_next(&r->json)) == JSON_NAME) {
            struct slice name = arena_copy(r->arena, r->json.text);
            token = json_next(&r->json);
            if (token == JSON_INVALID)
                break;
            if (!read_member(r, name, token))
                return false;
        }
        if (token == JSON_OBJECT_END && json_next(&r->json) == JSON_END)
            return true;
    }
    return error_set(r->err, ERR_VALIDATION, "a trigger is described by a JSON object; this is none");
}

/* ------------------------------------------------------------------ what goes together */

/* Names go into paths, metrics and logs as they are. */
static bool check_name(struct slice name, struct error *err)
{
    bool good = name.size <= TRIGGER_NAME_BYTES_MAX;
    for (size_t i = 0; good && i < name.size; i++) {
        char c = name.data[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    }
    return good || error_set(err, ERR_VALIDATION,
                             "name must be at most %d letters, digits, points, hyphens and underscores",
                             TRIGGER_NAME_BYTES_MAX);
}

static bool check_target(struct trigger *t, struct error *err)
{
    bool url = slice_starts_with(t->target_text, SLICE("http://")) ||
               slice_starts_with(t->target_text, SLICE("https://"));
    t->target = url ? TRIGGER_URL : TRIGGER_COMMAND;
    if (t->target_text.size > TRIGGER_TARGET_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "target must not be longer than %d bytes",
                         TRIGGER_TARGET_BYTES_MAX);
    for (size_t i = 0; url && i < t->target_text.size; i++)
        if ((unsigned char)t->target_text.data[i] <= ' ')
            return error_set(err, ERR_VALIDATION, "target is not a URL");
    return true;
}

static bool read_on_failure(struct slice text, struct trigger *t, struct error *err)
{
    if (slice_is_none(text))
        return true;
    bool table = slice_starts_with(text, SLICE("table:"));
    t->dead_letters = table ? TRIGGER_DEAD_TO_TABLE : TRIGGER_DEAD_TO_FILE;
    t->dead_letters_text = table ? slice_after(text, SLICE("table:").size) : text;
    if (table && slice_equal(t->dead_letters_text, t->table))
        return error_set(err, ERR_VALIDATION, "on_failure must not be the table of the trigger itself");
    if (!table && (text.data[0] != '/' || text.size > PATH_BYTES_MAX))
        return error_set(err, ERR_VALIDATION,
                         "on_failure must be table: and a table's name, or the absolute path of a file");
    return true;
}

bool trigger_check_filter(struct slice filter, struct arena *arena, struct error *err)
{
    const struct filter *ignored;
    if (filter.size > TRIGGER_FILTER_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "filter must not be longer than %d bytes",
                         TRIGGER_FILTER_BYTES_MAX);
    return filter_read(filter, arena, &ignored, err);
}

bool trigger_read_definition(struct slice json, struct arena *arena, struct trigger *out,
                             enum trigger_start *start_out, struct error *err)
{
    struct definition_reader r = {.arena = arena, .out = out, .start = start_out, .err = err};
    *start_out = TRIGGER_LATEST;
    *out = (struct trigger){
        .batch_size = BATCH_SIZE_USUAL, .lanes = 1, .retries = -1, .timeout_ms = TIMEOUT_MS_USUAL};
    json_reader_init(&r.json, json, DEPTH_MAX, arena);
    if (!read_object(&r))
        return false;
    if (slice_is_none(out->table) || slice_is_none(out->target_text))
        return error_set(err, ERR_VALIDATION, "a trigger needs a table and a target");
    return (slice_is_none(out->name) || check_name(out->name, err)) && check_target(out, err) &&
           read_on_failure(r.on_failure, out, err) &&
           (slice_is_none(out->filter) || trigger_check_filter(out->filter, arena, err));
}
