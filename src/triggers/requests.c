/* Calls of URLs, by libcurl. */
#include "base/contract.h"
#include "triggers/target_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    CONNECT_MS_MAX = 10 * 1000,
    IDLE_MAX = 64,
    BODY_SHOWN_MAX = 160,
    BUFFER_BYTES = 256 * 1024,
    HEADERS_BYTES = 2048
};

struct transfer {
    CURL *easy;
    struct call *call;
    struct curl_slist *headers;
    struct curl_slist *own_headers; /* of this call; NULL: `headers` it is */
    bool function_failed;           /* says a header */
    bool too_much;                  /* was answered */
    char error[CURL_ERROR_SIZE];
    struct transfer *next;
};

/* ------------------------------------------------------------------ what libcurl asks for */

static size_t send_body(char *out, size_t size, size_t count, void *arg)
{
    struct call *call = ((struct transfer *)arg)->call;
    size_t room = size * count, done = 0;
    while (done < room) {
        struct slice rest = call_unsent(call);
        if (rest.size == 0)
            break;
        size_t some = rest.size < room - done ? rest.size : room - done;
        memcpy(out + done, rest.data, some);
        call_sent(call, some);
        done += some;
    }
    return done;
}

/* A kept connection may turn out to be closed; then everything is sent again on another. */
static int seek_body(void *arg, curl_off_t offset, int origin)
{
    if (offset != 0 || origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    call_rewind(((struct transfer *)arg)->call);
    return CURL_SEEKFUNC_OK;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    transfer->too_much = !call_answer(transfer->call, bytes, size * count);
    return transfer->too_much ? 0 : size * count;
}

static size_t take_header(char *line, size_t size, size_t count, void *arg)
{
    static const char name[] = "x-amz-function-error:";
    if (size * count >= sizeof name - 1 && strncasecmp(line, name, sizeof name - 1) == 0)
        ((struct transfer *)arg)->function_failed = true;
    return size * count;
}

/* ------------------------------------------------------------------ a transfer */

static struct transfer *new_transfer(void)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    INVARIANT(transfer != NULL);
    transfer->easy = curl_easy_init();
    INVARIANT(transfer->easy != NULL);
    transfer->headers = curl_slist_append(NULL, "Content-Type: application/json");
    INVARIANT(transfer->headers != NULL);
    struct curl_slist *all = curl_slist_append(transfer->headers, "Expect:");
    INVARIANT(all != NULL);
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "stator/" STATOR_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    return transfer;
}

static void free_transfer(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

static void drop_own_headers(struct transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_slist_free_all(transfer->own_headers);
    transfer->own_headers = NULL;
}

static void add_own_header(struct transfer *transfer, const char *line)
{
    struct curl_slist *all = curl_slist_append(transfer->own_headers, line);
    INVARIANT(all != NULL);
    transfer->own_headers = all;
}

static void set_own_headers(struct transfer *transfer, const struct call *call)
{
    struct arena arena;
    arena_init(&arena, HEADERS_BYTES);
    for (size_t i = 0; i < call->headers.count; i++) {
        const struct field *f = &call->headers.fields[i];
        add_own_header(transfer,
                       arena_printf(&arena, "%.*s: %.*s", SLICE_PRINTF(f->name), SLICE_PRINTF(f->value)));
    }
    add_own_header(transfer, "Expect:");
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->own_headers);
    arena_release(&arena);
}

static void retire_transfer(struct targets *targets, struct transfer *transfer)
{
    drop_own_headers(transfer);
    curl_multi_remove_handle(targets->multi, transfer->easy);
    if (targets->idle_count == IDLE_MAX) {
        free_transfer(transfer);
        return;
    }
    transfer->next = targets->idle;
    targets->idle = transfer;
    targets->idle_count++;
}

static struct transfer *take_transfer(struct targets *targets)
{
    struct transfer *transfer = targets->idle;
    if (!transfer)
        return new_transfer();
    targets->idle = transfer->next;
    targets->idle_count--;
    return transfer;
}

void requests_begin(struct targets *targets, struct call *call)
{
    struct transfer *transfer = take_transfer(targets);
    long connect_ms = call->timeout_ms < CONNECT_MS_MAX ? (long)call->timeout_ms : CONNECT_MS_MAX;
    transfer->call = call;
    transfer->function_failed = false;
    transfer->too_much = false;
    transfer->error[0] = '\0';
    call->transfer = transfer;
    if (call->headers.count > 0)
        set_own_headers(transfer, call);
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call_body_size(call));
    if (curl_easy_setopt(transfer->easy, CURLOPT_URL, call->target) != CURLE_OK ||
        curl_multi_add_handle(targets->multi, transfer->easy) != CURLM_OK) {
        retire_transfer(targets, transfer);
        call->transfer = NULL;
        targets_fail_at_once(targets, call, "the request cannot be made");
    }
}

void requests_give_up(struct targets *targets, struct call *call)
{
    retire_transfer(targets, call->transfer);
    call->transfer = NULL;
}

/* ------------------------------------------------------------------ its end */

static void judge(const struct transfer *transfer, CURLcode result)
{
    struct call *call = transfer->call;
    struct slice body = buf_slice(&call->answer);
    int shown = (int)(body.size < BODY_SHOWN_MAX ? body.size : BODY_SHOWN_MAX);
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    call->status = result == CURLE_OK ? (int)status : 0;
    if (transfer->too_much)
        call_fail(call, "the answer is larger than %d bytes", CALL_ANSWER_BYTES_MAX);
    else if (result != CURLE_OK)
        call_fail(call, "%s", transfer->error[0] ? transfer->error : curl_easy_strerror(result));
    else if (status < 200 || status > 299)
        call_fail(call, "status %ld: %.*s", status, shown, body.data);
    else if (transfer->function_failed)
        call_fail(call, "the function failed: %.*s", shown, body.data);
}

void requests_work(struct targets *targets)
{
    CURLMsg *message;
    int running, left;
    curl_multi_perform(targets->multi, &running);
    while ((message = curl_multi_info_read(targets->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct transfer *transfer;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        struct call *call = transfer->call;
        judge(transfer, result);
        retire_transfer(targets, transfer);
        call->transfer = NULL;
        call->done(call);
    }
}

void requests_close(struct targets *targets)
{
    while (targets->idle) {
        struct transfer *transfer = targets->idle;
        targets->idle = transfer->next;
        free_transfer(transfer);
    }
}
