#include "cli/trigger.h"

#include "base/buf.h"
#include "cli/admin_command.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JSON_DEPTH = 128, NAME_BYTES_MAX = 320, PATH_BYTES = 4096 };

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

static bool read_create(int count, char **arguments, struct arena *arena, struct admin_call *out)
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
    out->method = "POST";
    out->body = buf_slice(&body);
    out->shows = ADMIN_SHOWS_ONE;
    out->done = "created";
    return true;
}

/* Names go into paths as they are; those of deliveries to Kinesis have colons, and a table's name in them. */
static bool is_name(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= NAME_BYTES_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == size;
}

static bool read_order(int count, char **arguments, struct arena *arena, struct admin_call *out)
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
    out->shows = ADMIN_SHOWS_ONE;
    if (reset && !is_name(arguments[2]))
        return complain("LATEST, TRIM_HORIZON or a sequence number belongs behind ", arguments[1]);
    out->path = reset ? arena_printf(arena, "/triggers/%s/reset?to=%s", arguments[1], arguments[2])
                : strcmp(action, "delete") == 0
                    ? arena_printf(arena, "/triggers/%s", arguments[1])
                    : arena_printf(arena, "/triggers/%s/%s", arguments[1], action);
    return true;
}

static bool read_call(int count, char **arguments, struct arena *arena, struct admin_call *out)
{
    *out = (struct admin_call){.method = "GET", .path = "/triggers", .body = SLICE("")};
    count = admin_take_address(count, arguments, &out->address);
    if (count < 0)
        return complain("a value is missing behind ", "--admin");
    bool list = count > 0 && strcmp(arguments[0], "list") == 0;
    bool json = count == 2 && list && strcmp(arguments[1], "--json") == 0;
    out->shows = json ? ADMIN_SHOWS_JSON : ADMIN_SHOWS_LIST;
    if (count == 0 || (list && (count == 1 || json)))
        return true;
    if (strcmp(arguments[0], "create") == 0)
        return read_create(count - 1, arguments + 1, arena, out);
    return read_order(count, arguments, arena, out);
}

/* ------------------------------------------------------------------ what is shown */

static void fill(const struct admin_member *trigger, struct arena *arena,
                 struct slice cells[ADMIN_COLUMNS_MAX])
{
    static const char *const members[] = {"name",      "table",        "state", NULL,
                                          "delivered", "dead_letters", "target"};
    enum { LAG = 3 };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (i != LAG)
            cells[i] = admin_text(trigger, members[i]);
    bool more = admin_text(trigger, "lag_has_more").size > 0;
    cells[LAG] = slice_from_cstr(arena_printf(arena, "%.*s%s, %.*s ms",
                                              SLICE_PRINTF(admin_text(trigger, "lag_records")),
                                              more ? "+" : "", SLICE_PRINTF(admin_text(trigger, "lag_ms"))));
}

static void print_remark(const char *what, struct slice text)
{
    if (text.size == 0)
        return;
    printf("    %s: ", what);
    admin_print_text(text, 0);
    putchar('\n');
}

static void remark(const struct admin_member *trigger)
{
    struct slice gaps = admin_text(trigger, "trimmed_gaps");
    print_remark("error", admin_text(trigger, "error"));
    print_remark("waits", admin_text(trigger, "waits"));
    print_remark("last error", admin_text(trigger, "last_error"));
    if (!slice_equal(gaps, SLICE("0")))
        print_remark("trimmed before they were read, times", gaps);
}

static const struct admin_things triggers = {
    .list = "triggers",
    .one = "trigger",
    .name = "name",
    .columns = {{"NAME", 20},
                {"TABLE", 20},
                {"STATE", 8},
                {"LAG", 18},
                {"DELIVERED", 10},
                {"DEAD", 5},
                {"TARGET", 0}},
    .fill = fill,
    .remark = remark,
};

int trigger_command(int count, char **arguments)
{
    struct arena arena;
    struct admin_call call;
    int status = EXIT_USAGE;
    arena_init(&arena, 16 * 1024);
    if (read_call(count, arguments, &arena, &call))
        status = admin_command(&call, &triggers, &arena);
    arena_release(&arena);
    return status;
}
