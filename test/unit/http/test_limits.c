/* Each bound of http_options, met exactly and passed by a little, and the time limits against clients that dawdle.
 * Times are lower bounds and generous upper ones: a slow machine makes these tests slower, not wrong. */
#include "http_fixture.h"

#define HEAD "POST / HTTP/1.1\r\nHost: h\r\n"

static void expect_status_then_end(struct fixture *f, int fd, unsigned status)
{
    struct response r = client_read(f, fd);
    assert_int_equal(r.status, status);
    assert_non_null(strcasestr(r.head, "\r\nConnection: close\r\n"));
    assert_true(client_at_end(fd));
    close(fd);
}

/* ------------------------------------------------------------------ bodies */

static void a_body_of_just_the_limit_is_accepted(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 1000;
    fixture_open(f, echo, NULL);
    char request[1200];
    snprintf(request, sizeof request, HEAD "Content-Length: 1000\r\n\r\n%01000d", 0);
    assert_int_equal(client_ask(f, request).status, 200);
    snprintf(request, sizeof request, HEAD "Transfer-Encoding: chunked\r\n\r\n3e8\r\n%01000d\r\n0\r\n\r\n",
             0);
    assert_int_equal(client_ask(f, request).status, 200);
}

static void a_longer_body_is_413(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 1000;
    fixture_open(f, echo, NULL);
    char request[1200];
    int fd = client_connect(f);
    snprintf(request, sizeof request, HEAD "Content-Length: 1001\r\n\r\n%01001d", 0);
    client_send(fd, request);
    expect_status_then_end(f, fd, 413);

    fd = client_connect(f);
    snprintf(request, sizeof request, HEAD "Transfer-Encoding: chunked\r\n\r\n3e9\r\n%01001d\r\n0\r\n\r\n",
             0);
    client_send(fd, request);
    expect_status_then_end(f, fd, 413);
    assert_int_equal(stats_of(f).refused, 2);
    assert_still_serving(f);
}

static void a_body_far_too_long_is_not_even_read(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 1000;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, HEAD "Content-Length: 99999999999\r\n\r\n");
    expect_status_then_end(f, fd, 413);
    fd = client_connect(f);
    client_send(fd, HEAD "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    expect_status_then_end(f, fd, 413);
}

static void an_endless_chunked_body_is_cut(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 100000;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, HEAD "Transfer-Encoding: chunked\r\n\r\n");
    char chunk[1100];
    int size = snprintf(chunk, sizeof chunk, "400\r\n%01024d\r\n", 0);
    ssize_t sent = 1;
    for (int i = 0; i < 100000 && sent > 0; i++)
        sent = send(fd, chunk, (size_t)size, MSG_NOSIGNAL);
    assert_true(sent < 0); /* 100 MB were not swallowed */
    close(fd);
    wait_until(stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).in_flight_bytes, 0);
    assert_still_serving(f);
}

static struct http_exchange *parked[8];
static _Atomic unsigned parked_count;

static void park(struct http_exchange *x, void *arg)
{
    (void)arg;
    if (http_body(x).size < 1000) {
        reply_text(x, 200, "small");
        return;
    }
    http_suspend(x);
    unsigned place = atomic_load(&parked_count);
    parked[place] = x;
    atomic_store(&parked_count, place + 1);
}

static void unpark(struct http_exchange *x, void *arg)
{
    (void)arg;
    reply_text(x, 200, "parked");
}

static void bodies_in_flight_are_bounded_together(void **state)
{
    struct fixture *f = *state;
    f->options.threads = 1;
    f->options.in_flight_bytes_max = 2500;
    atomic_store(&parked_count, 0);
    fixture_open(f, park, NULL);
    char request[1200];
    snprintf(request, sizeof request, HEAD "Content-Length: 1000\r\n\r\n%01000d", 0);
    int fds[3];
    for (unsigned i = 0; i < 2; i++) {
        fds[i] = client_connect(f);
        client_send(fds[i], request);
        wait_until(atomic_load(&parked_count) == i + 1);
    }
    assert_int_equal(stats_of(f).in_flight_bytes, 2000);
    assert_int_equal(stats_of(f).exchanges, 2);
    fds[2] = client_connect(f);
    client_send(fds[2], request);
    expect_status_then_end(f, fds[2], 503);
    assert_int_equal(client_ask(f, HEAD "Content-Length: 2\r\n\r\nok").status, 200);
    for (unsigned i = 0; i < 2; i++) {
        http_resume(parked[i], unpark, NULL);
        assert_string_equal(client_read(f, fds[i]).body, "parked");
        close(fds[i]);
    }
    wait_until(stats_of(f).in_flight_bytes == 0);
}

/* ------------------------------------------------------------------ heads */

static char *head_of(struct fixture *f, size_t size)
{
    char *request = arena_alloc_bytes(&f->arena, size + 1);
    size_t at = (size_t)snprintf(request, size, "GET / HTTP/1.1\r\nHost: h\r\nX-Long: ");
    memset(request + at, 'v', size - at);
    memcpy(request + size - 4, "\r\n\r\n", 5);
    return request;
}

static void a_head_too_long_is_431(void **state)
{
    struct fixture *f = *state;
    f->options.header_bytes_max = 2000;
    fixture_open(f, echo, NULL);
    assert_int_equal(client_ask(f, head_of(f, 2000)).status, 200);
    assert_int_equal(client_ask(f, head_of(f, 2001)).status, 431);
    int fd = client_connect(f);
    client_send(fd, head_of(f, 100000));
    struct response r = client_read(f, fd);
    assert_true(r.status == 431 || r.status == 0); /* 0: the reset for what was not read overtook it */
    close(fd);
    fd = client_connect(f);
    client_send(fd, "GET /");
    for (int i = 0; i < 2000; i++)
        client_send(fd, "0123456789");
    r = client_read(f, fd);
    assert_true(r.status == 414 || r.status == 0);
    close(fd);
    assert_still_serving(f);
}

/* As many fields as servers commonly take, in the longest head. */
static void a_head_of_a_hundred_fields_is_taken(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    char request[8192 + 1];
    size_t size = (size_t)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: h\r\n");
    assert_int_equal(f->options.header_bytes_max, sizeof request - 1);
    for (unsigned left = 99; left > 0; left--) {
        size_t line = (sizeof request - 1 - size - 2) / left;
        size += (size_t)snprintf(request + size, sizeof request - size, "X-%02u: %0*d\r\n", left,
                                 (int)line - 8, 0);
    }
    memcpy(request + size, "\r\n", 3);
    assert_int_equal(strlen(request), f->options.header_bytes_max);
    assert_int_equal(client_ask(f, request).status, 200);
}

/* ------------------------------------------------------------------ connections */

static void connections_over_the_limit_are_503(void **state)
{
    struct fixture *f = *state;
    f->options.connections_max = 3;
    fixture_open(f, echo, NULL);
    int fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = client_connect(f);
    wait_until(stats_of(f).connections == 3);
    int fourth = client_connect(f);
    assert_int_equal(client_read(f, fourth).status, 503);
    assert_true(client_at_end(fourth));
    close(fourth);
    for (int i = 0; i < 3; i++) {
        client_send(fds[i], HEAD "Content-Length: 2\r\n\r\nok");
        assert_int_equal(client_read(f, fds[i]).status, 200);
    }
    close(fds[0]);
    wait_until(stats_of(f).connections == 2);
    assert_still_serving(f);
    close(fds[1]);
    close(fds[2]);
}

/* ------------------------------------------------------------------ time */

/* Sends `text` one byte at a time, the last byte over and over, until the server ends the connection. */
static int64_t dribble_until_cut(int fd, const char *text, int pause_ms)
{
    int64_t start = now_ms();
    for (size_t at = 0; now_ms() - start < PATIENCE_MS; at += text[at + 1] ? 1 : 0) {
        if (send(fd, text + at, 1, MSG_NOSIGNAL) < 0)
            break;
        if (client_wait_readable(fd, pause_ms))
            break;
    }
    int64_t took = now_ms() - start;
    assert_true(took < PATIENCE_MS);
    return took;
}

static void slow_head_and_body_are_cut(void **state)
{
    struct fixture *f = *state;
    f->options.receive_timeout_ms = 300;
    f->options.idle_timeout_ms = 600000;
    fixture_open(f, echo, NULL);
    const char *const slow[] = {
        "GET / HTTP/1.1\r\nHost: h\r\nX: yyyyy",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nzzzzz",
    };
    for (size_t i = 0; i < 2; i++) {
        int fd = client_connect(f);
        size_t all_but_some = strlen(slow[i]) - 4;
        client_send_bytes(fd, slow[i], all_but_some);
        assert_true(dribble_until_cut(fd, slow[i] + all_but_some, 10) >= 250);
        struct response r = client_read(f, fd);
        assert_int_equal(r.status, 408);
        close(fd);
    }
    assert_int_equal(stats_of(f).refused, 2);
}

static void a_slow_request_line_is_cut_on_a_kept_connection_too(void **state)
{
    struct fixture *f = *state;
    f->options.receive_timeout_ms = 400;
    f->options.idle_timeout_ms = 600000;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f), bystander = client_connect(f);
    client_send(fd, HEAD "Content-Length: 2\r\n\r\nok");
    assert_int_equal(client_read(f, fd).status, 200);
    dribble_until_cut(fd, "GET /xxxxxxxx", 10);
    assert_int_equal(client_read(f, fd).status, 408);
    close(fd);
    /* One that sent nothing all the while is merely idle. */
    client_send(bystander, HEAD "Content-Length: 2\r\n\r\nok");
    assert_int_equal(client_read(f, bystander).status, 200);
    close(bystander);
}

static void others_are_served_while_some_dawdle(void **state)
{
    struct fixture *f = *state;
    f->options.threads = 1;
    f->options.receive_timeout_ms = 500;
    fixture_open(f, echo, NULL);
    int slow[50];
    for (size_t i = 0; i < 50; i++) {
        slow[i] = client_connect(f);
        client_send(slow[i], i % 2 ? "POST / HTTP/1.1\r\nHo" : HEAD "Content-Length: 10\r\n\r\nx");
    }
    int fd = client_connect(f);
    for (int i = 0; i < 500; i++) {
        client_send(fd, HEAD "Content-Length: 2\r\n\r\nok");
        assert_int_equal(client_read(f, fd).status, 200);
    }
    close(fd);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(client_read(f, slow[i]).status, 408);
        close(slow[i]);
    }
    wait_until(stats_of(f).connections == 0);
}

static void an_idle_connection_is_closed(void **state)
{
    struct fixture *f = *state;
    f->options.idle_timeout_ms = 200;
    fixture_open(f, echo, NULL);
    int never = client_connect(f), once = client_connect(f);
    client_send(once, HEAD "Content-Length: 2\r\n\r\nok");
    assert_int_equal(client_read(f, once).status, 200);
    assert_true(client_at_end(once));
    assert_true(client_at_end(never));
    close(once);
    close(never);
    wait_until(stats_of(f).connections == 0);
}

static void a_client_that_leaves_in_a_request_is_let_go(void **state)
{
    struct fixture *f = *state;
    f->options.receive_timeout_ms = 4000;
    f->options.idle_timeout_ms = 600000;
    fixture_open(f, echo, NULL);
    const char *const begun[] = {"POST / HTTP/1.1\r\nHo", HEAD "Content-Length: 10\r\n\r\n",
                                 HEAD "Content-Length: 10\r\n\r\nhalf"};
    for (size_t i = 0; i < 30; i++) {
        int fd = client_connect(f);
        client_send(fd, begun[i % 3]);
        close(fd);
    }
    wait_until(stats_of(f).accepted == 30);
    wait_until(stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).refused, 0); /* past the limit they would have been */
}

static void reply_at_length(struct http_exchange *x, void *arg)
{
    (void)arg;
    enum { SIZE = 30 << 20 };
    http_reply(x, 200, (struct field_list){NULL, 0}, slice_of(arena_zalloc(http_arena(x), SIZE), SIZE));
}

static void a_client_that_does_not_read_is_cut(void **state)
{
    struct fixture *f = *state;
    f->options.send_timeout_ms = 300;
    fixture_open(f, reply_at_length, NULL);
    int fd = client_connect(f);
    client_send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_until(stats_of(f).exchanges == 1);
    wait_until(stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).exchanges, 0);
    close(fd);
}

static void no_limit_runs_while_the_work_is_ours(void **state)
{
    struct fixture *f = *state;
    f->options.receive_timeout_ms = f->options.idle_timeout_ms = f->options.send_timeout_ms = 50;
    atomic_store(&parked_count, 0);
    fixture_open(f, park, NULL);
    int fd = client_connect(f);
    char request[1200];
    snprintf(request, sizeof request, HEAD "Content-Length: 1000\r\n\r\n%01000d", 0);
    client_send(fd, request);
    wait_until(atomic_load(&parked_count) == 1);
    usleep(300000);
    http_resume(parked[0], unpark, NULL);
    assert_string_equal(client_read(f, fd).body, "parked");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_body_of_just_the_limit_is_accepted),
        CASE(a_longer_body_is_413),
        CASE(a_body_far_too_long_is_not_even_read),
        CASE(an_endless_chunked_body_is_cut),
        CASE(bodies_in_flight_are_bounded_together),
        CASE(a_head_too_long_is_431),
        CASE(a_head_of_a_hundred_fields_is_taken),
        CASE(connections_over_the_limit_are_503),
        CASE(slow_head_and_body_are_cut),
        CASE(a_slow_request_line_is_cut_on_a_kept_connection_too),
        CASE(others_are_served_while_some_dawdle),
        CASE(an_idle_connection_is_closed),
        CASE(a_client_that_leaves_in_a_request_is_let_go),
        CASE(a_client_that_does_not_read_is_cut),
        CASE(no_limit_runs_while_the_work_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
