/* Calls in general: waiting for all of them, their bodies and answers. */
#include "triggers/target.h"

#include "base/contract.h"
#include "triggers/target_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 4096, ANSWER_BYTES = 1024, CONNECTIONS_KEPT = 64 };

/* ------------------------------------------------------------------ a call */

void call_fail(struct call *call, const char *format, ...)
{
    va_list args;
    call->failed = true;
    va_start(args, format);
    vsnprintf(call->error, sizeof call->error, format, args);
    va_end(args);
    call_make_plain(call->error);
}

void call_make_plain(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = *text == '\n' || *text == '\t' ? ' ' : '?';
}

bool call_answer(struct call *call, const char *bytes, size_t size)
{
    if (size > CALL_ANSWER_BYTES_MAX - call->answer.size)
        return false;
    buf_append(&call->answer, slice_of(bytes, size));
    return true;
}

size_t call_body_size(const struct call *call)
{
    size_t size = 0;
    for (size_t i = 0; i < CALL_PARTS; i++)
        size += call->parts[i].size;
    return size;
}

struct slice call_unsent(struct call *call)
{
    while (call->part < CALL_PARTS && call->sent == call->parts[call->part].size) {
        call->part++;
        call->sent = 0;
    }
    return call->part < CALL_PARTS ? slice_after(call->parts[call->part], call->sent) : SLICE("");
}

void call_sent(struct call *call, size_t size)
{
    call->sent += size;
}

void call_rewind(struct call *call)
{
    call->part = 0;
    call->sent = 0;
}

/* ------------------------------------------------------------------ beginning and giving up */

void targets_fail_at_once(struct targets *targets, struct call *call, const char *why)
{
    call_fail(call, "%s", why);
    call->next = targets->unbegun;
    targets->unbegun = call;
}

static void begin_call(struct caller *caller, struct call *call)
{
    struct targets *targets = (struct targets *)caller;
    arena_init(&call->arena, CHUNK_BYTES);
    buf_init(&call->answer, &call->arena, ANSWER_BYTES);
    call->failed = false;
    call->error[0] = '\0';
    call->status = 0;
    call->transfer = NULL;
    call_rewind(call);
    switch (call->kind) {
    case TRIGGER_URL:
    case TRIGGER_KINESIS:
        requests_begin(targets, call);
        return;
    case TRIGGER_COMMAND:
        commands_begin(targets, call);
        return;
    }
}

static bool forget_unbegun(struct targets *targets, struct call *call)
{
    for (struct call **at = &targets->unbegun; *at; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            return true;
        }
    }
    return false;
}

static void give_up_call(struct caller *caller, struct call *call)
{
    struct targets *targets = (struct targets *)caller;
    if (forget_unbegun(targets, call))
        return;
    switch (call->kind) {
    case TRIGGER_URL:
    case TRIGGER_KINESIS:
        requests_give_up(targets, call);
        return;
    case TRIGGER_COMMAND:
        commands_give_up(targets, call);
        return;
    }
}

/* ------------------------------------------------------------------ the whole */

bool targets_open(struct targets **targets_out, struct error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ERR_STORAGE, "libcurl cannot be used");
    struct targets *targets = calloc(1, sizeof *targets);
    INVARIANT(targets != NULL);
    targets->caller = (struct caller){begin_call, give_up_call};
    targets->multi = curl_multi_init();
    INVARIANT(targets->multi != NULL);
    curl_multi_setopt(targets->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    curl_multi_setopt(targets->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    *targets_out = targets;
    return true;
}

void targets_close(struct targets *targets)
{
    if (!targets)
        return;
    PRE(!targets->unbegun);
    commands_close(targets);
    requests_close(targets);
    curl_multi_cleanup(targets->multi);
    free(targets->fds);
    free(targets);
    curl_global_cleanup();
}

struct caller *targets_caller(struct targets *targets)
{
    return &targets->caller;
}

void targets_wait(struct targets *targets, int64_t timeout_ms)
{
    if (targets->unbegun)
        timeout_ms = 0;
    commands_prepare(targets, &timeout_ms);
    curl_multi_poll(targets->multi, targets->fds, targets->fd_count, (int)timeout_ms, NULL);
}

void targets_work(struct targets *targets)
{
    while (targets->unbegun) {
        struct call *call = targets->unbegun;
        targets->unbegun = call->next;
        call->done(call);
    }
    requests_work(targets);
    commands_work(targets);
}

void targets_wake(struct targets *targets)
{
    curl_multi_wakeup(targets->multi);
}
