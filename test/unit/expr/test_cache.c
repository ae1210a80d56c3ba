#include "fixture.h"

#include "expr/cache_priv.h"

#include <pthread.h>
#include <stdio.h>

static struct expr_tree *take(struct fixture *f, struct expr_cache *cache, enum expr_kind kind,
                              const char *text)
{
    struct expr_tree *tree = NULL;
    assert_true(expr_cache_take(cache, kind, slice_from_cstr(text), &f->arena, &tree, &f->err));
    return tree;
}

static void touch(struct fixture *f, struct expr_cache *cache, const char *text)
{
    expr_tree_release(take(f, cache, EXPR_CONDITION, text));
}

static void the_same_text_is_parsed_once(void **state)
{
    struct fixture *f = *state;
    struct expr_cache *cache = expr_cache_new(64);
    struct expr_tree *first = take(f, cache, EXPR_CONDITION, "a = :v");
    char copy[] = "a = :v";
    struct expr_tree *second = take(f, cache, EXPR_CONDITION, copy);
    assert_ptr_equal(first, second);
    assert_int_equal(expr_cache_count(cache), 1);
    /* From the shared table too, not only from this thread's own. */
    expr_cache_forget_thread();
    struct expr_tree *third = take(f, cache, EXPR_CONDITION, "a = :v");
    assert_ptr_equal(first, third);
    expr_tree_release(first);
    expr_tree_release(second);
    expr_tree_release(third);
    expr_cache_free(cache);
}

static void the_kind_is_part_of_the_key(void **state)
{
    struct fixture *f = *state;
    struct expr_cache *cache = expr_cache_new(64);
    struct expr_tree *condition = take(f, cache, EXPR_CONDITION, "a = :v");
    struct expr_tree *filter = take(f, cache, EXPR_FILTER, "a = :v");
    assert_ptr_not_equal(condition, filter);
    assert_int_equal(condition->kind, EXPR_CONDITION);
    assert_int_equal(filter->kind, EXPR_FILTER);
    struct expr_tree *unused;
    assert_false(expr_cache_take(cache, EXPR_PROJECTION, SLICE("a = :v"), &f->arena, &unused, &f->err));
    expr_tree_release(condition);
    expr_tree_release(filter);
    expr_cache_free(cache);
}

static void what_does_not_parse_is_not_kept(void **state)
{
    struct fixture *f = *state;
    struct expr_cache *cache = expr_cache_new(8);
    for (int i = 0; i < 2; i++) {
        struct expr_tree *tree;
        assert_false(expr_cache_take(cache, EXPR_CONDITION, SLICE("a ="), &f->arena, &tree, &f->err));
        assert_string_equal(f->err.message,
                            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"");
    }
    assert_int_equal(expr_cache_count(cache), 0);
    expr_cache_free(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    struct fixture *f = *state;
    struct expr_cache *cache = expr_cache_new(4);
    touch(f, cache, "a = :v");
    touch(f, cache, "b = :v");
    touch(f, cache, "c = :v");
    touch(f, cache, "d = :v");
    expr_cache_forget_thread(); /* or the shared table would not see the next use */
    touch(f, cache, "a = :v");
    touch(f, cache, "e = :v");
    assert_int_equal(expr_cache_count(cache), 4);
    assert_true(expr_cache_holds(cache, EXPR_CONDITION, SLICE("a = :v")));
    assert_false(expr_cache_holds(cache, EXPR_CONDITION, SLICE("b = :v")));
    assert_true(expr_cache_holds(cache, EXPR_CONDITION, SLICE("c = :v")));
    touch(f, cache, "f = :v");
    assert_false(expr_cache_holds(cache, EXPR_CONDITION, SLICE("c = :v")));
    assert_true(expr_cache_holds(cache, EXPR_CONDITION, SLICE("d = :v")));
    expr_cache_free(cache);
}

static void it_never_holds_more_than_it_may(void **state)
{
    struct fixture *f = *state;
    static const size_t limits[] = {1, 2, 7, 16, 100, 1000};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct expr_cache *cache = expr_cache_new(limits[i]);
        for (int j = 0; j < 3000; j++) {
            char text[32];
            snprintf(text, sizeof text, "a%d = :v", j);
            fixture_reset(f);
            touch(f, cache, text);
            assert_true(expr_cache_count(cache) <= limits[i]);
        }
        /* Nearly all of it is used, however the texts fell into its parts. */
        assert_true(expr_cache_count(cache) * 10 >= limits[i] * 9);
        expr_cache_free(cache);
    }
}

static void an_expression_outlives_eviction_and_the_cache(void **state)
{
    struct fixture *f = *state;
    struct expr_cache *cache = expr_cache_new(1);
    fixture_values(f, "{\":v\":{\"N\":\"1\"}}");
    struct expr *e;
    assert_true(expr_parse(cache, EXPR_CONDITION, SLICE("a = :v"), &f->arena, &e, &f->err));
    touch(f, cache, "b = :v");
    expr_cache_free(cache);
    expr_cache_forget_thread();
    assert_true(expr_bind(e, &f->scope, &f->err));
    assert_true(expr_matches(e, fixture_item(f, "{\"a\":{\"N\":\"1\"}}")));
}

static void a_new_cache_does_not_see_the_texts_of_one_that_is_gone(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct expr_cache *cache = expr_cache_new(8);
        touch(f, cache, "a = :v");
        assert_true(expr_cache_holds(cache, EXPR_CONDITION, SLICE("a = :v")));
        expr_cache_free(cache);
    }
}

/* ------------------------------------------------------------------ threads */

enum { THREADS = 4, ROUNDS = 4000, TEXTS = 150 };

static void *parse_and_match(void *arg)
{
    struct expr_cache *cache = arg;
    struct arena arena;
    arena_init(&arena, 4096);
    unsigned seed = (unsigned)(uintptr_t)&arena;
    size_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct error err;
        error_init(&err, &arena);
        seed = seed * 1103515245 + 12345;
        unsigned n = (seed >> 8) % TEXTS;
        char text[48];
        snprintf(text, sizeof text, "attribute_not_exists(a%u) AND NOT a%u = b", n, n);
        struct expr *e;
        struct expr_scope scope = {0};
        if (!expr_parse(cache, EXPR_CONDITION, slice_from_cstr(text), &arena, &e, &err) ||
            !expr_bind(e, &scope, &err) || !expr_matches(e, SLICE_NONE))
            wrong++;
        else {
            char name[16];
            snprintf(name, sizeof name, "a%u", n);
            wrong += !slice_equal(expr_top_level_name(e, 0), slice_from_cstr(name));
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    return (void *)(uintptr_t)wrong;
}

static void threads_share_a_cache_that_is_too_small(void **state)
{
    (void)state;
    struct expr_cache *cache = expr_cache_new(40);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_and_match, cache), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_true(expr_cache_count(cache) <= 40);
    expr_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(the_same_text_is_parsed_once),
        TEST_CASE(the_kind_is_part_of_the_key),
        TEST_CASE(what_does_not_parse_is_not_kept),
        TEST_CASE(the_least_recently_used_goes_first),
        TEST_CASE(it_never_holds_more_than_it_may),
        TEST_CASE(an_expression_outlives_eviction_and_the_cache),
        TEST_CASE(a_new_cache_does_not_see_the_texts_of_one_that_is_gone),
        TEST_CASE(threads_share_a_cache_that_is_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
