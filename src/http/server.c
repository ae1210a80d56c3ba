/* The server as a whole: options, opening, closing, statistics. */
#include "http/http_priv.h"

#include "base/contract.h"
#include "base/log.h"
#include "base/priority.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256, PEM_BYTES_MAX = 1 << 20 };

void http_options_init(struct http_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (struct http_options){
        .threads = processors < 1             ? 1
                   : processors > THREADS_MAX ? THREADS_MAX
                                              : (unsigned)processors,
        .connections_max = 4096,
        .body_bytes_max = (size_t)16 << 20,
        .header_bytes_max = 8 << 10,
        .in_flight_bytes_max = (size_t)256 << 20,
        .idle_timeout_ms = 120000,
        .receive_timeout_ms = 30000,
        .send_timeout_ms = 60000,
    };
}

/* ------------------------------------------------------------------ TLS files */

static bool read_pem(const char *path, const char *kind, char **text_out, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERR_CONFIG, "could not read TLS %s \"%s\": %s", kind, path, strerror(errno));
    char *text = malloc(PEM_BYTES_MAX);
    size_t size = text ? fread(text, 1, PEM_BYTES_MAX, file) : 0;
    bool failed = ferror(file) || !text;
    fclose(file);
    if (failed || size == PEM_BYTES_MAX || memchr(text, '\0', size) || size == 0) {
        free(text);
        return error_set(err, ERR_CONFIG, "TLS %s \"%s\" is not a PEM file", kind, path);
    }
    text[size] = '\0';
    *text_out = text; /* owned by the server from here on */
    if (!strstr(text, "-----BEGIN "))
        return error_set(err, ERR_CONFIG, "TLS %s \"%s\" is not a PEM file", kind, path);
    return true;
}

static bool read_tls_files(struct http_server *server, struct error *err)
{
    const struct http_options *options = &server->options;
    if (!options->tls_certificate_path && !options->tls_key_path)
        return true;
    if (!options->tls_certificate_path || !options->tls_key_path)
        return error_set(err, ERR_CONFIG, "TLS needs both a certificate and a key");
    return read_pem(options->tls_certificate_path, "certificate", &server->tls_certificate, err) &&
           read_pem(options->tls_key_path, "key", &server->tls_key, err);
}

/* ------------------------------------------------------------------ threads */

static void *run_loop(void *arg)
{
    struct http_loop *loop = arg;
    struct http_server *server = loop->server;
    char name[16];
    snprintf(name, sizeof name, "http-%u", loop->index);
    pthread_setname_np(pthread_self(), name);
    priority_prompt();
    loop_run(loop);
    pthread_mutex_lock(&server->mutex);
    server->loops_running--;
    pthread_cond_signal(&server->loop_ended);
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static bool start_threads(struct http_server *server, struct error *err)
{
    for (unsigned i = 0; i < server->options.threads; i++) {
        struct http_loop *loop = &server->loops[i];
        int failure = pthread_create(&loop->thread, NULL, run_loop, loop);
        if (failure)
            return error_set(err, ERR_CONFIG, "could not start a thread: %s", strerror(failure));
        loop->thread_started = true;
        pthread_mutex_lock(&server->mutex);
        server->loops_running++;
        pthread_mutex_unlock(&server->mutex);
    }
    int failure = pthread_create(&server->accept_thread, NULL, accept_run, server);
    if (failure)
        return error_set(err, ERR_CONFIG, "could not start a thread: %s", strerror(failure));
    server->accepting = true;
    pthread_setname_np(server->accept_thread, "http-accept");
    return true;
}

/* Signals are for the main thread: those started here inherit a full mask. */
static bool start_threads_without_signals(struct http_server *server, struct error *err)
{
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    bool started = start_threads(server, err);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return started;
}

/* ------------------------------------------------------------------ opening */

static struct http_server *allocate(const struct http_options *options)
{
    size_t size = sizeof(struct http_server) + options->threads * sizeof(struct http_loop);
    size_t aligned = (size + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    struct http_server *server = aligned_alloc(CACHE_LINE_BYTES, aligned);
    if (!server)
        contract_broken("memory", "a server could be allocated", __FILE__, __LINE__);
    memset(server, 0, aligned);
    server->options = *options;
    server->listen_fd = -1;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->loop_ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (unsigned i = 0; i < options->threads; i++) {
        server->loops[i].server = server;
        server->loops[i].index = i;
        server->loops[i].wake_fd = -1;
    }
    return server;
}

static bool open_loops(struct http_server *server, struct error *err)
{
    for (unsigned i = 0; i < server->options.threads; i++)
        if (!loop_open(&server->loops[i], err))
            return false;
    return true;
}

bool http_open(const struct http_options *options, struct http_server **server_out, struct error *err)
{
    PRE(options->handler && options->address && options->threads > 0);
    *server_out = NULL;
    if (options->threads > THREADS_MAX)
        return error_set(err, ERR_CONFIG, "at most %d HTTP threads are possible, not %u", THREADS_MAX,
                         options->threads);
    struct http_server *server = allocate(options);
    if (read_tls_files(server, err) && open_loops(server, err) && listener_open(server, err) &&
        start_threads_without_signals(server, err)) {
        *server_out = server;
        return true;
    }
    http_close(server, 0);
    return false;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

/* ------------------------------------------------------------------ closing */

static void free_server(struct http_server *server)
{
    pthread_mutex_destroy(&server->mutex);
    pthread_cond_destroy(&server->loop_ended);
    free(server->tls_certificate);
    free(server->tls_key);
    free(server);
}

/* Servers closed while some exchange was still suspended. Whoever is to resume it holds a pointer to it, and that
 * must stay valid: so the memory of such a server is kept, on purpose, to the end of the process. */
static _Atomic(struct http_server *) abandoned_servers;

static void keep_abandoned(struct http_server *server)
{
    server->next_abandoned = atomic_load(&abandoned_servers);
    while (!atomic_compare_exchange_weak(&abandoned_servers, &server->next_abandoned, server))
        ;
}

static void stop_accepting(struct http_server *server)
{
    atomic_store(&server->closing, true);
    if (server->listen_fd >= 0)
        shutdown(server->listen_fd, SHUT_RD); /* accept4() returns EINVAL */
    if (server->accepting)
        pthread_join(server->accept_thread, NULL);
    if (server->listen_fd >= 0)
        close(server->listen_fd);
}

static void wake_loops(struct http_server *server)
{
    for (unsigned i = 0; i < server->options.threads; i++)
        if (server->loops[i].thread_started)
            loop_wake(&server->loops[i]);
}

static void wait_for_loops(struct http_server *server, unsigned wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&server->mutex);
    while (server->loops_running > 0 &&
           pthread_cond_timedwait(&server->loop_ended, &server->mutex, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&server->mutex);
}

static void join_loops(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    wake_loops(server);
    for (unsigned i = 0; i < server->options.threads; i++) {
        struct http_loop *loop = &server->loops[i];
        if (loop->thread_started)
            pthread_join(loop->thread, NULL);
        while (atomic_load(&loop->wakers) > 0)
            sched_yield(); /* a thread on its way out of http_resume() */
    }
}

static bool has_suspended(const struct http_loop *loop)
{
    for (const struct http_connection *c = loop->connections; c; c = c->next)
        if (c->state == CONNECTION_SUSPENDED)
            return true;
    return false;
}

/* libmicrohttpd cannot be stopped while connections are suspended. Their clients at least see an end. */
static bool close_loop_unless_suspended(struct http_loop *loop)
{
    if (!has_suspended(loop)) {
        loop_close(loop);
        return true;
    }
    for (struct http_connection *c = loop->connections; c; c = c->next)
        connection_cut(c);
    return false;
}

unsigned http_close(struct http_server *server, unsigned wait_ms)
{
    struct http_stats stats;
    stop_accepting(server);
    wake_loops(server);
    wait_for_loops(server, wait_ms);
    join_loops(server);
    http_stats(server, &stats);
    bool closed = true;
    for (unsigned i = 0; i < server->options.threads; i++)
        closed = close_loop_unless_suspended(&server->loops[i]) && closed;
    if (closed)
        free_server(server);
    else
        keep_abandoned(server);
    if (stats.exchanges > 0)
        log_event(LOG_WARNING, "http requests abandoned", LOG_NUMBER("count", stats.exchanges));
    return (unsigned)stats.exchanges;
}

/* ------------------------------------------------------------------ statistics */

void http_stats(const struct http_server *server, struct http_stats *out)
{
    *out = (struct http_stats){
        .connections = atomic_load_explicit(&server->open_connections, memory_order_relaxed),
        .accepted = atomic_load_explicit(&server->accepted, memory_order_relaxed),
        .refused = atomic_load_explicit(&server->refused, memory_order_relaxed),
    };
    for (unsigned i = 0; i < server->options.threads; i++) {
        const struct http_loop *loop = &server->loops[i];
        out->refused += atomic_load_explicit(&loop->refused, memory_order_relaxed);
        out->in_flight_bytes += atomic_load_explicit(&loop->in_flight_bytes, memory_order_relaxed);
        out->exchanges += atomic_load_explicit(&loop->exchange_count, memory_order_relaxed);
    }
}
