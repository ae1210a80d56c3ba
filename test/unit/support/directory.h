/* directory.h - a directory for a test, and its end. */
#ifndef STATOR_TEST_SUPPORT_DIRECTORY_H
#define STATOR_TEST_SUPPORT_DIRECTORY_H

#include "support/cmocka.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty one, whose name goes to `out`. */
static inline void directory_make(char out[64])
{
    strcpy(out, "/tmp/stator-test-XXXXXX");
    assert_non_null(mkdtemp(out));
}

static inline int directory_remove_one(const char *path, const struct stat *about, int kind,
                                       struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* With all that is in it. */
static inline void directory_remove(const char *path)
{
    nftw(path, directory_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
