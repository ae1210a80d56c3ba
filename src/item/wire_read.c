/* Decoding: JSON tokens in, stored bytes out, by recursive descent. A value that DynamoDB would reject is written
 * all the same, as something well formed in its place, so that decoding can go on over sound bytes. */
#include "item/wire.h"

#include "item/number.h"
#include "item/value_builder.h"
#include "item/wire_priv.h"

#include <strings.h>

enum { OUT_BYTES_SLACK = 256, OUT_BYTES_FIRST_MAX = 4096 };

#define INVALID_VALUES "One or more parameter values were invalid: "

struct decoder {
    struct json_reader *r;
    enum wire_wording wording;
    struct value_builder builder;
    struct error *issue;
    struct error later_issue; /* which nobody is told */
    struct error *err;
};

/* Stored bytes are seldom more than the text that is left; beyond a page growth has to see to it, because the text
 * may hold much more than this one value. */
static void decoder_init(struct decoder *d, struct json_reader *r, enum wire_wording wording,
                         struct arena *arena, struct error *issue, struct error *err)
{
    size_t wanted = (size_t)(r->end - r->at) + OUT_BYTES_SLACK;
    size_t capacity = wanted < OUT_BYTES_FIRST_MAX ? wanted : OUT_BYTES_FIRST_MAX;
    d->r = r;
    d->wording = wording;
    d->issue = issue;
    d->err = err;
    error_init(&d->later_issue, issue->arena);
    value_builder_init(&d->builder, arena, capacity);
}

/* ------------------------------------------------------------------ errors */

static bool syntax_error(struct decoder *d)
{
    return wire_syntax_error(d->r, d->err);
}

static bool not_a_scalar(struct decoder *d, enum json_token token, const char *package, const char *java_type)
{
    return wire_not_a_scalar(d->r, token, package, java_type, d->err);
}

/* Only the first one is told. */
#define set_issue(d, ...) \
    ((d)->issue->code == ERR_NONE ? (void)error_set((d)->issue, ERR_VALIDATION, __VA_ARGS__) : (void)0)

/* Passes over the member that begins with this token: there are as many as an item can have. */
static bool skip_member(struct decoder *d, enum json_token token)
{
    set_issue(d, "Item size has exceeded the maximum allowed size");
    return json_skip(d->r, token) || syntax_error(d);
}

/* ------------------------------------------------------------------ scalars */

/* A number that is none becomes zero, and an issue. */
static void parse_number(struct decoder *d, struct slice text, struct number *number)
{
    struct error *issue = d->issue->code == ERR_NONE ? d->issue : &d->later_issue;
    bool parsed = d->wording == WIRE_NEWER ? number_parse(text, number, issue)
                                           : number_parse_older(text, number, issue);
    if (!parsed)
        number_from_u64(0, number);
}

/* What is stored of the S or N whose text the reader has; `number` is room for it. */
static inline struct slice payload_of(struct decoder *d, enum value_type type, struct number *number)
{
    if (type == VALUE_S)
        return d->r->text;
    parse_number(d, d->r->text, number);
    return number_slice(number);
}

/* S or N. */
static bool read_text(struct decoder *d, enum json_token token, enum value_type type, size_t *size)
{
    struct number number;
    if (token != JSON_STRING)
        return not_a_scalar(d, token, "java.lang", "String");
    *size = value_builder_text(&d->builder, type, payload_of(d, type, &number));
    return true;
}

/* Java counts a text in UTF-16 units. */
static size_t utf16_size(struct slice text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        units += ((byte & 0xC0) != 0x80) + (byte >= 0xF0);
    }
    return units;
}

static bool read_binary(struct decoder *d, enum json_token token, size_t *size)
{
    if (token == JSON_ARRAY_BEGIN)
        return error_set(d->err, ERR_SERIALIZATION, "Unrecognized collection type class java.nio.ByteBuffer");
    if (token == JSON_OBJECT_BEGIN)
        return error_set(d->err, ERR_SERIALIZATION, "Start of structure or map found where not expected");
    if (token == JSON_INVALID)
        return syntax_error(d);
    if (token != JSON_STRING)
        return error_set(d->err, ERR_SERIALIZATION, "only base-64-encoded strings are convertible to bytes");
    struct slice text = d->r->text;
    if (value_builder_base64(&d->builder, text, size))
        return true;
    if (utf16_size(text) % 4 != 0)
        return error_set(d->err, ERR_SERIALIZATION,
                         "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                         utf16_size(text));
    return error_set(d->err, ERR_SERIALIZATION, "Invalid last non-pad Base64 character dectected");
}

static bool is_one_of(struct slice text, const char *const words[3])
{
    for (int i = 0; i < 3; i++) {
        if (text.size == strlen(words[i]) && strncasecmp(text.data, words[i], text.size) == 0)
            return true;
    }
    return false;
}

/* What a boolean member holds, words for it included. */
static bool read_truth(struct decoder *d, enum json_token token, bool *truth)
{
    static const char *const yes[3] = {"true", "yes", "1"};
    static const char *const no[3] = {"false", "no", "0"};
    *truth = token == JSON_TRUE;
    if (token == JSON_TRUE || token == JSON_FALSE)
        return true;
    if (token != JSON_STRING)
        return not_a_scalar(d, token, "java.lang", "Boolean");
    *truth = is_one_of(d->r->text, yes);
    if (!*truth && !is_one_of(d->r->text, no))
        return error_set(d->err, ERR_SERIALIZATION, "Unexpected token received from parser");
    return true;
}

static bool read_bool(struct decoder *d, enum json_token token, size_t *size)
{
    bool truth;
    if (!read_truth(d, token, &truth))
        return false;
    *size = value_builder_bool(&d->builder, truth);
    return true;
}

static bool read_null(struct decoder *d, enum json_token token, size_t *size)
{
    bool truth;
    if (!read_truth(d, token, &truth))
        return false;
    if (!truth)
        set_issue(d, INVALID_VALUES "Null attribute value types must have the value of true");
    *size = value_builder_null(&d->builder);
    return true;
}

/* ------------------------------------------------------------------ sets */

static void empty_set_issue(struct decoder *d, enum value_type type)
{
    const char *texts[] = {INVALID_VALUES "An string set  may not be empty",
                           INVALID_VALUES "An number set  may not be empty",
                           INVALID_VALUES "Binary sets should not be empty"};
    set_issue(d, "%s", texts[type - VALUE_SS]);
}

static void duplicates_issue(struct decoder *d, enum value_type type, struct value_builder_mark mark)
{
    if (d->issue->code != ERR_NONE)
        return;
    if (type == VALUE_NS) {
        set_issue(d, "%s",
                  d->wording == WIRE_NEWER ? INVALID_VALUES "Input collection contains duplicates."
                                           : "Input collection contains duplicates");
        return;
    }
    struct slice text =
        wire_set_text(d->issue->arena, type, d->wording, slice_after(buf_slice(&d->builder.out), mark.at));
    set_issue(d,
              type == VALUE_SS ? INVALID_VALUES "Input collection %.*s contains duplicates."
                               : INVALID_VALUES "Input collection %.*sof type BS contains duplicates.",
              SLICE_PRINTF(text));
}

/* A null where a member of a set should be. */
static void null_member_issue(struct decoder *d, enum value_type type)
{
    const char *texts[] = {INVALID_VALUES "An string set may not have a null string as a member",
                           "The parameter cannot be converted to a numeric value",
                           INVALID_VALUES "Binary sets may not contain null or empty values"};
    set_issue(d, "%s", texts[type - VALUE_SS]);
}

static bool read_binary_member(struct decoder *d, enum json_token token)
{
    uint32_t member;
    size_t size;
    if (!value_builder_member_begin(&d->builder, &member) || !read_binary(d, token, &size))
        return false;
    value_builder_member_end(&d->builder, member, size);
    return true;
}

static bool read_set_member(struct decoder *d, enum json_token token, enum value_type type)
{
    struct number number;
    if (token == JSON_NULL) {
        null_member_issue(d, type);
        return true;
    }
    if (value_builder_is_full(&d->builder))
        return skip_member(d, token);
    if (type == VALUE_BS)
        return read_binary_member(d, token);
    if (token != JSON_STRING)
        return not_a_scalar(d, token, "java.lang", "String");
    type = type == VALUE_SS ? VALUE_S : VALUE_N;
    return value_builder_text_member(&d->builder, type, payload_of(d, type, &number));
}

static bool read_set(struct decoder *d, enum json_token token, enum value_type type, size_t *size)
{
    if (token != JSON_ARRAY_BEGIN)
        return wire_not_a_list(d->r, token, d->err);
    struct value_builder_mark mark = value_builder_begin(&d->builder);
    while ((token = json_next(d->r)) != JSON_ARRAY_END) {
        if (!read_set_member(d, token, type))
            return false;
    }
    if (d->builder.out.size == mark.at)
        empty_set_issue(d, type);
    else if (value_builder_end_set(&d->builder, mark, type, size))
        return true;
    else
        duplicates_issue(d, type, mark);
    value_builder_abandon(&d->builder, mark);
    *size = value_builder_null(&d->builder);
    return true;
}

/* ------------------------------------------------------------------ lists, maps and values */

/* How an attribute value begins: with a token, or, if the reader took it as a whole, with a tag. Its string is then the
 * reader's text. */
struct beginning {
    char tag;              /* 0: none */
    enum json_token token; /* JSON_STRING if there is a tag */
};

static bool read_value(struct decoder *d, struct beginning first, unsigned level, size_t *size);

static bool write_empty_value(struct decoder *d, size_t *size)
{
    set_issue(d, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    *size = value_builder_null(&d->builder);
    return true;
}

static void set_too_deep(struct decoder *d)
{
    set_issue(d, "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
                 "beyond supported limit");
}

/* Whether it is an S or N that was taken as a whole. Most values are, and they are short work. */
static inline bool is_text(struct beginning first, unsigned level)
{
    return (first.tag == 'S' || first.tag == 'N') && level <= VALUE_DEPTH_MAX;
}

static inline enum value_type text_type(struct beginning first)
{
    return first.tag == 'S' ? VALUE_S : VALUE_N;
}

/* One element of a list. */
static bool read_element(struct decoder *d, struct beginning first, unsigned level)
{
    struct number number;
    uint32_t member;
    size_t size;
    if (value_builder_is_full(&d->builder))
        return skip_member(d, first.token);
    if (is_text(first, level))
        return value_builder_text_member(&d->builder, text_type(first),
                                         payload_of(d, text_type(first), &number));
    if (!value_builder_member_begin(&d->builder, &member) || !read_value(d, first, level, &size))
        return false;
    value_builder_member_end(&d->builder, member, size);
    return true;
}

static bool read_list(struct decoder *d, enum json_token token, unsigned level, size_t *size)
{
    if (token != JSON_ARRAY_BEGIN)
        return wire_not_a_list(d->r, token, d->err);
    if (level == VALUE_DEPTH_MAX) /* its inside would be a level too many, also if it is empty */
        set_too_deep(d);
    struct value_builder_mark mark = value_builder_begin(&d->builder);
    struct beginning first;
    while ((first.token = json_next_element(d->r, &first.tag)) != JSON_ARRAY_END) {
        if (!read_element(d, first, level + 1))
            return false;
    }
    *size = value_builder_end_list(&d->builder, mark);
    return true;
}

/* One entry of a map, behind its name. */
static bool read_entry(struct decoder *d, struct slice name, char tag, unsigned level)
{
    struct beginning first = {.tag = tag, .token = tag ? JSON_STRING : json_next(d->r)};
    struct number number;
    uint32_t member;
    size_t size;
    if (name.size > VALUE_NAME_BYTES_MAX)
        set_issue(d, "Attribute name is too large, must be less than 65536 bytes");
    if (value_builder_is_full(&d->builder))
        return skip_member(d, first.token);
    if (is_text(first, level))
        return value_builder_text_entry(&d->builder, name, text_type(first),
                                        payload_of(d, text_type(first), &number));
    if (!value_builder_entry_begin(&d->builder, name, &member) || !read_value(d, first, level, &size))
        return false;
    value_builder_member_end(&d->builder, member, size);
    return true;
}

/* The entries of a map, behind its opening brace. */
static bool read_entries(struct decoder *d, unsigned level)
{
    struct slice name;
    char tag;
    enum json_token token;
    while ((token = json_next_member(d->r, &name, &tag)) == JSON_NAME) {
        if (level == 1 && name.size == 0)
            set_issue(d, "Empty attribute name");
        if (!read_entry(d, name, tag, level))
            return false;
    }
    return token == JSON_OBJECT_END || syntax_error(d);
}

static bool read_map(struct decoder *d, enum json_token token, unsigned level, size_t *size)
{
    if (token != JSON_OBJECT_BEGIN)
        return wire_not_a_map(d->r, token, d->err);
    if (level == VALUE_DEPTH_MAX)
        set_too_deep(d);
    struct value_builder_mark mark = value_builder_begin(&d->builder);
    if (!read_entries(d, level + 1))
        return false;
    *size = value_builder_end_map(&d->builder, mark);
    return true;
}

static bool read_datatype(struct decoder *d, enum value_type type, enum json_token token, unsigned level,
                          size_t *size)
{
    switch (type) {
    case VALUE_S:
    case VALUE_N:
        return read_text(d, token, type, size);
    case VALUE_B:
        return read_binary(d, token, size);
    case VALUE_BOOL:
        return read_bool(d, token, size);
    case VALUE_NULL:
        return read_null(d, token, size);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return read_set(d, token, type, size);
    case VALUE_L:
        return read_list(d, token, level, size);
    case VALUE_M:
        return read_map(d, token, level, size);
    }
    return false;
}

/* One member of an attribute value, whose name was just read. *datatypes gets the bit of its type. */
static bool read_member(struct decoder *d, size_t begin, unsigned level, unsigned *datatypes, size_t *size)
{
    enum value_type type;
    bool known = value_type_from_name(d->r->text, &type);
    enum json_token token = json_next(d->r);
    if (token == JSON_NULL)
        return true;
    if (!known)
        return json_skip(d->r, token) || syntax_error(d);
    *datatypes |= 1u << type;
    d->builder.out.size = begin; /* one value, however many were given */
    return read_datatype(d, type, token, level, size);
}

/* The members of an attribute value, behind its opening brace. */
static bool read_members(struct decoder *d, unsigned level, size_t *size)
{
    size_t begin = d->builder.out.size;
    unsigned datatypes = 0;
    enum json_token token;
    while ((token = json_next(d->r)) == JSON_NAME) {
        if (!read_member(d, begin, level, &datatypes, size))
            return false;
    }
    if (token != JSON_OBJECT_END)
        return syntax_error(d);
    if (datatypes == 0)
        return write_empty_value(d, size);
    if ((datatypes & (datatypes - 1)) != 0)
        set_issue(d,
                  "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                  "supported datatypes");
    return true;
}

/* The value whose only member has this name, and a string in it. */
static bool read_tagged(struct decoder *d, char tag, unsigned level, size_t *size)
{
    enum value_type type;
    if (!value_type_from_name(slice_of(&tag, 1), &type))
        return write_empty_value(d, size);
    return read_datatype(d, type, JSON_STRING, level, size);
}

/* An attribute value at this level. */
static bool read_value(struct decoder *d, struct beginning first, unsigned level, size_t *size)
{
    if (level > VALUE_DEPTH_MAX) {
        set_too_deep(d);
        *size = value_builder_null(&d->builder);
        return json_skip(d->r, first.token) || syntax_error(d);
    }
    if (first.tag)
        return read_tagged(d, first.tag, level, size);
    if (first.token == JSON_OBJECT_BEGIN)
        return read_members(d, level, size);
    return first.token == JSON_NULL ? write_empty_value(d, size)
                                    : wire_not_a_value(d->r, first.token, d->err);
}

/* ------------------------------------------------------------------ entry points */

bool wire_read_value_worded(struct json_reader *r, enum json_token token, enum wire_wording wording,
                            struct arena *arena, struct value *value_out, struct error *issue,
                            struct error *err)
{
    struct decoder d;
    size_t size;
    decoder_init(&d, r, wording, arena, issue, err);
    if (!read_value(&d, (struct beginning){.token = token}, 1, &size))
        return false;
    value_read(buf_slice(&d.builder.out), value_out);
    return true;
}

bool wire_read_item_worded(struct json_reader *r, enum json_token token, enum wire_wording wording,
                           struct arena *arena, struct slice *item_out, struct error *issue,
                           struct error *err)
{
    struct decoder d;
    decoder_init(&d, r, wording, arena, issue, err);
    if (token != JSON_OBJECT_BEGIN)
        return wire_not_a_map(r, token, err);
    struct value_builder_mark mark = value_builder_begin_item(&d.builder);
    if (!read_entries(&d, 1))
        return false;
    *item_out = value_builder_end_item(&d.builder, mark);
    return true;
}
