/* Requests and replies as RFC 9112 has them, on real sockets. */
#include "http_fixture.h"

#define HEAD "Host: h\r\n"

static void a_request_is_answered(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    struct response r = client_ask(f, "POST /a/b?c=d&e HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nhello");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "hello");
    assert_non_null(strstr(r.head, "\r\nX-Method: POST\r\n"));
    assert_non_null(strstr(r.head, "\r\nX-Target: /a/b|c=d&e\r\n"));
    assert_null(strcasestr(r.head, "\r\nConnection: close"));
}

static time_t ask_for_date(struct fixture *f)
{
    struct response r = client_ask(f, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 0\r\n\r\n");
    const char *field = strstr(r.head, "\r\nDate: ");
    assert_non_null(field);
    assert_null(strstr(field + 1, "\r\nDate: "));
    struct tm said = {0};
    const char *rest = strptime(field, "\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n", &said);
    assert_non_null(rest);
    return timegm(&said);
}

/* RFC 9110, 5.6.7; SDKs set their clocks by it. */
static void a_reply_has_the_date(void **state)
{
    struct fixture *f = *state;
    f->options.threads = 1;
    fixture_open(f, echo, NULL);
    time_t first = ask_for_date(f);
    assert_in_range(time(NULL) - first, 0, 2);
    wait_until(time(NULL) > first + 1);
    time_t later = ask_for_date(f);
    assert_true(later > first);
    assert_in_range(time(NULL) - later, 0, 2);
}

static void the_target_is_not_decoded(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    struct response r = client_ask(f, "GET /a%20b/%2F?x=%3D&y=+ HTTP/1.1\r\n" HEAD "\r\n");
    assert_non_null(strstr(r.head, "\r\nX-Target: /a%20b/%2F|x=%3D&y=+\r\n"));
    r = client_ask(f, "GET http://h:1/p?q HTTP/1.1\r\n" HEAD "\r\n");
    assert_non_null(strstr(r.head, "\r\nX-Target: /p|q\r\n"));
}

static void see_everything(struct http_exchange *x, void *arg)
{
    (void)arg;
    struct field_list headers = http_headers(x);
    struct slice peer = http_peer(x);
    bool right = headers.count == 4 && slice_equal(field_value(headers, SLICE("host")), SLICE("h")) &&
                 slice_equal(field_value(headers, SLICE("X-Two")), SLICE("a b")) &&
                 slice_equal(field_value(headers, SLICE("x-empty")), SLICE("")) &&
                 slice_equal(headers.fields[1].name, SLICE("x-two")) &&
                 slice_equal(peer, SLICE("127.0.0.1")) && http_loop(x) < 2 && http_body_intact(x) &&
                 http_body(x).size == 2 && http_body_raw(x).size == 2 && http_received_ns(x) > 0;
    reply_text(x, right ? 200 : 500, "");
}

static void a_handler_sees_the_whole_request(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, see_everything, NULL);
    struct response r =
        client_ask(f, "PUT / HTTP/1.1\r\n" HEAD "x-two:  a b \t\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}");
    assert_int_equal(r.status, 200);
}

struct arrivals {
    _Atomic bool held;
    _Atomic unsigned count;
    int64_t received_ns[8];
};

static void note_arrival(struct http_exchange *x, void *arg)
{
    struct arrivals *a = arg;
    a->received_ns[atomic_load(&a->count)] = http_received_ns(x);
    atomic_fetch_add(&a->count, 1);
    while (atomic_load(&a->held))
        usleep(1000);
    reply_text(x, 200, "");
}

/* Both were there when the loop came to look: the second one's latency is also the first one's time. */
static void requests_that_wait_together_arrived_together(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\n" HEAD "\r\n";
    struct fixture *f = *state;
    struct arrivals a = {.held = false};
    f->options.threads = 1;
    fixture_open(f, note_arrival, &a);
    int fds[3];
    for (unsigned i = 0; i < 3; i++) {
        fds[i] = client_connect(f);
        client_send(fds[i], request);
        assert_int_equal(client_read(f, fds[i]).status, 200);
    }
    atomic_store(&a.held, true);
    client_send(fds[0], request);
    wait_until(atomic_load(&a.count) == 4);
    int64_t sent_ns = clock_monotonic_ns(clock_system());
    client_send(fds[1], request);
    client_send(fds[2], request);
    atomic_store(&a.held, false);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(client_read(f, fds[i]).status, 200);
        close(fds[i]);
    }
    assert_true(a.received_ns[3] > a.received_ns[2] && a.received_ns[3] < sent_ns);
    assert_true(a.received_ns[4] > sent_ns);
    assert_true(a.received_ns[5] == a.received_ns[4]);
}

static void a_connection_is_kept(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    for (int i = 0; i < 200; i++) {
        char request[128], body[32];
        int size = snprintf(body, sizeof body, "body %d", i);
        snprintf(request, sizeof request, "POST / HTTP/1.1\r\n" HEAD "Content-Length: %d\r\n\r\n%s", size,
                 body);
        client_send(fd, request);
        struct response r = client_read(f, fd);
        assert_int_equal(r.status, 200);
        assert_string_equal(r.body, body);
    }
    assert_int_equal(stats_of(f).accepted, 1);
    assert_int_equal(stats_of(f).connections, 1);
    close(fd);
    wait_until(stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).exchanges, 0);
    assert_int_equal(stats_of(f).in_flight_bytes, 0);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "POST /1 HTTP/1.1\r\n" HEAD "Content-Length: 3\r\n\r\none"
                    "POST /2 HTTP/1.1\r\n" HEAD "Content-Length: 3\r\n\r\ntwo"
                    "GET /3 HTTP/1.1\r\n" HEAD "\r\n");
    assert_string_equal(client_read(f, fd).body, "one");
    assert_string_equal(client_read(f, fd).body, "two");
    assert_non_null(strstr(client_read(f, fd).head, "/3|"));
    close(fd);
}

static void a_request_may_come_in_single_bytes(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    const char *request = "POST /x HTTP/1.1\r\n" HEAD "Content-Length: 3\r\n\r\nabc";
    for (const char *at = request; *at; at++) {
        client_send_bytes(fd, at, 1);
        if (at - request > 10 && at - request < 30)
            usleep(500);
    }
    assert_string_equal(client_read(f, fd).body, "abc");
    close(fd);
}

static void chunked_bodies_are_joined(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    struct response r =
        client_ask(f, "POST / HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n1;ext=1\r\nd\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "abcd0123456789");

    int fd = client_connect(f);
    client_send(fd, "POST / HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 300; i++) {
        char chunk[128];
        snprintf(chunk, sizeof chunk, "64\r\n%0100d\r\n", i);
        client_send(fd, chunk);
    }
    client_send(fd, "0\r\n\r\n");
    r = client_read(f, fd);
    assert_int_equal(r.body_size, 30000);
    for (int i = 0; i < 300; i++) {
        char expected[128];
        snprintf(expected, sizeof expected, "%0100d", i);
        assert_memory_equal(r.body + (size_t)i * 100, expected, 100);
    }
    close(fd);
}

static void leave_to_continue_is_given(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(client_read(f, fd).status, 100);
    client_send(fd, "body");
    assert_string_equal(client_read(f, fd).body, "body");
    close(fd);
}

static void large_bodies_go_both_ways(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    enum { SIZE = 1000000 };
    char *body = arena_alloc_bytes(&f->arena, SIZE);
    for (int i = 0; i < SIZE; i++)
        body[i] = (char)(i * 7 + i / 1000);
    int fd = client_connect(f);
    for (int round = 0; round < 3; round++) {
        client_send(fd, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 1000000\r\n\r\n");
        client_send_bytes(fd, body, SIZE);
        struct response r = client_read(f, fd);
        assert_int_equal(r.body_size, SIZE);
        assert_memory_equal(r.body, body, SIZE);
    }
    close(fd);
}

static void head_is_answered_without_a_body(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "HEAD / HTTP/1.1\r\n" HEAD "\r\nGET /next HTTP/1.1\r\n" HEAD "\r\n");
    assert_int_equal(client_read_head(fd).status, 200);
    assert_non_null(strstr(client_read(f, fd).head, "/next|"));
    close(fd);
}

static void a_client_that_asks_to_close_is_closed(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "GET / HTTP/1.1\r\n" HEAD "Connection: close\r\n\r\n");
    assert_non_null(strcasestr(client_read(f, fd).head, "\r\nConnection: close\r\n"));
    assert_true(client_at_end(fd));
    close(fd);
}

static void a_request_half_closed_behind_is_answered(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\nhi");
    shutdown(fd, SHUT_WR);
    assert_string_equal(client_read(f, fd).body, "hi");
    close(fd);
}

static void odd_fields(struct http_exchange *x, void *arg)
{
    (void)arg;
    static const struct field fields[] = {
        {{"X-Split", 7}, {"a\r\nX-Forged: b", 14}}, {{"X-Empty", 7}, {"", 0}}, {{"X-Good", 6}, {"yes", 3}}};
    char *large = arena_alloc_bytes(http_arena(x), 1000);
    memset(large, 'v', 1000);
    struct field *all = arena_alloc(http_arena(x), 4 * sizeof *all);
    memcpy(all, fields, sizeof fields);
    all[3] = (struct field){SLICE("X-Large"), slice_of(large, 1000)};
    http_reply(x, 200, (struct field_list){all, 4}, SLICE(""));
}

static void a_reply_field_cannot_forge_another(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, odd_fields, NULL);
    struct response r = client_ask(f, "GET / HTTP/1.1\r\n" HEAD "\r\n");
    assert_int_equal(r.status, 200);
    assert_null(strstr(r.head, "Forged"));
    assert_non_null(strstr(r.head, "\r\nX-Good: yes\r\n"));
    assert_non_null(strstr(r.head, "vvvvvvvvvv\r\n"));
}

static void garbage_ends_its_own_connection_only(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    static const struct slice garbage[] = {
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \n\n", 14},
        {"GARBAGE\r\n\r\n", 11},
        {"GET / HTTP/9.9\r\n\r\n", 18},
        {"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 33},
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n", 49},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 61},
        {"GET / extra HTTP/1.1\r\nHost: h\r\n\r\n", 33},
    };
    int bystander = client_connect(f);
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int fd = client_connect(f);
        client_send_bytes(fd, garbage[i].data, garbage[i].size);
        char reply[1024];
        ssize_t size = client_receive(fd, reply, sizeof reply);
        if (size > 0)
            assert_true(memcmp(reply, "HTTP/1.1 4", 10) == 0 || memcmp(reply, "HTTP/1.1 505", 12) == 0);
        while (size > 0)
            size = client_receive(fd, reply, sizeof reply);
        close(fd);
    }
    client_send(bystander, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\nok");
    assert_string_equal(client_read(f, bystander).body, "ok");
    close(bystander);
}

static void ambiguous_bodies_are_refused(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    static const struct {
        const char *fields;
        unsigned status;
    } cases[] = {
        {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Content-Length: 3\r\nContent-Length: 4\r\n", 400},
        {"Transfer-Encoding: gzip, chunked\r\n", 501},
        {"Transfer-Encoding: identity\r\n", 501},
        {"Content-Length : 3\r\n", 400},
        {"Age : 3\r\n", 400},
        {"Accept-Language\x7f: en\r\n", 400},
        {"Accept\001Language: en\r\n", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = client_connect(f);
        client_send(fd, "POST / HTTP/1.1\r\n" HEAD);
        client_send(fd, cases[i].fields);
        client_send(fd, "\r\n");
        assert_int_equal(client_read(f, fd).status, cases[i].status);
        assert_true(client_at_end(fd));
        close(fd);
    }
}

static void ipv6_addresses_work(void **state)
{
    struct fixture *f = *state;
    f->options.address = "::1";
    f->options.handler = echo;
    if (!http_open(&f->options, &f->server, &f->err)) {
        f->server = NULL;
        skip(); /* a machine without IPv6 */
    }
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(http_port(f->server))};
    address.sin6_addr = in6addr_loopback;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    client_send(fd, "POST / HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\nv6");
    assert_string_equal(client_read(f, fd).body, "v6");
    close(fd);
}

static void an_address_in_use_is_a_clear_error(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    struct http_options options = f->options;
    struct http_server *second = NULL;
    options.port = http_port(f->server);
    assert_false(http_open(&options, &second, &f->err));
    assert_int_equal(f->err.code, ERR_CONFIG);
    assert_string_equal(f->err.message,
                        arena_printf(&f->arena,
                                     "could not listen on \"127.0.0.1\" port %u: Address already in use",
                                     options.port));
    options.address = "not an address";
    assert_false(http_open(&options, &second, &f->err));
    assert_non_null(strstr(f->err.message, "could not listen on \"not an address\": "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_request_is_answered),
        CASE(a_reply_has_the_date),
        CASE(the_target_is_not_decoded),
        CASE(a_handler_sees_the_whole_request),
        CASE(requests_that_wait_together_arrived_together),
        CASE(a_connection_is_kept),
        CASE(pipelined_requests_are_answered_in_order),
        CASE(a_request_may_come_in_single_bytes),
        CASE(chunked_bodies_are_joined),
        CASE(leave_to_continue_is_given),
        CASE(large_bodies_go_both_ways),
        CASE(head_is_answered_without_a_body),
        CASE(a_client_that_asks_to_close_is_closed),
        CASE(a_request_half_closed_behind_is_answered),
        CASE(a_reply_field_cannot_forge_another),
        CASE(garbage_ends_its_own_connection_only),
        CASE(ambiguous_bodies_are_refused),
        CASE(ipv6_addresses_work),
        CASE(an_address_in_use_is_a_clear_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
