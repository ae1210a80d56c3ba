#include "suite.h"

#include <stdlib.h>
#include <string.h>

static enum harness_kind suite_kind;

int suite_open(void **state)
{
    struct harness *h = malloc(sizeof *h);
    harness_open(h, suite_kind);
    *state = h;
    return 0;
}

int suite_close(void **state)
{
    harness_close(*state);
    free(*state);
    return 0;
}

void suite_put_letters(struct harness *h)
{
    static const char *const sorts[] = {"c", "a", "bb", "b", "ba", "d"};
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        harness_put(h, "p", slice_from_cstr(sorts[i]), SLICE("1"));
    harness_put(h, "o", SLICE("b"), SLICE("other"));
    harness_put(h, "q", SLICE("b"), SLICE("other"));
    harness_put(h, "pb", SLICE(""), SLICE("other"));
}

int suite_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count)
{
    const char *kind = argc > 1 ? argv[1] : "memory";
    suite_kind = strcmp(kind, "disk") == 0     ? HARNESS_DISK
                 : strcmp(kind, "faulty") == 0 ? HARNESS_FAULTY
                                               : HARNESS_MEMORY;
    if (argc > 2 && strcmp(argv[2], "log") == 0)
        harness_space |= STORAGE_SPACE_LOG;
    return _cmocka_run_group_tests(kind, tests, count, NULL, NULL);
}
