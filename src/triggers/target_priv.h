/* target_priv.h - the two kinds of calls and what they share. Private to src/triggers.
 * Kinds:   requests.c through libcurl, commands.c through pipes. Each has its calls in flight; target.c waits for both. */
#ifndef STATOR_TRIGGERS_TARGET_PRIV_H
#define STATOR_TRIGGERS_TARGET_PRIV_H

#include "triggers/target.h"

#include <curl/curl.h>

struct transfer;
struct process;

struct targets {
    struct caller caller; /* first */
    CURLM *multi;
    struct transfer *idle; /* easy handles for the next requests */
    unsigned idle_count;
    struct process *processes;
    struct curl_waitfd *fds; /* of processes */
    unsigned fd_count, fd_capacity;
    struct call *unbegun; /* that failed at once */
};

/* Marks it as failed; done() is called in the next targets_work(). */
void targets_fail_at_once(struct targets *targets, struct call *call, const char *why);

void requests_begin(struct targets *targets, struct call *call);
void requests_give_up(struct targets *targets, struct call *call);
void requests_work(struct targets *targets);
void requests_close(struct targets *targets);

void commands_begin(struct targets *targets, struct call *call);
void commands_give_up(struct targets *targets, struct call *call);
/* Fills targets->fds, and shortens the time to the next timeout. */
void commands_prepare(struct targets *targets, int64_t *timeout_ms);
void commands_work(struct targets *targets);
void commands_close(struct targets *targets);

#endif
