/* The store's secret: made once, kept, and lent where it cannot be kept. engine/secret.h. */
#include "engine/secret.h"

#include "base/clock.h"
#include "support/store.h"

#include <stdlib.h>
#include <string.h>

struct stored {
    struct arena arena;
    struct error err;
    struct storage *store;
};

static int setup(void **state)
{
    struct stored *s = calloc(1, sizeof *s);
    arena_init(&s->arena, 1024);
    error_init(&s->err, &s->arena);
    s->store = store_in_memory(&s->err);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stored *s = *state;
    storage_close(s->store);
    arena_release(&s->arena);
    free(s);
    return 0;
}

static const struct storage_key key = {
    .space = STORAGE_SPACE_TOKENS, .partition = {"secret", 6}, .sort = {"", 0}};

static void a_store_keeps_the_secret_it_was_given(void **state)
{
    struct stored *s = *state;
    unsigned char first[SECRET_BYTES], second[SECRET_BYTES];
    assert_true(secret_load(s->store, first, &s->err));
    assert_true(secret_load(s->store, second, &s->err));
    assert_memory_equal(first, second, SECRET_BYTES);
}

static void its_record_is_a_version_and_32_bytes(void **state)
{
    struct stored *s = *state;
    unsigned char secret[SECRET_BYTES];
    struct slice value;
    bool found;
    assert_true(secret_load(s->store, secret, &s->err));
    struct storage_view *view = storage_view_take(s->store);
    assert_true(storage_view_get(view, &key, &s->arena, &value, &found, &s->err));
    storage_view_release(view);
    assert_true(found);
    assert_int_equal(value.size, 33);
    assert_int_equal(value.data[0], 1);
    assert_memory_equal(value.data + 1, secret, SECRET_BYTES);
}

static void two_stores_have_two_secrets(void **state)
{
    struct stored *s = *state;
    void *other;
    unsigned char first[SECRET_BYTES], second[SECRET_BYTES];
    setup(&other);
    assert_true(secret_load(s->store, first, &s->err));
    assert_true(secret_load(((struct stored *)other)->store, second, &s->err));
    assert_memory_not_equal(first, second, SECRET_BYTES);
    teardown(&other);
}

static bool put_damaged(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_put(tx, &key, SLICE("\x02rest"), err);
}

static void a_damaged_secret_is_not_replaced(void **state)
{
    struct stored *s = *state;
    unsigned char secret[SECRET_BYTES];
    struct storage_write write = {.run = put_damaged, .arena = &s->arena};
    assert_true(storage_write_wait(s->store, &write, &s->err));
    assert_false(secret_load(s->store, secret, &s->err));
    assert_int_equal(s->err.code, ERR_CORRUPT);
}

static void a_store_that_cannot_be_written_to_lends_one(void **state)
{
    struct stored *s = *state;
    unsigned char first[SECRET_BYTES], second[SECRET_BYTES];
    s->store = storage_open_faulty(s->store);
    storage_faulty_set(s->store, STORAGE_FAULT_COMMIT,
                       (struct storage_fault){.action = STORAGE_FAULT_FAIL, .times = 2});
    assert_true(secret_load(s->store, first, &s->err));
    assert_true(secret_load(s->store, second, &s->err));
    assert_memory_not_equal(first, second, SECRET_BYTES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_store_keeps_the_secret_it_was_given),
        TEST(its_record_is_a_version_and_32_bytes),
        TEST(two_stores_have_two_secrets),
        TEST(a_damaged_secret_is_not_replaced),
        TEST(a_store_that_cannot_be_written_to_lends_one),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
