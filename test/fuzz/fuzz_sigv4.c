/* Signatures as strangers send them: the input's lines are path, query, Authorization, X-Amz-Date, Date, a further
 * header, and the rest is the body. Nothing of it may crash, hang or be believed. */
#include "auth/auth.h"
#include "auth/auth_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A shared slot keeps a reader count in the high bits of its pointer, which the leak sanitizer does not see through;
 * what both of these hold lives as long as the process. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static const int64_t now_ms = INT64_C(1440938160000); /* 20150830T123600Z */
static struct auth *checking;
static struct auth *trusting;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static struct auth *open_auth(const char *path)
{
    struct arena arena;
    struct error err;
    struct auth *auth = NULL;
    struct auth_options options = {.credentials_path = path, .skew_ms = 15 * 60 * 1000};
    arena_init(&arena, 1024);
    error_init(&err, &arena);
    if (!auth_open(&options, &auth, &err))
        die(err.message);
    arena_release(&arena);
    return auth;
}

static void open_both(void)
{
    static const char text[] = "[a]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=nobody-knows\n";
    char path[] = "/tmp/stator-fuzz-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1)
        die("no temporary file");
    close(fd);
    if (__lsan_disable)
        __lsan_disable();
    checking = open_auth(path);
    trusting = open_auth(NULL);
    if (__lsan_enable)
        __lsan_enable();
    unlink(path);
}

static struct slice take_line(struct slice *rest)
{
    const char *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
    struct slice line = slice_of(rest->data, end ? (size_t)(end - rest->data) : rest->size);
    *rest = slice_after(*rest, end ? line.size + 1 : line.size);
    return line;
}

static void verify(struct auth *auth, const struct auth_request *request, struct arena *arena, bool may_pass)
{
    struct error err;
    struct auth_identity identity = {SLICE_NONE, SLICE_NONE};
    error_init(&err, arena);
    if (auth_verify(auth, request, now_ms, arena, &identity, &err)) {
        if (!may_pass || slice_is_none(identity.access_key_id) || slice_is_none(identity.region))
            die("a stranger was believed");
    } else if (err.code == ERR_NONE || !err.message) {
        die("a refusal without a reason");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    if (!checking) {
        open_both();
        arena_init(&arena, 64 * 1024);
    }
    if (size > 16 * 1024)
        return 0;
    struct slice rest = arena_copy(&arena, slice_of(data, size));
    struct auth_request request = {
        .method = SLICE("POST"), .path = take_line(&rest), .query = take_line(&rest)};
    static const struct slice names[] = {{"Authorization", 13}, {"X-Amz-Date", 10}, {"Date", 4}, {"Host", 4}};
    struct field fields[4];
    size_t count = 0;
    for (size_t i = 0; i < 4; i++) {
        struct slice value = take_line(&rest);
        if (value.size > 0)
            fields[count++] = (struct field){names[i], value};
    }
    request.headers = (struct field_list){fields, count};
    request.body = rest;
    verify(checking, &request, &arena, false);
    verify(trusting, &request, &arena, true);
    arena_reset(&arena);
    return 0;
}
