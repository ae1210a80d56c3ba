#include "cli/trigger.h"

#include "base/buf.h"
#include "cli/admin_client.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, JSON_DEPTH = 128, NAME_BYTES_MAX = 320, PATH_BYTES = 4096 };

#define ADMIN_DEFAULT "127.0.0.1:8001"

void trigger_print_help(FILE *out)
{
    fputs("\n"
          "usage of trigger: stator trigger create --table TABLE --target URL|COMMAND [options] [--admin "
          "HOST:PORT]\n"
          "                  stator trigger [list [--json] | pause NAME | resume NAME | delete NAME]\n"
          "                  stator trigger reset NAME LATEST|TRIM_HORIZON|SEQUENCE-NUMBER\n"
          "  --name NAME        what it is called (the table's name)\n"
          "  --filter JSON      which changes it wants to see: event filter criteria, or one pattern (all)\n"
          "  --batch-size N     changes in one call, at most (100)\n"
          "  --window MS        how long a call waits for more changes (0)\n"
          "  --parallel N       calls for each shard at one time (1)\n"
          "  --retries N        how often a failed call is made again; -1: for ever (-1)\n"
          "  --timeout SECONDS  how long a call may take (60)\n"
          "  --on-failure FILE|table:NAME   where changes go that are given up (only to the log)\n"
          "  --start LATEST|TRIM_HORIZON    from now on, or from the oldest change there is (LATEST)\n"
          "  a COMMAND gets its calls on standard input; the server needs --trigger-commands\n",
          out);
}

/* ------------------------------------------------------------------ what is asked for */

struct trigger_call {
    const char *admin;
    const char *method;
    const char *path;
    struct slice body;
    const char *done; /* "paused", ...; NULL: it is a list */
    bool json;
};

/* Options of create; the order is that of the request. */
struct option {
    const char *flag;
    const char *member;
    enum { OPTION_TEXT, OPTION_NUMBER, OPTION_SECONDS, OPTION_JSON, OPTION_PLACE } kind;
};

static const struct option options[] = {
    {"--table", "table", OPTION_TEXT},
    {"--target", "target", OPTION_TEXT},
    {"--name", "name", OPTION_TEXT},
    {"--filter", "filter", OPTION_JSON},
    {"--batch-size", "batch_size", OPTION_NUMBER},
    {"--window", "window_ms", OPTION_NUMBER},
    {"--parallel", "parallel", OPTION_NUMBER},
    {"--retries", "retries", OPTION_NUMBER},
    {"--timeout", "timeout_ms", OPTION_SECONDS},
    {"--on-failure", "on_failure", OPTION_PLACE},
    {"--start", "start", OPTION_TEXT},
};

enum { OPTION_COUNT = sizeof options / sizeof options[0] };

static bool complain(const char *what, const char *which)
{
    fprintf(stderr, "stator: %s%s; see stator help\n", what, which);
    return false;
}

/* Takes --admin out of the arguments, which may stand anywhere. Returns how many are left, or -1. */
static int take_admin(int count, char **arguments, const char **admin_out)
{
    const char *environment = getenv("STATOR_ADMIN_LISTEN");
    int kept = 0;
    *admin_out = environment && *environment ? environment : ADMIN_DEFAULT;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "--admin=", 8) == 0) {
            *admin_out = arguments[i] + 8;
        } else if (strcmp(arguments[i], "--admin") == 0) {
            if (++i == count)
                return -1;
            *admin_out = arguments[i];
        } else {
            arguments[kept++] = arguments[i];
        }
    }
    return kept;
}

static bool is_whole_number(const char *text)
{
    const char *digits = text + (*text == '-');
    return *digits && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 15;
}

/* The server has another working directory: paths are made absolute. */
static bool write_place(struct json_writer *w, const char *text, struct arena *arena)
{
    char directory[PATH_BYTES];
    if (strncmp(text, "table:", 6) == 0 || text[0] == '/') {
        json_string(w, slice_from_cstr(text));
        return true;
    }
    if (!getcwd(directory, sizeof directory))
        return complain("the working directory cannot be told, for --on-failure ", text);
    json_string(w, slice_from_cstr(arena_printf(arena, "%s/%s", directory, text)));
    return true;
}

static bool write_option(struct json_writer *w, const struct option *option, const char *value,
                         struct arena *arena)
{
    json_name(w, slice_from_cstr(option->member));
    switch (option->kind) {
    case OPTION_TEXT:
        json_string(w, slice_from_cstr(value));
        return true;
    case OPTION_NUMBER:
    case OPTION_SECONDS:
        if (!is_whole_number(value))
            return complain("a whole number belongs behind ", option->flag);
        json_i64(w, strtoll(value, NULL, 10) * (option->kind == OPTION_SECONDS ? 1000 : 1));
        return true;
    case OPTION_JSON:
        if (!json_valid(slice_from_cstr(value), JSON_DEPTH))
            return complain("what follows is not JSON: ", option->flag);
        json_raw(w, slice_from_cstr(value));
        return true;
    case OPTION_PLACE:
        return write_place(w, value, arena);
    }
    return false;
}

/* The option that an argument begins with, and its value; --flag value and --flag=value. */
static const struct option *read_option(int count, char **arguments, int *at, const char **value_out)
{
    const char *argument = arguments[*at];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        size_t size = strlen(options[i].flag);
        if (strncmp(argument, options[i].flag, size) != 0 || (argument[size] && argument[size] != '='))
            continue;
        *value_out = argument[size] == '=' ? argument + size + 1 : *at + 1 < count ? arguments[++*at] : NULL;
        return &options[i];
    }
    return NULL;
}

static bool read_create(int count, char **arguments, struct arena *arena, struct trigger_call *out)
{
    const char *values[OPTION_COUNT] = {NULL};
    struct buf body;
    struct json_writer w;
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i], *value = NULL;
        const struct option *option = read_option(count, arguments, &i, &value);
        if (!option)
            return complain("a trigger has no option ", argument);
        if (!value)
            return complain("a value is missing behind ", option->flag);
        if (values[option - options])
            return complain("given twice: ", option->flag);
        values[option - options] = value;
    }
    if (!values[0] || !values[1])
        return complain("a trigger needs --table and --target", "");
    buf_init(&body, arena, 1024);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (values[i] && !write_option(&w, &options[i], values[i], arena))
            return false;
    json_end_object(&w);
    *out = (struct trigger_call){.admin = out->admin,
                                 .method = "POST",
                                 .path = "/triggers",
                                 .body = buf_slice(&body),
                                 .done = "created"};
    return true;
}

/* Names go into paths as they are; those of deliveries to Kinesis have colons, and a table's name in them. */
static bool is_name(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= NAME_BYTES_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == size;
}

static bool read_order(int count, char **arguments, struct arena *arena, struct trigger_call *out)
{
    static const struct {
        const char *action, *done;
    } actions[] = {{"pause", "paused"}, {"resume", "resumed"}, {"delete", "deleted"}, {"reset", "reset"}};
    const char *action = arguments[0];
    bool reset = strcmp(action, "reset") == 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(action, actions[i].action) == 0)
            out->done = actions[i].done;
    if (!out->done || count != (reset ? 3 : 2) || !is_name(arguments[1]))
        return complain("that is no order for triggers", "");
    out->method = strcmp(action, "delete") == 0 ? "DELETE" : "POST";
    if (reset && !is_name(arguments[2]))
        return complain("LATEST, TRIM_HORIZON or a sequence number belongs behind ", arguments[1]);
    out->path = reset ? arena_printf(arena, "/triggers/%s/reset?to=%s", arguments[1], arguments[2])
                : strcmp(action, "delete") == 0
                    ? arena_printf(arena, "/triggers/%s", arguments[1])
                    : arena_printf(arena, "/triggers/%s/%s", arguments[1], action);
    return true;
}

static bool read_call(int count, char **arguments, struct arena *arena, struct trigger_call *out)
{
    *out = (struct trigger_call){.method = "GET", .path = "/triggers"};
    count = take_admin(count, arguments, &out->admin);
    if (count < 0)
        return complain("a value is missing behind ", "--admin");
    bool list = count > 0 && strcmp(arguments[0], "list") == 0;
    out->json = count == 2 && list && strcmp(arguments[1], "--json") == 0;
    if (count == 0 || (list && (count == 1 || out->json)))
        return true;
    if (strcmp(arguments[0], "create") == 0)
        return read_create(count - 1, arguments + 1, arena, out);
    return read_order(count, arguments, arena, out);
}

/* ------------------------------------------------------------------ what the server says */

/* The members of a trigger that are shown, as text; absent ones are empty. */
struct shown_trigger {
    struct slice name, table, state, target, lag_records, lag_ms, delivered, dead_letters, trimmed_gaps,
        error, last_error, waits;
    bool lag_has_more;
};

static struct slice *member_of(struct shown_trigger *shown, struct slice name)
{
    const struct {
        const char *name;
        struct slice *at;
    } members[] = {
        {"name", &shown->name},
        {"table", &shown->table},
        {"state", &shown->state},
        {"target", &shown->target},
        {"lag_records", &shown->lag_records},
        {"lag_ms", &shown->lag_ms},
        {"delivered", &shown->delivered},
        {"dead_letters", &shown->dead_letters},
        {"trimmed_gaps", &shown->trimmed_gaps},
        {"error", &shown->error},
        {"last_error", &shown->last_error},
        {"waits", &shown->waits},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (slice_equal(name, slice_from_cstr(members[i].name)))
            return members[i].at;
    return NULL;
}

/* The rest of an object that has begun. */
static bool read_trigger(struct json_reader *r, struct arena *arena, struct shown_trigger *out)
{
    enum json_token token;
    *out = (struct shown_trigger){0};
    while ((token = json_next(r)) == JSON_NAME) {
        struct slice *at = member_of(out, r->text);
        bool more = slice_equal(r->text, SLICE("lag_has_more"));
        token = json_next(r);
        if (at && (token == JSON_STRING || token == JSON_NUMBER))
            *at = arena_copy(arena, r->text);
        else if (more)
            out->lag_has_more = token == JSON_TRUE;
        else if (!json_skip(r, token))
            return false;
    }
    return token == JSON_OBJECT_END;
}

/* Control characters would be the terminal's. */
static void print_text(struct slice text, int width)
{
    int size = (int)text.size;
    for (int i = 0; i < size; i++)
        putchar((unsigned char)text.data[i] < ' ' ? '?' : text.data[i]);
    for (; size < width; size++)
        putchar(' ');
    if (width > 0)
        fputs("  ", stdout);
}

static void print_row(struct slice name, struct slice table, struct slice state, struct slice lag,
                      struct slice delivered, struct slice dead, struct slice target)
{
    print_text(name, 20);
    print_text(table, 20);
    print_text(state, 8);
    print_text(lag, 18);
    print_text(delivered, 10);
    print_text(dead, 5);
    print_text(target, 0);
    putchar('\n');
}

static void print_remark(struct slice what, struct slice text)
{
    if (text.size == 0)
        return;
    fputs("    ", stdout);
    print_text(what, 0);
    fputs(": ", stdout);
    print_text(text, 0);
    putchar('\n');
}

static void print_trigger(const struct shown_trigger *shown, struct arena *arena)
{
    const char *lag = arena_printf(arena, "%.*s%s, %.*s ms", SLICE_PRINTF(shown->lag_records),
                                   shown->lag_has_more ? "+" : "", SLICE_PRINTF(shown->lag_ms));
    print_row(shown->name, shown->table, shown->state, slice_from_cstr(lag), shown->delivered,
              shown->dead_letters, shown->target);
    print_remark(SLICE("error"), shown->error);
    print_remark(SLICE("waits"), shown->waits);
    print_remark(SLICE("last error"), shown->last_error);
    if (shown->trimmed_gaps.size > 0 && !slice_equal(shown->trimmed_gaps, SLICE("0")))
        print_remark(SLICE("trimmed before they were read, times"), shown->trimmed_gaps);
}

static bool print_list(struct slice body, struct arena *arena)
{
    struct json_reader r;
    enum json_token token;
    static const enum json_token beginning[] = {JSON_OBJECT_BEGIN, JSON_NAME, JSON_ARRAY_BEGIN};
    json_reader_init(&r, body, JSON_DEPTH, arena);
    for (size_t i = 0; i < sizeof beginning / sizeof beginning[0]; i++)
        if (json_next(&r) != beginning[i])
            return false;
    print_row(SLICE("NAME"), SLICE("TABLE"), SLICE("STATE"), SLICE("LAG"), SLICE("DELIVERED"), SLICE("DEAD"),
              SLICE("TARGET"));
    while ((token = json_next(&r)) == JSON_OBJECT_BEGIN) {
        struct shown_trigger shown;
        if (!read_trigger(&r, arena, &shown))
            return false;
        print_trigger(&shown, arena);
    }
    return token == JSON_ARRAY_END;
}

static bool read_one(struct slice body, struct arena *arena, struct shown_trigger *out)
{
    struct json_reader r;
    json_reader_init(&r, body, JSON_DEPTH, arena);
    return json_next(&r) == JSON_OBJECT_BEGIN && read_trigger(&r, arena, out);
}

/* Returns the exit status. */
static int print_reply(const struct trigger_call *call, const struct admin_reply *reply, struct arena *arena)
{
    struct shown_trigger shown = {0};
    if (reply->status == 200 && call->json) {
        fwrite(reply->body.data, 1, reply->body.size, stdout);
        return EXIT_SUCCESS;
    }
    if (reply->status == 200 && !call->done && print_list(reply->body, arena))
        return EXIT_SUCCESS;
    bool read = read_one(reply->body, arena, &shown);
    if (reply->status == 200 && call->done && read) {
        printf("trigger %.*s is %s\n", SLICE_PRINTF(shown.name), call->done);
        return EXIT_SUCCESS;
    }
    if (read && shown.error.size > 0)
        fprintf(stderr, "stator: %.*s\n", SLICE_PRINTF(shown.error));
    else
        fprintf(stderr, "stator: %s answers with status %u\n", call->admin, reply->status);
    return EXIT_FAILURE;
}

int trigger_command(int count, char **arguments)
{
    struct arena arena;
    struct error err;
    struct trigger_call call;
    struct admin_reply reply;
    int status = EXIT_FAILURE;
    arena_init(&arena, 16 * 1024);
    error_init(&err, &arena);
    if (!read_call(count, arguments, &arena, &call))
        status = EXIT_USAGE;
    else if (!admin_send(call.admin, call.method, call.path, call.body, &arena, &reply, &err))
        fprintf(stderr, "stator: %s\n", err.message);
    else
        status = print_reply(&call, &reply, &arena);
    arena_release(&arena);
    return status;
}
