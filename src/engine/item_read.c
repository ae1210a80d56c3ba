#include "engine/item_read.h"

#include "base/contract.h"
#include "engine/capacity.h"
#include "item/item.h"
#include "item/wire.h"

bool item_get(struct storage_view *view, const struct storage_key *key, struct arena *arena,
              struct slice *item_out, struct error *err)
{
    bool found;
    if (!storage_view_get(view, key, arena, item_out, &found, err))
        return false;
    if (!found)
        *item_out = SLICE_NONE;
    return true;
}

/* The item that an entry of an index is of: both are from one commit, so it is there. */
static bool fetch_item(struct item_page *page, struct slice entry, struct slice *item_out, struct error *err)
{
    struct storage_key key;
    bool has_key = item_key_of_item(page->source.table, entry, &key, err);
    INVARIANT(has_key);
    if (!item_get(page->view, &key, page->arena, item_out, err))
        return false;
    if (slice_is_none(*item_out)) {
        error_set(err, ERR_CORRUPT, "Internal server error");
        return error_add_detail(err, "an entry of index %.*s has no item",
                                SLICE_PRINTF(page->source.index->name));
    }
    size_t bytes = item_size_bytes(*item_out);
    page->fetched_bytes += bytes;
    page->fetched_blocks += capacity_read_blocks(bytes);
    return true;
}

static bool evaluate(struct item_page *page, struct slice item, struct error *err)
{
    page->scanned++;
    page->bytes += item_size_bytes(item);
    if (page->filter && !expr_matches(page->filter, item))
        return true;
    page->matched++;
    if (!page->items)
        return true;
    if (page->fetch && !fetch_item(page, item, &item, err))
        return false;
    if (page->projection)
        expr_project(page->projection, item, page->items);
    else
        wire_write_item(page->items, item);
    return true;
}

static size_t read_bytes(const struct item_page *page)
{
    return page->bytes + page->fetched_bytes;
}

static bool at_limit(const struct item_page *page)
{
    return page->scanned == page->limit || read_bytes(page) >= ITEM_PAGE_BYTES_MAX;
}

static struct slice key_json(const struct item_page *page, struct slice item)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, page->arena, 128);
    json_writer_init(&w, &text);
    item_key_write(&page->source, item, &w);
    return buf_slice(&text);
}

bool item_page_read(struct item_page *page, size_t budget_bytes, bool *finished_out, struct error *err)
{
    size_t stop_bytes = read_bytes(page) + budget_bytes;
    *finished_out = false;
    while (read_bytes(page) < stop_bytes) {
        struct storage_entry entry;
        bool found;
        if (!storage_cursor_next(page->cursor, &entry, &found, err))
            return false;
        if (!found) {
            *finished_out = true;
            return true;
        }
        if (!evaluate(page, entry.value, err))
            return false;
        if (at_limit(page)) {
            page->last_key_json = key_json(page, entry.value);
            *finished_out = true;
            return true;
        }
    }
    return true;
}
