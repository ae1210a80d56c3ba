/* constant - the yardstick: libmicrohttpd alone, answering every POST with the same 1 KB of JSON.
 * It reads the whole request and looks at nothing, so its rate is what the HTTP library and the kernel allow. It has as
 * many epoll threads as the machine has cores, like Stator. */
#include <microhttpd.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    body_bytes = 1024,
    connections_max = 4096,
    connection_bytes = 32 * 1024,
};

static enum MHD_Result answer(void *response, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **state)
{
    static int seen;
    (void)url;
    (void)version;
    (void)upload;
    if (*state == NULL) {
        *state = &seen; /* the header is there, the body is to come */
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        *upload_bytes = 0;
        return MHD_YES;
    }
    return strcmp(method, "POST") == 0 ? MHD_queue_response(connection, MHD_HTTP_OK, response) : MHD_NO;
}

static struct MHD_Response *make_response(void)
{
    static char body[body_bytes + 1];
    int n = snprintf(body, sizeof body, "{\"Item\":{\"pk\":{\"S\":\"constant\"},\"note\":{\"S\":\"");
    memset(body + n, 'x', body_bytes - (size_t)n);
    memcpy(body + body_bytes - 4, "\"}}}", 4);
    struct MHD_Response *response = MHD_create_response_from_buffer(body_bytes, body, MHD_RESPMEM_PERSISTENT);
    if (response == NULL ||
        MHD_add_response_header(response, "Content-Type", "application/x-amz-json-1.0") != MHD_YES) {
        fprintf(stderr, "constant: no memory\n");
        exit(1);
    }
    return response;
}

int main(int argc, char **argv)
{
    long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (port < 1 || port > 65535) {
        fprintf(stderr,
                "usage: constant PORT\nAnswers every POST on 127.0.0.1:PORT with the same 1 KB of JSON.\n");
        return 2;
    }
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);

    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Response *response = make_response();
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR,
        &at, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)cores, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)connection_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "constant: cannot listen on 127.0.0.1:%ld\n", port);
        return 1;
    }
    int signal_number = 0;
    sigwait(&stop, &signal_number);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
