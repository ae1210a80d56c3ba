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

void item_show_projected(const void *shown, struct slice item, struct json_writer *w)
{
    if (shown)
        expr_project(shown, item, w);
    else
        wire_write_item(w, item);
}

/* A filter sees what was read, not what is fetched. */
static bool evaluate(struct item_page *page, struct slice entry, struct error *err)
{
    struct slice item = entry;
    page->scanned++;
    page->bytes += item_size_bytes(entry);
    if (page->fetch == ITEM_FETCH_READ && !fetch_item(page, entry, &item, err))
        return false;
    if (page->filter && !expr_matches(page->filter, entry))
        return true;
    page->matched++;
    if (!page->items)
        return true;
    if (page->fetch == ITEM_FETCH_MATCHES && !fetch_item(page, entry, &item, err))
        return false;
    page->show(page->shown, item, page->items);
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

static void end_at(struct item_page *page, const struct storage_entry *entry)
{
    page->last_key_json = key_json(page, entry->value);
    page->last_key = (struct storage_key){
        .space = item_source_space(&page->source),
        .partition = arena_copy(page->arena, entry->partition),
        .sort = arena_copy(page->arena, entry->sort),
    };
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
            end_at(page, &entry);
            *finished_out = true;
            return true;
        }
    }
    return true;
}
