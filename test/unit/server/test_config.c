/* Settings: defaults, the three sources and their order, and what is refused. */
#include "server/config.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *const no_environment[] = {NULL};

struct fixture {
    struct arena arena;
    struct error err;
    struct config config;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    config_init(&f->config);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    free(f);
    return 0;
}

static bool load(struct fixture *f, int count, const char *const *arguments)
{
    return config_load(&f->config, count, (char *const *)(uintptr_t)arguments, no_environment, &f->arena,
                       &f->err);
}

#define LOAD(f, ...)                                                               \
    load((f), (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)), \
         (const char *[]){__VA_ARGS__})

static void assert_refused(struct fixture *f, bool loaded, const char *part_of_message)
{
    assert_false(loaded);
    assert_int_equal(f->err.code, ERR_CONFIG);
    if (!strstr(f->err.message, part_of_message))
        fail_msg("'%s' is not in '%s'", part_of_message, f->err.message);
}

static void defaults_are_a_local_server(void **state)
{
    struct fixture *f = *state;
    assert_true(load(f, 0, NULL));
    assert_string_equal(f->config.listen.host, "127.0.0.1");
    assert_int_equal(f->config.listen.port, 8000);
    assert_int_equal(f->config.admin_listen.port, 8001);
    assert_string_equal(f->config.account_id, "000000000000");
    assert_false(f->config.in_memory);
}

static void flags_take_their_value_with_or_without_equals(void **state)
{
    struct fixture *f = *state;
    assert_true(LOAD(f, "--listen", "127.0.0.1:9000", "--data=/var/lib/x", "--in-memory", "--cache-size",
                     "2G", "--idle-timeout=90s", "--stream-shard-time", "2h"));
    assert_int_equal(f->config.listen.port, 9000);
    assert_string_equal(f->config.data, "/var/lib/x");
    assert_true(f->config.in_memory);
    assert_true(f->config.cache_bytes == (int64_t)2 << 30);
    assert_int_equal(f->config.idle_timeout_ms, 90000);
    assert_int_equal(f->config.stream_shard_ms, 2 * 3600 * 1000);
}

static void ipv6_and_localhost_are_understood(void **state)
{
    struct fixture *f = *state;
    assert_true(LOAD(f, "--listen", "[::1]:8123", "--admin-listen", "localhost:8124"));
    assert_string_equal(f->config.listen.host, "::1");
    assert_int_equal(f->config.listen.port, 8123);
    assert_string_equal(f->config.admin_listen.host, "127.0.0.1");
}

static void admin_endpoint_can_be_left_out(void **state)
{
    struct fixture *f = *state;
    assert_true(LOAD(f, "--admin-listen", "none"));
    assert_null(f->config.admin_listen.host);
}

static void environment_sets_what_flags_do_not(void **state)
{
    struct fixture *f = *state;
    char *const environment[] = {(char[]){"STATOR_LISTEN=127.0.0.1:7000"},
                                 (char[]){"STATOR_REGION=eu-west-1"}, NULL};
    char *const arguments[] = {(char[]){"--listen=127.0.0.1:7001"}};
    assert_true(config_load(&f->config, 1, arguments, environment, &f->arena, &f->err));
    assert_int_equal(f->config.listen.port, 7001);
    assert_string_equal(f->config.region, "eu-west-1");
}

static const char *write_ini(struct fixture *f, const char *text)
{
    char *path = arena_printf(&f->arena, "/tmp/stator-test-config-%d.ini", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void ini_file_yields_to_environment_and_flags(void **state)
{
    struct fixture *f = *state;
    const char *path =
        write_ini(f, "# comment\n[stator]\nregion = eu-north-1\nthreads=3\n account-id = 111122223333 \n");
    char *const environment[] = {(char[]){"STATOR_THREADS=5"}, NULL};
    char *const arguments[] = {arena_printf(&f->arena, "--config=%s", path),
                               (char[]){"--account-id=444455556666"}};
    assert_true(config_load(&f->config, 2, arguments, environment, &f->arena, &f->err));
    unlink(path);
    assert_string_equal(f->config.region, "eu-north-1");
    assert_int_equal(f->config.threads, 5);
    assert_string_equal(f->config.account_id, "444455556666");
}

static void ini_errors_name_file_and_line(void **state)
{
    struct fixture *f = *state;
    const char *path = write_ini(f, "region = x\nlisten 127.0.0.1:1\n");
    bool loaded = LOAD(f, "--config", path);
    unlink(path);
    assert_refused(f, loaded, ".ini:2: a line must have the form name = value");
    path = write_ini(f, "colour = blue\n");
    loaded = LOAD(f, "--config", path);
    unlink(path);
    assert_refused(f, loaded, "there is no setting 'colour'");
}

static void nonsense_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, LOAD(f, "--colour", "blue"), "there is no option --colour");
    assert_refused(f, LOAD(f, "blue"), "unexpected argument 'blue'");
    assert_refused(f, LOAD(f, "--listen"), "--listen needs a value");
    assert_refused(f, LOAD(f, "--listen", "8000"), "HOST:PORT");
    assert_refused(f, LOAD(f, "--listen", "127.0.0.1:70000"), "HOST:PORT");
    assert_refused(f, LOAD(f, "--listen", "example:80"), "IPv4 or IPv6");
    assert_refused(f, LOAD(f, "--threads", "many"), "--threads");
    assert_refused(f, LOAD(f, "--threads", "-1"), "between 0 and 256");
    assert_refused(f, LOAD(f, "--cache-size", "9223372036854775807G"), "--cache-size");
    assert_refused(f, LOAD(f, "--cache-size", "5X"), "--cache-size");
    assert_refused(f, LOAD(f, "--log-level", "loud"), "debug|info|warning|error");
    assert_refused(f, LOAD(f, "--in-memory=maybe"), "true or false");
    assert_refused(f, LOAD(f, "--account-id", "42"), "12 digits");
    assert_refused(f, LOAD(f, "--config", "/nonexistent/stator.ini"), "/nonexistent/stator.ini");
}

static void certificate_and_key_belong_together(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, LOAD(f, "--tls-cert", "cert.pem"), "tls-key");
}

static void open_address_without_credentials_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, LOAD(f, "--listen", "0.0.0.0:8000"), "credentials");
    config_init(&f->config);
    assert_true(LOAD(f, "--listen", "0.0.0.0:8000", "--credentials", "file"));
}

static void loopback_is_127_and_colon_colon_1(void **state)
{
    (void)state;
    assert_true(config_address_is_loopback(&(struct config_address){"127.0.0.1", 1}));
    assert_true(config_address_is_loopback(&(struct config_address){"127.9.9.9", 1}));
    assert_true(config_address_is_loopback(&(struct config_address){"::1", 1}));
    assert_false(config_address_is_loopback(&(struct config_address){"0.0.0.0", 1}));
    assert_false(config_address_is_loopback(&(struct config_address){"128.0.0.1", 1}));
    assert_false(config_address_is_loopback(&(struct config_address){"::", 1}));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_a_local_server),         TEST(flags_take_their_value_with_or_without_equals),
        TEST(ipv6_and_localhost_are_understood),   TEST(admin_endpoint_can_be_left_out),
        TEST(environment_sets_what_flags_do_not),  TEST(ini_file_yields_to_environment_and_flags),
        TEST(ini_errors_name_file_and_line),       TEST(nonsense_is_refused),
        TEST(certificate_and_key_belong_together), TEST(open_address_without_credentials_is_refused),
        TEST(loopback_is_127_and_colon_colon_1),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
