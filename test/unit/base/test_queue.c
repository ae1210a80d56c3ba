#include "base/queue.h"
#include "support/cmocka.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
    struct queue_node node;
    int producer;
    int number;
};

static struct item *item_of(struct queue_node *node)
{
    return (struct item *)node;
}

static void items_come_out_in_order(void **state)
{
    (void)state;
    struct queue q;
    struct item items[5];
    queue_init(&q, 10);
    assert_null(queue_take(&q));
    for (int i = 0; i < 5; i++) {
        items[i].number = i;
        assert_true(queue_push(&q, &items[i].node));
    }
    assert_int_equal(queue_count(&q), 5);
    struct queue_node *node = queue_take(&q);
    for (int i = 0; i < 5; i++, node = node->next)
        assert_int_equal(item_of(node)->number, i);
    assert_null(node);
    assert_int_equal(queue_count(&q), 0);
    queue_release(&q);
}

static void full_queue_refuses_until_taken(void **state)
{
    (void)state;
    struct queue q;
    struct item items[4];
    queue_init(&q, 3);
    for (int i = 0; i < 3; i++)
        assert_true(queue_push(&q, &items[i].node));
    assert_false(queue_push(&q, &items[3].node));
    assert_int_equal(queue_count(&q), 3);
    assert_non_null(queue_take(&q));
    assert_true(queue_push(&q, &items[3].node));
    assert_ptr_equal(queue_take(&q), &items[3].node);
    queue_release(&q);
}

static void closed_queue_gives_what_it_has_then_ends(void **state)
{
    (void)state;
    struct queue q;
    struct item items[2];
    queue_init(&q, 3);
    assert_true(queue_push(&q, &items[0].node));
    queue_close(&q);
    assert_false(queue_push(&q, &items[1].node));
    assert_ptr_equal(queue_wait(&q), &items[0].node);
    assert_null(queue_wait(&q));
    assert_null(queue_wait(&q));
    queue_release(&q);
}

enum { PRODUCERS = 4, EACH = 20000, CAPACITY = 64 };

static struct queue shared_queue;

static void *produce(void *arg)
{
    int producer = (int)(intptr_t)arg;
    for (int i = 0; i < EACH; i++) {
        struct item *item = malloc(sizeof *item);
        *item = (struct item){.producer = producer, .number = i};
        while (!queue_push(&shared_queue, &item->node))
            sched_yield();
    }
    return NULL;
}

static void many_producers_lose_nothing_and_keep_their_order(void **state)
{
    (void)state;
    pthread_t threads[PRODUCERS];
    int next[PRODUCERS] = {0}, total = 0;
    queue_init(&shared_queue, CAPACITY);
    for (intptr_t i = 0; i < PRODUCERS; i++)
        pthread_create(&threads[i], NULL, produce, (void *)i);
    while (total < PRODUCERS * EACH) {
        struct queue_node *node = queue_wait(&shared_queue);
        int taken = 0;
        while (node) {
            struct item *item = item_of(node);
            node = node->next;
            assert_int_equal(item->number, next[item->producer]++);
            free(item);
            taken++;
        }
        assert_in_range(taken, 1, CAPACITY);
        total += taken;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    assert_null(queue_take(&shared_queue));
    queue_release(&shared_queue);
}

static void *push_then_close_late(void *arg)
{
    static struct item item;
    (void)arg;
    usleep(20000);
    if (!queue_push(&shared_queue, &item.node))
        abort();
    usleep(20000);
    queue_close(&shared_queue);
    return NULL;
}

static void waiting_consumer_is_woken_by_push_and_by_close(void **state)
{
    (void)state;
    pthread_t thread;
    queue_init(&shared_queue, 4);
    pthread_create(&thread, NULL, push_then_close_late, NULL);
    assert_non_null(queue_wait(&shared_queue));
    assert_null(queue_wait(&shared_queue));
    pthread_join(thread, NULL);
    queue_release(&shared_queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order),
        cmocka_unit_test(full_queue_refuses_until_taken),
        cmocka_unit_test(closed_queue_gives_what_it_has_then_ends),
        cmocka_unit_test(many_producers_lose_nothing_and_keep_their_order),
        cmocka_unit_test(waiting_consumer_is_woken_by_push_and_by_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
