/* TLS with a certificate made for the test by the openssl command. The client is the same command. */
#include "http_fixture.h"
#include "support/directory.h"

#include <sys/stat.h>
#include <sys/wait.h>

static char folder[64];

static int make_certificates(void **state)
{
    (void)state;
    directory_make(folder);
    char command[1024];
    snprintf(
        command, sizeof command,
        "cd %s && for n in one two; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
        "-nodes -keyout $n.key -out $n.pem -days 2 -subj /CN=localhost >/dev/null 2>&1 || exit 1; done; "
        "echo 'not a pem' > text.pem; : > empty.pem",
        folder);
    return system(command) == 0 ? 0 : -1;
}

static int remove_certificates(void **state)
{
    (void)state;
    directory_remove(folder);
    return 0;
}

static char *in_folder(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", folder, name);
}

static void use(struct fixture *f, const char *certificate, const char *key)
{
    f->options.tls_certificate_path = certificate ? in_folder(f, certificate) : NULL;
    f->options.tls_key_path = key ? in_folder(f, key) : NULL;
}

/* What `openssl s_client` prints for these requests. */
static char *ask_by_tls(struct fixture *f, const char *requests)
{
    enum { SIZE = 64 * 1024 };
    char *output = arena_zalloc(&f->arena, SIZE);
    char command[1024];
    snprintf(command, sizeof command,
             "printf '%s' | timeout 20 openssl s_client -quiet -connect 127.0.0.1:%u -CAfile %s/one.pem "
             "-verify_return_error 2>/dev/null",
             requests, http_port(f->server), folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(output, 1, SIZE - 1, pipe);
    pclose(pipe);
    output[size] = '\0';
    return output;
}

static void requests_go_round_by_tls(void **state)
{
    struct fixture *f = *state;
    use(f, "one.pem", "one.key");
    fixture_open(f, echo, NULL);
    char *output = ask_by_tls(f, "POST /1 HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 5\\r\\n\\r\\nhello"
                                 "POST /2 HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n"
                                 "Content-Length: 3\\r\\n\\r\\nbye");
    assert_non_null(strstr(output, "\r\n\r\nhello"));
    assert_non_null(strstr(output, "\r\nX-Target: /2|\r\n"));
    assert_non_null(strstr(output, "\r\n\r\nbye"));
}

static void resume_at_once(struct http_exchange *x, void *arg)
{
    (void)arg;
    http_suspend(x);
    http_resume(x, echo, NULL);
}

static void suspended_exchanges_work_by_tls(void **state)
{
    struct fixture *f = *state;
    use(f, "one.pem", "one.key");
    fixture_open(f, resume_at_once, NULL);
    char *output = ask_by_tls(f, "POST /1 HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n"
                                 "Content-Length: 5\\r\\n\\r\\nhello");
    assert_non_null(strstr(output, "\r\n\r\nhello"));
}

static void plain_text_to_a_tls_port_disturbs_nobody(void **state)
{
    struct fixture *f = *state;
    use(f, "one.pem", "one.key");
    f->options.receive_timeout_ms = 1000;
    fixture_open(f, echo, NULL);
    int fd = client_connect(f);
    client_send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    char byte;
    while (client_receive(fd, &byte, 1) > 0)
        ;
    close(fd);
    assert_non_null(
        strstr(ask_by_tls(f, "GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n"), " 200 OK"));
}

static void expect_error(struct fixture *f, const char *certificate, const char *key, const char *text)
{
    use(f, certificate, key);
    f->options.handler = echo;
    assert_false(http_open(&f->options, &f->server, &f->err));
    assert_int_equal(f->err.code, ERR_CONFIG);
    if (!strstr(f->err.message, text))
        fail_msg("\"%s\" does not say \"%s\"", f->err.message, text);
}

static void bad_files_are_clear_errors(void **state)
{
    struct fixture *f = *state;
    expect_error(
        f, "none.pem", "one.key",
        arena_printf(&f->arena, "could not read TLS certificate \"%s/none.pem\": No such file", folder));
    expect_error(f, "one.pem", "none.key", "could not read TLS key \"");
    expect_error(f, "text.pem", "one.key", "text.pem\" is not a PEM file");
    expect_error(f, "empty.pem", "one.key", "empty.pem\" is not a PEM file");
    expect_error(f, "one.pem", NULL, "TLS needs both a certificate and a key");
    expect_error(f, "one.pem", "two.key", "could not use certificate \"");
    expect_error(f, "one.key", "one.pem", "could not use certificate \"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(requests_go_round_by_tls),
        CASE(suspended_exchanges_work_by_tls),
        CASE(plain_text_to_a_tls_port_disturbs_nobody),
        CASE(bad_files_are_clear_errors),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
