#include "base/priority.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's, whose header does not go with <pthread.h>. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static struct attributes attributes(void)
{
    struct attributes a = {0};
    assert_int_equal(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0), 0);
    return a;
}

static void *look_after(void *say)
{
    static struct attributes found;
    if (say)
        ((void (*)(void))say)();
    found = attributes();
    return &found;
}

/* What is true of a thread after it has said `say`, or nothing. */
static struct attributes thread_that_says(void (*say)(void))
{
    pthread_t thread;
    void *found;
    assert_int_equal(pthread_create(&thread, NULL, look_after, (void *)say), 0);
    assert_int_equal(pthread_join(thread, &found), 0);
    return *(struct attributes *)found;
}

static void background_is_nicer_than_others(void **state)
{
    (void)state;
    int expected = thread_that_says(NULL).nice + 10;
    assert_int_equal(thread_that_says(priority_background).nice, expected < 19 ? expected : 19);
}

static void background_is_one_thread(void **state)
{
    (void)state;
    int before = getpriority(PRIO_PROCESS, 0);
    (void)thread_that_says(priority_background);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}

/* Kernels before 6.12 say 0 whatever was asked for. */
static void prompt_has_shorter_turns_and_no_larger_share(void **state)
{
    (void)state;
    struct attributes usual = thread_that_says(NULL), prompt = thread_that_says(priority_prompt);
    assert_int_equal(prompt.nice, usual.nice);
    assert_int_equal(prompt.policy, usual.policy);
    if (usual.runtime == 0)
        skip();
    assert_int_equal(prompt.runtime, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(background_is_nicer_than_others),
        cmocka_unit_test(background_is_one_thread),
        cmocka_unit_test(prompt_has_shorter_turns_and_no_larger_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
