/* Calls of real commands, and of a URL where nobody is; requests that are answered are in test/e2e. */
#include "base/clock.h"
#include "support/cmocka.h"
#include "triggers/triggers_priv.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct targets *targets;
static unsigned done;

static void count(struct call *call)
{
    (void)call;
    done++;
}

static struct call call_of(enum trigger_target kind, const char *target, struct slice body)
{
    return (struct call){.kind = kind,
                         .target = target,
                         .trigger = "mine",
                         .timeout_ms = 10000,
                         .parts = {SLICE("{\"Records\":["), body, SLICE("]}")},
                         .done = count};
}

static void begin(struct call *call)
{
    struct caller *caller = targets_caller(targets);
    caller->begin(caller, call);
}

static void work_until(unsigned number)
{
    int64_t end_ns = clock_monotonic_ns(clock_system()) + 20 * NS_PER_S;
    while (done < number) {
        assert_true(clock_monotonic_ns(clock_system()) < end_ns);
        targets_wait(targets, 1000);
        targets_work(targets);
    }
}

static struct call run(const char *command, struct slice body)
{
    struct call call = call_of(TRIGGER_COMMAND, command, body);
    begin(&call);
    work_until(done + 1);
    return call;
}

static void a_command_gets_the_event_and_answers(void **state)
{
    (void)state;
    struct call call = run("cat", SLICE("1,2"));
    assert_false(call.failed);
    assert_true(slice_equal(buf_slice(&call.answer), SLICE("{\"Records\":[1,2]}")));
    arena_release(&call.arena);
}

static void a_large_event_goes_through(void **state)
{
    size_t size = TRIGGER_BATCH_BYTES_MAX - 100;
    char *bytes = malloc(size);
    (void)state;
    memset(bytes, 'x', size);
    struct call call = run("cat", slice_of(bytes, size));
    assert_false(call.failed);
    assert_int_equal(call.answer.size, size + 14);
    arena_release(&call.arena);
    free(bytes);
}

static void a_command_need_not_read(void **state)
{
    size_t size = 1 << 20;
    char *bytes = calloc(1, size);
    (void)state;
    struct call call = run("exit 0", slice_of(bytes, size));
    assert_false(call.failed);
    arena_release(&call.arena);
    free(bytes);
}

static void a_command_fails_by_its_status(void **state)
{
    (void)state;
    struct call call = run("cat >/dev/null; echo out; echo why not >&2; exit 3", SLICE(""));
    assert_true(call.failed);
    assert_string_equal(call.error, "the command ended with status 3: why not");
    arena_release(&call.arena);
    call = run("kill -9 $$", SLICE(""));
    assert_true(call.failed);
    assert_string_equal(call.error, "the command was ended by signal 9: ");
    arena_release(&call.arena);
    call = run("/no/such/program", SLICE(""));
    assert_true(call.failed);
    arena_release(&call.arena);
}

static void a_command_knows_who_calls(void **state)
{
    (void)state;
    struct call call = run("printf %s \"$STATOR_TRIGGER\"", SLICE(""));
    assert_true(slice_equal(buf_slice(&call.answer), SLICE("mine")));
    arena_release(&call.arena);
}

static void a_command_that_takes_too_long_is_ended(void **state)
{
    struct call call = call_of(TRIGGER_COMMAND, "sleep 100 & sleep 100", SLICE(""));
    int64_t begun_ns = clock_monotonic_ns(clock_system());
    (void)state;
    call.timeout_ms = 100;
    begin(&call);
    work_until(done + 1);
    assert_true(call.failed);
    assert_string_equal(call.error, "the command was ended: it took longer than 100 ms");
    assert_true(clock_monotonic_ns(clock_system()) - begun_ns < 10 * NS_PER_S);
    arena_release(&call.arena);
}

static void an_answer_is_bounded(void **state)
{
    (void)state;
    struct call call = run("cat >/dev/null; head -c 7000000 /dev/zero; sleep 100", SLICE(""));
    assert_true(call.failed);
    assert_non_null(strstr(call.error, "larger than"));
    arena_release(&call.arena);
}

static void commands_run_side_by_side(void **state)
{
    struct call calls[20];
    int64_t begun_ns = clock_monotonic_ns(clock_system());
    unsigned before = done;
    (void)state;
    for (int i = 0; i < 20; i++) {
        calls[i] = call_of(TRIGGER_COMMAND, "sleep 0.3", SLICE(""));
        begin(&calls[i]);
    }
    work_until(before + 20);
    assert_true(clock_monotonic_ns(clock_system()) - begun_ns < 4 * NS_PER_S);
    for (int i = 0; i < 20; i++) {
        assert_false(calls[i].failed);
        arena_release(&calls[i].arena);
    }
}

static void a_call_that_is_given_up_is_not_heard_of_again(void **state)
{
    struct call call = call_of(TRIGGER_COMMAND, "sleep 100", SLICE(""));
    struct caller *caller = targets_caller(targets);
    unsigned before = done;
    (void)state;
    begin(&call);
    caller->give_up(caller, &call);
    arena_release(&call.arena);
    for (int i = 0; i < 5; i++) {
        targets_wait(targets, 50);
        targets_work(targets);
    }
    assert_int_equal(done, before);
}

static void nobody_at_a_url_is_a_failure(void **state)
{
    struct call call = call_of(TRIGGER_URL, "http://127.0.0.1:1/", SLICE(""));
    (void)state;
    begin(&call);
    work_until(done + 1);
    assert_true(call.failed);
    assert_non_null(strstr(call.error, "127.0.0.1"));
    arena_release(&call.arena);
    call = call_of(TRIGGER_URL, "http://[::/", SLICE(""));
    begin(&call);
    work_until(done + 1);
    assert_true(call.failed);
    arena_release(&call.arena);
}

static int setup(void **state)
{
    static struct arena arena;
    struct error err;
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as the thread has it blocked */
    arena_init(&arena, 1024);
    error_init(&err, &arena);
    bool ok = targets_open(&targets, &err);
    arena_release(&arena);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    targets_close(targets);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_gets_the_event_and_answers),
        cmocka_unit_test(a_large_event_goes_through),
        cmocka_unit_test(a_command_need_not_read),
        cmocka_unit_test(a_command_fails_by_its_status),
        cmocka_unit_test(a_command_knows_who_calls),
        cmocka_unit_test(a_command_that_takes_too_long_is_ended),
        cmocka_unit_test(an_answer_is_bounded),
        cmocka_unit_test(commands_run_side_by_side),
        cmocka_unit_test(a_call_that_is_given_up_is_not_heard_of_again),
        cmocka_unit_test(nobody_at_a_url_is_a_failure),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
