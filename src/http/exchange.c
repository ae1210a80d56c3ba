/* One request and its reply: what libmicrohttpd calls while it arrives, and what the handler calls to look at it,
 * to answer it and to put it off.
 *
 * libmicrohttpd calls, in this order: exchange_begin() after the request line, exchange_continue() after the header
 * fields, then for each piece of the body, then once more; exchange_end() when the reply has been sent or the
 * connection lost. A suspended connection is out of its sight: not even a client that hangs up is noticed until it
 * is resumed, so exchange_end() cannot come in between. */
#include "http/http_priv.h"

#include "base/contract.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ------------------------------------------------------------------ connections */

static void connection_added(struct http_loop *loop, void **context)
{
    struct http_connection *c = loop->arriving;
    INVARIANT(c != NULL);
    loop->arriving = NULL;
    *context = c;
    connection_enter(c, CONNECTION_IDLE);
    c->next = loop->connections;
    if (c->next)
        c->next->previous = c;
    loop->connections = c;
}

static void connection_removed(struct http_loop *loop, struct http_connection *c)
{
    if (c->next)
        c->next->previous = c->previous;
    if (c->previous)
        c->previous->next = c->next;
    else
        loop->connections = c->next;
    atomic_fetch_sub_explicit(&loop->connection_count, 1, memory_order_relaxed);
    atomic_fetch_sub(&loop->server->open_connections, 1);
    free(c);
}

void connection_changed(void *loop, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode what)
{
    (void)mhd;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_added(loop, context);
    else
        connection_removed(loop, *context);
}

static struct http_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* ------------------------------------------------------------------ receiving */

/* The target is copied: libmicrohttpd decodes it in place afterwards. */
void *exchange_begin(void *arg, const char *target, struct MHD_Connection *mhd)
{
    struct http_loop *loop = arg;
    struct http_connection *c = connection_of(mhd);
    int64_t trickling_ms = c->trickling_ms;
    connection_enter(c, CONNECTION_RECEIVING);
    if (trickling_ms)
        c->since_ms = trickling_ms;
    c->checked_ms = 0;
    c->trickling_ms = 0;

    struct http_exchange *x = loop_take_exchange(loop);
    struct arena arena = x->arena;
    *x = (struct http_exchange){
        .inbox.kind = INBOX_RESUMED, .loop = loop, .connection = c, .mhd = mhd, .arena = arena};
    struct slice copy = target ? arena_copy(&x->arena, slice_from_cstr(target)) : SLICE("/");
    target_split(copy, &x->path, &x->query);
    count_up(&loop->exchange_count, 1);
    return x;
}

static enum MHD_Result answer_refusal(struct http_exchange *x)
{
    static const struct field_list no_fields = {NULL, 0};
    x->close_after = true;
    count_up(&x->loop->refused, 1);
    connection_enter(x->connection, CONNECTION_RUNNING);
    http_reply(x, x->refusal, no_fields, SLICE(""));
    return MHD_YES;
}

/* Whether a refusal is told before the body is read, after which the connection closes: when the client waits for
 * leave to send it, when it is too long to be dropped, or when nobody can say where it ends. */
static bool must_refuse_now(const struct http_exchange *x)
{
    bool droppable = x->refusal == MHD_HTTP_CONTENT_TOO_LARGE || x->refusal == MHD_HTTP_SERVICE_UNAVAILABLE;
    return !droppable || head_expects_continue(x) ||
           x->content_length / 2 > x->loop->server->options.body_bytes_max;
}

static enum MHD_Result take_head(struct http_exchange *x, const char *method)
{
    x->head_taken = true;
    x->method = slice_from_cstr(method);
    head_take(x);
    if (!x->refusal)
        body_begin(x);
    return x->refusal && must_refuse_now(x) ? answer_refusal(x) : MHD_YES;
}

/* libmicrohttpd takes no reply in the middle of a body, so this one goes past it. */
static enum MHD_Result give_up(struct http_exchange *x)
{
    static const char reply[] =
        "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    if (!x->loop->server->tls_certificate) {
        ssize_t ignored = send(x->connection->fd, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)ignored;
    }
    return MHD_NO;
}

/* ------------------------------------------------------------------ running */

/* The handler has returned: it must have answered or put off. */
static void after_handler(struct http_exchange *x)
{
    enum connection_state state = x->connection->state;
    INVARIANT(state == CONNECTION_SENDING || state == CONNECTION_SUSPENDED);
    if (state == CONNECTION_SUSPENDED && !x->mhd_suspended) {
        x->mhd_suspended = true;
        MHD_suspend_connection(x->mhd);
    }
}

static enum MHD_Result take_end(struct http_exchange *x)
{
    const struct http_options *options = &x->loop->server->options;
    x->received_ns = loop_now_ns(x->loop);
    if (!x->refusal)
        body_end(x);
    if (x->refusal)
        return answer_refusal(x);
    connection_enter(x->connection, CONNECTION_RUNNING);
    options->handler(x, options->arg);
    after_handler(x);
    return MHD_YES;
}

enum MHD_Result exchange_continue(void *loop, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *upload_data, size_t *upload_data_size,
                                  void **context)
{
    struct http_exchange *x = *context;
    (void)loop, (void)mhd, (void)url, (void)version;
    if (x->connection->state != CONNECTION_RECEIVING)
        return MHD_NO; /* libmicrohttpd would not take the reply */
    if (!x->head_taken)
        return take_head(x, method);
    if (*upload_data_size == 0)
        return take_end(x);
    if (!body_append(x, upload_data, *upload_data_size))
        return give_up(x);
    *upload_data_size = 0;
    return MHD_YES;
}

void exchange_resumed(struct http_exchange *x)
{
    INVARIANT(x->connection->state == CONNECTION_SUSPENDED && x->mhd_suspended);
    connection_enter(x->connection, CONNECTION_RUNNING);
    x->go_on(x, x->go_on_arg);
    if (x->connection->state != CONNECTION_SENDING)
        after_handler(x);
}

void exchange_end(void *arg, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode why)
{
    struct http_loop *loop = arg;
    struct http_exchange *x = *context;
    (void)mhd;
    if (!x)
        return;
    /* libmicrohttpd has refused the request by itself, or been told to; it does not say whether the client is to
     * blame for breaking off. */
    if (x->connection->state == CONNECTION_RECEIVING && why == MHD_REQUEST_TERMINATED_WITH_ERROR &&
        !x->connection->cut)
        count_up(&loop->refused, 1);
    *context = NULL;
    body_release(x);
    count_down(&loop->exchange_count, 1);
    connection_enter(x->connection, CONNECTION_IDLE);
    loop_give_exchange(loop, x);
}

/* ------------------------------------------------------------------ what the handler may ask */

struct slice http_method(const struct http_exchange *x)
{
    return x->method;
}

struct slice http_path(const struct http_exchange *x)
{
    return x->path;
}

struct slice http_query(const struct http_exchange *x)
{
    return x->query;
}

struct field_list http_headers(const struct http_exchange *x)
{
    return x->headers;
}

struct slice http_body_raw(const struct http_exchange *x)
{
    return x->body_raw;
}

struct slice http_body(const struct http_exchange *x)
{
    return x->body_decoded;
}

bool http_body_intact(const struct http_exchange *x)
{
    return x->body_intact;
}

struct arena *http_arena(struct http_exchange *x)
{
    return &x->arena;
}

unsigned http_loop(const struct http_exchange *x)
{
    return x->loop->index;
}

int64_t http_received_ns(const struct http_exchange *x)
{
    return x->received_ns;
}

struct slice http_peer(struct http_exchange *x)
{
    const struct http_connection *c = x->connection;
    char text[INET6_ADDRSTRLEN] = "";
    const char *written;
    if (c->address.any.sa_family == AF_INET)
        written = inet_ntop(AF_INET, &c->address.v4.sin_addr, text, sizeof text);
    else if (IN6_IS_ADDR_V4MAPPED(&c->address.v6.sin6_addr))
        written = inet_ntop(AF_INET, &c->address.v6.sin6_addr.s6_addr[12], text, sizeof text);
    else
        written = inet_ntop(AF_INET6, &c->address.v6.sin6_addr, text, sizeof text);
    return arena_copy(&x->arena, slice_from_cstr(written ? written : "?"));
}

/* ------------------------------------------------------------------ replying */

/* libmicrohttpd wants NUL-terminated text, and copies it. */
static const char *as_text(struct http_exchange *x, struct slice s, char *buffer, size_t capacity)
{
    if (s.size >= capacity)
        return arena_copy_cstr(&x->arena, s);
    if (s.size)
        memcpy(buffer, s.data, s.size);
    buffer[s.size] = '\0';
    return buffer;
}

/* libmicrohttpd would ask the C library at each reply, which takes a lock of the whole process for it. */
static void write_date(struct http_loop *loop)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (gmtime_r(&now.tv_sec, &utc))
        (void)strftime(loop->date, sizeof loop->date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    loop->date_due_ms = loop_now_ms(loop) + 1000 - now.tv_nsec / 1000000;
}

static const char *date_now(struct http_loop *loop)
{
    if (loop_now_ms(loop) >= loop->date_due_ms)
        write_date(loop);
    return loop->date;
}

/* A field that libmicrohttpd refuses (empty, or with a line break in it) is left out rather than sent broken. */
static void add_fields(struct http_exchange *x, struct MHD_Response *response, struct field_list fields)
{
    for (size_t i = 0; i < fields.count; i++) {
        char name[64], value[192];
        if (MHD_add_response_header(response, as_text(x, fields.fields[i].name, name, sizeof name),
                                    as_text(x, fields.fields[i].value, value, sizeof value)) == MHD_NO)
            log_event(LOG_DEBUG, "reply field left out", LOG_SLICE("name", fields.fields[i].name));
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date_now(x->loop));
    if (x->close_after || atomic_load_explicit(&x->loop->server->closing, memory_order_relaxed))
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* While a connection is suspended libmicrohttpd takes its reply just as well, and sends it once resumed. */
void http_reply(struct http_exchange *x, unsigned status, struct field_list fields, struct slice body)
{
    struct http_connection *c = x->connection;
    PRE(c->state == CONNECTION_RUNNING);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        contract_broken("memory", "a reply could be allocated", __FILE__, __LINE__);
    add_fields(x, response, fields);
    connection_enter(c, CONNECTION_SENDING);
    if (MHD_queue_response(x->mhd, status, response) == MHD_NO)
        connection_cut(c);
    MHD_destroy_response(response);
    if (x->mhd_suspended) {
        x->mhd_suspended = false;
        x->loop->has_resumed = true;
        MHD_resume_connection(x->mhd);
    }
}

void http_suspend(struct http_exchange *x)
{
    PRE(x->connection->state == CONNECTION_RUNNING);
    connection_enter(x->connection, CONNECTION_SUSPENDED);
}

void http_resume(struct http_exchange *x, http_handler *go_on, void *arg)
{
    x->go_on = go_on;
    x->go_on_arg = arg;
    loop_post(x->loop, &x->inbox);
}
