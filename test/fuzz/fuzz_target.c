/* Request targets: the split into path and query, and the canonical form of both, which must be a fixed point. */
#include "auth/auth_priv.h"
#include "http/http_priv.h"

#include <stdio.h>
#include <stdlib.h>

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static struct slice canonical_of(struct slice path, struct slice query, struct arena *arena)
{
    struct auth_request request = {.method = SLICE("GET"), .path = path, .query = query, .body = SLICE("")};
    struct claim claim = {.signed_headers = SLICE("host")};
    struct query parsed = query_parse(query, arena);
    return canonical_request(&request, &claim, &parsed, arena);
}

static struct slice line_of(struct slice text, unsigned number)
{
    for (;; number--) {
        const char *end = memchr(text.data, '\n', text.size);
        if (!end)
            die("a canonical request with too few lines");
        if (number == 0)
            return slice_of(text.data, (size_t)(end - text.data));
        text = slice_after(text, (size_t)(end - text.data) + 1);
    }
}

static void check_path(struct slice path)
{
    if (path.size == 0 || path.data[0] != '/')
        die("a canonical path that does not begin at the root");
    for (size_t i = 0; i < path.size; i++) {
        unsigned char c = (unsigned char)path.data[i];
        if (c <= ' ' || c > '~' || c == '?' || (c == '/' && i > 0 && path.data[i - 1] == '/'))
            die("a canonical path that is not canonical");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct slice path, query;
    arena_init(&arena, 16 * 1024);
    struct slice target = arena_copy(&arena, slice_of(data, size > 8192 ? 8192 : size));
    target_split(target, &path, &query);
    if (path.size == 0 || path.size + query.size > target.size + 1)
        die("more came out of a target than is in it");
    struct slice first = canonical_of(path, query, &arena);
    check_path(line_of(first, 1));
    struct slice again = canonical_of(SLICE("/"), line_of(first, 2), &arena);
    if (!slice_equal(line_of(first, 2), line_of(again, 2)))
        die("a canonical query changes when made canonical again");
    arena_release(&arena);
    return 0;
}
