/* Time limits of connections. libmicrohttpd knows one only, since the last byte, which a client that sends a byte a
 * second never meets; here the limits are those of whole phases: a request, a reply, an idle wait.
 *
 * The sweep runs on the loop's own thread between two rounds of libmicrohttpd, so the connections on its list are
 * open and their file descriptors theirs.
 *
 * Two things libmicrohttpd does not tell. That the first bytes of a request line have arrived: so an idle connection
 * is looked at four times per receive timeout; if the kernel has counted new bytes at every look, somebody is
 * dribbling. One who dribbles more slowly than the looks is caught by the idle limit, which no byte prolongs.
 *
 * And that the client has gone: where its end arrives together with part of a request, libmicrohttpd reads that part
 * and waits for an event that has already been. Such a connection would be held until its time is over. */
#include "http/http_priv.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { CLOSE_WAIT = 8 }; /* of tcpi_state; <netinet/tcp.h>, which names it, does not go with <linux/tcp.h> */

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

static struct tcp_info look_at(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return (struct tcp_info){0};
    return info;
}

static bool has_unread_bytes(int fd)
{
    int unread = 0;
    return ioctl(fd, SIOCINQ, &unread) == 0 && unread > 0;
}

/* The client sends no more, and all it sent was taken in. */
static bool client_has_ended(int fd, const struct tcp_info *info)
{
    return info->tcpi_state == CLOSE_WAIT && !has_unread_bytes(fd);
}

static void look_at_idle(struct http_connection *c, int64_t now_ms)
{
    struct tcp_info info = look_at(c->fd);
    if (client_has_ended(c->fd, &info)) {
        connection_cut(c);
        return;
    }
    uint64_t bytes = info.tcpi_bytes_received;
    bool first_look = c->checked_ms == 0;
    if (first_look || bytes == c->checked_bytes)
        c->trickling_ms = 0;
    else if (c->trickling_ms == 0)
        c->trickling_ms = c->checked_ms;
    c->checked_bytes = bytes;
    c->checked_ms = now_ms;
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
        look_at_idle(c, now_ms);
    if (!c->cut && c->trickling_ms && now_ms - c->trickling_ms > options->receive_timeout_ms)
        cut_late_request(c);
}

static void sweep_receiving(struct http_connection *c, int64_t now_ms)
{
    if (now_ms - c->since_ms > c->loop->server->options.receive_timeout_ms) {
        cut_late_request(c);
        return;
    }
    struct tcp_info info = look_at(c->fd);
    if (client_has_ended(c->fd, &info))
        connection_cut(c);
}

static void sweep_connection(struct http_connection *c, int64_t now_ms)
{
    const struct http_options *options = &c->loop->server->options;
    switch (c->state) {
    case CONNECTION_IDLE:
        sweep_idle(c, now_ms);
        break;
    case CONNECTION_RECEIVING:
        sweep_receiving(c, now_ms);
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
