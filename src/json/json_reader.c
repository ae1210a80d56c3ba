#include "json/json_reader.h"

#include "base/contract.h"
#include "json/scan_priv.h"
#include "json/utf8.h"

/* What the grammar allows next. Member `state` holds one of these. */
enum state {
    STATE_VALUE,            /* a value: at the start and after a colon */
    STATE_VALUE_OR_CLOSE,   /* just after [ */
    STATE_NAME_OR_CLOSE,    /* just after { */
    STATE_AFTER_MEMBER,     /* in an object: a comma and a name, or the closing brace */
    STATE_AFTER_ELEMENT,    /* in an array: a comma and a value, or the closing bracket */
    STATE_AFTER_EVERYTHING, /* white space */
    STATE_INVALID,
};

void json_reader_init(struct json_reader *r, struct slice text, unsigned depth_max, struct arena *arena)
{
    PRE(depth_max <= JSON_DEPTH_MAX);
    if (slice_is_none(text))
        text = SLICE("");
    *r = (struct json_reader){.at = text.data,
                              .begin = text.data,
                              .end = text.data + text.size,
                              .arena = arena,
                              .depth_max = depth_max,
                              .state = STATE_VALUE};
}

static enum json_token invalid(struct json_reader *r)
{
    r->state = STATE_INVALID;
    return JSON_INVALID;
}

static inline const char *skip_space(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

__attribute__((noinline)) static const char *skip_space_past(const char *at, const char *end, char c)
{
    at = skip_space(at, end);
    return at < end && *at == c ? at + 1 : NULL;
}

/* Moves past white space, of which there mostly is none, and this character. NULL: something else stands there. */
static inline const char *skip_past(const char *at, const char *end, char c)
{
    return at < end && *at == c ? at + 1 : skip_space_past(at, end, c);
}

/* What may follow a value that has just ended at this depth. */
static inline void set_state_after_value(struct json_reader *r)
{
    unsigned level = r->depth - 1;
    if (r->depth == 0)
        r->state = STATE_AFTER_EVERYTHING;
    else if (r->object_at_depth[level / 64] >> level % 64 & 1)
        r->state = STATE_AFTER_MEMBER;
    else
        r->state = STATE_AFTER_ELEMENT;
}

/* ------------------------------------------------------------------ strings */

/* The value of four hexadecimal digits, or UINT32_MAX. */
static uint32_t hex4(const char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return UINT32_MAX;
        value = value << 4 | digit;
    }
    return value;
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* `at` is at a backslash. One past the escape (past both halves of a surrogate pair), or NULL if malformed. */
static const char *escape_end(const char *at, const char *end)
{
    if (end - at < 2)
        return NULL;
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    case 'u': {
        uint32_t unit = end - at >= 6 ? hex4(at + 2) : UINT32_MAX;
        if (unit == UINT32_MAX || is_low_surrogate(unit))
            return NULL;
        if (!is_high_surrogate(unit))
            return at + 6;
        if (end - at < 12 || at[6] != '\\' || at[7] != 'u' || !is_low_surrogate(hex4(at + 8)))
            return NULL;
        return at + 12;
    }
    default:
        return NULL;
    }
}

/* Writes what the escape at `at` stands for, and moves past it. PRE: escape_end() accepted it. */
static char *unescape_one(char *out, const char **at)
{
    const char *escape = *at;
    *at += 2;
    switch (escape[1]) {
    case 'b':
        *out = '\b';
        return out + 1;
    case 'f':
        *out = '\f';
        return out + 1;
    case 'n':
        *out = '\n';
        return out + 1;
    case 'r':
        *out = '\r';
        return out + 1;
    case 't':
        *out = '\t';
        return out + 1;
    case 'u': {
        uint32_t scalar = hex4(escape + 2);
        *at += 4;
        if (is_high_surrogate(scalar)) {
            scalar = 0x10000 + ((scalar - 0xD800) << 10) + (hex4(escape + 8) - 0xDC00);
            *at += 6;
        }
        return utf8_write(out, scalar);
    }
    default:
        *out = escape[1];
        return out + 1;
    }
}

/* The text of a string that scan_string() found valid; an escape is never shorter than what it stands for. */
static struct slice unescape(struct slice raw, struct arena *arena)
{
    char *text = arena_alloc_bytes(arena, raw.size);
    char *out = text;
    const char *at = raw.data;
    const char *end = at + raw.size;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((backslash ? backslash : end) - at);
        memcpy(out, at, run);
        out += run;
        at += run;
        if (at < end)
            out = unescape_one(out, &at);
    }
    return slice_of(text, (size_t)(out - text));
}

/* scan_string() from `at` on, where plain ASCII ends. */
__attribute__((noinline)) static const char *scan_rest_of_string(struct json_reader *r, const char *begin,
                                                                 const char *at)
{
    const char *end = r->end;
    bool escaped = false;
    for (;; at = scan_plain_ascii(at, end)) {
        if (at == end)
            return NULL;
        if (*at == '"')
            break;
        if (*at == '\\') {
            escaped = true;
            at = escape_end(at, end);
            if (!at)
                return NULL;
            continue;
        }
        if ((unsigned char)*at < 0x20)
            return NULL;
        do {
            at = utf8_sequence_end(at, end);
            if (!at)
                return NULL;
        } while (at < end && (unsigned char)*at >= 0x80);
    }
    r->text = slice_of(begin, (size_t)(at - begin));
    if (escaped && r->arena)
        r->text = unescape(r->text, r->arena);
    return at + 1;
}

/* Reads the string that begins behind its opening quote into r->text. One past its closing quote, or NULL if malformed. */
static inline const char *scan_string(struct json_reader *r, const char *begin)
{
    const char *at = scan_plain_ascii(begin, r->end);
    if (at == r->end || *at != '"')
        return scan_rest_of_string(r, begin, at);
    r->text = slice_of(begin, (size_t)(at - begin));
    return at + 1;
}

/* ------------------------------------------------------------------ other scalars */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static enum json_token read_number(struct json_reader *r, const char *begin)
{
    const char *at = begin;
    const char *end = r->end;
    if (*at == '-')
        at++;
    const char *integer = at;
    at = skip_digits(at, end);
    if (at == integer || (*integer == '0' && at - integer > 1))
        return invalid(r);
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = skip_digits(at, end);
        if (at == fraction)
            return invalid(r);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = skip_digits(at, end);
        if (at == exponent)
            return invalid(r);
    }
    r->text = slice_of(begin, (size_t)(at - begin));
    r->at = at;
    set_state_after_value(r);
    return JSON_NUMBER;
}

static enum json_token read_word(struct json_reader *r, const char *at, struct slice word,
                                 enum json_token token)
{
    if ((size_t)(r->end - at) < word.size || memcmp(at, word.data, word.size) != 0)
        return invalid(r);
    r->at = at + word.size;
    set_state_after_value(r);
    return token;
}

/* ------------------------------------------------------------------ structure */

static inline bool enter(struct json_reader *r, bool object)
{
    if (r->depth >= r->depth_max)
        return false;
    uint64_t bit = (uint64_t)1 << r->depth % 64;
    uint64_t *word = &r->object_at_depth[r->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    r->depth++;
    return true;
}

static enum json_token open_bracket(struct json_reader *r, const char *at, bool object)
{
    if (!enter(r, object))
        return invalid(r);
    r->at = at + 1;
    r->state = object ? STATE_NAME_OR_CLOSE : STATE_VALUE_OR_CLOSE;
    return object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static enum json_token close_bracket(struct json_reader *r, const char *at, enum json_token token)
{
    r->depth--;
    r->at = at + 1;
    set_state_after_value(r);
    return token;
}

static inline enum json_token read_string(struct json_reader *r, const char *quote)
{
    const char *at = scan_string(r, quote + 1);
    if (!at)
        return invalid(r);
    r->at = at;
    set_state_after_value(r);
    return JSON_STRING;
}

static enum json_token read_value(struct json_reader *r, const char *at)
{
    switch (*at) {
    case '"':
        return read_string(r, at);
    case '{':
        return open_bracket(r, at, true);
    case '[':
        return open_bracket(r, at, false);
    case 't':
        return read_word(r, at, SLICE("true"), JSON_TRUE);
    case 'f':
        return read_word(r, at, SLICE("false"), JSON_FALSE);
    case 'n':
        return read_word(r, at, SLICE("null"), JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return read_number(r, at);
    default:
        return invalid(r);
    }
}

/* A member's name and its colon. */
static enum json_token read_name(struct json_reader *r, const char *at)
{
    if (*at != '"' || !(at = scan_string(r, at + 1)))
        return invalid(r);
    r->at = at;
    at = skip_past(at, r->end, ':');
    if (!at)
        return invalid(r);
    r->at = at;
    r->state = STATE_VALUE;
    return JSON_NAME;
}

enum json_token json_next(struct json_reader *r)
{
    const char *end = r->end;
    const char *at = skip_space(r->at, end);
    if (at == end) {
        r->at = at;
        return r->state == STATE_AFTER_EVERYTHING ? JSON_END : invalid(r);
    }
    switch ((enum state)r->state) {
    case STATE_VALUE:
        return read_value(r, at);
    case STATE_VALUE_OR_CLOSE:
        return *at == ']' ? close_bracket(r, at, JSON_ARRAY_END) : read_value(r, at);
    case STATE_NAME_OR_CLOSE:
        return *at == '}' ? close_bracket(r, at, JSON_OBJECT_END) : read_name(r, at);
    case STATE_AFTER_MEMBER:
        if (*at == '}')
            return close_bracket(r, at, JSON_OBJECT_END);
        if (*at != ',' || (at = skip_space(at + 1, end)) == end)
            return invalid(r);
        return read_name(r, at);
    case STATE_AFTER_ELEMENT:
        if (*at == ']')
            return close_bracket(r, at, JSON_ARRAY_END);
        if (*at != ',' || (at = skip_space(at + 1, end)) == end)
            return invalid(r);
        return read_value(r, at);
    case STATE_AFTER_EVERYTHING:
    case STATE_INVALID:
        return invalid(r);
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ tagged strings */

/* Reads {"S":"text"} from `at` on. One past it, with the text in r->text; NULL: something else stands there. */
__attribute__((always_inline)) static inline const char *scan_tagged_string(struct json_reader *r,
                                                                            const char *at, char *tag)
{
    const char *end = r->end;
    if (r->depth >= r->depth_max || !(at = skip_past(at, end, '{')) || !(at = skip_past(at, end, '"')))
        return NULL;
    if (end - at < 2 || scan_byte_stops(at[0]) || at[1] != '"')
        return NULL;
    *tag = at[0];
    if (!(at = skip_past(at + 2, end, ':')) || !(at = skip_past(at, end, '"')) || !(at = scan_string(r, at)))
        return NULL;
    return skip_past(at, end, '}');
}

/* The name of the next member and its colon. One past them; NULL: there is none, or it is malformed. */
static inline const char *scan_next_name(struct json_reader *r)
{
    const char *at = r->at;
    const char *end = r->end;
    if (r->state == STATE_AFTER_MEMBER)
        at = skip_past(at, end, ',');
    else if (r->state != STATE_NAME_OR_CLOSE)
        return NULL;
    if (!at || !(at = skip_past(at, end, '"')) || !(at = scan_string(r, at)))
        return NULL;
    return skip_past(at, end, ':');
}

enum json_token json_next_member(struct json_reader *r, struct slice *name, char *tag)
{
    *tag = 0;
    const char *at = scan_next_name(r);
    if (!at) {
        enum json_token token = json_next(r);
        INVARIANT(token != JSON_NAME);
        return token;
    }
    *name = r->text;
    r->at = at;
    r->state = STATE_VALUE;
    char found;
    at = scan_tagged_string(r, at, &found);
    if (at) {
        *tag = found;
        r->at = at;
        r->state = STATE_AFTER_MEMBER;
    }
    return JSON_NAME;
}

enum json_token json_next_element(struct json_reader *r, char *tag)
{
    *tag = 0;
    const char *at = r->at;
    if (r->state == STATE_AFTER_ELEMENT)
        at = skip_past(at, r->end, ',');
    else if (r->state != STATE_VALUE_OR_CLOSE)
        return json_next(r);
    char found;
    if (!at || !(at = scan_tagged_string(r, at, &found)))
        return json_next(r);
    *tag = found;
    r->at = at;
    r->state = STATE_AFTER_ELEMENT;
    return JSON_STRING;
}

/* ------------------------------------------------------------------ whole values */

bool json_skip(struct json_reader *r, enum json_token token)
{
    if (token == JSON_INVALID)
        return false;
    if (token != JSON_OBJECT_BEGIN && token != JSON_ARRAY_BEGIN)
        return true;
    /* What is passed over needs no unescaping. */
    struct arena *arena = r->arena;
    r->arena = NULL;
    unsigned depth_outside = r->depth - 1;
    while (token != JSON_INVALID && r->depth > depth_outside)
        token = json_next(r);
    r->arena = arena;
    return token != JSON_INVALID;
}

bool json_valid(struct slice text, unsigned depth_max)
{
    struct json_reader r;
    json_reader_init(&r, text, depth_max, NULL);
    enum json_token token;
    do
        token = json_next(&r);
    while (token != JSON_END && token != JSON_INVALID);
    return token == JSON_END;
}

size_t json_offset(const struct json_reader *r)
{
    return (size_t)(r->at - r->begin);
}
