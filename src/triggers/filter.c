/* Contents: what a pattern is · reading one · a record as a tree · matching. */
#include "triggers/filter.h"

#include "base/contract.h"
#include "item/number.h"
#include "json/json_reader.h"

#include <strings.h>

enum { PATTERN_DEPTH_MAX = 48, RECORD_DEPTH_MAX = 200, PATTERN_BYTES_MAX = 4096 };

/* ------------------------------------------------------------------ what a pattern is */

enum rule_kind {
    RULE_TEXT,
    RULE_TEXT_IGNORE_CASE,
    RULE_PREFIX,
    RULE_PREFIX_IGNORE_CASE,
    RULE_SUFFIX,
    RULE_SUFFIX_IGNORE_CASE,
    RULE_NUMBER,
    RULE_RANGE,
    RULE_TRUE,
    RULE_FALSE,
    RULE_NULL,
    RULE_EXISTS,
    RULE_EXISTS_NOT,
    RULE_ANYTHING_BUT,
};

struct limit {
    bool given;
    bool inclusive;
    struct number number;
};

struct rule {
    enum rule_kind kind;
    struct slice text;    /* of the kinds about text */
    struct number number; /* RULE_NUMBER */
    struct limit lower, upper;
    struct rule *but; /* RULE_ANYTHING_BUT: none of these */
    struct rule *next;
};

struct pattern;

/* Exactly one of `rules` and `inner` is there. */
struct pattern_member {
    struct slice name;
    struct rule *rules;
    struct pattern *inner;
    struct pattern_member *next;
};

struct pattern_choice {
    struct pattern *alternatives;
    struct pattern_choice *next;
};

struct pattern {
    struct pattern_member *members;
    struct pattern_choice *choices; /* one for each $or */
    struct pattern *next;           /* alternative */
};

struct filter {
    struct pattern *patterns; /* alternatives; NULL: everything passes */
};

/* ------------------------------------------------------------------ reading one */

struct pattern_reader {
    struct json_reader json;
    struct arena *arena;
    struct error *err;
};

static bool invalid(struct pattern_reader *r, const char *what)
{
    return error_set(r->err, ERR_VALIDATION, "The filter is not valid: %s", what);
}

static bool not_json(struct pattern_reader *r)
{
    return error_set(r->err, ERR_VALIDATION, "The filter is not valid JSON near byte %zu",
                     json_offset(&r->json));
}

static bool read_number(struct pattern_reader *r, struct number *out)
{
    struct error ignored;
    error_init(&ignored, r->arena);
    return number_parse(r->json.text, out, &ignored) || invalid(r, "a number is out of range");
}

static bool read_text(struct pattern_reader *r, enum json_token token, const char *what, struct slice *out)
{
    if (token != JSON_STRING)
        return invalid(r, what);
    *out = arena_copy(r->arena, r->json.text);
    return true;
}

/* A text, or {"equals-ignore-case": text}. `kind` is that of the former, the one behind it that of the latter. */
static bool read_affix(struct pattern_reader *r, enum json_token token, enum rule_kind kind, struct rule *out)
{
    static const char expected[] = "prefix and suffix take a string, or an object with equals-ignore-case";
    out->kind = kind;
    if (token != JSON_OBJECT_BEGIN)
        return read_text(r, token, expected, &out->text);
    out->kind = kind + 1;
    if (json_next(&r->json) != JSON_NAME || !slice_equal(r->json.text, SLICE("equals-ignore-case")))
        return invalid(r, expected);
    return read_text(r, json_next(&r->json), expected, &out->text) &&
           (json_next(&r->json) == JSON_OBJECT_END || invalid(r, expected));
}

/* ["=", 5] or one or two of [">", 0, "<=", 5]. */
static bool read_numeric(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    static const char expected[] = "numeric takes a list such as [\"=\", 5] or [\">\", 0, \"<=\", 5]: a "
                                   "lower limit, an upper one, or both";
    if (token != JSON_ARRAY_BEGIN)
        return invalid(r, expected);
    out->kind = RULE_RANGE;
    while ((token = json_next(&r->json)) == JSON_STRING) {
        struct slice sign = arena_copy(r->arena, r->json.text);
        struct number number;
        if (json_next(&r->json) != JSON_NUMBER)
            return invalid(r, expected);
        if (!read_number(r, &number))
            return false;
        bool equal = slice_equal(sign, SLICE("="));
        bool lower = equal || (sign.size > 0 && sign.data[0] == '>');
        bool upper = equal || (sign.size > 0 && sign.data[0] == '<');
        bool inclusive = equal || (sign.size == 2 && sign.data[1] == '=');
        if ((!lower && !upper) || sign.size > 2 || (sign.size == 2 && !inclusive) ||
            (lower && out->lower.given) || (upper && out->upper.given))
            return invalid(r, expected);
        if (lower)
            out->lower = (struct limit){true, inclusive, number};
        if (upper)
            out->upper = (struct limit){true, inclusive, number};
    }
    if (token != JSON_ARRAY_END || (!out->lower.given && !out->upper.given))
        return invalid(r, expected);
    return true;
}

static bool read_rule(struct pattern_reader *r, enum json_token token, bool inside_but, struct rule *out);

/* Rules up to the end of a list that has begun; the list is not empty. */
static bool read_rules(struct pattern_reader *r, bool inside_but, struct rule **out)
{
    struct rule **at = out;
    enum json_token token;
    while ((token = json_next(&r->json)) != JSON_ARRAY_END) {
        if (token == JSON_INVALID)
            return not_json(r);
        *at = ARENA_NEW(r->arena, struct rule);
        if (!read_rule(r, token, inside_but, *at))
            return false;
        at = &(*at)->next;
    }
    return *out != NULL || invalid(r, "a list of values is empty");
}

/* A list of texts as the argument of an operator, which then stands for each of them. */
static bool read_each(struct pattern_reader *r, enum json_token token,
                      bool (*read)(struct pattern_reader *, enum json_token, struct rule *),
                      struct rule **out)
{
    if (token != JSON_ARRAY_BEGIN) {
        *out = ARENA_NEW(r->arena, struct rule);
        return read(r, token, *out);
    }
    while ((token = json_next(&r->json)) != JSON_ARRAY_END) {
        if (token == JSON_INVALID)
            return not_json(r);
        *out = ARENA_NEW(r->arena, struct rule);
        if (!read(r, token, *out))
            return false;
        out = &(*out)->next;
    }
    return true;
}

static bool read_prefix(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    return read_affix(r, token, RULE_PREFIX, out);
}

static bool read_suffix(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    return read_affix(r, token, RULE_SUFFIX, out);
}

static bool read_ignore_case(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    out->kind = RULE_TEXT_IGNORE_CASE;
    return read_text(r, token, "equals-ignore-case takes a string", &out->text);
}

/* A value, a list of values, or {"prefix" | "suffix" | "equals-ignore-case": one or a list}. */
static bool read_anything_but(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    static const char expected[] =
        "anything-but takes strings, numbers, or an object with prefix, suffix or equals-ignore-case";
    out->kind = RULE_ANYTHING_BUT;
    if (token == JSON_ARRAY_BEGIN)
        return read_rules(r, true, &out->but);
    if (token != JSON_OBJECT_BEGIN) {
        out->but = ARENA_NEW(r->arena, struct rule);
        return read_rule(r, token, true, out->but);
    }
    if (json_next(&r->json) != JSON_NAME)
        return invalid(r, expected);
    struct slice name = r->json.text;
    bool (*read)(struct pattern_reader *, enum json_token, struct rule *) =
        slice_equal(name, SLICE("prefix"))               ? read_prefix
        : slice_equal(name, SLICE("suffix"))             ? read_suffix
        : slice_equal(name, SLICE("equals-ignore-case")) ? read_ignore_case
                                                         : NULL;
    if (!read)
        return invalid(r, expected);
    return read_each(r, json_next(&r->json), read, &out->but) &&
           (json_next(&r->json) == JSON_OBJECT_END || invalid(r, expected)) &&
           (out->but != NULL || invalid(r, expected));
}

static bool read_exists(struct pattern_reader *r, enum json_token token, struct rule *out)
{
    if (token != JSON_TRUE && token != JSON_FALSE)
        return invalid(r, "exists takes true or false");
    out->kind = token == JSON_TRUE ? RULE_EXISTS : RULE_EXISTS_NOT;
    return true;
}

/* {"operator": ...}, of which the brace was read. */
static bool read_operator(struct pattern_reader *r, struct rule *out)
{
    static const struct {
        struct slice name;
        bool (*read)(struct pattern_reader *, enum json_token, struct rule *);
    } operators[] = {
        {{"prefix", 6}, read_prefix},   {{"suffix", 6}, read_suffix},
        {{"exists", 6}, read_exists},   {{"equals-ignore-case", 18}, read_ignore_case},
        {{"numeric", 7}, read_numeric}, {{"anything-but", 12}, read_anything_but},
    };
    if (json_next(&r->json) != JSON_NAME)
        return invalid(r, "in a list of values an object names one operator");
    struct slice name = r->json.text;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (slice_equal(name, operators[i].name))
            return operators[i].read(r, json_next(&r->json), out) &&
                   (json_next(&r->json) == JSON_OBJECT_END ||
                    invalid(r, "in a list of values an object names one operator"));
    return error_set(r->err, ERR_VALIDATION,
                     "The filter is not valid: there is no operator '%.*s'; there are prefix, suffix, "
                     "equals-ignore-case, anything-but, numeric and exists",
                     SLICE_PRINTF(name));
}

static bool read_rule(struct pattern_reader *r, enum json_token token, bool inside_but, struct rule *out)
{
    switch (token) {
    case JSON_STRING:
        out->kind = RULE_TEXT;
        return read_text(r, token, "", &out->text);
    case JSON_NUMBER:
        out->kind = RULE_NUMBER;
        return read_number(r, &out->number);
    case JSON_TRUE:
        out->kind = RULE_TRUE;
        return true;
    case JSON_FALSE:
        out->kind = RULE_FALSE;
        return true;
    case JSON_NULL:
        out->kind = RULE_NULL;
        return true;
    case JSON_OBJECT_BEGIN:
        return inside_but ? invalid(r, "anything-but takes a list of strings or numbers")
                          : read_operator(r, out);
    case JSON_ARRAY_BEGIN:
        return invalid(r, "a list of values has a list in it");
    case JSON_INVALID:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_NAME:
        return not_json(r);
    }
    UNREACHABLE();
}

static bool read_pattern(struct pattern_reader *r, struct pattern **out);

/* [{...}, {...}] behind "$or". */
static bool read_choice(struct pattern_reader *r, struct pattern *pattern)
{
    struct pattern_choice *choice = ARENA_NEW(r->arena, struct pattern_choice);
    struct pattern **at = &choice->alternatives;
    enum json_token token;
    if (json_next(&r->json) != JSON_ARRAY_BEGIN)
        return invalid(r, "$or takes a list of two patterns or more");
    while ((token = json_next(&r->json)) == JSON_OBJECT_BEGIN) {
        if (!read_pattern(r, at))
            return false;
        at = &(*at)->next;
    }
    if (token != JSON_ARRAY_END || !choice->alternatives || !choice->alternatives->next)
        return invalid(r, "$or takes a list of two patterns or more");
    choice->next = pattern->choices;
    pattern->choices = choice;
    return true;
}

static bool read_member(struct pattern_reader *r, struct pattern *pattern)
{
    if (slice_equal(r->json.text, SLICE("$or")))
        return read_choice(r, pattern);
    struct pattern_member *member = ARENA_NEW(r->arena, struct pattern_member);
    member->name = arena_copy(r->arena, r->json.text);
    member->next = pattern->members;
    pattern->members = member;
    enum json_token token = json_next(&r->json);
    if (token == JSON_ARRAY_BEGIN)
        return read_rules(r, false, &member->rules);
    if (token == JSON_OBJECT_BEGIN)
        return read_pattern(r, &member->inner);
    if (token == JSON_INVALID)
        return not_json(r);
    return error_set(r->err, ERR_VALIDATION,
                     "The filter is not valid: the values of '%.*s' must stand in a list",
                     SLICE_PRINTF(member->name));
}

/* The rest of an object that has begun. */
static bool read_pattern(struct pattern_reader *r, struct pattern **out)
{
    enum json_token token;
    *out = ARENA_NEW(r->arena, struct pattern);
    while ((token = json_next(&r->json)) == JSON_NAME)
        if (!read_member(r, *out))
            return false;
    if (token != JSON_OBJECT_END)
        return not_json(r);
    return (*out)->members || (*out)->choices || invalid(r, "an object is empty");
}

/* A name that no record has is a mistake, after which nothing would ever pass. */
static bool check_names(struct pattern_reader *r, const struct pattern *pattern)
{
    static const char *const names[] = {"eventID",   "eventName", "eventVersion",   "eventSource",
                                        "awsRegion", "dynamodb",  "eventSourceARN", "userIdentity"};
    for (const struct pattern_member *m = pattern->members; m; m = m->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            known = known || slice_equal(m->name, slice_from_cstr(names[i]));
        if (!known)
            return error_set(
                r->err, ERR_VALIDATION,
                "The filter is not valid: records have no member '%.*s', but eventName, dynamodb, ...",
                SLICE_PRINTF(m->name));
    }
    for (const struct pattern_choice *c = pattern->choices; c; c = c->next)
        for (const struct pattern *p = c->alternatives; p; p = p->next)
            if (!check_names(r, p))
                return false;
    return true;
}

static void begin(struct pattern_reader *r, struct slice json, struct arena *arena, struct error *err)
{
    *r = (struct pattern_reader){.arena = arena, .err = err};
    json_reader_init(&r->json, json, PATTERN_DEPTH_MAX, arena);
}

static bool read_whole_pattern(struct slice json, struct arena *arena, struct pattern **out,
                               struct error *err)
{
    struct pattern_reader r;
    begin(&r, json, arena, err);
    if (json_next(&r.json) != JSON_OBJECT_BEGIN)
        return invalid(&r, "a pattern is an object");
    return read_pattern(&r, out) && (json_next(&r.json) == JSON_END || not_json(&r)) && check_names(&r, *out);
}

/* {"Pattern":"..."}, of which the brace was read. */
static bool read_listed(struct pattern_reader *r, struct pattern **out)
{
    static const char expected[] = "each of Filters is an object with a Pattern, which is a string";
    if (json_next(&r->json) != JSON_NAME || !slice_equal(r->json.text, SLICE("Pattern")) ||
        json_next(&r->json) != JSON_STRING)
        return invalid(r, expected);
    if (r->json.text.size > PATTERN_BYTES_MAX)
        return invalid(r, "a Pattern is longer than 4096 bytes");
    if (!read_whole_pattern(r->json.text, r->arena, out, r->err))
        return false;
    return json_next(&r->json) == JSON_OBJECT_END || invalid(r, expected);
}

/* The value of "Filters" and what is behind it. */
static bool read_list(struct pattern_reader *r, struct filter *filter)
{
    struct pattern **at = &filter->patterns;
    enum json_token token = json_next(&r->json);
    if (token != JSON_ARRAY_BEGIN)
        return invalid(r, "Filters is a list");
    for (unsigned count = 0; (token = json_next(&r->json)) == JSON_OBJECT_BEGIN; at = &(*at)->next) {
        if (++count > FILTER_PATTERNS_MAX)
            return invalid(r, "there are more than 10 Filters");
        if (!read_listed(r, at))
            return false;
    }
    if (token != JSON_ARRAY_END || json_next(&r->json) != JSON_OBJECT_END || json_next(&r->json) != JSON_END)
        return invalid(r, "Filters is a list of objects, and stands alone");
    return true;
}

bool filter_read(struct slice json, struct arena *arena, const struct filter **out, struct error *err)
{
    struct filter *filter = ARENA_NEW(arena, struct filter);
    struct pattern_reader r;
    begin(&r, json, arena, err);
    *out = filter;
    if (json_next(&r.json) != JSON_OBJECT_BEGIN)
        return invalid(&r, "it is not a JSON object");
    enum json_token token = json_next(&r.json);
    if (token == JSON_NAME && slice_equal(r.json.text, SLICE("Filters")))
        return read_list(&r, filter);
    if (token == JSON_OBJECT_END)
        return json_next(&r.json) == JSON_END || not_json(&r);
    return read_whole_pattern(json, arena, &filter->patterns, err);
}

/* ------------------------------------------------------------------ a record as a tree */

enum node_kind { NODE_OBJECT, NODE_ARRAY, NODE_TEXT, NODE_NUMBER, NODE_TRUE, NODE_FALSE, NODE_NULL };

struct node {
    enum node_kind kind;
    bool numeric; /* NODE_TEXT: of an N or NS */
    struct slice name;
    struct slice text; /* NODE_TEXT, NODE_NUMBER */
    struct node *first;
    struct node *next;
};

static bool read_node(struct json_reader *r, enum json_token token, bool numeric, struct arena *arena,
                      struct node *out);

static bool read_object(struct json_reader *r, struct arena *arena, struct node *out)
{
    struct node **at = &out->first;
    enum json_token token;
    out->kind = NODE_OBJECT;
    while ((token = json_next(r)) == JSON_NAME) {
        struct node *node = ARENA_NEW(arena, struct node);
        node->name = r->text;
        bool numeric = slice_equal(r->text, SLICE("N")) || slice_equal(r->text, SLICE("NS"));
        if (!read_node(r, json_next(r), numeric, arena, node))
            return false;
        *at = node;
        at = &node->next;
    }
    return token == JSON_OBJECT_END;
}

static bool read_array(struct json_reader *r, bool numeric, struct arena *arena, struct node *out)
{
    struct node **at = &out->first;
    enum json_token token;
    out->kind = NODE_ARRAY;
    while ((token = json_next(r)) != JSON_ARRAY_END) {
        struct node *node = ARENA_NEW(arena, struct node);
        if (!read_node(r, token, numeric, arena, node))
            return false;
        *at = node;
        at = &node->next;
    }
    return true;
}

static bool read_node(struct json_reader *r, enum json_token token, bool numeric, struct arena *arena,
                      struct node *out)
{
    out->numeric = numeric;
    switch (token) {
    case JSON_OBJECT_BEGIN:
        return read_object(r, arena, out);
    case JSON_ARRAY_BEGIN:
        return read_array(r, numeric, arena, out);
    case JSON_STRING:
        out->kind = NODE_TEXT;
        out->text = r->text;
        return true;
    case JSON_NUMBER:
        out->kind = NODE_NUMBER;
        out->text = r->text;
        return true;
    case JSON_TRUE:
        out->kind = NODE_TRUE;
        return true;
    case JSON_FALSE:
        out->kind = NODE_FALSE;
        return true;
    case JSON_NULL:
        out->kind = NODE_NULL;
        return true;
    case JSON_INVALID:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_NAME:
        return false;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ matching */

static bool number_of(const struct node *node, struct arena *scratch, struct number *out)
{
    struct error ignored;
    error_init(&ignored, scratch);
    return (node->kind == NODE_NUMBER || (node->kind == NODE_TEXT && node->numeric)) &&
           number_parse(node->text, out, &ignored);
}

static bool in_range(const struct rule *rule, const struct number *number)
{
    struct slice value = number_slice(number);
    int above = rule->lower.given ? slice_compare(value, number_slice(&rule->lower.number)) : 1;
    int below = rule->upper.given ? slice_compare(number_slice(&rule->upper.number), value) : 1;
    return (above > 0 || (above == 0 && rule->lower.inclusive)) &&
           (below > 0 || (below == 0 && rule->upper.inclusive));
}

static bool equal_ignoring_case(struct slice a, struct slice b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

static bool matches_text(const struct rule *rule, struct slice text)
{
    struct slice wanted = rule->text;
    bool fits = wanted.size <= text.size;
    struct slice head = slice_of(text.data, fits ? wanted.size : 0);
    struct slice tail = fits ? slice_after(text, text.size - wanted.size) : head;
    switch (rule->kind) {
    case RULE_TEXT:
        return slice_equal(text, wanted);
    case RULE_TEXT_IGNORE_CASE:
        return equal_ignoring_case(text, wanted);
    case RULE_PREFIX:
        return slice_equal(head, wanted);
    case RULE_PREFIX_IGNORE_CASE:
        return equal_ignoring_case(head, wanted);
    case RULE_SUFFIX:
        return slice_equal(tail, wanted);
    case RULE_SUFFIX_IGNORE_CASE:
        return equal_ignoring_case(tail, wanted);
    case RULE_NUMBER:
    case RULE_RANGE:
    case RULE_TRUE:
    case RULE_FALSE:
    case RULE_NULL:
    case RULE_EXISTS:
    case RULE_EXISTS_NOT:
    case RULE_ANYTHING_BUT:
        return false;
    }
    UNREACHABLE();
}

static bool matches_rules(const struct rule *rules, const struct node *scalar, struct arena *scratch);

static bool matches_rule(const struct rule *rule, const struct node *scalar, struct arena *scratch)
{
    struct number number;
    switch (rule->kind) {
    case RULE_TEXT:
    case RULE_TEXT_IGNORE_CASE:
    case RULE_PREFIX:
    case RULE_PREFIX_IGNORE_CASE:
    case RULE_SUFFIX:
    case RULE_SUFFIX_IGNORE_CASE:
        return scalar->kind == NODE_TEXT && matches_text(rule, scalar->text);
    case RULE_NUMBER:
        return number_of(scalar, scratch, &number) &&
               slice_equal(number_slice(&number), number_slice(&rule->number));
    case RULE_RANGE:
        return number_of(scalar, scratch, &number) && in_range(rule, &number);
    case RULE_TRUE:
        return scalar->kind == NODE_TRUE;
    case RULE_FALSE:
        return scalar->kind == NODE_FALSE;
    case RULE_NULL:
        return scalar->kind == NODE_NULL;
    case RULE_EXISTS:
        return true;
    case RULE_EXISTS_NOT:
        return false;
    case RULE_ANYTHING_BUT:
        return !matches_rules(rule->but, scalar, scratch);
    }
    UNREACHABLE();
}

static bool matches_rules(const struct rule *rules, const struct node *scalar, struct arena *scratch)
{
    for (const struct rule *rule = rules; rule; rule = rule->next)
        if (matches_rule(rule, scalar, scratch))
            return true;
    return false;
}

static bool wants_nothing(const struct rule *rules)
{
    for (const struct rule *rule = rules; rule; rule = rule->next)
        if (rule->kind == RULE_EXISTS_NOT)
            return true;
    return false;
}

/* Only leaves exist: an object, an empty list or nothing at all is the same. */
static bool matches_leaf(const struct rule *rules, const struct node *node, struct arena *scratch)
{
    if (!node || node->kind == NODE_OBJECT || (node->kind == NODE_ARRAY && !node->first))
        return wants_nothing(rules);
    if (node->kind != NODE_ARRAY)
        return matches_rules(rules, node, scratch);
    for (const struct node *element = node->first; element; element = element->next)
        if (matches_leaf(rules, element, scratch))
            return true;
    return false;
}

static const struct node *member_of(const struct node *object, struct slice name)
{
    if (!object || object->kind != NODE_OBJECT)
        return NULL;
    for (const struct node *node = object->first; node; node = node->next)
        if (slice_equal(node->name, name))
            return node;
    return NULL;
}

static bool matches_any(const struct pattern *alternatives, const struct node *node, struct arena *scratch);

static bool matches_pattern(const struct pattern *pattern, const struct node *node, struct arena *scratch)
{
    if (node && node->kind == NODE_ARRAY && node->first) {
        for (const struct node *element = node->first; element; element = element->next)
            if (matches_pattern(pattern, element, scratch))
                return true;
        return false;
    }
    for (const struct pattern_member *m = pattern->members; m; m = m->next) {
        const struct node *member = member_of(node, m->name);
        if (m->inner ? !matches_pattern(m->inner, member, scratch) : !matches_leaf(m->rules, member, scratch))
            return false;
    }
    for (const struct pattern_choice *c = pattern->choices; c; c = c->next)
        if (!matches_any(c->alternatives, node, scratch))
            return false;
    return true;
}

static bool matches_any(const struct pattern *alternatives, const struct node *node, struct arena *scratch)
{
    for (const struct pattern *pattern = alternatives; pattern; pattern = pattern->next)
        if (matches_pattern(pattern, node, scratch))
            return true;
    return false;
}

bool filter_passes(const struct filter *filter, struct slice record, struct arena *scratch)
{
    struct json_reader r;
    struct node root = {0};
    if (!filter->patterns)
        return true;
    json_reader_init(&r, record, RECORD_DEPTH_MAX, scratch);
    bool read = read_node(&r, json_next(&r), false, scratch, &root);
    INVARIANT(read);
    return matches_any(filter->patterns, &root, scratch);
}
