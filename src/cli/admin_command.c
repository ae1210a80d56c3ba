#include "cli/admin_command.h"

#include "json/json_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int admin_take_address(int count, char **arguments, const char **address_out)
{
    const char *environment = getenv("STATOR_ADMIN_LISTEN");
    int kept = 0;
    *address_out = environment && *environment ? environment : ADMIN_DEFAULT;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "--admin=", 8) == 0) {
            *address_out = arguments[i] + 8;
        } else if (strcmp(arguments[i], "--admin") == 0) {
            if (++i == count)
                return -1;
            *address_out = arguments[i];
        } else {
            arguments[kept++] = arguments[i];
        }
    }
    return kept;
}

/* ------------------------------------------------------------------ what the server says */

struct slice admin_text(const struct admin_member *object, const char *name)
{
    for (; object; object = object->next)
        if (slice_equal(object->name, slice_from_cstr(name)))
            return object->text;
    return SLICE("");
}

/* The rest of an object that has begun. */
static bool read_object(struct json_reader *r, struct arena *arena, const struct admin_member **out)
{
    enum json_token token;
    *out = NULL;
    while ((token = json_next(r)) == JSON_NAME) {
        struct admin_member *member = ARENA_NEW(arena, struct admin_member);
        *member = (struct admin_member){.name = arena_copy(arena, r->text), .text = SLICE(""), .next = *out};
        token = json_next(r);
        if (token == JSON_STRING || token == JSON_NUMBER)
            member->text = arena_copy(arena, r->text);
        else if (token == JSON_TRUE)
            member->text = SLICE("true");
        else if (!json_skip(r, token))
            return false;
        *out = member;
    }
    return token == JSON_OBJECT_END;
}

static bool read_one(struct slice body, struct arena *arena, const struct admin_member **out)
{
    struct json_reader r;
    json_reader_init(&r, body, ADMIN_ANSWER_DEPTH_MAX, arena);
    *out = NULL;
    return json_next(&r) == JSON_OBJECT_BEGIN && read_object(&r, arena, out);
}

/* {"jobs":[ */
static bool begin_list(struct json_reader *r, const char *name)
{
    if (json_next(r) != JSON_OBJECT_BEGIN)
        return false;
    bool named = json_next(r) == JSON_NAME && slice_equal(r->text, slice_from_cstr(name));
    return named && json_next(r) == JSON_ARRAY_BEGIN;
}

/* ------------------------------------------------------------------ what is shown */

void admin_print_text(struct slice text, int width)
{
    int size = (int)text.size;
    for (int i = 0; i < size; i++)
        putchar((unsigned char)text.data[i] < ' ' ? '?' : text.data[i]);
    for (; size < width; size++)
        putchar(' ');
    if (width > 0)
        fputs("  ", stdout);
}

static void print_row(const struct admin_things *things, const struct slice cells[ADMIN_COLUMNS_MAX])
{
    for (size_t i = 0; i < ADMIN_COLUMNS_MAX && things->columns[i].title; i++)
        admin_print_text(cells[i], things->columns[i].width);
    putchar('\n');
}

static void print_titles(const struct admin_things *things)
{
    struct slice titles[ADMIN_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < ADMIN_COLUMNS_MAX && things->columns[i].title; i++)
        titles[i] = slice_from_cstr(things->columns[i].title);
    print_row(things, titles);
}

static bool print_list(const struct admin_things *things, struct slice body, struct arena *arena)
{
    struct json_reader r;
    enum json_token token;
    json_reader_init(&r, body, ADMIN_ANSWER_DEPTH_MAX, arena);
    if (!begin_list(&r, things->list))
        return false;
    print_titles(things);
    while ((token = json_next(&r)) == JSON_OBJECT_BEGIN) {
        const struct admin_member *object;
        struct slice cells[ADMIN_COLUMNS_MAX] = {0};
        if (!read_object(&r, arena, &object))
            return false;
        things->fill(object, arena, cells);
        print_row(things, cells);
        things->remark(object);
    }
    return token == JSON_ARRAY_END;
}

static bool print_one(const struct admin_call *call, const struct admin_things *things,
                      const struct admin_member *object)
{
    struct slice name = admin_text(object, things->name);
    struct slice is = call->done ? slice_from_cstr(call->done) : admin_text(object, "state");
    printf("%s %.*s is %.*s\n", things->one, SLICE_PRINTF(name), SLICE_PRINTF(is));
    return true;
}

static bool print_answer(const struct admin_call *call, const struct admin_things *things, struct slice body,
                         struct arena *arena)
{
    const struct admin_member *object;
    switch (call->shows) {
    case ADMIN_SHOWS_LIST:
        return print_list(things, body, arena);
    case ADMIN_SHOWS_JSON:
        fwrite(body.data, 1, body.size, stdout);
        return true;
    case ADMIN_SHOWS_ONE:
        return read_one(body, arena, &object) && print_one(call, things, object);
    }
    return false;
}

static void print_refusal(const struct admin_call *call, const struct admin_reply *reply, struct arena *arena)
{
    const struct admin_member *object;
    struct slice why = read_one(reply->body, arena, &object) ? admin_text(object, "error") : SLICE("");
    if (why.size > 0)
        fprintf(stderr, "stator: %.*s\n", SLICE_PRINTF(why));
    else
        fprintf(stderr, "stator: %s answers with status %u\n", call->address, reply->status);
}

int admin_command(const struct admin_call *call, const struct admin_things *things, struct arena *arena)
{
    struct admin_reply reply;
    struct error err;
    error_init(&err, arena);
    if (!admin_send(call->address, call->method, call->path, call->body, arena, &reply, &err)) {
        fprintf(stderr, "stator: %s\n", err.message);
        return EXIT_FAILURE;
    }
    if (reply.status == 200 && print_answer(call, things, reply.body, arena))
        return EXIT_SUCCESS;
    print_refusal(call, &reply, arena);
    return EXIT_FAILURE;
}
