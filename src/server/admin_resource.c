#include "server/admin_resource.h"

enum { ANSWER_BYTES_USUAL = 4096 };

static const struct field json_text = {{"Content-Type", 12}, {"application/json", 16}};

/* ------------------------------------------------------------------ answers */

void admin_begin(struct admin_answer *answer, struct http_exchange *x)
{
    answer->x = x;
    buf_init(&answer->body, http_arena(x), ANSWER_BYTES_USUAL);
    json_writer_init(&answer->json, &answer->body);
    json_begin_object(&answer->json);
}

void admin_end(struct admin_answer *answer, unsigned status)
{
    json_end_object(&answer->json);
    buf_append_byte(&answer->body, '\n');
    http_reply(answer->x, status, (struct field_list){&json_text, 1}, buf_slice(&answer->body));
}

void admin_write_text(struct json_writer *w, const char *name, struct slice text)
{
    if (slice_is_none(text))
        return;
    json_name(w, slice_from_cstr(name));
    json_string(w, text);
}

void admin_refuse(struct http_exchange *x, unsigned status, struct slice why)
{
    struct admin_answer answer;
    admin_begin(&answer, x);
    json_member_string(&answer.json, "error", why);
    admin_end(&answer, status);
}

void admin_refuse_error(struct http_exchange *x, const struct error *err)
{
    unsigned status = error_code_http_status(err->code);
    if (err->code == ERR_RESOURCE_NOT_FOUND)
        status = 404;
    else if (err->code == ERR_RESOURCE_IN_USE)
        status = 409;
    else if (err->code == ERR_THROTTLING)
        status = 503;
    admin_refuse(x, status, slice_from_cstr(err->message ? err->message : error_code_name(err->code)));
}

/* ------------------------------------------------------------------ requests */

bool admin_parameter(const struct http_exchange *x, struct slice name, struct slice *value_out)
{
    struct slice query = http_query(x);
    if (!slice_starts_with(query, name) || query.size == name.size || query.data[name.size] != '=')
        return false;
    *value_out = slice_after(query, name.size + 1);
    return true;
}

/* The path behind the resource's own: nothing, or a slash, a name, and what follows up to the end. false: another resource. */
static bool split_path(const struct admin_resource *resource, struct slice path, struct slice *name_out,
                       struct slice *verb_out)
{
    struct slice own = slice_from_cstr(resource->path);
    if (!slice_starts_with(path, own))
        return false;
    struct slice rest = slice_after(path, own.size);
    *name_out = SLICE_NONE;
    *verb_out = SLICE("");
    if (rest.size == 0)
        return true;
    if (rest.data[0] != '/')
        return false;
    rest = slice_after(rest, 1);
    const char *slash = memchr(rest.data, '/', rest.size);
    *name_out = slice_of(rest.data, slash ? (size_t)(slash - rest.data) : rest.size);
    *verb_out = slice_after(rest, name_out->size);
    return true;
}

/* The row for it; *near_out: there are others, whose verbs differ. */
static const struct admin_action *find_action(const struct admin_resource *resource, struct slice method,
                                              bool of_one, struct slice verb, bool *near_out)
{
    *near_out = false;
    for (size_t i = 0; i < resource->count; i++) {
        const struct admin_action *action = &resource->actions[i];
        if (action->of_one != of_one || !slice_equal(method, slice_from_cstr(action->method)))
            continue;
        if (slice_equal(verb, slice_from_cstr(action->verb)))
            return action;
        *near_out = true;
    }
    return NULL;
}

bool admin_resource_handle(const struct admin_resource *resource, struct http_exchange *x,
                           struct admin *admin)
{
    struct admin_request request = {.x = x, .admin = admin};
    struct slice verb;
    bool near;
    if (!split_path(resource, http_path(x), &request.name, &verb))
        return false;
    const struct admin_action *action =
        find_action(resource, http_method(x), !slice_is_none(request.name), verb, &near);
    if (!slice_is_none(field_value(http_headers(x), SLICE("Origin")))) {
        admin_refuse(x, 403, SLICE("pages in a browser have no business here"));
    } else if (!action) {
        admin_refuse(x, near ? 404 : 405, slice_from_cstr(resource->actions_text));
    } else {
        request.order = action->order;
        action->handle(&request);
    }
    return true;
}
