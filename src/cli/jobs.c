#include "cli/jobs.h"

#include "cli/admin_command.h"

#include <stdlib.h>
#include <string.h>

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

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 18;
}

static bool read_call(int count, char **arguments, struct arena *arena, struct admin_call *out)
{
    *out = (struct admin_call){.body = SLICE("")};
    count = admin_take_address(count, arguments, &out->address);
    if (count == 0 || (count == 1 && strcmp(arguments[0], "list") == 0)) {
        out->method = "GET";
        out->path = "/jobs";
        out->shows = ADMIN_SHOWS_LIST;
        return true;
    }
    if (count < 2 || !is_number(arguments[1]))
        return false;
    const char *action = arguments[0];
    out->method = "POST";
    out->shows = ADMIN_SHOWS_ONE;
    if (count == 3 && strcmp(action, "rate") == 0 && is_number(arguments[2])) {
        out->path = arena_printf(arena, "/jobs/%s/rate?items_per_s=%s", arguments[1], arguments[2]);
        return true;
    }
    out->path = arena_printf(arena, "/jobs/%s/%s", arguments[1], action);
    return count == 2 &&
           (strcmp(action, "pause") == 0 || strcmp(action, "resume") == 0 || strcmp(action, "cancel") == 0);
}

/* ------------------------------------------------------------------ what is shown */

static void fill(const struct admin_member *job, struct arena *arena, struct slice cells[ADMIN_COLUMNS_MAX])
{
    static const char *const members[] = {"id", "kind", "table", "index", "state"};
    enum { DONE = sizeof members / sizeof members[0], RATE, LEFT };
    for (size_t i = 0; i < DONE; i++)
        cells[i] = admin_text(job, members[i]);
    cells[DONE] = slice_from_cstr(
        arena_printf(arena, "%.*s%% %.*s/%.*s", SLICE_PRINTF(admin_text(job, "percent")),
                     SLICE_PRINTF(admin_text(job, "done")), SLICE_PRINTF(admin_text(job, "total"))));
    cells[RATE] = admin_text(job, "items_per_s");
    cells[LEFT] = admin_text(job, "left_s");
    if (cells[LEFT].size > 0)
        cells[LEFT] = slice_from_cstr(arena_printf(arena, "%.*s s", SLICE_PRINTF(cells[LEFT])));
}

static void remark(const struct admin_member *job)
{
    struct slice error = admin_text(job, "error");
    struct slice trouble = error.size > 0 ? error : admin_text(job, "waits");
    if (trouble.size == 0)
        return;
    admin_print_text(error.size > 0 ? SLICE("       failed:") : SLICE("       waits:"), 15);
    admin_print_text(trouble, 0);
    putchar('\n');
}

static const struct admin_things jobs = {
    .list = "jobs",
    .one = "job",
    .name = "id",
    .columns = {{"ID", 5},
                {"KIND", 8},
                {"TABLE", 20},
                {"INDEX", 16},
                {"STATE", 10},
                {"DONE", 26},
                {"ITEMS/S", 9},
                {"LEFT", 0}},
    .fill = fill,
    .remark = remark,
};

int jobs_command(int count, char **arguments)
{
    struct arena arena;
    struct admin_call call;
    int status = EXIT_USAGE;
    arena_init(&arena, 16 * 1024);
    if (read_call(count, arguments, &arena, &call))
        status = admin_command(&call, &jobs, &arena);
    else
        fputs("stator: that is no order for jobs; see stator help\n", stderr);
    arena_release(&arena);
    return status;
}
