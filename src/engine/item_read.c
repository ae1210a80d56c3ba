#include "engine/item_read.h"

#include "engine/item_key.h"
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

static void evaluate(struct item_page *page, struct slice item)
{
    page->scanned++;
    page->bytes += item_size_bytes(item);
    if (page->filter && !expr_matches(page->filter, item))
        return;
    page->matched++;
    if (!page->items)
        return;
    if (page->projection)
        expr_project(page->projection, item, page->items);
    else
        wire_write_item(page->items, item);
}

static bool at_limit(const struct item_page *page)
{
    return page->scanned == page->limit || page->bytes >= ITEM_PAGE_BYTES_MAX;
}

static struct slice key_json(const struct item_page *page, struct slice item)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, page->arena, 128);
    json_writer_init(&w, &text);
    item_key_write(page->table, item, &w);
    return buf_slice(&text);
}

bool item_page_read(struct item_page *page, size_t budget_bytes, bool *finished_out, struct error *err)
{
    size_t stop_bytes = page->bytes + budget_bytes;
    *finished_out = false;
    while (page->bytes < stop_bytes) {
        struct storage_entry entry;
        bool found;
        if (!storage_cursor_next(page->cursor, &entry, &found, err))
            return false;
        if (!found) {
            *finished_out = true;
            return true;
        }
        evaluate(page, entry.value);
        if (at_limit(page)) {
            page->last_key_json = key_json(page, entry.value);
            *finished_out = true;
            return true;
        }
    }
    return true;
}
