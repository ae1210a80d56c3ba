#include "base/shared.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LIVE = 0x11fe };

struct object {
    struct shared shared;
    _Atomic int mark;
    int number;
};

static _Atomic int destroyed;

static void destroy_object(struct shared *shared)
{
    struct object *o = (struct object *)shared;
    if (atomic_exchange(&o->mark, 0) != LIVE)
        abort();
    atomic_fetch_add(&destroyed, 1);
    free(o);
}

static struct object *new_object(int number)
{
    struct object *o = malloc(sizeof *o);
    atomic_init(&o->mark, LIVE);
    o->number = number;
    shared_init(&o->shared, destroy_object);
    return o;
}

static int forget(void **state)
{
    (void)state;
    atomic_store(&destroyed, 0);
    return 0;
}

static void last_release_destroys(void **state)
{
    (void)state;
    struct object *o = new_object(1);
    shared_retain(&o->shared);
    shared_release(&o->shared);
    assert_int_equal(destroyed, 0);
    shared_release(&o->shared);
    assert_int_equal(destroyed, 1);
    shared_release(NULL);
}

static void empty_slot_yields_nothing(void **state)
{
    (void)state;
    struct shared_slot slot;
    shared_slot_init(&slot);
    assert_null(shared_slot_take(&slot));
    shared_slot_publish(&slot, NULL);
    assert_null(shared_slot_take(&slot));
}

static void replaced_object_lives_until_its_readers_are_done(void **state)
{
    (void)state;
    struct shared_slot slot;
    shared_slot_init(&slot);
    shared_slot_publish(&slot, &new_object(1)->shared);
    struct shared *first = shared_slot_take(&slot), *again = shared_slot_take(&slot);
    assert_ptr_equal(first, again);
    shared_slot_publish(&slot, &new_object(2)->shared);
    assert_int_equal(destroyed, 0);
    struct shared *second = shared_slot_take(&slot);
    assert_int_equal(((struct object *)second)->number, 2);
    shared_release(first);
    assert_int_equal(destroyed, 0);
    shared_release(again);
    assert_int_equal(destroyed, 1);
    shared_release(second);
    assert_int_equal(destroyed, 1);
    shared_slot_publish(&slot, NULL);
    assert_int_equal(destroyed, 2);
    assert_null(shared_slot_take(&slot));
}

static void readers_given_back_before_replacement_do_not_destroy(void **state)
{
    (void)state;
    struct shared_slot slot;
    shared_slot_init(&slot);
    shared_slot_publish(&slot, &new_object(1)->shared);
    for (int i = 0; i < 100000; i++)
        shared_release(shared_slot_take(&slot));
    assert_int_equal(destroyed, 0);
    shared_slot_publish(&slot, NULL);
    assert_int_equal(destroyed, 1);
}

static void a_reference_goes_back_through_the_slot_or_without_it(void **state)
{
    (void)state;
    struct shared_slot slot;
    shared_slot_init(&slot);
    shared_slot_publish(&slot, &new_object(1)->shared);
    struct shared *through = shared_slot_take(&slot), *without = shared_slot_take(&slot);
    struct shared *late = shared_slot_take(&slot);
    shared_retain(late);
    shared_slot_give_back(&slot, through);
    shared_release(without);
    shared_slot_publish(&slot, &new_object(2)->shared);
    shared_slot_give_back(&slot, late);
    assert_int_equal(destroyed, 0);
    shared_slot_give_back(&slot, late);
    assert_int_equal(destroyed, 1);
    shared_slot_give_back(&slot, NULL);
    shared_slot_publish(&slot, NULL);
    assert_int_equal(destroyed, 2);
}

static void *give_back(void *slot)
{
    shared_slot_give_back(slot, shared_slot_take(slot));
    shared_slot_give_back(slot, shared_slot_take(slot));
    return NULL;
}

static void a_reference_may_go_back_on_another_thread(void **state)
{
    (void)state;
    enum { THREADS = 2 * SHARED_COPIES };
    struct shared_slot slot;
    shared_slot_init(&slot);
    struct object *o = new_object(1);
    shared_slot_publish(&slot, &o->shared);
    for (int i = 0; i < THREADS; i++)
        shared_retain(&o->shared);
    struct shared *mine = shared_slot_take(&slot);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, give_back, &slot), 0);
        pthread_join(thread, NULL);
        shared_slot_give_back(&slot, mine);
    }
    shared_slot_publish(&slot, NULL);
    assert_int_equal(destroyed, 0);
    shared_slot_give_back(&slot, mine);
    assert_int_equal(destroyed, 1);
}

static void more_readers_than_the_slot_can_count_are_held(void **state)
{
    (void)state;
    enum { HELD = 200000 };
    struct shared_slot slot;
    shared_slot_init(&slot);
    struct object *o = new_object(1);
    shared_slot_publish(&slot, &o->shared);
    for (int i = 0; i < HELD; i++)
        assert_ptr_equal(shared_slot_take(&slot), &o->shared);
    shared_slot_publish(&slot, NULL);
    for (int i = 0; i < HELD - 1; i++)
        shared_release(&o->shared);
    assert_int_equal(destroyed, 0);
    shared_release(&o->shared);
    assert_int_equal(destroyed, 1);
}

static void object_kept_by_its_publisher_may_be_published_again(void **state)
{
    (void)state;
    struct shared_slot slot;
    shared_slot_init(&slot);
    struct object *o = new_object(1);
    for (int i = 0; i < 3; i++) {
        shared_retain(&o->shared);
        shared_slot_publish(&slot, &o->shared);
        struct shared *reader = shared_slot_take(&slot);
        shared_slot_publish(&slot, NULL);
        shared_release(reader);
    }
    assert_int_equal(destroyed, 0);
    shared_release(&o->shared);
    assert_int_equal(destroyed, 1);
}

enum { READERS = 4, PUBLISHED = 20000 };

static struct shared_slot busy_slot;
static _Atomic int newest_seen; /* by any reader */
static _Atomic bool stop;

static void see(int number)
{
    int newest = atomic_load(&newest_seen);
    while (newest < number && !atomic_compare_exchange_weak(&newest_seen, &newest, number))
        ;
}

/* `never_empty`: whether there is always an object. */
static void *read_on(void *never_empty)
{
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        int newest = atomic_load(&newest_seen);
        struct object *o = (struct object *)shared_slot_take(&busy_slot);
        if (!o && never_empty)
            abort();
        if (!o)
            continue;
        if (atomic_load(&o->mark) != LIVE || o->number < newest)
            abort();
        see(o->number);
        if (i % 3 == 0)
            shared_release(&o->shared);
        else
            shared_slot_give_back(&busy_slot, &o->shared);
    }
    return NULL;
}

static void publish_among_readers(bool never_empty)
{
    pthread_t threads[READERS];
    shared_slot_init(&busy_slot);
    atomic_store(&stop, false);
    atomic_store(&newest_seen, -1);
    shared_slot_publish(&busy_slot, &new_object(0)->shared);
    for (int i = 0; i < READERS; i++)
        pthread_create(&threads[i], NULL, read_on, never_empty ? &busy_slot : NULL);
    for (int i = 1; i < PUBLISHED; i++) {
        shared_slot_publish(&busy_slot, &new_object(i)->shared);
        if (i % 7 == 0 && !never_empty)
            shared_slot_publish(&busy_slot, NULL);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    shared_slot_publish(&busy_slot, NULL);
    assert_int_equal(destroyed, PUBLISHED);
}

static void readers_meet_no_object_that_is_destroyed_or_older_than_one_seen(void **state)
{
    (void)state;
    publish_among_readers(false);
}

static void readers_find_an_object_while_it_is_replaced(void **state)
{
    (void)state;
    publish_among_readers(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(last_release_destroys, forget),
        cmocka_unit_test_setup(empty_slot_yields_nothing, forget),
        cmocka_unit_test_setup(replaced_object_lives_until_its_readers_are_done, forget),
        cmocka_unit_test_setup(readers_given_back_before_replacement_do_not_destroy, forget),
        cmocka_unit_test_setup(a_reference_goes_back_through_the_slot_or_without_it, forget),
        cmocka_unit_test_setup(a_reference_may_go_back_on_another_thread, forget),
        cmocka_unit_test_setup(more_readers_than_the_slot_can_count_are_held, forget),
        cmocka_unit_test_setup(object_kept_by_its_publisher_may_be_published_again, forget),
        cmocka_unit_test_setup(readers_find_an_object_while_it_is_replaced, forget),
        cmocka_unit_test_setup(readers_meet_no_object_that_is_destroyed_or_older_than_one_seen, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
