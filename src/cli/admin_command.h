/* admin_command.h - what the commands share that steer a running server: `stator jobs`, `stator trigger`.
 * Use:     admin_take_address(), then the command's own arguments, which make a struct admin_call; admin_command() makes the call
 *          and prints what comes of it: a table of things, or a sentence about one.
 * Answers: of the server are objects whose members are texts, numbers and flags; others are passed over. */
#ifndef STATOR_CLI_ADMIN_COMMAND_H
#define STATOR_CLI_ADMIN_COMMAND_H

#include "cli/admin_client.h"

enum { EXIT_USAGE = 2, ADMIN_COLUMNS_MAX = 8, ADMIN_ANSWER_DEPTH_MAX = 128 };

#define ADMIN_DEFAULT "127.0.0.1:8001"

/* Takes --admin out of the arguments, which may stand anywhere. Returns how many are left; -1: its value is missing. */
int admin_take_address(int count, char **arguments, const char **address_out);

struct admin_call {
    const char *address;
    const char *method;
    const char *path;
    struct slice body;
    enum { ADMIN_SHOWS_LIST, ADMIN_SHOWS_JSON, ADMIN_SHOWS_ONE } shows;
    const char *done; /* "paused": what the one is now; NULL: as its state says */
};

/* A member of the object that is shown. */
struct admin_member {
    struct slice name;
    struct slice text;
    const struct admin_member *next;
};
/* Empty: there is none of that name. */
struct slice admin_text(const struct admin_member *object, const char *name);

struct admin_column {
    const char *title;
    int width; /* at least; 0: the last one */
};

/* What a command is about. */
struct admin_things {
    const char *list; /* the member of an answer that holds all of them */
    const char *one;  /* in a sentence */
    const char *name; /* the member that tells it from others */
    struct admin_column columns[ADMIN_COLUMNS_MAX];
    /* The cells of a row. */
    void (*fill)(const struct admin_member *object, struct arena *arena,
                 struct slice cells[ADMIN_COLUMNS_MAX]);
    /* Lines below the row. */
    void (*remark)(const struct admin_member *object);
};

/* Control characters would be the terminal's: they are not printed. */
void admin_print_text(struct slice text, int width);

/* Returns the exit status. */
int admin_command(const struct admin_call *call, const struct admin_things *things, struct arena *arena);

#endif
