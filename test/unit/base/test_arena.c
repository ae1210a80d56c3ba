#include "base/arena.h"
#include "support/cmocka.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 256);
    char *previous = NULL;
    for (size_t size = 0; size < 300; size++) {
        char *memory = arena_alloc(&a, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        memset(memory, (int)size, size);
        if (previous && size > 1)
            assert_int_equal((unsigned char)previous[size - 2], (unsigned char)(size - 1));
        previous = memory;
        arena_alloc_bytes(&a, 1);
    }
    arena_release(&a);
}

static void zalloc_is_zero_also_after_reset(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1024);
    for (int round = 0; round < 3; round++) {
        char *memory = arena_zalloc(&a, 512);
        for (size_t i = 0; i < 512; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, 512);
        arena_reset(&a);
    }
    arena_release(&a);
}

static void request_larger_than_a_chunk_is_served(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 256);
    char *small = arena_alloc(&a, 10);
    memcpy(small, "unchanged", 10);
    char *large = arena_alloc(&a, 1 << 20);
    memset(large, 'x', 1 << 20);
    assert_string_equal(small, "unchanged");
    arena_release(&a);
}

static void reset_keeps_one_chunk_for_the_next_request(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    char *first = arena_alloc(&a, 100);
    for (int i = 0; i < 3; i++)
        arena_alloc(&a, 1000);
    arena_reset(&a);
    assert_ptr_equal(arena_alloc(&a, 100), first);
    arena_release(&a);
}

/* Whether all came one after the other without a break: from one chunk. */
static bool takes_one_chunk(struct arena *a, size_t count)
{
    bool one = true;
    char *last = arena_alloc_bytes(a, 1000);
    for (size_t i = 1; i < count; i++) {
        char *next = arena_alloc_bytes(a, 1000);
        one = one && next == last + 1000;
        last = next;
    }
    return one;
}

static void a_second_request_of_the_same_size_needs_no_second_chunk(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    assert_false(takes_one_chunk(&a, 14));
    arena_reset(&a);
    assert_true(takes_one_chunk(&a, 14));
    arena_release(&a);
}

static void what_a_large_request_needed_is_not_kept(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    char *small = arena_alloc_bytes(&a, 100);
    arena_alloc_bytes(&a, 100000);
    arena_reset(&a);
    assert_ptr_equal(arena_alloc_bytes(&a, 100), small);
    arena_release(&a);
}

static void newest_bytes_grow_in_place_and_others_by_copy(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    char *data = arena_alloc_bytes(&a, 4);
    memcpy(data, "abcd", 4);
    char *larger = arena_grow_bytes(&a, data, 4, 8);
    assert_ptr_equal(larger, data);
    arena_alloc_bytes(&a, 1);
    char *moved = arena_grow_bytes(&a, larger, 8, 16);
    assert_ptr_not_equal(moved, larger);
    assert_memory_equal(moved, "abcd", 4);
    char *far = arena_grow_bytes(&a, moved, 16, 100000);
    assert_memory_equal(far, "abcd", 4);
    assert_non_null(arena_grow_bytes(&a, NULL, 0, 8));
    arena_release(&a);
}

struct trace {
    struct arena *arena;
    char text[16];
    size_t size;
};

static struct trace trace;

static void note_a(void *arg)
{
    ((struct trace *)arg)->text[((struct trace *)arg)->size++] = 'a';
}

static void note_b_and_add_a(void *arg)
{
    struct trace *t = arg;
    t->text[t->size++] = 'b';
    arena_cleanup_add(t->arena, note_a, t);
}

static void cleanups_run_newest_first_and_once(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 256);
    trace = (struct trace){.arena = &a};
    arena_cleanup_add(&a, note_a, &trace);
    arena_cleanup_add(&a, note_b_and_add_a, &trace);
    arena_reset(&a);
    assert_string_equal(trace.text, "baa");
    arena_reset(&a);
    arena_cleanup_add(&a, note_a, &trace);
    arena_release(&a);
    assert_string_equal(trace.text, "baaa");
}

static void text_is_copied_and_formatted(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 256);
    char source[] = "text";
    struct slice copy = arena_copy(&a, slice_from_cstr(source));
    char *cstr = arena_copy_cstr(&a, slice_of(source, 2));
    source[0] = 'X';
    assert_memory_equal(copy.data, "text", 4);
    assert_string_equal(cstr, "te");
    assert_non_null(arena_copy(&a, SLICE_NONE).data);
    assert_string_equal(arena_copy_cstr(&a, SLICE_NONE), "");
    char *formatted = arena_printf(&a, "%s-%0300d", "n", 7);
    assert_int_equal(strlen(formatted), 302);
    assert_int_equal(formatted[301], '7');
    arena_release(&a);
}

static void array_sizes_multiply(void **state)
{
    (void)state;
    assert_int_equal(arena_array_size(8, 10), 80);
    assert_int_equal(arena_array_size(8, 0), 0);
}

static void released_arena_may_be_initialised_again(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 256);
    arena_release(&a);
    arena_reset(&a);
    arena_init(&a, 512);
    assert_non_null(arena_alloc(&a, 600));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(zalloc_is_zero_also_after_reset),
        cmocka_unit_test(request_larger_than_a_chunk_is_served),
        cmocka_unit_test(reset_keeps_one_chunk_for_the_next_request),
        cmocka_unit_test(a_second_request_of_the_same_size_needs_no_second_chunk),
        cmocka_unit_test(what_a_large_request_needed_is_not_kept),
        cmocka_unit_test(newest_bytes_grow_in_place_and_others_by_copy),
        cmocka_unit_test(cleanups_run_newest_first_and_once),
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(array_sizes_multiply),
        cmocka_unit_test(released_arena_may_be_initialised_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
