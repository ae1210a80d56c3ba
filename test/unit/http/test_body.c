/* Compressed bodies: gzip (RFC 1952), deflate as zlib (RFC 1950) and, as some clients send it, bare (RFC 1951). */
#include "http_fixture.h"

#include <libdeflate.h>

#define HEAD "POST / HTTP/1.1\r\nHost: h\r\n"

/* "intact|raw size|body" */
static void describe_body(struct http_exchange *x, void *arg)
{
    (void)arg;
    struct slice body = http_body(x);
    reply_text(x, 200,
               arena_printf(http_arena(x), "%s|%zu|%.*s", http_body_intact(x) ? "intact" : "broken",
                            http_body_raw(x).size, SLICE_PRINTF(body)));
}

enum format { GZIP, ZLIB, BARE };

static struct slice compressed(struct fixture *f, enum format format, struct slice text)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t capacity = text.size + 1000, size = 0;
    char *out = arena_alloc_bytes(&f->arena, capacity);
    switch (format) {
    case GZIP:
        size = libdeflate_gzip_compress(c, text.data, text.size, out, capacity);
        break;
    case ZLIB:
        size = libdeflate_zlib_compress(c, text.data, text.size, out, capacity);
        break;
    case BARE:
        size = libdeflate_deflate_compress(c, text.data, text.size, out, capacity);
        break;
    }
    libdeflate_free_compressor(c);
    assert_true(size > 0);
    return slice_of(out, size);
}

static char *writable_copy(struct fixture *f, struct slice s)
{
    return memcpy(arena_alloc_bytes(&f->arena, s.size), s.data, s.size);
}

static struct response post(struct fixture *f, const char *encoding, struct slice body)
{
    int fd = client_connect(f);
    client_send(fd, arena_printf(&f->arena, HEAD "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                                 encoding, body.size));
    client_send_bytes(fd, body.data, body.size);
    struct response r = client_read(f, fd);
    close(fd);
    return r;
}

static void each_encoding_is_undone(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, describe_body, NULL);
    struct slice text = SLICE("{\"TableName\":\"Music Music Music Music Music\"}");
    const struct {
        const char *encoding;
        enum format format;
    } cases[] = {{"gzip", GZIP}, {"GZip", GZIP}, {"x-gzip", GZIP}, {"deflate", ZLIB}, {"deflate", BARE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice body = compressed(f, cases[i].format, text);
        struct response r = post(f, cases[i].encoding, body);
        assert_string_equal(r.body,
                            arena_printf(&f->arena, "intact|%zu|%.*s", body.size, SLICE_PRINTF(text)));
    }
    assert_string_equal(post(f, "identity", SLICE("x")).body, "intact|1|x");
    assert_string_equal(strrchr(post(f, "gzip", compressed(f, GZIP, SLICE(""))).body, '|'), "|");
}

static void a_large_body_grows_to_its_size(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, describe_body, NULL);
    enum { SIZE = 300000 };
    char *text = arena_alloc_bytes(&f->arena, SIZE);
    memset(text, 'z', SIZE);
    for (int format = GZIP; format <= BARE; format++) {
        struct response r = post(f, format == GZIP ? "gzip" : "deflate",
                                 compressed(f, (enum format)format, slice_of(text, SIZE)));
        assert_int_equal(r.status, 200);
        assert_true(r.body_size > SIZE);
        assert_memory_equal(r.body + r.body_size - SIZE, text, SIZE);
    }
}

static void a_broken_stream_is_told_to_the_handler(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, describe_body, NULL);
    struct slice good = compressed(f, GZIP, SLICE("some text, some text, some text"));
    char *bad = writable_copy(f, good);
    bad[good.size - 6] ^= 1; /* in the checksum */
    assert_non_null(strstr(post(f, "gzip", slice_of(bad, good.size)).body, "broken|"));
    assert_non_null(strstr(post(f, "gzip", slice_of(good.data, good.size - 1)).body, "broken|"));
    assert_non_null(strstr(post(f, "gzip", SLICE("not gzip at all, by any means")).body, "broken|"));
    assert_non_null(strstr(post(f, "deflate", SLICE("\xff\xff\xff\xff")).body, "broken|"));
    assert_string_equal(post(f, "gzip", SLICE("")).body, "broken|0|");
}

static void an_unknown_encoding_is_told_to_the_handler(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, describe_body, NULL);
    assert_string_equal(post(f, "br", SLICE("abc")).body, "broken|3|");
    assert_string_equal(post(f, "gzip, gzip", SLICE("abc")).body, "broken|3|");
}

static void what_follows_the_stream_breaks_it(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, describe_body, NULL);
    struct slice good = compressed(f, GZIP, SLICE("text"));
    char *longer = arena_zalloc(&f->arena, good.size + 3);
    memcpy(longer, good.data, good.size);
    assert_non_null(strstr(post(f, "gzip", slice_of(longer, good.size + 3)).body, "broken|"));
}

static void a_bomb_is_refused(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 1 << 20;
    fixture_open(f, describe_body, NULL);
    enum { SIZE = (1 << 20) + 1 };
    char *zeros = arena_zalloc(&f->arena, SIZE);
    for (int format = GZIP; format <= BARE; format++) {
        struct slice bomb = compressed(f, (enum format)format, slice_of(zeros, SIZE));
        assert_true(bomb.size < 5000);
        assert_int_equal(post(f, format == GZIP ? "gzip" : "deflate", bomb).status, 413);
        struct slice just = compressed(f, (enum format)format, slice_of(zeros, SIZE - 1));
        assert_int_equal(post(f, format == GZIP ? "gzip" : "deflate", just).status, 200);
    }
    /* gzip's own word for its size is not believed either way. */
    struct slice bomb = compressed(f, GZIP, slice_of(zeros, SIZE));
    char *lying = writable_copy(f, bomb);
    memset(lying + bomb.size - 4, 0, 4);
    assert_true(post(f, "gzip", slice_of(lying, bomb.size)).status == 413 ||
                strstr(post(f, "gzip", slice_of(lying, bomb.size)).body, "broken|"));
    memset(lying + bomb.size - 4, 0xff, 4);
    assert_int_equal(post(f, "gzip", slice_of(lying, bomb.size)).status, 413);
    wait_until(stats_of(f).in_flight_bytes == 0);
}

static void decompressed_bodies_count_as_in_flight(void **state)
{
    struct fixture *f = *state;
    f->options.body_bytes_max = 1 << 20;
    f->options.in_flight_bytes_max = 100000;
    fixture_open(f, describe_body, NULL);
    char *zeros = arena_zalloc(&f->arena, 200000);
    assert_int_equal(post(f, "gzip", compressed(f, GZIP, slice_of(zeros, 200000))).status, 503);
    assert_int_equal(post(f, "gzip", compressed(f, GZIP, slice_of(zeros, 50000))).status, 200);
    wait_until(stats_of(f).in_flight_bytes == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_encoding_is_undone),
        CASE(a_large_body_grows_to_its_size),
        CASE(a_broken_stream_is_told_to_the_handler),
        CASE(an_unknown_encoding_is_told_to_the_handler),
        CASE(what_follows_the_stream_breaks_it),
        CASE(a_bomb_is_refused),
        CASE(decompressed_bodies_count_as_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
