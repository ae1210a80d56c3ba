/* rocks_directory.h - what lies in a data directory beside RocksDB's files.
 * STATOR:  one line of text that says whose directory this is, one with the format version. Written before
 *          anything else, never changed; its lock keeps a second process out.
 * SYNCED:  the newest commit known to be on stable storage, noted after each log sync. It may lag behind,
 *          it is never ahead: a log that ends before it has lost acknowledged writes.
 * OPENED:  what the newest opening found: RocksDB's MANIFEST, and the first log of those that were written since.
 * NOLOGS:  an empty directory, exists for a moment while the store is opened.
 * PROBE:   exists for a moment while a full or failing disk is tried again.
 * See:     docs/format.md, section system spaces. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_DIRECTORY_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_DIRECTORY_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROCKS_FORMAT_VERSION = 1 };

/* Members are private. */
struct rocks_directory {
    const char *path; /* borrowed */
    int lock_fd;
    int synced_fd;
};

/* Makes the directory if it is absent, checks that it is ours, locks it. Fails with ERR_STORAGE and a message for
 * the operator; a directory that is not ours is left as it was. */
[[nodiscard]] bool rocks_directory_open(struct rocks_directory *d, const char *path, struct error *err);
void rocks_directory_close(struct rocks_directory *d);

/* Opens SYNCED, making it if absent. *commit_out is 0 if nothing was noted or the note is unreadable. */
[[nodiscard]] bool rocks_directory_read_synced(struct rocks_directory *d, uint64_t *commit_out,
                                               struct error *err);
/* Failure is of no consequence: the note lags. */
void rocks_directory_note_synced(struct rocks_directory *d, uint64_t commit);

/* What is noted of an opening. */
struct rocks_opened {
    uint64_t manifest;  /* number of the MANIFEST that it made */
    uint64_t first_log; /* what is written from now on is in this log and those behind it */
};
/* false: nothing was noted, or the note is unreadable. */
[[nodiscard]] bool rocks_directory_read_opened(const struct rocks_directory *d, struct rocks_opened *out);
/* Synced, with the names of all files in the directory. Failure is of no consequence: the note is an older opening's. */
void rocks_directory_note_opened(const struct rocks_directory *d, struct rocks_opened opened);
/* The number of RocksDB's MANIFEST; 0 if there is none. */
uint64_t rocks_directory_manifest(const struct rocks_directory *d);

/* Whether the name of a new file is on stable storage as soon as another file that was made later has been synced. */
bool rocks_directory_syncs_names(const struct rocks_directory *d);

/* Makes NOLOGS and removes it. */
[[nodiscard]] bool rocks_directory_make_nologs(const struct rocks_directory *d, char path_out[PATH_MAX],
                                               struct error *err);
void rocks_directory_remove_nologs(const struct rocks_directory *d);

/* UINT64_MAX if the file system does not say. */
uint64_t rocks_directory_free_bytes(const struct rocks_directory *d);
/* Whether a megabyte can be written and synced just now. */
bool rocks_directory_probe(const struct rocks_directory *d);

#endif
