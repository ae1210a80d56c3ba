/* http.h - an HTTP/1.1 server on libmicrohttpd: N event loops, bounded in every direction, no knowledge of databases.
 * Use:     http_open() with a handler. The handler is called on an event loop once the whole request is there, and
 *          ends either with http_reply(), or with http_suspend(): then some other thread later calls http_resume(),
 *          and the continuation given to it runs on the connection's loop again, where it replies (or suspends again).
 *          A handler must not wait for anything.
 * Owns:    an exchange (one request and its reply) and its arena; both end when the reply has been sent.
 * Bounds:  http_options; over a limit the client gets 413, 431, 408 or 503 with an empty body and the connection is
 *          closed; others go on. The handler never sees such a request.
 * Bodies:  Content-Encoding gzip and deflate are decompressed, with the same limit on the result.
 * Threads: http_resume() from any; everything else about an exchange on the thread that has it.
 * See:     README.md in this folder. */
#ifndef STATOR_HTTP_HTTP_H
#define STATOR_HTTP_HTTP_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/field.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;
struct http_exchange;

typedef void http_handler(struct http_exchange *x, void *arg);

struct http_options {
    const char *address;              /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;                    /* 0: the system chooses; see http_port() */
    unsigned threads;                 /* event loops */
    const char *tls_certificate_path; /* PEM; NULL: plain HTTP */
    const char *tls_key_path;
    unsigned connections_max;
    size_t body_bytes_max;       /* of one request, compressed and decompressed: 413 above */
    size_t header_bytes_max;     /* of one request: 431 above */
    size_t in_flight_bytes_max;  /* bodies of all requests together: 503 above */
    unsigned idle_timeout_ms;    /* a connection without a request */
    unsigned receive_timeout_ms; /* from a request's first byte to its last: 408 or close above */
    unsigned send_timeout_ms;    /* a client that does not read its reply */
    http_handler *handler;
    void *arg;
};

/* Defaults for everything but address, port, handler. */
void http_options_init(struct http_options *options);

/* Listens and serves. `options` is copied, its texts are borrowed until http_close(). Fails with ERR_CONFIG: address in
 * use, bad certificate, ... A process serves at most as many connections as it may have file descriptors. */
[[nodiscard]] bool http_open(const struct http_options *options, struct http_server **server_out,
                             struct error *err);
uint16_t http_port(const struct http_server *server);

/* Stops accepting; finishes what was accepted, telling clients to close; waits at most `wait_ms` for it.
 * Returns the number of exchanges that had to be abandoned. The server is gone then; but an exchange abandoned while
 * suspended stays readable, and resuming it does nothing. */
unsigned http_close(struct http_server *server, unsigned wait_ms);

struct http_stats {
    uint64_t connections; /* open now */
    uint64_t accepted;
    uint64_t refused; /* over a limit, malformed or too slow */
    uint64_t in_flight_bytes;
    uint64_t exchanges; /* requests whose reply is not sent yet */
};
void http_stats(const struct http_server *server, struct http_stats *out);

/* ------------------------------------------------------------------ one exchange */

struct slice http_method(const struct http_exchange *x);
struct slice http_path(const struct http_exchange *x);  /* as on the wire, before '?' */
struct slice http_query(const struct http_exchange *x); /* as on the wire, after '?'; empty if none */
struct field_list http_headers(const struct http_exchange *x);
/* As it came, and decompressed; the same bytes if there was no Content-Encoding. */
struct slice http_body_raw(const struct http_exchange *x);
struct slice http_body(const struct http_exchange *x);
/* Whether the body could be decompressed; if not, http_body() is empty. */
bool http_body_intact(const struct http_exchange *x);
/* Lives until the reply has been sent. */
struct arena *http_arena(struct http_exchange *x);
/* The client's address without its port, for logs. */
struct slice http_peer(struct http_exchange *x);
/* Which event loop this is: 0 <= n < threads. For per-thread counters. */
unsigned http_loop(const struct http_exchange *x);
/* When the request's last byte had arrived: when its event loop woke up to find it, before it turned to the requests that
 * had come with it. clock_system() monotonic. */
int64_t http_received_ns(const struct http_exchange *x);

/* Sends the reply. Fields and body must live in the exchange's arena or be constant. Content-Length, Date and
 * Connection are added. Exactly once per exchange, on its loop. A field with an empty value or a line break in it is
 * left out. The exchange is not to be touched afterwards. */
void http_reply(struct http_exchange *x, unsigned status, struct field_list fields, struct slice body);

/* Parks the exchange: after the handler returns nothing happens to it until http_resume(), not even if the client
 * hangs up. To be called before any other thread may resume it. */
void http_suspend(struct http_exchange *x);
/* Wakes it: `go_on` runs on the exchange's loop, which may suspend it again. May be called before the handler that
 * suspended has returned. Cheap, never waits; of many resumed together, one wakes each loop. The exchange is not to be
 * touched afterwards. */
void http_resume(struct http_exchange *x, http_handler *go_on, void *arg);

#endif
