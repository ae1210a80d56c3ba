/* rocks_log.h - how far RocksDB's log goes, read without RocksDB, which takes some fifteen times as long.
 * Use:     rocks_log_read() for the logs of a data directory; the other functions are its parts.
 * Promise: never tells of a commit that RocksDB would not recover from the same files. What is not understood, or not
 *          as this store writes it, ends the reading.
 * Bounds:  memory for one record of ROCKS_LOG_RECORD_BYTES_MAX. Nothing is written.
 * Format:  github.com/facebook/rocksdb/wiki, "Write Ahead Log File Format" and "RocksDB's write batch". A file is a
 *          sequence of blocks of 32 KB. A block holds fragments: masked CRC-32C of what follows the length, 4 bytes;
 *          length, 2; type, 1; that many bytes. A record is a FULL fragment or FIRST, MIDDLE..., LAST, and is one write
 *          batch: number of its first entry, 8 bytes; count of entries, 4; entries. All numbers are little-endian.
 * See:     ../README.md, section RocksDB's log. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_LOG_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_LOG_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROCKS_LOG_BLOCK_BYTES = 32 << 10,
    ROCKS_LOG_HEADER_BYTES = 7,
    ROCKS_LOG_RECORD_BYTES_MAX = 64 << 20,
};

/* Why reading ended. */
enum rocks_log_end {
    ROCKS_LOG_WHOLE,   /* every file was read to its end */
    ROCKS_LOG_DAMAGED, /* a record is damaged or incomplete, and no later file takes up where it begins */
    ROCKS_LOG_GAP,     /* an intact record does not follow the one before it */
    ROCKS_LOG_UNKNOWN, /* a file could not be read, or has something in it that this store does not write */
};

/* Where the reading of a log is. Members are private, but for the first three. */
struct rocks_log {
    enum rocks_log_end end;
    uint64_t commit;       /* the newest in the records before the end; 0: none */
    uint64_t first_commit; /* the first in them; 0: none */

    bool started;     /* a record was read, hence */
    uint64_t next;    /* the number that the next one's first entry must have */
    bool file_broken; /* the rest of this file does not count */
    bool resuming;    /* an earlier file is damaged: this one counts if it begins with `next` */
    bool in_record;   /* fragments were read, not yet the last */
    char *record;
    size_t record_size, record_capacity;
};

void rocks_log_init(struct rocks_log *l);
void rocks_log_release(struct rocks_log *l);

/* A file: its blocks in order, all but the last of full size, between begin and end. */
void rocks_log_begin_file(struct rocks_log *l);
void rocks_log_block(struct rocks_log *l, struct slice block);
void rocks_log_end_file(struct rocks_log *l);

/* Whether more can change the result. */
bool rocks_log_goes_on(const struct rocks_log *l);

/* The checksum as it is stored in front of a fragment; `bytes` are its type and content. */
uint32_t rocks_log_checksum(struct slice bytes);

struct rocks_log_found {
    enum rocks_log_end end;
    uint64_t commit;       /* the newest before the end; 0: none */
    uint64_t first_commit; /* of the first record that has one; 0: none has */
    uint64_t first_file;   /* the number of the file that the first record is in; 0: there is none */
};

/* Reads the logs in `directory` whose number is not below `oldest`, in order. */
struct rocks_log_found rocks_log_read(const char *directory, uint64_t oldest);

/* Numbers of files; 0: there is none. */
struct rocks_log_range {
    uint64_t oldest, newest;
};

/* Which logs there are whose number is not below `oldest`. false: `directory` cannot be read. */
[[nodiscard]] bool rocks_log_list(const char *directory, uint64_t oldest, struct rocks_log_range *out);

#endif
