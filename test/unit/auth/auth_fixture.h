/* auth_fixture.h - what the tests of src/auth share: an arena, requests made of C strings, credentials files. */
#ifndef STATOR_TEST_AUTH_FIXTURE_H
#define STATOR_TEST_AUTH_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/auth_priv.h"

#include "sigv4_vectors.h"
#include "support/cmocka.h"

#define VECTOR_CREDENTIALS \
    "[default]\naws_access_key_id = " VECTOR_KEY_ID "\naws_secret_access_key = " VECTOR_SECRET "\n"

enum { FIXTURE_HEADERS_MAX = 24, SKEW_MS = 15 * 60 * 1000 };

struct fixture {
    struct arena arena;
    struct error err;
    struct field fields[FIXTURE_HEADERS_MAX];
    struct auth_request request;
    char path[64]; /* of the credentials file, once written */
};

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    if (f->path[0])
        unlink(f->path);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static inline void fixture_add_header(struct fixture *f, const char *name, const char *value)
{
    assert_true(f->request.headers.count < FIXTURE_HEADERS_MAX);
    f->fields[f->request.headers.count++] = (struct field){slice_from_cstr(name), slice_from_cstr(value)};
}

static inline void fixture_request(struct fixture *f, const char *method, const char *path, const char *query,
                                   const char *body)
{
    f->request = (struct auth_request){
        .method = slice_from_cstr(method),
        .path = slice_from_cstr(path),
        .query = slice_from_cstr(query),
        .headers = {f->fields, 0},
        .body = slice_from_cstr(body),
    };
}

static inline void fixture_vector(struct fixture *f, const struct vector *v)
{
    fixture_request(f, v->method, v->path, v->query, v->body);
    for (size_t i = 0; i < sizeof v->headers / sizeof v->headers[0] && v->headers[i].name; i++)
        fixture_add_header(f, v->headers[i].name, v->headers[i].value);
}

static inline void fixture_write_file(struct fixture *f, const char *text)
{
    if (!f->path[0]) {
        strcpy(f->path, "/tmp/stator-credentials-XXXXXX");
        int fd = mkstemp(f->path);
        assert_true(fd >= 0);
        close(fd);
    }
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline struct auth *fixture_auth(struct fixture *f, const char *credentials)
{
    struct auth *auth = NULL;
    if (credentials)
        fixture_write_file(f, credentials);
    struct auth_options options = {.credentials_path = credentials ? f->path : NULL, .skew_ms = SKEW_MS};
    if (!auth_open(&options, &auth, &f->err))
        fail_msg("%s", f->err.message);
    return auth;
}

#define assert_slice(actual, expected) assert_string_equal(arena_copy_cstr(&f->arena, (actual)), (expected))

#define CASE(function)                 cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
