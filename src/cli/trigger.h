/* trigger.h - `stator trigger`: functions that a running server calls with the changes of tables, by way of its admin endpoint. */
#ifndef STATOR_CLI_TRIGGER_H
#define STATOR_CLI_TRIGGER_H

#include <stdio.h>

/* `arguments` are what follows `trigger`. Returns the exit status. */
int trigger_command(int count, char **arguments);

/* For `stator help`. */
void trigger_print_help(FILE *out);

#endif
