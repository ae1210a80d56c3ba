#include "storage/rocksdb/rocks_format.h"

#include <string.h>

#include "support/arena.h"

static struct slice encode(uint32_t space, struct slice partition, struct slice sort)
{
    struct storage_key key = {space, partition, sort};
    char *bytes = arena_alloc_bytes(&arena, rocks_key_size(&key));
    rocks_key_encode(bytes, &key);
    return slice_of(bytes, rocks_key_size(&key));
}

/* The published value of XXH3 (64 bits) of nothing, and docs/format.md's example. */
static void partition_hash_is_xxh3(void **state)
{
    (void)state;
    assert_int_equal(storage_partition_hash(SLICE("")), 0x2d06800538d394c2);
    assert_int_equal(storage_partition_hash(SLICE("user#1")), 0xc6720c04a524bdc7);
}

static void key_bytes_are_as_documented(void **state)
{
    (void)state;
    struct slice key = encode(16, SLICE("user#1"), SLICE("order"));
    static const char expected[] = "\x00\x00\x00\x10"
                                   "\xc6\x72\x0c\x04\xa5\x24\xbd\xc7"
                                   "\x00\x06"
                                   "user#1"
                                   "order";
    assert_int_equal(key.size, sizeof expected - 1);
    assert_memory_equal(key.data, expected, key.size);
}

static void key_is_decoded_to_its_parts(void **state)
{
    (void)state;
    struct storage_key parts;
    assert_true(rocks_key_decode(encode(0xfffffffe, SLICE("a\0b"), SLICE("\0")), &parts));
    assert_int_equal(parts.space, 0xfffffffe);
    assert_true(slice_equal(parts.partition, SLICE("a\0b")));
    assert_true(slice_equal(parts.sort, SLICE("\0")));
    assert_true(rocks_key_decode(encode(1, SLICE(""), SLICE("")), &parts));
    assert_int_equal(parts.partition.size + parts.sort.size, 0);
}

static void bytes_that_are_no_key_are_refused(void **state)
{
    (void)state;
    struct storage_key parts;
    struct slice key = encode(16, SLICE("partition"), SLICE(""));
    for (size_t size = 0; size < key.size; size++)
        assert_false(rocks_key_decode(slice_of(key.data, size), &parts));
}

static void order_is_by_space_then_partition_then_sort(void **state)
{
    (void)state;
    assert_true(slice_compare(encode(1, SLICE("zz"), SLICE("zz")), encode(2, SLICE("a"), SLICE("a"))) < 0);
    assert_true(slice_compare(encode(255, SLICE("a"), SLICE("")), encode(256, SLICE("a"), SLICE(""))) < 0);
    assert_true(slice_compare(encode(1, SLICE("a"), SLICE("")), encode(1, SLICE("a"), SLICE("\0"))) < 0);
    assert_true(slice_compare(encode(1, SLICE("a"), SLICE("b")), encode(1, SLICE("a"), SLICE("ba"))) < 0);
    bool hashes = storage_partition_hash(SLICE("a")) < storage_partition_hash(SLICE("b"));
    assert_int_equal(slice_compare(encode(1, SLICE("a"), SLICE("")), encode(1, SLICE("b"), SLICE(""))) < 0,
                     hashes);
}

static void successor_is_the_least_key_behind_a_prefix(void **state)
{
    (void)state;
    char plain[] = "ab", carry[] = "a\xff\xff", all[] = "\xff\xff";
    assert_int_equal(rocks_key_successor(plain, 2), 2);
    assert_string_equal(plain, "ac");
    assert_int_equal(rocks_key_successor(carry, 3), 1);
    assert_int_equal(carry[0], 'b');
    assert_int_equal(rocks_key_successor(all, 2), 0);
    assert_int_equal(rocks_key_successor(all, 0), 0);
}

static void long_keys_come_from_the_arena(void **state)
{
    (void)state;
    struct rocks_key_room room;
    char sort[1000];
    memset(sort, 's', sizeof sort);
    struct storage_key small = {1, SLICE("p"), SLICE("s")},
                       large = {1, SLICE("p"), slice_of(sort, sizeof sort)};
    assert_ptr_equal(rocks_key_build(&room, &arena, &small).data, room.bytes);
    struct slice key = rocks_key_build(&room, &arena, &large);
    assert_ptr_not_equal(key.data, room.bytes);
    assert_int_equal(key.size, 14 + 1 + 1000);
}

static void value_is_followed_by_a_checksum_of_it_and_its_key(void **state)
{
    (void)state;
    struct slice key = encode(16, SLICE("user#1"), SLICE("order"));
    char sealed[5 + ROCKS_CHECKSUM_BYTES];
    rocks_value_seal(sealed, rocks_key_fingerprint(key), SLICE("hello"));
    assert_memory_equal(sealed, "hello\xff\xbb\x99\x55", sizeof sealed);
}

static void sealed_value_opens_only_whole_and_under_its_own_key(void **state)
{
    (void)state;
    struct slice value;
    struct slice key = encode(16, SLICE("p"), SLICE("a")), other = encode(16, SLICE("p"), SLICE("b"));
    char sealed[5 + ROCKS_CHECKSUM_BYTES];
    error_init(&err, &arena);
    rocks_value_seal(sealed, rocks_key_fingerprint(key), SLICE("hello"));
    assert_true(rocks_value_open(key, slice_of(sealed, sizeof sealed), &value, &err));
    assert_true(slice_equal(value, SLICE("hello")));
    assert_false(rocks_value_open(other, slice_of(sealed, sizeof sealed), &value, &err));
    for (size_t size = 0; size < sizeof sealed; size++)
        assert_false(rocks_value_open(key, slice_of(sealed, size), &value, &err));
    for (size_t i = 0; i < 8 * sizeof sealed; i++) {
        sealed[i / 8] = (char)(sealed[i / 8] ^ 1 << i % 8);
        assert_false(rocks_value_open(key, slice_of(sealed, sizeof sealed), &value, &err));
        sealed[i / 8] = (char)(sealed[i / 8] ^ 1 << i % 8);
    }
    assert_int_equal(err.code, ERR_CORRUPT);
}

static void corruption_names_space_and_key(void **state)
{
    (void)state;
    char sort[4000] = "";
    error_init(&err, &arena);
    rocks_error_corrupt(encode(77, SLICE("p"), SLICE("\xab")), "what", &err);
    assert_non_null(strstr(err.detail, "what: space 77, key 0000004d"));
    assert_non_null(strstr(err.detail, "000170ab"));
    assert_string_equal(err.message, "Internal server error");
    rocks_error_corrupt(encode(77, SLICE("p"), slice_of(sort, sizeof sort)), "what", &err);
    assert_true(strlen(err.detail) < 400);
    rocks_error_corrupt(SLICE(""), "what", &err);
}

static void system_records_have_fixed_keys_and_sixteen_bytes(void **state)
{
    (void)state;
    struct rocks_record_room room;
    struct rocks_record record;
    char bytes[ROCKS_RECORD_BYTES];
    struct storage_key key = rocks_record_key(&room, ROCKS_RECORD_COMMIT, 9);
    assert_int_equal(key.space, 0);
    assert_true(slice_equal(key.partition, SLICE("commit")) && key.sort.size == 0);
    key = rocks_record_key(&room, ROCKS_RECORD_SPACE, 0x01020304);
    assert_true(slice_equal(key.partition, SLICE("space")) && slice_equal(key.sort, SLICE("\1\2\3\4")));
    key = rocks_record_key(&room, ROCKS_RECORD_USAGE, 16);
    assert_true(slice_equal(key.partition, SLICE("usage")) && slice_equal(key.sort, SLICE("\0\0\0\x10")));
    rocks_record_encode(bytes, (struct rocks_record){0x0102030405060708, (uint64_t)-2});
    assert_memory_equal(bytes, "\1\2\3\4\5\6\7\10\xff\xff\xff\xff\xff\xff\xff\xfe", 16);
    assert_true(rocks_record_decode(slice_of(bytes, 16), &record));
    assert_int_equal(record.first, 0x0102030405060708);
    assert_int_equal((int64_t)record.second, -2);
    assert_false(rocks_record_decode(slice_of(bytes, 15), &record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partition_hash_is_xxh3),
        cmocka_unit_test(key_bytes_are_as_documented),
        cmocka_unit_test(key_is_decoded_to_its_parts),
        cmocka_unit_test(bytes_that_are_no_key_are_refused),
        cmocka_unit_test(order_is_by_space_then_partition_then_sort),
        cmocka_unit_test(successor_is_the_least_key_behind_a_prefix),
        cmocka_unit_test(long_keys_come_from_the_arena),
        cmocka_unit_test(value_is_followed_by_a_checksum_of_it_and_its_key),
        cmocka_unit_test(sealed_value_opens_only_whole_and_under_its_own_key),
        cmocka_unit_test(corruption_names_space_and_key),
        cmocka_unit_test(system_records_have_fixed_keys_and_sixteen_bytes),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
