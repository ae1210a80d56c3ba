/* http_fixture.h - a server on a free port of the loopback, and a client that speaks to it byte by byte. */
#ifndef STATOR_TEST_HTTP_FIXTURE_H
#define STATOR_TEST_HTTP_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/http.h"
#include "support/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

enum { PATIENCE_MS = 20000, RESPONSE_BYTES_MAX = 1 << 20 };

struct fixture {
    struct arena arena;
    struct error err;
    struct http_options options;
    struct http_server *server;
};

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    http_options_init(&f->options);
    f->options.address = "127.0.0.1";
    f->options.threads = 2;
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    if (f->server)
        http_close(f->server, PATIENCE_MS);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static inline void fixture_open(struct fixture *f, http_handler *handler, void *arg)
{
    f->options.handler = handler;
    f->options.arg = arg;
    if (!http_open(&f->options, &f->server, &f->err))
        fail_msg("%s", f->err.message);
}

/* ------------------------------------------------------------------ handlers */

static inline void reply_text(struct http_exchange *x, unsigned status, const char *text)
{
    http_reply(x, status, (struct field_list){NULL, 0}, slice_from_cstr(text));
}

/* Answers with what it was asked. */
static inline void echo(struct http_exchange *x, void *arg)
{
    (void)arg;
    struct field *fields = arena_alloc(http_arena(x), 2 * sizeof *fields);
    fields[0] = (struct field){SLICE("X-Method"), http_method(x)};
    fields[1] = (struct field){SLICE("X-Target"), slice_from_cstr(arena_printf(http_arena(x), "%.*s|%.*s",
                                                                               SLICE_PRINTF(http_path(x)),
                                                                               SLICE_PRINTF(http_query(x))))};
    http_reply(x, 200, (struct field_list){fields, 2}, http_body(x));
}

/* ------------------------------------------------------------------ client */

static inline int client_connect(struct fixture *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(http_port(f->server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The server may have closed already: then the rest is not sent, and the test looks at the reply. */
static inline void client_send_bytes(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return;
        assert_true(sent > 0);
        at += sent;
        size -= (size_t)sent;
    }
}

static inline void client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

struct response {
    unsigned status; /* 0: the connection ended before a reply */
    char head[4096];
    char *body;
    size_t body_size;
};

static inline bool client_wait_readable(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

static inline ssize_t client_receive(int fd, void *data, size_t size)
{
    if (!client_wait_readable(fd, PATIENCE_MS))
        fail_msg("nothing came from the server");
    return recv(fd, data, size, 0);
}

/* The head of one reply, read byte by byte so that what follows is left. */
static inline struct response client_read_head(int fd)
{
    struct response r = {0};
    size_t size = 0;
    while (size < sizeof r.head - 1 && (size < 4 || memcmp(r.head + size - 4, "\r\n\r\n", 4) != 0)) {
        if (client_receive(fd, r.head + size, 1) <= 0)
            return (struct response){0};
        size++;
    }
    assert_int_equal(sscanf(r.head, "HTTP/1.1 %u ", &r.status), 1);
    return r;
}

static inline struct response client_read(struct fixture *f, int fd)
{
    struct response r = client_read_head(fd);
    if (r.status == 0 || r.status == 100)
        return r;
    const char *length = strcasestr(r.head, "\r\nContent-Length: ");
    assert_non_null(length);
    r.body_size = strtoul(length + 18, NULL, 10);
    assert_true(r.body_size <= RESPONSE_BYTES_MAX);
    r.body = arena_alloc_bytes(&f->arena, r.body_size + 1);
    for (size_t at = 0; at < r.body_size;) {
        ssize_t got = client_receive(fd, r.body + at, r.body_size - at);
        assert_true(got > 0);
        at += (size_t)got;
    }
    r.body[r.body_size] = '\0';
    return r;
}

static inline bool client_at_end(int fd)
{
    char byte;
    return client_receive(fd, &byte, 1) <= 0;
}

static inline struct response client_ask(struct fixture *f, const char *request)
{
    int fd = client_connect(f);
    client_send(fd, request);
    struct response r = client_read(f, fd);
    close(fd);
    return r;
}

static inline void assert_still_serving(struct fixture *f)
{
    struct response r = client_ask(f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    assert_int_equal(r.status, 200);
}

static inline int64_t now_ms(void)
{
    return clock_monotonic_ns(clock_system()) / 1000000;
}

#define wait_until(condition)                         \
    do {                                              \
        int64_t give_up_ms = now_ms() + PATIENCE_MS;  \
        while (!(condition) && now_ms() < give_up_ms) \
            usleep(1000);                             \
        assert_true(condition);                       \
    } while (0)

static inline struct http_stats stats_of(struct fixture *f)
{
    struct http_stats stats;
    http_stats(f->server, &stats);
    return stats;
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
