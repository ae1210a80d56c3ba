/* Whether the store still has what it acknowledged. Two things are known besides the files themselves: how far the commits went
 * (SYNCED), and in which log those begin that may be in no table file yet (OPENED, and RocksDB's MANIFEST). So the logs must
 * begin with that one, follow each other without a gap, and reach SYNCED. README.md, section RocksDB's log. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_log.h"
#include "storage/rocksdb/rocks_priv.h"

#include <limits.h>

enum { FILES_LOOKED_AT = 20 }; /* RocksDB takes it for no less */

/* ------------------------------------------------------------------ RocksDB, read-only */

/* Opens the first family, the only one that every store has, without changing a file, so that a damaged log is still there to be
 * looked at. */
static bool open_read_only(struct rocks *r, const rocksdb_options_t *options, struct error *err)
{
    char *text = NULL;
    const rocksdb_options_t *const each[] = {options};
    r->db = rocksdb_open_for_read_only_column_families(options, r->options.path, 1, rocks_family_names, each,
                                                       r->families, 0, &text);
    return rocks_check(text, err) || rocks_explain_open(r, err);
}

/* The first of the logs that are still needed, by what the MANIFEST says. RocksDB does not know whether there is such a file. */
static uint64_t oldest_log(const struct rocks *r)
{
    uint64_t number;
    return rocksdb_property_int(r->db, "rocksdb.min-log-number-to-keep", &number) == 0 ? number : UINT64_MAX;
}

/* Only the MANIFEST matters: logs are not replayed, which takes longer than all the rest, and table files hardly looked at, which
 * the opening that follows does. */
static bool read_oldest_log(struct rocks *r, uint64_t *out, struct error *err)
{
    char nologs[PATH_MAX];
    if (!rocks_directory_make_nologs(&r->directory, nologs, err))
        return false;
    rocksdb_options_t *options = rocksdb_options_create_copy(r->db_options);
    rocksdb_options_set_wal_dir(options, nologs);
    rocksdb_options_set_max_open_files(options, FILES_LOOKED_AT);
    rocksdb_options_set_skip_stats_update_on_db_open(options, 1);
    rocksdb_options_set_skip_checking_sst_file_sizes_on_db_open(options, 1);
    bool ok = open_read_only(r, options, err);
    if (ok)
        *out = oldest_log(r);
    rocks_db_close(r);
    rocksdb_options_destroy(options);
    rocks_directory_remove_nologs(&r->directory);
    return ok;
}

/* The newest commit that RocksDB would recover, into r->commit, and the first log that it needs for that. */
static bool read_commit_only(struct rocks *r, uint64_t *oldest_log_out, struct error *err)
{
    r->commit = 0;
    *oldest_log_out = UINT64_MAX;
    if (rocks_directory_manifest(&r->directory) == 0)
        return true;
    if (!open_read_only(r, r->db_options, err))
        return false;
    *oldest_log_out = oldest_log(r);
    bool ok = rocks_load_commit(r, err);
    rocks_db_close(r);
    return ok || rocks_explain_open(r, err);
}

/* ------------------------------------------------------------------ the first log */

static bool refuse_first_log(const struct rocks *r, uint64_t number, const char *what, struct error *err)
{
    return error_set(
        err, ERR_CORRUPT,
        "%s/%06llu.log %s, but commits that were acknowledged were in it and in no other file. Put it "
        "back, restore a backup, or remove %s/SYNCED to go on with what is left",
        r->options.path, (unsigned long long)number, what, r->options.path);
}

/* The log with which the records begin that may be in no table file; 0 if that is not known, because another program, or a
 * former version, opened the store last, or the opening was cut short before anything could be written.
 *
 * An opening leaves nothing to be read from the logs before it. From then on the MANIFEST says what is needed: the log that
 * was begun when the oldest memtable was that is in no file, of either family. But it may also name, from the opening itself, a
 * number between the last log before and the first one after it, where there is no file. */
static bool find_first_log(struct rocks *r, uint64_t *first_out, struct error *err)
{
    struct rocks_opened opened;
    uint64_t needed;
    *first_out = 0;
    if (!rocks_directory_read_opened(&r->directory, &opened) ||
        opened.manifest != rocks_directory_manifest(&r->directory))
        return true;
    if (!read_oldest_log(r, &needed, err))
        return false;
    if (needed != UINT64_MAX)
        *first_out = needed > opened.first_log ? needed : opened.first_log;
    return true;
}

/* Where a new file's name may be lost with the power, a log behind it tells that it was there: before anything in that one was
 * acknowledged, both were synced. */
static bool check_first_log(const struct rocks *r, uint64_t first, struct error *err)
{
    struct rocks_log_range logs;
    if (first == 0 || !rocks_log_list(r->options.path, first, &logs) || logs.oldest == first)
        return true;
    if (logs.oldest == 0 && !rocks_directory_syncs_names(&r->directory))
        return true;
    return refuse_first_log(r, first, "is missing", err);
}

/* RocksDB begins a new log only when there is something in the one before. */
static bool check_first_record(const struct rocks *r, uint64_t first, uint64_t synced,
                               const struct rocks_log_found *log, struct error *err)
{
    if (first == 0 || log->first_file == first || log->first_commit == 0 || log->first_commit > synced)
        return true;
    return refuse_first_log(r, first, "is empty", err);
}

/* ------------------------------------------------------------------ the whole */

bool rocks_check_reaches(const struct rocks *r, uint64_t commit, uint64_t synced, struct error *err)
{
    if (commit >= synced)
        return true;
    return error_set(
        err, ERR_CORRUPT,
        "the store at %s ends at commit %llu, but commit %llu was acknowledged: its log is damaged or "
        "files are missing. Restore a backup, or remove %s/SYNCED to go on with what is left",
        r->options.path, (unsigned long long)commit, (unsigned long long)synced, r->options.path);
}

/* RocksDB passes over some kinds of damage, and over logs that are missing, as if nothing had been there: what it recovers then
 * reaches SYNCED, and lacks something before. The records of logs that are needed tell, because they are numbered. */
static bool check_no_hole(const struct rocks *r, uint64_t oldest, uint64_t synced, struct error *err)
{
    struct rocks_log_found log = rocks_log_read(r->options.path, oldest);
    bool ends_early = log.end == ROCKS_LOG_DAMAGED || log.end == ROCKS_LOG_GAP;
    return !ends_early || log.commit == 0 || rocks_check_reaches(r, log.commit, synced, err);
}

/* RocksDB stops at the first damaged record of its log, as it must for a torn end; SYNCED tells whether what follows
 * was acknowledged. After a crash the log itself shows that it goes so far. If it does not, because all is in files or
 * something is wrong with it, RocksDB is asked. */
bool rocks_check_nothing_lost(struct rocks *r, uint64_t synced, struct error *err)
{
    uint64_t first, oldest;
    if (synced == 0)
        return true;
    if (!find_first_log(r, &first, err) || !check_first_log(r, first, err))
        return false;
    if (rocks_directory_manifest(&r->directory) != 0) {
        struct rocks_log_found log = rocks_log_read(r->options.path, first);
        if (!check_first_record(r, first, synced, &log, err))
            return false;
        if (log.commit >= synced)
            return true;
    }
    return read_commit_only(r, &oldest, err) && rocks_check_reaches(r, r->commit, synced, err) &&
           check_no_hole(r, oldest, synced, err);
}

void rocks_note_opened(const struct rocks *r)
{
    struct rocks_log_range logs;
    uint64_t manifest = rocks_directory_manifest(&r->directory);
    if (manifest != 0 && rocks_log_list(r->options.path, 0, &logs) && logs.newest != 0)
        rocks_directory_note_opened(&r->directory, (struct rocks_opened){manifest, logs.newest});
}
