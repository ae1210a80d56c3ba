/* One event loop: a thread that runs its own libmicrohttpd daemon in "external" mode, so that between two rounds
 * of it this thread can do what libmicrohttpd does not: take in accepted connections, run the continuations of
 * resumed exchanges, and enforce time limits, all without a lock, because no other thread touches its sockets.
 *
 * Wake-ups: the loop sleeps in libmicrohttpd's epoll_wait. An eventfd of ours is in the same epoll set, with a NULL
 * pointer as its data, which libmicrohttpd passes over (that is its own "shutdown signal"), and edge-triggered, so
 * that nobody need read it. */
#include "http/http_priv.h"

#include "base/contract.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <libdeflate.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { MHD_EVENTS_AT_ONCE = 128 };

int64_t coarse_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ inbox */

void loop_wake(struct http_loop *loop)
{
    uint64_t one = 1;
    ssize_t written = write(loop->wake_fd, &one, sizeof one);
    INVARIANT(written == sizeof one);
}

/* Only the push that finds the inbox empty has to think of waking the loop: whoever made it non-empty has done so,
 * and the loop empties it as a whole. So a group of resumed exchanges costs each loop at most one wake-up, and none
 * if it is awake. `asleep` is set before the loop's last look into the inbox, and read here after the push, both
 * sequentially consistent: one of the two sees the other.
 *
 * Once a node is in, the loop may run to its end, and http_close() free it. A thread that still means to wake it
 * says so in `wakers` beforehand; one that need not wake it touches nothing after its push. */
void loop_post(struct http_loop *loop, struct inbox_node *node)
{
    bool announced = false;
    struct inbox_node *newest = atomic_load(&loop->inbox);
    do {
        if (!newest && !announced) {
            atomic_fetch_add(&loop->wakers, 1);
            announced = true;
        }
        node->next = newest;
    } while (!atomic_compare_exchange_weak(&loop->inbox, &newest, node));
    if (!announced)
        return;
    if (!newest && atomic_load(&loop->asleep))
        loop_wake(loop);
    atomic_fetch_sub(&loop->wakers, 1);
}

static void add_connection(struct http_loop *loop, struct http_connection *c)
{
    bool v6 = c->address.any.sa_family == AF_INET6;
    loop->arriving = c;
    enum MHD_Result added = MHD_add_connection(loop->daemon, c->fd, &c->address.any,
                                               v6 ? sizeof c->address.v6 : sizeof c->address.v4);
    if (added == MHD_NO && loop->arriving) {
        /* libmicrohttpd has closed the socket and never told connection_changed() of it. */
        loop->arriving = NULL;
        atomic_fetch_sub(&loop->server->open_connections, 1);
        atomic_fetch_sub_explicit(&loop->connection_count, 1, memory_order_relaxed);
        count_up(&loop->refused, 1);
        free(c);
    }
}

static struct inbox_node *take_inbox_oldest_first(struct http_loop *loop)
{
    struct inbox_node *node = atomic_exchange(&loop->inbox, NULL);
    struct inbox_node *oldest = NULL;
    while (node) {
        struct inbox_node *older = node->next;
        node->next = oldest;
        oldest = node;
        node = older;
    }
    return oldest;
}

/* `next` is read before the node is handled: a continuation may suspend again and be back in the inbox at once. */
static void empty_inbox(struct http_loop *loop)
{
    struct inbox_node *node = take_inbox_oldest_first(loop);
    while (node) {
        struct inbox_node *next = node->next;
        switch (node->kind) {
        case INBOX_RESUMED:
            exchange_resumed((struct http_exchange *)node);
            break;
        case INBOX_ARRIVED:
            add_connection(loop, (struct http_connection *)node);
            break;
        }
        node = next;
    }
}

static_assert(offsetof(struct http_exchange, inbox) == 0 && offsetof(struct http_connection, inbox) == 0,
              "empty_inbox() finds the owner of a node by its address");

/* ------------------------------------------------------------------ exchanges for reuse */

struct http_exchange *loop_take_exchange(struct http_loop *loop)
{
    struct http_exchange *x = loop->free_exchanges;
    if (x) {
        loop->free_exchanges = x->next_free;
        loop->free_count--;
        return x;
    }
    x = malloc(sizeof *x);
    if (!x)
        contract_broken("memory", "an exchange could be allocated", __FILE__, __LINE__);
    arena_init(&x->arena, EXCHANGE_ARENA_CHUNK_BYTES);
    return x;
}

static void free_exchange(struct http_exchange *x)
{
    arena_release(&x->arena);
    free(x);
}

void loop_give_exchange(struct http_loop *loop, struct http_exchange *x)
{
    if (loop->free_count >= FREE_EXCHANGES_MAX) {
        free_exchange(x);
        return;
    }
    arena_reset(&x->arena);
    x->next_free = loop->free_exchanges;
    loop->free_exchanges = x;
    loop->free_count++;
}

/* ------------------------------------------------------------------ running */

static int32_t wait_ms(const struct http_loop *loop, int64_t now_ms)
{
    if (!loop->connections)
        return -1;
    int64_t left = loop->sweep_due_ms - now_ms;
    return left > 0 ? (int32_t)left : 0;
}

static bool has_ended(const struct http_loop *loop)
{
    const struct http_server *server = loop->server;
    return atomic_load(&server->stopping) || (atomic_load(&server->closing) && !loop->connections);
}

static void sweep_when_due(struct http_loop *loop)
{
    int64_t now = loop_now_ms(loop);
    if (now < loop->sweep_due_ms && !atomic_load_explicit(&loop->server->closing, memory_order_relaxed))
        return;
    sweep(loop, now);
    loop->sweep_due_ms = now + sweep_interval_ms(&loop->server->options);
}

static bool has_pending_work(struct http_loop *loop)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    return loop->has_resumed || (MHD_get_timeout(loop->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0);
}

/* When epoll_wait fills libmicrohttpd's array, it calls it again, with the same timeout, before it handles what it
 * has: with a timeout it could sleep on events already in its hand. So where the array can be filled, the waiting
 * is done here, and libmicrohttpd only collects. */
static bool run_round(struct http_loop *loop, int32_t wait)
{
    bool can_fill =
        atomic_load_explicit(&loop->connection_count, memory_order_relaxed) + 1 >= MHD_EVENTS_AT_ONCE;
    if (wait != 0 && can_fill) {
        struct pollfd events = {.fd = loop->epoll_fd, .events = POLLIN};
        if (!has_pending_work(loop))
            (void)poll(&events, 1, wait);
        wait = 0;
    }
    loop->has_resumed = false;
    return MHD_run_wait(loop->daemon, wait) == MHD_YES;
}

void loop_run(struct http_loop *loop)
{
    while (!has_ended(loop)) {
        loop->awake = false;
        atomic_store(&loop->asleep, true);
        int32_t wait = atomic_load(&loop->inbox) ? 0 : wait_ms(loop, coarse_ms());
        if (!run_round(loop, wait)) {
            log_event(LOG_ERROR, "http loop could not wait for events", LOG_NUMBER("errno", errno));
            usleep(10000);
        }
        (void)loop_now_ns(loop);
        empty_inbox(loop);
        sweep_when_due(loop);
    }
}

/* ------------------------------------------------------------------ opening and closing */

/* Trouble of ours, as against what clients do. */
static bool is_our_trouble(const char *format)
{
    static const char *const beginnings[] = {"Call to epoll", "Error allocating", "Failed to create",
                                             "Failed to initialise", "Failed to remove"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(format, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* Until the daemon runs, its complaints go into the error message of http_open(). */
struct start_messages {
    char text[512];
    size_t size;
};

static size_t format_message(char *text, size_t capacity, const char *format, va_list args)
{
    int size = vsnprintf(text, capacity, format, args);
    size_t end = size < 0 ? 0 : (size_t)size < capacity ? (size_t)size : capacity - 1;
    while (end > 0 && text[end - 1] == '\n')
        text[--end] = '\0';
    return end;
}

static void collect_message(struct start_messages *messages, const char *format, va_list args)
{
    if (messages->size > 0 && messages->size < sizeof messages->text - 2)
        messages->text[messages->size++] = ' ';
    size_t room = sizeof messages->text - messages->size;
    messages->size += format_message(messages->text + messages->size, room, format, args);
}

/* Most of what libmicrohttpd says is about what clients do, and clients may do it as often as they like: at most
 * one line a second, with a count of those left out. */
static void log_message(void *arg, const char *format, va_list args)
{
    struct http_loop *loop = arg;
    struct http_server *server = loop->server;
    if (loop->starting) {
        collect_message(loop->starting, format, args);
        return;
    }
    int64_t now = coarse_ms();
    int64_t due = atomic_load_explicit(&server->log_due_ms, memory_order_relaxed);
    if (now < due || !atomic_compare_exchange_strong(&server->log_due_ms, &due, now + 1000)) {
        atomic_fetch_add_explicit(&server->log_dropped, 1, memory_order_relaxed);
        return;
    }
    char text[512];
    size_t size = format_message(text, sizeof text, format, args);
    log_event(
        is_our_trouble(format) ? LOG_WARNING : LOG_DEBUG, "http", LOG_SLICE("text", slice_of(text, size)),
        LOG_NUMBER("left_out", atomic_exchange_explicit(&server->log_dropped, 0, memory_order_relaxed)));
}

/* libmicrohttpd keeps the head, a list entry of 64 bytes for each field and each cookie, a copy of the cookies, and the
 * reply's head in one pool per connection. By default a hundred fields fit in the longest head. Half of the pool is what is
 * read at once. It fills the whole with zeros after each request, and that half before: not larger than needed. */
static size_t pool_bytes(const struct http_options *options)
{
    return options->header_bytes_max + options->header_bytes_max / 2 + 4096;
}

static struct MHD_Daemon *start_daemon(struct http_loop *loop)
{
    const struct http_server *server = loop->server;
    const struct http_options *options = &server->options;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
    if (server->tls_certificate) {
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, server->tls_certificate};
        tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, server->tls_key};
    }
    /* clang-format off */
    return MHD_start_daemon(flags, 0, NULL, NULL, exchange_continue, loop,
                            MHD_OPTION_EXTERNAL_LOGGER, log_message, (void *)loop,
                            MHD_OPTION_NOTIFY_CONNECTION, connection_changed, (void *)loop,
                            MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, (void *)loop,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_end, (void *)loop,
                            MHD_OPTION_CONNECTION_LIMIT, options->connections_max + 1,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_bytes(options),
                            MHD_OPTION_CONNECTION_TIMEOUT, 0u,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                            MHD_OPTION_ARRAY, tls,
                            MHD_OPTION_END);
    /* clang-format on */
}

static bool watch_wake_fd(struct http_loop *loop)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || info->epoll_fd < 0)
        return false;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    loop->epoll_fd = info->epoll_fd;
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) == 0;
}

bool loop_open(struct http_loop *loop, struct error *err)
{
    struct start_messages messages = {.size = 0};
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake_fd < 0)
        return error_set(err, ERR_CONFIG, "could not start an HTTP loop: %s", strerror(errno));
    loop->starting = &messages;
    loop->daemon = start_daemon(loop);
    loop->starting = NULL;
    if (loop->daemon && watch_wake_fd(loop))
        return true;
    if (loop->server->tls_certificate && messages.size > 0)
        return error_set(err, ERR_CONFIG, "could not use certificate \"%s\" with key \"%s\": %s",
                         loop->server->options.tls_certificate_path, loop->server->options.tls_key_path,
                         messages.text);
    return error_set(err, ERR_CONFIG, "could not start an HTTP loop: %s",
                     messages.size > 0 ? messages.text : strerror(errno));
}

void loop_close(struct http_loop *loop)
{
    if (loop->daemon)
        MHD_stop_daemon(loop->daemon);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    while (loop->free_exchanges) {
        struct http_exchange *x = loop->free_exchanges;
        loop->free_exchanges = x->next_free;
        free_exchange(x);
    }
    if (loop->decompressor)
        libdeflate_free_decompressor(loop->decompressor);
}
