/* Files of RocksDB's log as a disk may give them back. The input begins with a byte that says what it is: one file, several with
 * lengths before each, or records without checksums and lengths, which are put around them, so that the bytes behind those are
 * met, too. Nothing of it may crash, and no file more, nor anything behind the end, may take a commit away. */
#include "storage/rocksdb/rocks_log.h"

#include "base/crc32c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_BYTES_MAX = 256 * 1024, FRAGMENT_BYTES_MAX = 2048 };

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static void read_file(struct rocks_log *log, struct slice file)
{
    rocks_log_begin_file(log);
    while (file.size > 0) {
        struct slice block =
            slice_of(file.data, file.size < ROCKS_LOG_BLOCK_BYTES ? file.size : ROCKS_LOG_BLOCK_BYTES);
        rocks_log_block(log, block);
        file = slice_after(file, block.size);
    }
    rocks_log_end_file(log);
}

static struct slice take(struct slice *rest, size_t size)
{
    struct slice taken = slice_of(rest->data, size < rest->size ? size : rest->size);
    *rest = slice_after(*rest, taken.size);
    return taken;
}

static size_t take_size(struct slice *rest)
{
    size_t size = 0;
    struct slice bytes = take(rest, 2);
    for (size_t i = 0; i < bytes.size; i++)
        size = size << 8 | (unsigned char)bytes.data[i];
    return size;
}

/* Records that were read stay read. */
static void read_files(struct slice rest)
{
    struct rocks_log log;
    rocks_log_init(&log);
    while (rest.size > 0) {
        uint64_t next = log.next;
        bool started = log.started;
        size_t size = take_size(&rest);
        read_file(&log, take(&rest, size));
        if (started && (!log.started || log.next < next))
            die("a later file took something away");
    }
    rocks_log_release(&log);
}

/* Type, length, content; checksums and the blocks' ends are made to fit. */
static struct slice build_file(struct slice rest, char *room)
{
    size_t size = 0;
    while (rest.size > 0) {
        size_t left = ROCKS_LOG_BLOCK_BYTES - size % ROCKS_LOG_BLOCK_BYTES;
        if (left < ROCKS_LOG_HEADER_BYTES) {
            memset(room + size, 0, left);
            size += left;
            continue;
        }
        struct slice type = take(&rest, 1);
        size_t length = take_size(&rest) % FRAGMENT_BYTES_MAX;
        struct slice content =
            take(&rest, length < left - ROCKS_LOG_HEADER_BYTES ? length : left - ROCKS_LOG_HEADER_BYTES);
        char *at = room + size;
        at[4] = (char)content.size;
        at[5] = (char)(content.size >> 8);
        at[6] = type.data[0];
        if (content.size > 0)
            memcpy(at + ROCKS_LOG_HEADER_BYTES, content.data, content.size);
        uint32_t checksum = rocks_log_checksum(slice_of(at + 6, 1 + content.size));
        memcpy(at, &checksum, sizeof checksum);
        size += ROCKS_LOG_HEADER_BYTES + content.size;
    }
    return slice_of(room, size);
}

static void read_one(struct slice file)
{
    struct rocks_log whole, part;
    rocks_log_init(&whole);
    rocks_log_init(&part);
    read_file(&whole, file);
    read_file(&part, slice_of(file.data, file.size / 2));
    if (part.started && (!whole.started || part.next > whole.next))
        die("half a file holds more than the file");
    rocks_log_release(&part);
    rocks_log_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A fragment of the input has three bytes at least, and becomes seven. */
    static char room[4 * INPUT_BYTES_MAX];
    if (size == 0 || size > INPUT_BYTES_MAX)
        return 0;
    struct slice rest = slice_of(data + 1, size - 1);
    if (crc32c(rest) != crc32c_by_tables(rest))
        die("the checksum depends on the processor");
    if (data[0] % 3 == 0)
        read_one(rest);
    else if (data[0] % 3 == 1)
        read_files(rest);
    else
        read_one(build_file(rest, room));
    return 0;
}
