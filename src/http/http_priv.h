/* http_priv.h - what the files of this folder share: the server, its loops, a connection, an exchange.
 * Never leaves src/http. README.md draws how they hang together. */
#ifndef STATOR_HTTP_HTTP_PRIV_H
#define STATOR_HTTP_HTTP_PRIV_H

#include "http/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <time.h>

enum {
    EXCHANGE_ARENA_CHUNK_BYTES = 16 * 1024, /* holds a typical request and its reply */
    FREE_EXCHANGES_MAX = 256,               /* kept by a loop for reuse; more are freed */
    CACHE_LINE_BYTES = 64,
};

/* What other threads hand to a loop: a resumed exchange or a newly accepted connection. */
enum inbox_kind { INBOX_RESUMED, INBOX_ARRIVED };

struct inbox_node {
    struct inbox_node *next;
    enum inbox_kind kind;
};

/* The state of a connection and of the exchange on it, which are one thing in HTTP/1.1:
 *
 *      idle ──(request line)──▶ receiving ──(last byte)──▶ running ◀──(resumed)── suspended
 *       ▲                           │                        │  └──(http_suspend)────▲
 *       │                           │ (refused: 413, ...)    │ (http_reply)
 *       └──────(reply sent)────── sending ◀──────────────────┘
 *
 * Each state but running and suspended has a time limit, kept by sweep.c. */
enum connection_state {
    CONNECTION_IDLE,
    CONNECTION_RECEIVING,
    CONNECTION_RUNNING,
    CONNECTION_SUSPENDED,
    CONNECTION_SENDING,
};

/* Touched by its loop only, once the loop has it. */
struct http_connection {
    struct inbox_node inbox;
    struct http_connection *next; /* on the loop's list */
    struct http_connection *previous;
    struct http_loop *loop;
    int fd; /* belongs to libmicrohttpd */
    enum connection_state state;
    int64_t since_ms; /* when it entered this state */
    bool cut;         /* the socket is shut down; libmicrohttpd will close it */
    /* While idle, sweep.c looks at the socket's count of received bytes from time to time. */
    int64_t checked_ms;     /* when it last looked; 0: not yet in this idle period */
    uint64_t checked_bytes; /* what it saw */
    int64_t trickling_ms;   /* since when every look has seen more bytes; 0: not trickling */
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
};

struct http_exchange {
    struct inbox_node inbox;
    struct http_exchange *next_free;
    struct http_loop *loop;
    struct http_connection *connection;
    struct MHD_Connection *mhd;
    bool mhd_suspended;
    bool head_taken;
    bool close_after; /* the reply says `Connection: close` */
    struct slice method;
    struct slice path;
    struct slice query;
    struct field_list headers;
    /* The body while it arrives. */
    unsigned refusal; /* status to answer instead of calling the handler; 0: none */
    bool chunked;
    uint64_t content_length; /* 0 if chunked */
    uint64_t arrived_bytes;
    char *body;
    size_t body_capacity;
    size_t reserved_bytes; /* of the budget for bodies in flight */
    /* The body once it is there. */
    struct slice body_raw;
    struct slice body_decoded;
    bool body_intact;
    int64_t received_ns;
    http_handler *go_on; /* set by http_resume() */
    void *go_on_arg;
    struct arena arena;
};

struct http_loop {
    struct http_server *server;
    unsigned index;
    struct MHD_Daemon *daemon;
    int epoll_fd; /* libmicrohttpd's */
    int wake_fd;  /* an eventfd in libmicrohttpd's epoll set */
    pthread_t thread;
    bool thread_started;
    struct start_messages *starting; /* while loop_open() runs */

    /* Written by other threads. */
    alignas(CACHE_LINE_BYTES) _Atomic(struct inbox_node *) inbox; /* a stack, newest first */
    _Atomic bool asleep;     /* in epoll_wait, or about to be: needs a wake-up */
    _Atomic unsigned wakers; /* threads between their push and the end of their wake-up */

    /* Written by the loop; the atomic ones are read by others for statistics. */
    alignas(CACHE_LINE_BYTES) struct http_connection *connections;
    struct http_connection *arriving; /* being added to libmicrohttpd at this moment */
    _Atomic unsigned connection_count;
    _Atomic uint64_t exchange_count;
    _Atomic uint64_t refused;
    _Atomic uint64_t in_flight_bytes;
    size_t granted_bytes; /* this loop's share of the server's budget, taken in grains */
    struct http_exchange *free_exchanges;
    unsigned free_count;
    bool awake;     /* !asleep, in a cache line that nobody else writes */
    int64_t now_ns; /* see loop_now_ns() */
    int64_t sweep_due_ms;
    int64_t date_due_ms; /* not before then does `date` change */
    char date[32];       /* the field of that name */
    bool has_resumed;    /* since the last round; libmicrohttpd has something to do */
    struct libdeflate_decompressor *decompressor;
};

struct http_server {
    struct http_options options;
    int listen_fd;
    uint16_t port;
    pthread_t accept_thread;
    bool accepting;        /* accept_thread was started */
    char *tls_certificate; /* PEM text; NULL: plain HTTP */
    char *tls_key;
    _Atomic bool closing;  /* no new connections; finish what there is */
    _Atomic bool stopping; /* now */
    _Atomic uint64_t accepted;
    _Atomic uint64_t refused; /* by the accepting thread */
    _Atomic unsigned open_connections;
    _Atomic uint64_t granted_bytes; /* to the loops, of in_flight_bytes_max */
    _Atomic int64_t log_due_ms;     /* not before then is another of libmicrohttpd's messages logged */
    _Atomic uint64_t log_dropped;
    pthread_mutex_t mutex; /* guards loops_running */
    pthread_cond_t loop_ended;
    unsigned loops_running;
    struct http_server *next_abandoned;
    struct http_loop loops[];
};

/* Milliseconds of the coarse monotonic clock: some milliseconds late, nearly free. For time limits. */
int64_t coarse_ms(void);

/* A counter that only its own thread changes and others may read. */
static inline void count_up(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by,
                          memory_order_relaxed);
}

static inline void count_down(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) - by,
                          memory_order_relaxed);
}

/* When the loop woke up, by the monotonic clock: the time for all it does until it sleeps again. Whatever comes first in a
 * round reads the clock and, by the way, ends the sleep that others would wake the loop from. */
static inline int64_t loop_now_ns(struct http_loop *loop)
{
    if (!loop->awake) {
        loop->awake = true;
        atomic_store(&loop->asleep, false);
        loop->now_ns = clock_monotonic_ns(clock_system());
    }
    return loop->now_ns;
}

static inline int64_t loop_now_ms(struct http_loop *loop)
{
    return loop_now_ns(loop) / 1000000;
}

static inline void connection_enter(struct http_connection *c, enum connection_state state)
{
    c->state = state;
    c->since_ms = loop_now_ms(c->loop);
}

/* ---- loop.c */

/* Starts libmicrohttpd for one loop. On failure loop_close() is still due. */
[[nodiscard]] bool loop_open(struct http_loop *loop, struct error *err);
void loop_run(struct http_loop *loop);
/* PRE: the loop has ended and nothing on it is suspended. */
void loop_close(struct http_loop *loop);
/* Hands a node to the loop and sees to it that the loop notices. Any thread. */
void loop_post(struct http_loop *loop, struct inbox_node *node);
void loop_wake(struct http_loop *loop);
struct http_exchange *loop_take_exchange(struct http_loop *loop);
void loop_give_exchange(struct http_loop *loop, struct http_exchange *x);

/* ---- accept.c */

[[nodiscard]] bool listener_open(struct http_server *server, struct error *err);
void *accept_run(void *server);

/* ---- sweep.c: time limits */

void sweep(struct http_loop *loop, int64_t now_ms);
/* How often: so that a limit is kept to within an eighth. */
int64_t sweep_interval_ms(const struct http_options *options);
/* Shuts the socket down; libmicrohttpd notices and closes it. */
void connection_cut(struct http_connection *c);

/* ---- exchange.c: libmicrohttpd's callbacks; `loop` is their closure */

void *exchange_begin(void *loop, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_continue(void *loop, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *upload_data, size_t *upload_data_size,
                                  void **exchange);
void exchange_end(void *loop, struct MHD_Connection *mhd, void **exchange,
                  enum MHD_RequestTerminationCode why);
void connection_changed(void *loop, struct MHD_Connection *mhd, void **connection,
                        enum MHD_ConnectionNotificationCode what);
/* Runs the continuation of a resumed exchange. */
void exchange_resumed(struct http_exchange *x);

/* ---- head.c: the request line and the header fields */

/* Path and query of a request target: "/a?b", "http://host/a?b" or "*". */
void target_split(struct slice target, struct slice *path_out, struct slice *query_out);
/* Gathers the header fields and decides what they say of the body: sets x->headers, chunked, content_length, or
 * x->refusal. */
void head_take(struct http_exchange *x);
/* The client waits for leave to send its body. */
bool head_expects_continue(const struct http_exchange *x);

/* ---- body.c */

/* Room for the announced body; may set x->refusal. */
void body_begin(struct http_exchange *x);
/* Takes in or, once refused, drops. false: give the connection up. */
[[nodiscard]] bool body_append(struct http_exchange *x, const char *data, size_t size);
/* The body is whole: undo its content encoding. May set x->refusal. */
void body_end(struct http_exchange *x);
/* Gives back what the body took from the budget. */
void body_release(struct http_exchange *x);

#endif
