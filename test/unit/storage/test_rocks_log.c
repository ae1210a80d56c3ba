#include "storage/rocksdb/rocks_log.h"

#include "base/buf.h"
#include "storage/rocksdb/rocks_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above, as cmocka asks. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* Bytes here follow RocksDB's description of its formats: pages "Write Ahead Log File Format" of its wiki, and the comment
 * that opens db/write_batch.cc. */

enum { FULL = 1, FIRST, MIDDLE, LAST, RECYCLED_FULL };

static struct arena arena;
static struct rocks_log reader;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 16);
    rocks_log_init(&reader);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rocks_log_release(&reader);
    arena_release(&arena);
    return 0;
}

/* ------------------------------------------------------------------ writing logs */

static struct buf new_bytes(void)
{
    struct buf b;
    buf_init(&b, &arena, 256);
    return b;
}

static void put_le(struct buf *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_append_byte(b, (char)(value >> (8 * i)));
}

static void put_text(struct buf *b, struct slice text)
{
    size_t size = text.size;
    for (; size >= 0x80; size >>= 7)
        buf_append_byte(b, (char)(size | 0x80));
    buf_append_byte(b, (char)size);
    buf_append(b, text);
}

static struct buf new_batch(uint64_t first, uint32_t count)
{
    struct buf b = new_bytes();
    put_le(&b, first, 8);
    put_le(&b, count, 4);
    return b;
}

static struct slice commit_key(void)
{
    struct rocks_record_room room;
    struct storage_key key = rocks_record_key(&room, ROCKS_RECORD_COMMIT, 0);
    char *bytes = arena_alloc_bytes(&arena, rocks_key_size(&key));
    rocks_key_encode(bytes, &key);
    return slice_of(bytes, rocks_key_size(&key));
}

static void put_commit(struct buf *b, uint64_t commit)
{
    char record[ROCKS_RECORD_BYTES], sealed[ROCKS_RECORD_BYTES + ROCKS_CHECKSUM_BYTES];
    rocks_record_encode(record, (struct rocks_record){commit, 1700000000000});
    rocks_value_seal(sealed, rocks_key_fingerprint(commit_key()), slice_of(record, sizeof record));
    buf_append_byte(b, 1);
    put_text(b, commit_key());
    put_text(b, slice_of(sealed, sizeof sealed));
}

/* One entry, the commit. */
static struct slice commit_batch(uint64_t first, uint64_t commit)
{
    struct buf b = new_batch(first, 1);
    put_commit(&b, commit);
    return buf_slice(&b);
}

static void put_fragment(struct buf *file, int type, struct slice content)
{
    struct buf checked = new_bytes();
    buf_append_byte(&checked, (char)type);
    buf_append(&checked, content);
    put_le(file, rocks_log_checksum(buf_slice(&checked)), 4);
    put_le(file, content.size, 2);
    buf_append(file, buf_slice(&checked));
}

/* As RocksDB cuts it into blocks. */
static void put_record(struct buf *file, struct slice record)
{
    for (bool is_first = true;; is_first = false) {
        size_t room = ROCKS_LOG_BLOCK_BYTES - file->size % ROCKS_LOG_BLOCK_BYTES;
        for (; room < ROCKS_LOG_HEADER_BYTES;
             room = ROCKS_LOG_BLOCK_BYTES - file->size % ROCKS_LOG_BLOCK_BYTES)
            buf_append_byte(file, 0);
        room -= ROCKS_LOG_HEADER_BYTES;
        bool is_last = record.size <= room;
        struct slice content = slice_of(record.data, is_last ? record.size : room);
        put_fragment(file, is_first ? (is_last ? FULL : FIRST) : (is_last ? LAST : MIDDLE), content);
        if (is_last)
            return;
        record = slice_after(record, content.size);
    }
}

/* A batch of `size` bytes, of two entries. */
static struct slice large_batch(uint64_t first, uint64_t commit, size_t size)
{
    struct buf b = new_batch(first, 2);
    struct slice small = commit_batch(first, commit);
    size_t value = size - small.size - 1 - 2 - 1;
    value -= value < 0x80 ? 1 : value < 0x4000 + 1 ? 2 : value < 0x200000 + 2 ? 3 : 4;
    buf_append_byte(&b, 1);
    put_text(&b, SLICE("kk"));
    char *bytes = arena_alloc_bytes(&arena, value);
    memset(bytes, 'v', value);
    put_text(&b, slice_of(bytes, value));
    put_commit(&b, commit);
    return buf_slice(&b);
}

static void read_bytes(struct slice file)
{
    rocks_log_begin_file(&reader);
    while (file.size > 0) {
        struct slice block =
            slice_of(file.data, file.size < ROCKS_LOG_BLOCK_BYTES ? file.size : ROCKS_LOG_BLOCK_BYTES);
        rocks_log_block(&reader, block);
        file = slice_after(file, block.size);
    }
    rocks_log_end_file(&reader);
}

static void read_whole(const struct buf *file)
{
    read_bytes(buf_slice(file));
}

static void assert_found(uint64_t commit, enum rocks_log_end end)
{
    assert_int_equal(reader.commit, commit);
    assert_int_equal(reader.end, end);
}

/* ------------------------------------------------------------------ records */

/* RocksDB's util/crc32c.h: rotated right by 15 bits, plus a constant. RFC 3720's value of 32 zeros is 8a9136aa. */
static void stored_checksum_is_masked(void **state)
{
    (void)state;
    char zeros[32] = {0};
    assert_int_equal(rocks_log_checksum(slice_of(zeros, 32)), (uint32_t)(UINT32_C(0x6d551522) + 0xa282ead8));
}

static void nothing_holds_no_commit(void **state)
{
    (void)state;
    assert_found(0, ROCKS_LOG_WHOLE);
    read_bytes(SLICE(""));
    assert_found(0, ROCKS_LOG_WHOLE);
}

static void newest_commit_is_the_last(void **state)
{
    (void)state;
    struct buf file = new_bytes();
    put_record(&file, commit_batch(100, 7));
    put_record(&file, commit_batch(101, 9));
    read_whole(&file);
    assert_found(9, ROCKS_LOG_WHOLE);
    assert_int_equal(reader.first_commit, 7);
}

static void records_go_over_blocks(void **state)
{
    (void)state;
    struct buf file = new_bytes();
    put_record(&file, large_batch(1, 1, 100));
    put_record(&file, large_batch(3, 2, 200000));
    put_record(&file, large_batch(5, 3, 40000));
    put_record(&file, commit_batch(7, 4));
    read_whole(&file);
    assert_found(4, ROCKS_LOG_WHOLE);
}

/* Less than a header is filled up; exactly a header takes an empty first fragment; and a block may be filled by one. */
static void records_may_end_anywhere_in_a_block(void **state)
{
    (void)state;
    for (size_t left = 0; left <= 20; left++) {
        struct buf file = new_bytes();
        put_record(&file, large_batch(1, 1, ROCKS_LOG_BLOCK_BYTES - ROCKS_LOG_HEADER_BYTES - left));
        assert_int_equal(file.size, ROCKS_LOG_BLOCK_BYTES - left);
        put_record(&file, large_batch(3, 2, ROCKS_LOG_BLOCK_BYTES));
        rocks_log_init(&reader);
        read_whole(&file);
        assert_found(2, ROCKS_LOG_WHOLE);
        rocks_log_release(&reader);
    }
    rocks_log_init(&reader);
}

static void other_entries_are_stepped_over(void **state)
{
    (void)state;
    struct buf file = new_bytes(), b = new_batch(50, 7);
    static const struct {
        char tag;
        bool family, value;
    } kinds[] = {{0, 0, 0}, {1, 0, 1}, {4, 1, 0}, {5, 1, 1}, {14, 1, 1}, {15, 0, 1}, {3, 0, 0}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        buf_append_byte(&b, kinds[i].tag);
        if (kinds[i].family)
            buf_append_byte(&b, 1);
        put_text(&b, SLICE("key"));
        if (kinds[i].value)
            put_text(&b, SLICE("value"));
    }
    put_commit(&b, 12); /* seven entries have numbers: the comment has none */
    put_record(&file, buf_slice(&b));
    put_record(&file, commit_batch(57, 13));
    read_whole(&file);
    assert_found(13, ROCKS_LOG_WHOLE);
}

/* The key is the store's own only in the first family. */
static void commit_of_another_family_is_none(void **state)
{
    (void)state;
    struct buf file = new_bytes(), b = new_batch(1, 1);
    buf_append_byte(&b, 5);
    buf_append_byte(&b, 1);
    put_text(&b, commit_key());
    put_text(&b, SLICE("not sealed"));
    put_record(&file, buf_slice(&b));
    read_whole(&file);
    assert_found(0, ROCKS_LOG_WHOLE);
}

/* ------------------------------------------------------------------ damage */

static struct buf three_commits(size_t ends[3])
{
    struct buf file = new_bytes();
    put_record(&file, large_batch(10, 1, 500));
    ends[0] = file.size;
    put_record(&file, large_batch(12, 2, 70000));
    ends[1] = file.size;
    put_record(&file, large_batch(14, 3, 300));
    ends[2] = file.size;
    return file;
}

static void read_again(struct slice file)
{
    rocks_log_release(&reader);
    rocks_log_init(&reader);
    read_bytes(file);
}

static void torn_end_costs_the_torn_record(void **state)
{
    (void)state;
    size_t ends[3];
    struct buf file = three_commits(ends);
    for (size_t size = 1; size < file.size; size += size < ends[0] + 20 || size + 400 > ends[2] ? 1 : 997) {
        read_again(slice_of(file.data, size));
        bool at_end = size == ends[0] || size == ends[1];
        assert_found(size < ends[0]   ? 0
                     : size < ends[1] ? 1
                                      : 2,
                     at_end ? ROCKS_LOG_WHOLE : ROCKS_LOG_DAMAGED);
    }
}

static void damage_ends_reading_before_its_record(void **state)
{
    (void)state;
    size_t ends[3];
    struct buf file = three_commits(ends);
    for (size_t at = 0; at < file.size; at += at < ends[0] || at >= ends[1] ? 1 : 499) {
        file.data[at] ^= 1;
        read_again(buf_slice(&file));
        assert_found(at < ends[0] ? 0 : at < ends[1] ? 1 : 2, ROCKS_LOG_DAMAGED);
        file.data[at] ^= 1;
    }
}

static void zeros_behind_the_last_record_are_room(void **state)
{
    (void)state;
    struct buf file = new_bytes();
    put_record(&file, commit_batch(1, 5));
    for (int i = 0; i < 100000; i++)
        buf_append_byte(&file, 0);
    read_whole(&file);
    assert_found(5, ROCKS_LOG_WHOLE);
}

/* RocksDB would go on behind them. */
static void zeros_between_records_are_a_gap(void **state)
{
    (void)state;
    struct buf file = new_bytes();
    put_record(&file, commit_batch(1, 5));
    while (file.size < ROCKS_LOG_BLOCK_BYTES)
        buf_append_byte(&file, 0);
    struct buf follows = file;
    put_record(&follows, commit_batch(2, 6));
    read_whole(&follows);
    assert_found(6, ROCKS_LOG_WHOLE);
    put_record(&file, commit_batch(3, 7));
    read_again(buf_slice(&file));
    assert_found(5, ROCKS_LOG_GAP);
}

static void fragments_out_of_order_are_damage(void **state)
{
    (void)state;
    static const int orders[][2] = {{MIDDLE, LAST}, {LAST, FULL}, {FIRST, FULL}, {FIRST, FIRST}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct buf file = new_bytes();
        put_record(&file, commit_batch(1, 5));
        put_fragment(&file, orders[i][0], commit_batch(2, 6));
        put_fragment(&file, orders[i][1], commit_batch(2, 6));
        read_again(buf_slice(&file));
        assert_found(5, ROCKS_LOG_DAMAGED);
    }
}

static void record_that_never_ends_is_damage(void **state)
{
    (void)state;
    struct buf file = new_bytes();
    put_record(&file, commit_batch(1, 5));
    put_fragment(&file, FIRST, commit_batch(2, 6));
    read_whole(&file);
    assert_found(5, ROCKS_LOG_DAMAGED);
}

static void what_this_store_does_not_write_ends_reading(void **state)
{
    (void)state;
    struct buf merge = new_batch(2, 2), wrong_count = new_batch(2, 2), unsealed = new_batch(2, 1);
    buf_append_byte(&merge, 2);
    put_text(&merge, SLICE("key"));
    put_text(&merge, SLICE("value"));
    put_commit(&merge, 6);
    put_commit(&wrong_count, 6);
    buf_append_byte(&unsealed, 1);
    put_text(&unsealed, commit_key());
    put_text(&unsealed, SLICE("01234567890123456789"));
    struct slice cut = buf_slice(&wrong_count);
    cut.size -= 3;
    const struct slice batches[] = {buf_slice(&merge), buf_slice(&wrong_count), buf_slice(&unsealed), cut,
                                    commit_batch(UINT64_C(1) << 56, 6)};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        struct buf file = new_bytes();
        if (i < 4)
            put_record(&file, commit_batch(1, 5));
        put_record(&file, batches[i]);
        put_record(&file, commit_batch(3, 7));
        read_again(buf_slice(&file));
        assert_found(i < 4 ? 5 : 0, ROCKS_LOG_UNKNOWN);
    }
    struct buf file = new_bytes();
    put_record(&file, commit_batch(1, 5));
    put_fragment(&file, RECYCLED_FULL, commit_batch(2, 6));
    read_again(buf_slice(&file));
    assert_found(5, ROCKS_LOG_UNKNOWN);
}

/* ------------------------------------------------------------------ several files */

static struct slice file_of(uint64_t first, uint64_t commit)
{
    struct buf file = new_bytes();
    put_record(&file, commit_batch(first, commit));
    return buf_slice(&file);
}

static void files_follow_each_other(void **state)
{
    (void)state;
    read_bytes(file_of(1, 5));
    read_bytes(SLICE(""));
    read_bytes(file_of(2, 6));
    assert_found(6, ROCKS_LOG_WHOLE);
}

/* As after a recovery that was itself interrupted: what was torn is written anew in a later file. */
static void later_file_takes_up_where_damage_begins(void **state)
{
    (void)state;
    size_t ends[3];
    struct buf torn = three_commits(ends);
    read_bytes(slice_of(torn.data, ends[1] + 9));
    assert_found(2, ROCKS_LOG_DAMAGED);
    read_bytes(file_of(15, 8)); /* one too far */
    assert_found(2, ROCKS_LOG_DAMAGED);
    read_bytes(SLICE(""));
    assert_found(2, ROCKS_LOG_DAMAGED);
    read_bytes(file_of(14, 4));
    assert_found(4, ROCKS_LOG_WHOLE);
    read_bytes(file_of(15, 5));
    assert_found(5, ROCKS_LOG_WHOLE);
}

static void missing_file_is_a_gap(void **state)
{
    (void)state;
    read_bytes(file_of(1, 5));
    read_bytes(file_of(3, 7));
    assert_found(5, ROCKS_LOG_GAP);
    read_bytes(file_of(2, 6));
    assert_found(5, ROCKS_LOG_GAP);
}

static void damage_in_the_first_record_leaves_nothing(void **state)
{
    (void)state;
    read_bytes(SLICE("torn"));
    read_bytes(file_of(3, 7));
    assert_found(0, ROCKS_LOG_DAMAGED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stored_checksum_is_masked),
        TEST(nothing_holds_no_commit),
        TEST(newest_commit_is_the_last),
        TEST(records_go_over_blocks),
        TEST(records_may_end_anywhere_in_a_block),
        TEST(other_entries_are_stepped_over),
        TEST(commit_of_another_family_is_none),
        TEST(torn_end_costs_the_torn_record),
        TEST(damage_ends_reading_before_its_record),
        TEST(zeros_behind_the_last_record_are_room),
        TEST(zeros_between_records_are_a_gap),
        TEST(fragments_out_of_order_are_damage),
        TEST(record_that_never_ends_is_damage),
        TEST(what_this_store_does_not_write_ends_reading),
        TEST(files_follow_each_other),
        TEST(later_file_takes_up_where_damage_begins),
        TEST(missing_file_is_a_gap),
        TEST(damage_in_the_first_record_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
