/* jobs.h - `stator jobs`: what a running server works on beside its requests, by way of its admin endpoint. */
#ifndef STATOR_CLI_JOBS_H
#define STATOR_CLI_JOBS_H

#include <stdio.h>

/* `arguments` are what follows `jobs`. Returns the exit status. */
int jobs_command(int count, char **arguments);

/* For `stator help`. */
void jobs_print_help(FILE *out);

#endif
