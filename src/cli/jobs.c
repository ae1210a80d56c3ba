#include "cli/jobs.h"

#include "cli/admin_client.h"
#include "json/json_reader.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, JSON_DEPTH = 8 };

#define ADMIN_DEFAULT "127.0.0.1:8001"

void jobs_print_help(FILE *out)
{
    fputs("\n"
          "usage of jobs: stator jobs [list | pause ID | resume ID | cancel ID | rate ID N] [--admin "
          "HOST:PORT]\n"
          "  rate limits a job to N items a second; 0: no limit\n"
          "  --admin is the server's --admin-listen (STATOR_ADMIN_LISTEN, " ADMIN_DEFAULT ")\n",
          out);
}

/* ------------------------------------------------------------------ what is asked for */

struct jobs_call {
    const char *admin;
    const char *method;
    const char *path;
};

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 18;
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

static bool read_call(int count, char **arguments, struct arena *arena, struct jobs_call *out)
{
    count = take_admin(count, arguments, &out->admin);
    if (count == 0 || (count == 1 && strcmp(arguments[0], "list") == 0)) {
        out->method = "GET";
        out->path = "/jobs";
        return true;
    }
    if (count < 2 || !is_number(arguments[1]))
        return false;
    const char *action = arguments[0];
    out->method = "POST";
    if (count == 3 && strcmp(action, "rate") == 0 && is_number(arguments[2])) {
        out->path = arena_printf(arena, "/jobs/%s/rate?items_per_s=%s", arguments[1], arguments[2]);
        return true;
    }
    out->path = arena_printf(arena, "/jobs/%s/%s", arguments[1], action);
    return count == 2 &&
           (strcmp(action, "pause") == 0 || strcmp(action, "resume") == 0 || strcmp(action, "cancel") == 0);
}

/* ------------------------------------------------------------------ what the server says */

/* The members of a job that are shown, as text; absent ones are empty. */
struct shown_job {
    struct slice id, kind, state, table, index, done, total, percent, items_per_s, left_s, error, waits;
};

static struct slice *member_of(struct shown_job *job, struct slice name)
{
    const struct {
        const char *name;
        struct slice *at;
    } members[] = {
        {"id", &job->id},         {"kind", &job->kind},       {"state", &job->state},
        {"table", &job->table},   {"index", &job->index},     {"done", &job->done},
        {"total", &job->total},   {"percent", &job->percent}, {"items_per_s", &job->items_per_s},
        {"left_s", &job->left_s}, {"error", &job->error},     {"waits", &job->waits},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (slice_equal(name, slice_from_cstr(members[i].name)))
            return members[i].at;
    return NULL;
}

/* The rest of an object that has begun. */
static bool read_job(struct json_reader *r, struct arena *arena, struct shown_job *out)
{
    enum json_token token;
    *out = (struct shown_job){0};
    while ((token = json_next(r)) == JSON_NAME) {
        struct slice *at = member_of(out, r->text);
        token = json_next(r);
        if (at && (token == JSON_STRING || token == JSON_NUMBER))
            *at = arena_copy(arena, r->text);
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

static void print_row(struct slice id, struct slice kind, struct slice table, struct slice index,
                      struct slice state, struct slice progress, struct slice rate, struct slice left)
{
    print_text(id, 5);
    print_text(kind, 8);
    print_text(table, 20);
    print_text(index, 16);
    print_text(state, 10);
    print_text(progress, 26);
    print_text(rate, 9);
    print_text(left, 0);
    putchar('\n');
}

static void print_job(const struct shown_job *job, struct arena *arena)
{
    const char *progress = arena_printf(arena, "%.*s%% %.*s/%.*s", SLICE_PRINTF(job->percent),
                                        SLICE_PRINTF(job->done), SLICE_PRINTF(job->total));
    struct slice left = SLICE("");
    if (job->left_s.size > 0)
        left = slice_from_cstr(arena_printf(arena, "%.*s s", SLICE_PRINTF(job->left_s)));
    print_row(job->id, job->kind, job->table, job->index, job->state, slice_from_cstr(progress),
              job->items_per_s, left);
    struct slice trouble = job->error.size > 0 ? job->error : job->waits;
    if (trouble.size > 0) {
        print_text(job->error.size > 0 ? SLICE("       failed:") : SLICE("       waits:"), 15);
        print_text(trouble, 0);
        putchar('\n');
    }
}

/* {"jobs":[ */
static bool begin_list(struct json_reader *r)
{
    if (json_next(r) != JSON_OBJECT_BEGIN)
        return false;
    if (json_next(r) != JSON_NAME || !slice_equal(r->text, SLICE("jobs")))
        return false;
    return json_next(r) == JSON_ARRAY_BEGIN;
}

static bool print_list(struct slice body, struct arena *arena)
{
    struct json_reader r;
    enum json_token token;
    json_reader_init(&r, body, JSON_DEPTH, arena);
    if (!begin_list(&r))
        return false;
    print_row(SLICE("ID"), SLICE("KIND"), SLICE("TABLE"), SLICE("INDEX"), SLICE("STATE"), SLICE("DONE"),
              SLICE("ITEMS/S"), SLICE("LEFT"));
    while ((token = json_next(&r)) == JSON_OBJECT_BEGIN) {
        struct shown_job job;
        if (!read_job(&r, arena, &job))
            return false;
        print_job(&job, arena);
    }
    return token == JSON_ARRAY_END;
}

static bool read_one(struct slice body, struct arena *arena, struct shown_job *out)
{
    struct json_reader r;
    json_reader_init(&r, body, JSON_DEPTH, arena);
    return json_next(&r) == JSON_OBJECT_BEGIN && read_job(&r, arena, out);
}

/* Returns the exit status. */
static int print_reply(const struct jobs_call *call, const struct admin_reply *reply, struct arena *arena)
{
    struct shown_job job = {0};
    bool list = strcmp(call->method, "GET") == 0;
    if (reply->status == 200 && list && print_list(reply->body, arena))
        return EXIT_SUCCESS;
    bool read = read_one(reply->body, arena, &job);
    if (reply->status == 200 && !list && read) {
        printf("job %.*s is %.*s\n", SLICE_PRINTF(job.id), SLICE_PRINTF(job.state));
        return EXIT_SUCCESS;
    }
    if (read && job.error.size > 0)
        fprintf(stderr, "stator: %.*s\n", SLICE_PRINTF(job.error));
    else
        fprintf(stderr, "stator: %s answers with status %u\n", call->admin, reply->status);
    return EXIT_FAILURE;
}

int jobs_command(int count, char **arguments)
{
    struct arena arena;
    struct error err;
    struct jobs_call call;
    struct admin_reply reply;
    int status = EXIT_FAILURE;
    arena_init(&arena, 16 * 1024);
    error_init(&err, &arena);
    if (!read_call(count, arguments, &arena, &call)) {
        fputs("stator: that is no order for jobs; see stator help\n", stderr);
        status = EXIT_USAGE;
    } else if (!admin_call(call.admin, call.method, call.path, &arena, &reply, &err)) {
        fprintf(stderr, "stator: %s\n", err.message);
    } else {
        status = print_reply(&call, &reply, &arena);
    }
    arena_release(&arena);
    return status;
}
