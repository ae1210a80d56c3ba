#include "cli/admin_client.h"

#include "base/buf.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ the connection */

/* host:port or [host]:port. */
static bool split_address(const char *address, struct arena *arena, char **host_out, char **port_out,
                          struct error *err)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || !colon[1])
        return error_set(err, ERR_CONFIG, "'%s' is not an address of the form HOST:PORT", address);
    struct slice host = slice_of(address, (size_t)(colon - address));
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        host = slice_of(host.data + 1, host.size - 2);
    *host_out = arena_copy_cstr(arena, host);
    *port_out = arena_copy_cstr(arena, slice_from_cstr(colon + 1));
    return true;
}

static int connect_to(const struct addrinfo *at)
{
    const struct timeval wait = {.tv_sec = ADMIN_WAIT_S};
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
        connect(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    int failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

static bool open_connection(const char *address, struct arena *arena, int *fd_out, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char *host, *port;
    if (!split_address(address, arena, &host, &port, err))
        return false;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0)
        return error_set(err, ERR_CONFIG, "could not find %s: %s", address, gai_strerror(failure));
    *fd_out = -1;
    for (const struct addrinfo *at = found; at && *fd_out < 0; at = at->ai_next)
        *fd_out = connect_to(at);
    freeaddrinfo(found);
    return *fd_out >= 0 ||
           error_set(err, ERR_UNAVAILABLE, "could not connect to %s: %s", address, strerror(errno));
}

static bool send_all(int fd, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes = slice_after(bytes, (size_t)sent);
    }
    return true;
}

static bool receive_all(int fd, struct buf *out)
{
    while (out->size < ADMIN_REPLY_BYTES_MAX) {
        ssize_t got = recv(fd, buf_reserve(out, 16 * 1024), 16 * 1024, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        out->size += (size_t)got;
    }
    errno = EFBIG;
    return false;
}

/* ------------------------------------------------------------------ the reply */

static const char *find(struct slice in, struct slice what)
{
    return memmem(in.data, in.size, what.data, what.size);
}

/* The value of Content-Length; the rest of the connection's bytes if there is none. */
static size_t body_size(struct slice head, size_t rest)
{
    static const char name[] = "\r\ncontent-length:";
    for (size_t i = 0; i + sizeof name - 1 < head.size; i++)
        if (strncasecmp(head.data + i, name, sizeof name - 1) == 0)
            return (size_t)strtoul(head.data + i + sizeof name - 1, NULL, 10);
    return rest;
}

static bool read_reply(struct slice bytes, struct admin_reply *out)
{
    const char *end = find(bytes, SLICE("\r\n\r\n"));
    if (!end || !slice_starts_with(bytes, SLICE("HTTP/1.1 ")))
        return false;
    struct slice head = slice_of(bytes.data, (size_t)(end - bytes.data) + 2);
    struct slice rest = slice_after(bytes, head.size + 2);
    size_t size = body_size(head, rest.size);
    *out = (struct admin_reply){(unsigned)strtoul(head.data + SLICE("HTTP/1.1 ").size, NULL, 10), rest};
    out->body.size = size;
    return size <= rest.size;
}

bool admin_send(const char *address, const char *method, const char *path, struct slice body,
                struct arena *arena, struct admin_reply *out, struct error *err)
{
    struct buf bytes;
    int fd;
    if (!open_connection(address, arena, &fd, err))
        return false;
    const char *request =
        arena_printf(arena,
                     "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     method, path, address, body.size);
    buf_init(&bytes, arena, 16 * 1024);
    bool ok = send_all(fd, slice_from_cstr(request)) && send_all(fd, body) && receive_all(fd, &bytes);
    int failure = errno;
    close(fd);
    if (!ok)
        return error_set(err, ERR_UNAVAILABLE, "no answer from %s: %s", address, strerror(failure));
    buf_append_byte(&bytes, '\0');
    bytes.size--;
    return read_reply(buf_slice(&bytes), out) ||
           error_set(err, ERR_UNAVAILABLE, "%s does not answer as an admin endpoint does", address);
}
