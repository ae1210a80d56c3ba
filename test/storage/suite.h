/* suite.h - tests that every backend must pass: each in a fresh store of the kind that the command line
 * names, and in a space of either kind: disk|memory|faulty [log].
 * Use:     a file a subject; its main() is suite_main() with a SUITE_TEST() for each test, which finds a struct harness in *state. */
#ifndef STATOR_TEST_STORAGE_SUITE_H
#define STATOR_TEST_STORAGE_SUITE_H

#include "harness.h"

int suite_open(void **state);
int suite_close(void **state);

#define SUITE_TEST(name) cmocka_unit_test_setup_teardown(name, suite_open, suite_close)

/* Partition "p" with the sort keys a, b, ba, bb, c, d, each "1"; and others around it. */
void suite_put_letters(struct harness *h);

/* Returns the exit status. */
int suite_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count);

#endif
