/* Exchanges put off and resumed from other threads, in bulk, under disconnects, and through a shutdown. */
#include "http_fixture.h"

#include "base/queue.h"

#include <pthread.h>

#define REQUEST "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"

/* A thread that resumes what it is handed, some at a time, as the syncer will. */
struct job {
    struct queue_node node;
    struct http_exchange *x;
    unsigned left; /* suspensions still to come */
};

struct worker {
    struct queue queue;
    pthread_t thread;
    _Atomic bool held; /* resume nothing for now */
    _Atomic unsigned seen;
    unsigned rounds; /* suspensions of each exchange */
};

static void hand_to_worker(struct worker *w, struct job *job)
{
    http_suspend(job->x);
    assert_true(queue_push(&w->queue, &job->node));
    atomic_fetch_add(&w->seen, 1);
}

static struct worker the_worker;

static void go_on(struct http_exchange *x, void *arg)
{
    struct job *job = arg;
    if (--job->left > 0)
        hand_to_worker(&the_worker, job);
    else
        http_reply(x, 200, (struct field_list){NULL, 0}, http_body(x));
}

static void put_off(struct http_exchange *x, void *arg)
{
    struct worker *w = arg;
    struct job *job = ARENA_NEW(http_arena(x), struct job);
    *job = (struct job){.x = x, .left = w->rounds};
    hand_to_worker(w, job);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    for (;;) {
        struct queue_node *node = queue_wait(&w->queue);
        if (!node)
            return NULL;
        while (atomic_load(&w->held))
            usleep(200);
        while (node) {
            struct queue_node *next = node->next;
            struct job *job = (struct job *)node;
            http_resume(job->x, go_on, job);
            node = next;
        }
    }
}

static struct worker *start_worker(unsigned rounds)
{
    struct worker *w = &the_worker;
    queue_init(&w->queue, 100000);
    atomic_store(&w->held, false);
    atomic_store(&w->seen, 0);
    w->rounds = rounds;
    assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
    return w;
}

static void stop_worker(struct worker *w)
{
    queue_close(&w->queue);
    pthread_join(w->thread, NULL);
    queue_release(&w->queue);
}

static void a_suspended_exchange_is_answered_when_resumed(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(1);
    fixture_open(f, put_off, w);
    int fd = client_connect(f);
    for (int i = 0; i < 100; i++) {
        client_send(fd, REQUEST);
        assert_string_equal(client_read(f, fd).body, "hi");
    }
    close(fd);
    stop_worker(w);
}

static void it_may_be_suspended_again(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(5);
    fixture_open(f, put_off, w);
    assert_string_equal(client_ask(f, REQUEST).body, "hi");
    assert_int_equal(atomic_load(&w->seen), 5);
    stop_worker(w);
}

static void resume_before_return(struct http_exchange *x, void *arg)
{
    struct job *job = ARENA_NEW(http_arena(x), struct job);
    *job = (struct job){.x = x, .left = 1};
    (void)arg;
    http_suspend(x);
    http_resume(x, go_on, job);
}

static void resuming_may_come_before_the_handler_returns(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, resume_before_return, NULL);
    int fd = client_connect(f);
    for (int i = 0; i < 100; i++) {
        client_send(fd, REQUEST);
        assert_string_equal(client_read(f, fd).body, "hi");
    }
    close(fd);
}

static void pipelined_requests_wait_for_the_suspended_one(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(2);
    fixture_open(f, put_off, w);
    int fd = client_connect(f);
    client_send(fd, REQUEST REQUEST REQUEST);
    for (int i = 0; i < 3; i++)
        assert_string_equal(client_read(f, fd).body, "hi");
    close(fd);
    stop_worker(w);
}

enum { CROWD = 300, ROUNDS = 10 };

static void hundreds_are_resumed_at_once(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(2);
    fixture_open(f, put_off, w);
    int fds[CROWD];
    for (size_t i = 0; i < CROWD; i++)
        fds[i] = client_connect(f);
    for (unsigned round = 0; round < ROUNDS; round++) {
        atomic_store(&w->held, true);
        for (size_t i = 0; i < CROWD; i++)
            client_send(fds[i], REQUEST);
        wait_until(stats_of(f).exchanges == CROWD);
        atomic_store(&w->held, false);
        for (size_t i = 0; i < CROWD; i++)
            assert_string_equal(client_read(f, fds[i]).body, "hi");
    }
    for (size_t i = 0; i < CROWD; i++)
        close(fds[i]);
    wait_until(stats_of(f).connections == 0);
    stop_worker(w);
}

static void a_client_may_leave_while_suspended(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(1);
    atomic_store(&w->held, true);
    fixture_open(f, put_off, w);
    for (unsigned i = 0; i < 100; i++) {
        int fd = client_connect(f);
        client_send(fd, REQUEST);
        wait_until(stats_of(f).exchanges == i + 1);
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    atomic_store(&w->held, false);
    wait_until(stats_of(f).exchanges == 0 && stats_of(f).connections == 0);
    assert_string_equal(client_ask(f, REQUEST).body, "hi");
    stop_worker(w);
}

struct closing {
    struct http_server *server;
    unsigned abandoned;
};

static void *close_server(void *arg)
{
    struct closing *c = arg;
    c->abandoned = http_close(c->server, PATIENCE_MS);
    return NULL;
}

static void closing_finishes_what_is_suspended(void **state)
{
    struct fixture *f = *state;
    struct worker *w = start_worker(1);
    atomic_store(&w->held, true);
    fixture_open(f, put_off, w);
    int fds[20], idle = client_connect(f);
    for (size_t i = 0; i < 20; i++) {
        fds[i] = client_connect(f);
        client_send(fds[i], REQUEST);
    }
    wait_until(stats_of(f).exchanges == 20 && stats_of(f).connections == 21);
    struct closing closing = {.server = f->server};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, close_server, &closing), 0);
    assert_true(client_at_end(idle)); /* by now it is closing */
    close(idle);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(http_port(f->server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int late = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(connect(late, (struct sockaddr *)&address, sizeof address) < 0 && errno == ECONNREFUSED);
    close(late);
    atomic_store(&w->held, false);
    for (size_t i = 0; i < 20; i++) {
        struct response r = client_read(f, fds[i]);
        assert_string_equal(r.body, "hi");
        assert_non_null(strcasestr(r.head, "\r\nConnection: close\r\n"));
        assert_true(client_at_end(fds[i]));
        close(fds[i]);
    }
    pthread_join(thread, NULL);
    f->server = NULL;
    assert_int_equal(closing.abandoned, 0);
    stop_worker(w);
}

static struct http_exchange *forgotten;

static void forget(struct http_exchange *x, void *arg)
{
    (void)arg;
    http_suspend(x);
    forgotten = x;
}

/* Whoever comes to resume an exchange after the server gave it up finds it still there, and nothing happens. */
static void what_is_never_resumed_is_abandoned(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, forget, NULL);
    int fd = client_connect(f);
    client_send(fd, REQUEST);
    wait_until(stats_of(f).exchanges == 1);
    assert_int_equal(http_close(f->server, 50), 1);
    f->server = NULL;
    assert_true(client_at_end(fd));
    close(fd);
    assert_int_equal(http_body(forgotten).size, 2);
    http_resume(forgotten, go_on, NULL);
}

static void closing_gives_up_on_requests_that_do_not_come(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    wait_until(stats_of(f).exchanges == 1);
    assert_int_equal(http_close(f->server, 50), 1);
    f->server = NULL;
    assert_true(client_at_end(fd));
    close(fd);
}

/* A server opened and closed over and over while exchanges are being resumed: nothing may touch what is gone. */
static void closing_races_with_resuming(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 30; i++) {
        struct worker *w = start_worker(1);
        fixture_open(f, put_off, w);
        int fds[8];
        for (size_t j = 0; j < 8; j++) {
            fds[j] = client_connect(f);
            client_send(fds[j], REQUEST);
        }
        wait_until(atomic_load(&w->seen) == 8);
        assert_int_equal(http_close(f->server, PATIENCE_MS), 0);
        f->server = NULL;
        for (size_t j = 0; j < 8; j++)
            close(fds[j]);
        stop_worker(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_suspended_exchange_is_answered_when_resumed),
        CASE(it_may_be_suspended_again),
        CASE(resuming_may_come_before_the_handler_returns),
        CASE(pipelined_requests_wait_for_the_suspended_one),
        CASE(hundreds_are_resumed_at_once),
        CASE(a_client_may_leave_while_suspended),
        CASE(closing_finishes_what_is_suspended),
        CASE(what_is_never_resumed_is_abandoned),
        CASE(closing_gives_up_on_requests_that_do_not_come),
        CASE(closing_races_with_resuming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
