/* Expected values: FIPS 180-4 examples for SHA-256, RFC 4231 for HMAC-SHA-256. */
#include "auth_fixture.h"

static const char *hex(struct fixture *f, struct sha256_digest digest)
{
    char text[SHA256_HEX_BYTES];
    sha256_hex(&digest, text);
    return arena_copy_cstr(&f->arena, slice_of(text, sizeof text));
}

static void hashes_the_published_examples(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(hex(f, sha256(SLICE(""))),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(hex(f, sha256(SLICE("abc"))),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(hex(f, sha256(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = arena_alloc_bytes(&f->arena, 1000000);
    memset(million, 'a', 1000000);
    assert_string_equal(hex(f, sha256(slice_of(million, 1000000))),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Wherever the message ends in its last block; the stream's end is OpenSSL's own. */
static void one_piece_is_hashed_as_many_are(void **state)
{
    struct fixture *f = *state;
    char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct sha256_stream stream;
        sha256_begin(&stream);
        for (size_t i = 0; i < size; i++)
            sha256_add(&stream, slice_of(bytes + i, 1));
        assert_string_equal(hex(f, sha256(slice_of(bytes, size))), hex(f, sha256_end(&stream)));
    }
}

static void nothing_at_all_is_hashed_as_empty(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(hex(f, sha256(SLICE_NONE)), hex(f, sha256(SLICE(""))));
}

static const char *hmac_hex(struct fixture *f, struct slice secret, struct slice data)
{
    struct hmac_key key;
    hmac_key_init(&key, secret);
    assert_string_equal(hex(f, hmac_sha256(&key, data)), hex(f, hmac_sha256(&key, data)));
    return hex(f, hmac_sha256(&key, data));
}

static struct slice filled(struct fixture *f, unsigned char byte, size_t size)
{
    char *bytes = arena_alloc_bytes(&f->arena, size);
    memset(bytes, byte, size);
    return slice_of(bytes, size);
}

static void signs_the_published_examples(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(hmac_hex(f, filled(f, 0x0b, 20), SLICE("Hi There")),
                        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_string_equal(hmac_hex(f, SLICE("Jefe"), SLICE("what do ya want for nothing?")),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_string_equal(hmac_hex(f, filled(f, 0xaa, 20), filled(f, 0xdd, 50)),
                        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

static void a_key_longer_than_a_block_is_hashed_first(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(
        hmac_hex(f, filled(f, 0xaa, 131), SLICE("Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* The definition of RFC 2104, by hashes of whole texts. */
static void a_message_of_any_size_is_signed(void **state)
{
    struct fixture *f = *state;
    struct slice secret = filled(f, 0x5a, 32);
    for (size_t size = 0; size <= 200; size++) {
        struct slice data = filled(f, (unsigned char)size, size);
        char inner[64 + 200], outer[64 + SHA256_BYTES];
        for (size_t i = 0; i < 64; i++) {
            char key = i < secret.size ? secret.data[i] : 0;
            inner[i] = (char)(key ^ 0x36);
            outer[i] = (char)(key ^ 0x5c);
        }
        memcpy(inner + 64, data.data, size);
        struct sha256_digest digest = sha256(slice_of(inner, 64 + size));
        memcpy(outer + 64, digest.bytes, sizeof digest.bytes);
        assert_string_equal(hmac_hex(f, secret, data), hex(f, sha256(slice_of(outer, sizeof outer))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(hashes_the_published_examples),
        CASE(one_piece_is_hashed_as_many_are),
        CASE(nothing_at_all_is_hashed_as_empty),
        CASE(signs_the_published_examples),
        CASE(a_key_longer_than_a_block_is_hashed_first),
        CASE(a_message_of_any_size_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
