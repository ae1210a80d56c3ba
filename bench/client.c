#include "client.h"

#include "pauses.h"
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sched/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    buffer_bytes_first = 128 * 1024,
    buffer_bytes_max = 32 * 1024 * 1024, /* an answer is at most 16 MB (BatchGetItem) */
    events_max = 256,
    poll_ms_max = 50, /* how late a change of phase may be seen */
    stall_s = 60,
    slice_ns = 100000,
};

struct connection {
    int fd; /* -1: not connected */
    unsigned number;
    struct request *request; /* outstanding; NULL: idle */
    size_t sent_bytes;
    bool waits_to_send;
    int64_t due_ns; /* when latency began to run */
    char *buffer;
    size_t buffer_bytes;
    size_t have_bytes;
    size_t reply_bytes; /* header and body; 0: header not complete yet */
    size_t head_bytes;
    unsigned status;
    bool closes;
};

struct loop {
    struct client *client;
    int epoll;
    struct connection *connections;
    unsigned *idle; /* ring of connection numbers */
    unsigned idle_first;
    unsigned idle_count;
    unsigned ended; /* connections with nothing more to do */
    int64_t next_due_ns;
    double interval_ns;
    double due_exact_ns;
    int64_t after_ns; /* when PHASE_AFTER was seen to begin; 0: not yet */
};

/* ------------------------------------------------------------------ sockets */

static int connect_to(const char *address, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        tool_fail("%s is not an IPv4 address", address);
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        tool_fail("cannot connect to %s:%u: %s", address, port, strerror(errno));
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void watch(struct loop *l, struct connection *c, bool to_send, int how)
{
    struct epoll_event e = {.events = EPOLLIN | (to_send ? EPOLLOUT : 0u), .data.u32 = c->number};
    if (epoll_ctl(l->epoll, how, c->fd, &e) != 0) {
        tool_fail("epoll_ctl: %s", strerror(errno));
    }
    c->waits_to_send = to_send;
}

static void open_connection(struct loop *l, struct connection *c)
{
    c->fd = connect_to(l->client->address, l->client->port);
    c->have_bytes = 0;
    c->reply_bytes = 0;
    watch(l, c, false, EPOLL_CTL_ADD);
}

static void close_connection(struct loop *l, struct connection *c)
{
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
        l->client->counts.reconnects++;
    }
}

/* ------------------------------------------------------------------ answers */

/* Reads the header's status and length. Returns false until it is complete. */
static bool parse_head(struct connection *c)
{
    const char *end = memmem(c->buffer, c->have_bytes, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    c->head_bytes = (size_t)(end - c->buffer) + 4;
    c->status = c->head_bytes > 12 ? (unsigned)strtoul(c->buffer + 9, NULL, 10) : 0;
    c->closes = false;
    bool sized = false;
    size_t body_bytes = 0;
    for (const char *line = memchr(c->buffer, '\n', c->head_bytes); line != NULL && line < end;
         line = memchr(line, '\n', (size_t)(end + 2 - line))) {
        line++;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            body_bytes = strtoull(line + 15, NULL, 10);
            sized = true;
        } else if (strncasecmp(line, "connection: close", 17) == 0) {
            c->closes = true;
        }
    }
    if (!sized || body_bytes > buffer_bytes_max) {
        tool_fail("an answer without a usable Content-Length: %.*s", (int)c->head_bytes, c->buffer);
    }
    c->reply_bytes = c->head_bytes + body_bytes;
    return true;
}

static void make_room(struct connection *c)
{
    size_t needed = c->reply_bytes > 0 ? c->reply_bytes : c->have_bytes + 4096;
    if (needed > c->buffer_bytes) {
        c->buffer = tool_realloc(c->buffer, needed);
        c->buffer_bytes = needed;
    }
}

static void print_first_error(struct loop *l, const struct connection *c, const struct request *r,
                              const char *why)
{
    int none = 0;
    if (atomic_compare_exchange_strong(l->client->first_error, &none, 1)) {
        size_t body_bytes = c->have_bytes > c->head_bytes ? c->have_bytes - c->head_bytes : 0;
        fprintf(stderr, "first error: %s: %s, status %u: %.*s\n", r->target, why, c->status,
                (int)(body_bytes < 600 ? body_bytes : 600), c->buffer + c->head_bytes);
    }
}

enum outcome { OUTCOME_RIGHT, OUTCOME_WRONG, OUTCOME_THROTTLED, OUTCOME_UNAVAILABLE };

static enum outcome outcome_of(const struct connection *c, const char *wrong)
{
    static const char throttling[] = "ThrottlingException";
    if (wrong == NULL) {
        return OUTCOME_RIGHT;
    }
    if (c->status == 503) {
        return OUTCOME_UNAVAILABLE;
    }
    bool throttled = c->status == 400 && memmem(c->buffer + c->head_bytes, c->reply_bytes - c->head_bytes,
                                                throttling, sizeof throttling - 1) != NULL;
    return throttled ? OUTCOME_THROTTLED : OUTCOME_WRONG;
}

static struct client_window *window_of(const struct loop *l, int64_t due_ns)
{
    if (l->after_ns == 0 || due_ns < l->after_ns) {
        return NULL;
    }
    int64_t window = (due_ns - l->after_ns) / CLIENT_WINDOW_NS;
    return &l->client->windows[window < CLIENT_WINDOWS_MAX ? window : CLIENT_WINDOWS_MAX - 1];
}

static void note_latency(struct client *k, int64_t due_ns, int64_t latency_ns)
{
    histogram_add(&k->latency, latency_ns);
    if (k->answers_count < k->answers_max) {
        k->answers[k->answers_count++] = (struct client_answer){due_ns, latency_ns};
    }
}

/* One that was due before the rate fell, and is answered after it, has a latency like those before. */
static void count_latency(struct loop *l, int64_t due_ns, bool refused)
{
    struct client *k = l->client;
    struct client_window *window = window_of(l, due_ns);
    int64_t latency_ns = tool_now_ns() - due_ns;
    if (refused && k->refusals_expected) {
        histogram_add(&k->refusal, latency_ns);
        if (window != NULL) {
            window->refused++;
        }
    } else if (window != NULL) {
        histogram_add(&window->latency, latency_ns);
    } else {
        note_latency(k, due_ns, latency_ns);
    }
}

static void count_answer(struct loop *l, const struct connection *c, enum outcome outcome, uint64_t items,
                         uint64_t sent_bytes)
{
    struct client *k = l->client;
    int phase = atomic_load_explicit(k->phase, memory_order_relaxed);
    bool refused = outcome == OUTCOME_THROTTLED || outcome == OUTCOME_UNAVAILABLE;
    bool wrong = outcome == OUTCOME_WRONG || (refused && !k->refusals_expected);
    if (phase == PHASE_MEASURE || phase == PHASE_AFTER) {
        k->counts.errors += wrong;
        count_latency(l, c->due_ns, refused);
    }
    if (phase == PHASE_MEASURE) {
        k->counts.requests += outcome == OUTCOME_RIGHT;
        k->counts.throttled += outcome == OUTCOME_THROTTLED;
        k->counts.unavailable += outcome == OUTCOME_UNAVAILABLE;
        k->counts.items += items;
        k->counts.bytes_sent += sent_bytes;
        k->counts.bytes_received += c->reply_bytes;
    }
}

/* ------------------------------------------------------------------ requests */

static void lose_connection(struct loop *l, struct connection *c, const char *why);

static void send_more(struct loop *l, struct connection *c)
{
    struct request *r = c->request;
    while (c->sent_bytes < r->size_bytes) {
        ssize_t n =
            send(c->fd, r->bytes + c->sent_bytes, r->size_bytes - c->sent_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            if (!c->waits_to_send) {
                watch(l, c, true, EPOLL_CTL_MOD);
            }
            return;
        }
        if (n < 0) {
            lose_connection(l, c, strerror(errno));
            return;
        }
        c->sent_bytes += (size_t)n;
    }
    if (c->waits_to_send) {
        watch(l, c, false, EPOLL_CTL_MOD);
    }
}

static void begin_request(struct loop *l, struct connection *c, struct request *r, int64_t due_ns)
{
    if (c->fd < 0) {
        open_connection(l, c);
    }
    c->request = r;
    c->sent_bytes = 0;
    c->have_bytes = 0;
    c->reply_bytes = 0;
    c->head_bytes = 0;
    c->status = 0;
    c->due_ns = due_ns;
    send_more(l, c);
}

/* The connection has nothing outstanding. In a closed loop it goes on at once, at a fixed rate it waits its turn. */
static void become_idle(struct loop *l, struct connection *c)
{
    if (l->client->rate_per_s > 0) {
        l->idle[(l->idle_first + l->idle_count++) % l->client->connections] = c->number;
        return;
    }
    struct request *r = source_next(l->client->source, c->number);
    if (r == NULL) {
        l->ended++;
        return;
    }
    begin_request(l, c, r, tool_now_ns());
}

static void lose_connection(struct loop *l, struct connection *c, const char *why)
{
    struct request *r = c->request;
    close_connection(l, c);
    if (r == NULL) {
        return; /* an idle connection that the server has closed: opened again when it is needed */
    }
    print_first_error(l, c, r, why);
    count_answer(l, c, OUTCOME_WRONG, 0, c->sent_bytes);
    source_dropped(l->client->source, r);
    c->request = NULL;
    become_idle(l, c);
}

static void take_answer(struct loop *l, struct connection *c)
{
    struct request *r = c->request;
    const struct reply reply = {c->status, c->buffer + c->head_bytes, c->reply_bytes - c->head_bytes};
    uint64_t items = 0;
    const char *wrong = source_done(l->client->source, c->number, r, &reply, &items);
    enum outcome outcome = outcome_of(c, wrong);
    if (outcome == OUTCOME_WRONG || (outcome != OUTCOME_RIGHT && !l->client->refusals_expected)) {
        print_first_error(l, c, r, wrong);
    }
    count_answer(l, c, outcome, items, r->size_bytes);
    c->request = NULL;
    if (c->closes) {
        close_connection(l, c);
    }
    become_idle(l, c);
}

static void receive(struct loop *l, struct connection *c)
{
    make_room(c);
    ssize_t n = recv(c->fd, c->buffer + c->have_bytes, c->buffer_bytes - c->have_bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        lose_connection(l, c, n == 0 ? "the server closed the connection" : strerror(errno));
        return;
    }
    c->have_bytes += (size_t)n;
    if (c->request == NULL) {
        lose_connection(l, c, "bytes that nobody asked for");
        return;
    }
    if (c->reply_bytes == 0 && !parse_head(c)) {
        return;
    }
    if (c->have_bytes >= c->reply_bytes) {
        take_answer(l, c);
    }
}

/* ------------------------------------------------------------------ the loop */

static void next_due(struct loop *l)
{
    struct client *k = l->client;
    k->counts.due += atomic_load_explicit(k->phase, memory_order_relaxed) == PHASE_MEASURE;
    l->due_exact_ns += l->interval_ns;
    l->next_due_ns = (int64_t)l->due_exact_ns;
}

static void give_up(struct loop *l, int64_t due_before_ns)
{
    struct client *k = l->client;
    while (l->next_due_ns < due_before_ns) {
        struct client_window *window = window_of(l, l->next_due_ns);
        k->counts.unsent += atomic_load_explicit(k->phase, memory_order_relaxed) == PHASE_MEASURE;
        if (window != NULL) {
            window->unsent++;
        }
        next_due(l);
    }
}

/* What was due before and not sent is given up: its time belongs to the load before. */
static void change_rate(struct loop *l, int64_t now_ns)
{
    struct client *k = l->client;
    give_up(l, now_ns);
    l->after_ns = now_ns;
    l->interval_ns = 1e9 / k->rate_after_per_s;
    l->next_due_ns = now_ns;
    l->due_exact_ns = (double)now_ns;
}

static int64_t send_due(struct loop *l)
{
    struct client *k = l->client;
    int64_t now_ns = tool_now_ns();
    if (l->after_ns == 0 && atomic_load_explicit(k->phase, memory_order_relaxed) == PHASE_AFTER) {
        change_rate(l, now_ns);
    }
    if (k->patience_ns > 0) {
        give_up(l, now_ns - k->patience_ns);
    }
    while (l->idle_count > 0 && l->next_due_ns <= now_ns) {
        struct connection *c = &l->connections[l->idle[l->idle_first]];
        struct request *r = source_next(k->source, c->number);
        l->idle_first = (l->idle_first + 1) % k->connections;
        l->idle_count--;
        if (r == NULL) {
            l->ended++;
            continue;
        }
        if (atomic_load_explicit(k->phase, memory_order_relaxed) == PHASE_MEASURE) {
            histogram_add(&k->lateness, now_ns - l->next_due_ns);
        }
        begin_request(l, c, r, l->next_due_ns);
        next_due(l);
        now_ns = tool_now_ns();
    }
    return now_ns;
}

static int wait_for_events(struct loop *l, struct epoll_event *events)
{
    int64_t wait_ns = (int64_t)poll_ms_max * 1000000;
    if (l->client->rate_per_s > 0) {
        int64_t now_ns = send_due(l);
        if (l->idle_count > 0 && l->next_due_ns - now_ns < wait_ns) {
            wait_ns = l->next_due_ns > now_ns ? l->next_due_ns - now_ns : 0;
        }
    }
    const struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
    int n = epoll_pwait2(l->epoll, events, events_max, &wait, NULL);
    if (n < 0 && errno != EINTR) {
        tool_fail("epoll_wait: %s", strerror(errno));
    }
    return n;
}

/* Requests that are due but unanswered when the measurement ends: what they have waited is the least they would take. */
static void count_overdue(struct loop *l)
{
    struct client *k = l->client;
    int64_t now_ns = tool_now_ns();
    for (unsigned i = 0; i < k->connections; i++) {
        if (l->connections[i].request != NULL) {
            count_latency(l, l->connections[i].due_ns, false);
        }
    }
    for (; l->next_due_ns < now_ns; next_due(l)) {
        count_latency(l, l->next_due_ns, false);
    }
}

static void serve_events(struct loop *l)
{
    struct client *k = l->client;
    struct epoll_event events[events_max];
    int64_t last_event_ns = tool_now_ns();
    while (atomic_load_explicit(k->phase, memory_order_relaxed) != PHASE_STOP && l->ended < k->connections) {
        int n = wait_for_events(l, events);
        for (int i = 0; i < n; i++) {
            struct connection *c = &l->connections[events[i].data.u32];
            if ((events[i].events & EPOLLOUT) != 0 && c->request != NULL) {
                send_more(l, c);
            }
            if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && c->fd >= 0) {
                receive(l, c);
            }
        }
        if (n > 0 || l->idle_count == k->connections) {
            last_event_ns = tool_now_ns();
        } else if (tool_now_ns() - last_event_ns > (int64_t)stall_s * 1000000000) {
            tool_fail("no answer for %d seconds", stall_s);
        }
    }
}

/* Neither the timer's slack of 50 us nor, as far as the kernel allows, what else runs on the processor delays a request or
 * the look at its answer: the generator would be another machine if it could. */
static void be_prompt(bool real_time)
{
    struct sched_attr short_slices = {.size = sizeof short_slices, .sched_runtime = slice_ns};
    prctl(PR_SET_TIMERSLACK, 1ul);
    if (real_time) {
        pauses_run_before_others();
    } else {
        (void)syscall(SYS_sched_setattr, 0, &short_slices, 0);
    }
}

void client_run(struct client *k)
{
    struct loop l = {.client = k, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    be_prompt(k->real_time);
    l.connections = tool_zalloc(k->connections, sizeof *l.connections);
    l.idle = tool_zalloc(k->connections, sizeof *l.idle);
    if (k->rate_per_s > 0) {
        l.interval_ns = 1e9 / k->rate_per_s;
        l.next_due_ns = tool_now_ns();
        l.due_exact_ns = (double)l.next_due_ns;
    }
    for (unsigned i = 0; i < k->connections; i++) {
        struct connection *c = &l.connections[i];
        c->number = i;
        c->buffer_bytes = buffer_bytes_first;
        c->buffer = tool_realloc(NULL, c->buffer_bytes);
        open_connection(&l, c);
    }
    for (unsigned i = 0; i < k->connections; i++) {
        become_idle(&l, &l.connections[i]);
    }

    serve_events(&l);

    k->finished_ns = tool_now_ns();
    if (k->rate_per_s > 0) {
        count_overdue(&l);
    }
    for (unsigned i = 0; i < k->connections; i++) {
        if (l.connections[i].fd >= 0) {
            close(l.connections[i].fd);
        }
        free(l.connections[i].buffer);
    }
    free(l.connections);
    free(l.idle);
    close(l.epoll);
}

void client_call_once(const char *address, uint16_t port, const struct request *r, struct text *buffer,
                      struct reply *reply)
{
    struct connection c = {.fd = connect_to(address, port), .buffer_bytes = buffer_bytes_first};
    c.buffer = tool_realloc(NULL, c.buffer_bytes);
    if (send(c.fd, r->bytes, r->size_bytes, MSG_NOSIGNAL) != (ssize_t)r->size_bytes) {
        tool_fail("cannot send: %s", strerror(errno));
    }
    do {
        make_room(&c);
        ssize_t n = recv(c.fd, c.buffer + c.have_bytes, c.buffer_bytes - c.have_bytes, 0);
        if (n <= 0) {
            tool_fail("the server closed the connection");
        }
        c.have_bytes += (size_t)n;
    } while ((c.reply_bytes == 0 && !parse_head(&c)) || c.have_bytes < c.reply_bytes);
    close(c.fd);
    buffer->size_bytes = 0;
    text_add_bytes(buffer, c.buffer + c.head_bytes, c.reply_bytes - c.head_bytes);
    *reply = (struct reply){c.status, buffer->bytes, buffer->size_bytes};
    free(c.buffer);
}
