/* Credentials are replaced while other threads verify: each request sees one whole set. Meant for the thread
 * sanitizer as much as for its asserts. */
#include "auth_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { VERIFIERS = 3, VERIFICATIONS = 3000, RELOADS = 60 };

struct verifier {
    struct auth *auth;
    unsigned accepted;
    unsigned refused;
    unsigned surprised;
};

static void *verify_many(void *arg)
{
    struct verifier *v = arg;
    void *state;
    fixture_setup(&state);
    struct fixture *f = state;
    for (int i = 0; i < VERIFICATIONS; i++) {
        struct auth_identity identity;
        arena_reset(&f->arena);
        fixture_vector(f, &derived_vectors[i % 2]);
        if (auth_verify(v->auth, &f->request, VECTOR_TIME_MS, &f->arena, &identity, &f->err))
            v->accepted++;
        else if (f->err.code == ERR_UNRECOGNIZED_CLIENT)
            v->refused++;
        else
            v->surprised++;
    }
    fixture_teardown(&state);
    return NULL;
}

static void verifying_goes_on_while_reloading(void **state)
{
    struct fixture *f = *state;
    struct auth *auth = fixture_auth(f, VECTOR_CREDENTIALS);
    pthread_t threads[VERIFIERS];
    struct verifier verifiers[VERIFIERS];
    for (int i = 0; i < VERIFIERS; i++) {
        verifiers[i] = (struct verifier){.auth = auth};
        assert_int_equal(pthread_create(&threads[i], NULL, verify_many, &verifiers[i]), 0);
    }
    for (int i = 0; i < RELOADS; i++) {
        fixture_write_file(f, i % 2 ? VECTOR_CREDENTIALS
                                    : "[a]\naws_access_key_id=A\naws_secret_access_key=x\n");
        if (!auth_reload(auth, &f->err))
            fail_msg("%s", f->err.message);
        usleep(200);
    }
    for (int i = 0; i < VERIFIERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(verifiers[i].surprised, 0);
        assert_int_equal(verifiers[i].accepted + verifiers[i].refused, VERIFICATIONS);
    }
    auth_close(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(verifying_goes_on_while_reloading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
