/* target.h - calls of targets: HTTP requests and commands, all of them at once on one thread that waits for all.
 * Use:     caller->begin() a call; its done() is called in targets_work(), never before begin() returns. The thread waits in
 *          targets_wait() until something happens to a call, somebody wakes it, or time is over.
 * Owns:    a call is the caller's from begin() until done(); what it was filled with stays so long.
 * HTTP:    POST, HTTP/1.1, http and https only, no redirects; connections are kept.
 * Command: /bin/sh -c, in a process group of its own, which is ended with it. What it prints is its answer; what it prints on
 *          standard error, its last bytes, explains a failure.
 * Bounds:  the call's timeout; CALL_ANSWER_BYTES_MAX.
 * Threads: targets_wake() on any; everything else on the one. */
#ifndef STATOR_TRIGGERS_TARGET_H
#define STATOR_TRIGGERS_TARGET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/field.h"
#include "triggers/triggers.h"

enum { CALL_PARTS = 3, CALL_ERROR_BYTES = 400, CALL_ANSWER_BYTES_MAX = TRIGGER_ANSWER_BYTES_MAX };

struct call {
    /* The caller's. */
    enum trigger_target kind;
    const char *target;
    const char *trigger; /* its name */
    int64_t timeout_ms;
    struct slice parts[CALL_PARTS]; /* the body, one after another */
    struct field_list headers;      /* TRIGGER_KINESIS: of the request; for begin() */
    void (*done)(struct call *call);
    void *arg;

    /* Once done. */
    bool failed;
    char error[CALL_ERROR_BYTES]; /* why */
    int status;                   /* of HTTP; 0: there was no answer */
    struct buf answer;            /* in `arena` */
    struct arena arena;           /* from begin() on; the caller's to release once done, or given up */

    /* Private. */
    void *transfer;
    size_t part; /* that is being sent */
    size_t sent; /* of it */
    struct call *next;
};

struct caller {
    void (*begin)(struct caller *caller, struct call *call);
    /* done() is not going to be called. */
    void (*give_up)(struct caller *caller, struct call *call);
};

struct targets;

[[nodiscard]] bool targets_open(struct targets **targets_out, struct error *err);
/* PRE: no call is in flight. NULL is allowed. */
void targets_close(struct targets *targets);
struct caller *targets_caller(struct targets *targets);

void targets_wait(struct targets *targets, int64_t timeout_ms);
void targets_work(struct targets *targets);
void targets_wake(struct targets *targets);

/* Marks a call as failed. */
void call_fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What others wrote may be anything: other than printable ASCII becomes question marks, and lines one line. */
void call_make_plain(char *text);
/* Appends to its answer; false: that is too much. */
[[nodiscard]] bool call_answer(struct call *call, const char *bytes, size_t size);
size_t call_body_size(const struct call *call);
/* What is left to be sent of the part that is being sent; empty: nothing at all. */
struct slice call_unsent(struct call *call);
void call_sent(struct call *call, size_t size);
void call_rewind(struct call *call);

#endif
