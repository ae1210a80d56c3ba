/* main.c - the `stator` command. */
#include "base/log.h"
#include "cli/jobs.h"
#include "cli/trigger.h"
#include "server/config.h"
#include "server/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { EXIT_USAGE = 2 };

static void print_help(FILE *out)
{
    fputs("Stator, the DynamoDB API as a database that you run yourself.\n"
          "\n"
          "usage: stator serve [options]   serve the DynamoDB API\n"
          "       stator jobs [...]        show and steer long work: filling indexes, giving back room\n"
          "       stator trigger [...]     functions that are called with the changes of tables\n"
          "       stator version           print the version\n"
          "       stator help              print this\n"
          "\n"
          "options of serve (also in an INI file by the same names, or as STATOR_* variables):\n",
          out);
    config_print_help(out);
    jobs_print_help(out);
    trigger_print_help(out);
}

static int serve(int argument_count, char **arguments)
{
    struct arena arena;
    struct error err;
    struct config config;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    config_init(&config);
    int status = EXIT_SUCCESS;
    if (!config_load(&config, argument_count, arguments, environ, &arena, &err)) {
        fprintf(stderr, "stator: %s\n", err.message);
        status = EXIT_USAGE;
    } else if (!server_run(&config, &arena, &err)) {
        log_error(LOG_ERROR, "server stopped", &err);
        status = EXIT_FAILURE;
    }
    arena_release(&arena);
    return status;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "help";
    if (strcmp(command, "serve") == 0)
        return serve(argc - 2, argv + 2);
    if (strcmp(command, "jobs") == 0)
        return jobs_command(argc - 2, argv + 2);
    if (strcmp(command, "trigger") == 0)
        return trigger_command(argc - 2, argv + 2);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0) {
        puts("stator " STATOR_VERSION);
        return EXIT_SUCCESS;
    }
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0) {
        print_help(stdout);
        return argc > 1 ? EXIT_SUCCESS : EXIT_USAGE;
    }
    fprintf(stderr, "stator: there is no command '%s'; see stator help\n", command);
    return EXIT_USAGE;
}
