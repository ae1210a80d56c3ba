/* How RocksDB is set up. Items are of the order of a kilobyte, read by key or in short runs of one partition; the
 * reasons for what differs from RocksDB's defaults stand beside it. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_priv.h"

enum {
    LEVELS = 7,
    LEVELS_PLAIN = 2,      /* not compressed */
    BLOCK_BYTES = 8 << 10, /* a cold get reads one; smaller ones would swell the index */
    RESTART_INTERVAL = 4,  /* a block holds about eight entries: few to step over, keys little compressed */
    FILTER_BITS_PER_KEY = 10, /* about 1 % false positives */
    OPEN_FILES_MAX = 1024,
    /* RocksDB's words for people say how it was opened and nothing more. A second line that meets a full disk would end the
     * process: the first leaves an error behind of which an assertion says that it cannot be. What goes wrong comes back from
     * the calls, too. */
    INFO_LOG_HEADERS = 5,
    INFO_LOG_BYTES_MAX = 4 << 20,
    INFO_LOGS_KEPT = 3,
    MEMTABLES_MAX = 32,   /* the memtable budget is cut into as many */
    MEMTABLES_MERGED = 8, /* and so many become one file */

    LOG_MEMTABLES_MAX = 12, /* of them are the logs' */
    LOG_BLOCK_BYTES = 32 << 10,
    LOG_FILES_MERGED = 8,                      /* of the youngest level */
    LOG_FILES_SLOWDOWN = 4 * LOG_FILES_MERGED, /* so many make writes slower, */
    LOG_FILES_STOP = 8 * LOG_FILES_MERGED,     /* and so many make them wait */
    LOG_LEVELS_PLAIN = 3,
    LOG_LEVEL_BYTES = 512 << 20,
    LOG_FILE_BYTES = 128 << 20,
};

/* How a family's files are made. */
struct file_form {
    size_t block_bytes;
    bool finds_keys; /* filters know whole keys, not only partitions */
};

static void set_files(rocksdb_options_t *options, rocksdb_cache_t *cache, struct file_form form)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_size(table, form.block_bytes);
    rocksdb_block_based_options_set_block_restart_interval(table, RESTART_INTERVAL);
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_block_based_options_set_format_version(table, 5);
    rocksdb_block_based_options_set_checksum(table, 4); /* XXH3; the C API names no constant */

    /* Whole keys for gets, prefixes for partition scans: both in one filter. */
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(FILTER_BITS_PER_KEY));
    rocksdb_block_based_options_set_whole_key_filtering(table, form.finds_keys);

    /* Index and filter blocks are counted as the cache's. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
}

/* Of an open file with items the index and the filter stay in memory, about a hundred-and-fiftieth of the data: a read that had to
 * fetch those of a file of 64 MB, half a megabyte, would cost hundreds of microseconds. README.md, section Memory. RocksDB's C
 * interface has no name for it. */
static void pin_index_and_filters(struct rocks *r)
{
    static const char wanted[] =
        "block_based_table_factory={metadata_cache_options={unpartitioned_pinning=kAll;};}";
    rocksdb_options_t *pinned = rocksdb_options_create();
    char *text = NULL;
    rocksdb_get_options_from_string(r->db_options, wanted, pinned, &text);
    if (text)
        contract_broken("option", text, __FILE__, __LINE__);
    rocksdb_options_destroy(r->db_options);
    r->db_options = pinned;
}

/* Many memtables are asked before the first file. A filter in front of each saves a walk down a skip list. */
static void set_memtable_filter(rocksdb_options_t *options)
{
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.05);
    rocksdb_options_set_memtable_whole_key_filtering(options, 1);
}

/* Most of what a put costs the writer is finding its place in the memtable, a skip list. Small ones stay in the
 * processor's cache: a put into a table with three indexes took a fifth less than with four large ones. Several are merged
 * into one file, so that there are no more files, and no more to compact, than large ones would make. Those that may be, of both
 * families, are the budget: RocksDB's own bound flushes a memtable that is large, and none is. (RocksDB can also begin
 * the search where the last one with the same prefix ended, but not where there are range deletions: README.md.) */
static void set_memtables(struct rocks *r)
{
    rocksdb_options_t *options = r->db_options;
    rocksdb_options_set_db_write_buffer_size(options, r->options.memtable_bytes);
    rocksdb_options_set_write_buffer_size(options, r->options.memtable_bytes / MEMTABLES_MAX);
    rocksdb_options_set_max_write_buffer_number(options, MEMTABLES_MAX - LOG_MEMTABLES_MAX);
    rocksdb_options_set_min_write_buffer_number_to_merge(options, MEMTABLES_MERGED);
}

/* RocksDB's own log goes back to the oldest entry that is in no file yet. A family of which little is written keeps it for the
 * sake of that little; this makes it write a small file. Twice the memtables, so that families which are both written hardly
 * come to it. */
static void set_wal(struct rocks *r)
{
    rocksdb_options_set_max_total_wal_size(r->db_options, 2 * r->options.memtable_bytes);
    /* The syncer flushes the log. README.md, section RocksDB's log, argues for the recovery mode. */
    rocksdb_options_set_manual_wal_flush(r->db_options, 1);
    rocksdb_options_set_wal_recovery_mode(r->db_options, rocksdb_point_in_time_recovery);
}

/* The youngest levels are rewritten soon and hold a small part of the data. */
static void set_compression(rocksdb_options_t *options, int levels_plain)
{
    int by_level[LEVELS];
    for (int i = 0; i < LEVELS; i++)
        by_level[i] = i < levels_plain ? rocksdb_no_compression : rocksdb_lz4_compression;
    rocksdb_options_set_compression_per_level(options, by_level, LEVELS);
}

/* Logs are written once, in an order which is nearly theirs, read from front to back, and dropped. Kept as items are, stream
 * records were rewritten again and again: a put of 1 KB with its record cost the server 43 us, and costs 36 if the item is new,
 * 34 if it is replaced (compaction until it rests included; README.md). The steps are larger; compression begins beyond some gigabytes; filters
 * know partitions only, because nobody looks for a single record. */
static void set_logs(struct rocks *r)
{
    rocksdb_options_t *options = rocksdb_options_create_copy(r->db_options);
    set_files(options, r->cache, (struct file_form){LOG_BLOCK_BYTES, false});
    rocksdb_options_set_memtable_whole_key_filtering(options, 0);
    rocksdb_options_set_max_write_buffer_number(options, LOG_MEMTABLES_MAX);
    set_compression(options, LOG_LEVELS_PLAIN);
    rocksdb_options_set_level0_file_num_compaction_trigger(options, LOG_FILES_MERGED);
    rocksdb_options_set_level0_slowdown_writes_trigger(options, LOG_FILES_SLOWDOWN);
    rocksdb_options_set_level0_stop_writes_trigger(options, LOG_FILES_STOP);
    rocksdb_options_set_max_bytes_for_level_base(options, LOG_LEVEL_BYTES);
    rocksdb_options_set_target_file_size_base(options, LOG_FILE_BYTES);
    r->log_options = options;
}

static void set_bounds(struct rocks *r)
{
    rocksdb_options_t *options = r->db_options;
    rocksdb_options_set_max_open_files(options, OPEN_FILES_MAX);
    rocksdb_options_set_max_background_jobs(options, 2);
    rocksdb_options_set_info_log_level(options, INFO_LOG_HEADERS);
    rocksdb_options_set_max_log_file_size(options, INFO_LOG_BYTES_MAX);
    rocksdb_options_set_keep_log_file_num(options, INFO_LOGS_KEPT);
}

void rocks_options_init(struct rocks *r)
{
    r->cache = rocksdb_cache_create_lru(ROCKS_BLOCK_CACHE_BYTES(r->options.cache_bytes));
    r->hot = rocks_hot_new(r->options.cache_bytes - ROCKS_BLOCK_CACHE_BYTES(r->options.cache_bytes));
    r->db_options = rocksdb_options_create();
    rocksdb_options_t *options = r->db_options;
    if (!r->options.path) {
        r->env = rocksdb_create_mem_env();
        rocksdb_options_set_env(options, r->env);
    }
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_paranoid_checks(options, 1);
    rocksdb_options_set_prefix_extractor(options,
                                         rocksdb_slicetransform_create_fixed_prefix(ROCKS_PREFIX_BYTES));
    set_bounds(r);
    set_memtables(r);
    set_wal(r);
    set_files(options, r->cache, (struct file_form){BLOCK_BYTES, true});
    pin_index_and_filters(r);
    options = r->db_options;
    set_memtable_filter(options);
    set_compression(options, LEVELS_PLAIN);
    rocksdb_options_set_num_levels(options, LEVELS);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
    rocksdb_options_set_bytes_per_sync(options, 1 << 20);
    rocksdb_options_set_stats_dump_period_sec(options, 0);

    /* One thread writes. */
    rocksdb_options_set_allow_concurrent_memtable_write(options, 0);
    rocksdb_options_set_enable_write_thread_adaptive_yield(options, 0);

    rocksdb_options_set_create_missing_column_families(options, 1);
    set_logs(r);
    r->write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(r->write_options, r->env != NULL);
    r->read_latest = rocksdb_readoptions_create();
}

void rocks_options_release(struct rocks *r)
{
    rocksdb_readoptions_destroy(r->read_latest);
    rocksdb_writeoptions_destroy(r->write_options);
    rocksdb_options_destroy(r->log_options);
    rocksdb_options_destroy(r->db_options);
    rocks_hot_free(r->hot);
    rocksdb_cache_destroy(r->cache);
    if (r->env)
        rocksdb_env_destroy(r->env);
}
