/* item_read.h - one item, and pages of Query and Scan of tables and indexes.
 * Use:     item_get(); or open a cursor over a range (item_range.h) and item_page_read() until the page is
 *          finished.
 * Pages:   items in key order until there are `limit` of them, or their sizes come to 1 MB: the item that reaches
 *          the line still belongs to the page. Then the filter, then the projection (README.md, Pages). Of an index the items
 *          are its entries; what a local index does not project is fetched from the table, item by item.
 * Ranges:  a page may go through several ranges, one after another under one limit and one megabyte: when a cursor has come to
 *          its end (finished, and no last key), give the page the next one and read on.
 * Long:    a page is read in steps of a byte budget, so that an event loop can hand the rest to a worker.
 * Owns:    a page borrows everything; it lives in its request.
 * Threads: one at a time. */
#ifndef STATOR_ENGINE_ITEM_READ_H
#define STATOR_ENGINE_ITEM_READ_H

#include "engine/engine.h"
#include "engine/item_key.h"
#include "json/json_writer.h"
#include "table/table.h"

enum {
    ITEM_PAGE_BYTES_MAX = 1024 * 1024,
    /* What an event loop reads of one request before it hands over: about 50 us of work. */
    ITEM_PAGE_STEP_BYTES = 32 * 1024
};

/* *item_out is SLICE_NONE if there is none; valid until `arena` is reset. */
[[nodiscard]] bool item_get(struct storage_view *view, const struct storage_key *key, struct arena *arena,
                            struct slice *item_out, struct error *err);

/* Writes what is to be shown of an item, as one JSON value. */
typedef void item_show(const void *shown, struct slice item, struct json_writer *w);
/* What Query and Scan show; `shown` is the projection, NULL: whole items. */
void item_show_projected(const void *shown, struct slice item, struct json_writer *w);

enum item_fetch {
    ITEM_FETCH_NOTHING, /* show what was read: of an index its entries */
    ITEM_FETCH_MATCHES, /* show the items of the entries that match */
    ITEM_FETCH_READ,    /* the same, but the items of all entries are fetched, and paid */
};

struct item_page {
    /* What to read. */
    struct item_source source;
    struct storage_view *view;
    struct storage_cursor *cursor;
    struct arena *arena;
    enum item_fetch fetch;     /* of an index only */
    uint64_t limit;            /* evaluated items; 0: no limit */
    const struct expr *filter; /* NULL: everything passes */
    item_show *show;
    const void *shown;
    struct json_writer *items; /* matching items go here as JSON array elements; NULL: only count */
    /* What was read so far. */
    uint64_t scanned;
    uint64_t matched;
    size_t bytes;                /* sizes of the evaluated items or entries, before filter and projection */
    size_t fetched_bytes;        /* sizes of what was fetched; it counts for the page's 1 MB too */
    size_t fetched_blocks;       /* of capacity.h, each item by itself */
    struct slice last_key_json;  /* the page stopped at a limit: the last evaluated key; else SLICE_NONE */
    struct storage_key last_key; /* the same as it is stored */
};

/* Reads on until the page is finished or about `budget_bytes` more were evaluated. */
[[nodiscard]] bool item_page_read(struct item_page *page, size_t budget_bytes, bool *finished_out,
                                  struct error *err);

#endif
