/* Time limits of connections. libmicrohttpd knows one only, since the last byte, which a client that sends a byte a
 * second never meets; here the limits are those of whole phases: a request, a reply, an idle wait.
 *
 * The sweep runs on the loop's own thread between two rounds of libmicrohttpd, so the connections on its list are
 * open and their file descriptors theirs.
 *
 * One thing libmicrohttpd does not tell: that the first bytes of a request line have arrived. So an idle connection
 * is looked at four times per receive timeout; if the kernel has counted new bytes at every look, somebody is
 * dribbling. One who dribbles more slowly than the looks is caught by the idle limit, which no byte prolongs. */
#include "http/http_priv.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { LOOKS_PER_RECEIVE_TIMEOUT = 4, SWEEPS_PER_TIMEOUT = 8, SWEEP_MS_MAX = 1000 };

int64_t sweep_interval_ms(const struct http_options *options)
{
    unsigned shortest = options->idle_timeout_ms;
    if (options->receive_timeout_ms < shortest)
        shortest = options->receive_timeout_ms;
    if (options->send_timeout_ms < shortest)
        shortest = options->send_timeout_ms;
    int64_t interval = shortest / SWEEPS_PER_TIMEOUT;
    return interval < 1 ? 1 : interval > SWEEP_MS_MAX ? SWEEP_MS_MAX : interval;
}

void connection_cut(struct http_connection *c)
{
    c->cut = true;
    shutdown(c->fd, SHUT_RDWR);
}

/* Nothing of a reply has been sent yet, so these bytes are the reply. Over TLS the client just sees the end. */
static void cut_late_request(struct http_connection *c)
{
    static const char reply[] =
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    count_up(&c->loop->refused, 1);
    if (!c->loop->server->tls_certificate)
        (void)!send(c->fd, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    connection_cut(c);
}

static uint64_t bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return 0;
    return info.tcpi_bytes_received;
}

static void look_for_trickle(struct http_connection *c, int64_t now_ms)
{
    uint64_t bytes = bytes_received(c->fd);
    bool first_look = c->checked_ms == 0;
    if (first_look || bytes == c->checked_bytes)
        c->trickling_ms = 0;
    else if (c->trickling_ms == 0)
        c->trickling_ms = c->checked_ms;
    c->checked_bytes = bytes;
    c->checked_ms = now_ms;
}

static bool has_unread_bytes(int fd)
{
    int unread = 0;
    return ioctl(fd, SIOCINQ, &unread) == 0 && unread > 0;
}

static void sweep_idle(struct http_connection *c, int64_t now_ms)
{
    const struct http_options *options = &c->loop->server->options;
    bool closing = atomic_load_explicit(&c->loop->server->closing, memory_order_relaxed);
    if (now_ms - c->since_ms > options->idle_timeout_ms || (closing && !has_unread_bytes(c->fd))) {
        connection_cut(c);
        return;
    }
    int64_t looked_ms = c->checked_ms ? c->checked_ms : c->since_ms;
    if (now_ms - looked_ms >= options->receive_timeout_ms / LOOKS_PER_RECEIVE_TIMEOUT)
        look_for_trickle(c, now_ms);
    if (c->trickling_ms && now_ms - c->trickling_ms > options->receive_timeout_ms)
        cut_late_request(c);
}

static void sweep_connection(struct http_connection *c, int64_t now_ms)
{
    const struct http_options *options = &c->loop->server->options;
    switch (c->state) {
    case CONNECTION_IDLE:
        sweep_idle(c, now_ms);
        break;
    case CONNECTION_RECEIVING:
        if (now_ms - c->since_ms > options->receive_timeout_ms)
            cut_late_request(c);
        break;
    case CONNECTION_SENDING:
        if (now_ms - c->since_ms > options->send_timeout_ms)
            connection_cut(c);
        break;
    case CONNECTION_RUNNING:
    case CONNECTION_SUSPENDED:
        break; /* the time is ours */
    }
}

void sweep(struct http_loop *loop, int64_t now_ms)
{
    for (struct http_connection *c = loop->connections; c; c = c->next)
        if (!c->cut)
            sweep_connection(c, now_ms);
}
