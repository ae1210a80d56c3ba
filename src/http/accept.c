/* The listening socket and the thread that accepts: it counts connections, refuses those over the limit, and gives
 * each new one to the loop that has the fewest. */
#include "http/http_priv.h"

#include "base/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 4096 }; /* the kernel lowers it to net.core.somaxconn */

/* ------------------------------------------------------------------ listening */

static bool listen_on(int fd, const struct addrinfo *where)
{
    int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (where->ai_family == AF_INET6) /* "::" takes in IPv4 as well */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

bool listener_open(struct http_server *server, struct error *err)
{
    const struct http_options *options = &server->options;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    int failure = getaddrinfo(options->address, port, &hints, &found);
    if (failure)
        return error_set(err, ERR_CONFIG, "could not listen on \"%s\": %s", options->address,
                         gai_strerror(failure));
    server->listen_fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listening = server->listen_fd >= 0 && listen_on(server->listen_fd, found);
    int reason = errno;
    freeaddrinfo(found);
    if (!listening)
        return error_set(err, ERR_CONFIG, "could not listen on \"%s\" port %u: %s", options->address,
                         options->port, strerror(reason));
    server->port = port_of(server->listen_fd);
    return true;
}

/* ------------------------------------------------------------------ accepting */

static void refuse(struct http_server *server, int fd)
{
    static const char reply[] =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    char unread[2048];
    count_up(&server->refused, 1);
    if (!server->tls_certificate) {
        (void)!send(fd, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        /* A request left unread would turn the close into a reset, which discards the reply. */
        (void)!recv(fd, unread, sizeof unread, MSG_DONTWAIT);
    }
    close(fd);
}

static struct http_loop *least_busy_loop(struct http_server *server)
{
    struct http_loop *best = &server->loops[0];
    unsigned least = atomic_load_explicit(&best->connection_count, memory_order_relaxed);
    for (unsigned i = 1; i < server->options.threads && least > 0; i++) {
        unsigned count = atomic_load_explicit(&server->loops[i].connection_count, memory_order_relaxed);
        if (count < least) {
            least = count;
            best = &server->loops[i];
        }
    }
    return best;
}

static void hand_over(struct http_server *server, int fd, const struct http_connection *template)
{
    struct http_connection *c = malloc(sizeof *c);
    if (!c) {
        refuse(server, fd);
        return;
    }
    *c = *template;
    c->fd = fd;
    c->inbox.kind = INBOX_ARRIVED;
    c->loop = least_busy_loop(server);
    atomic_fetch_add(&server->open_connections, 1);
    atomic_fetch_add_explicit(&c->loop->connection_count, 1, memory_order_relaxed);
    loop_post(c->loop, &c->inbox);
}

static bool is_passing_trouble(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM;
}

void *accept_run(void *arg)
{
    struct http_server *server = arg;
    int64_t complain_ms = 0;
    while (!atomic_load(&server->closing)) {
        struct http_connection arrived = {0};
        socklen_t size = sizeof arrived.address;
        int fd = accept4(server->listen_fd, &arrived.address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            count_up(&server->accepted, 1);
            if (atomic_load(&server->open_connections) >= server->options.connections_max)
                refuse(server, fd);
            else
                hand_over(server, fd, &arrived);
            continue;
        }
        int reason = errno;
        if (reason == EINVAL || reason == EBADF)
            break; /* http_close() has shut the socket down */
        if (!is_passing_trouble(reason))
            continue; /* the client was gone before it was accepted, and the like */
        if (coarse_ms() >= complain_ms) {
            log_event(LOG_WARNING, "could not accept connections", LOG_TEXT("reason", strerror(reason)));
            complain_ms = coarse_ms() + 10000;
        }
        usleep(50000);
    }
    return NULL;
}
