"""Faults that a database might have and that these tests are for. Each is a small change to a copy of the sources."""

from typing import NamedTuple


class Fault(NamedTuple):
    name: str
    changes: tuple  # of (file, find, replace)


WRITER = "src/storage/rocksdb/rocks_writer.c"
SYNCER = "src/storage/rocksdb/rocks_syncer.c"
VIEW = "src/storage/rocksdb/rocks_view.c"
HOT = "src/storage/rocksdb/rocks_hot.c"
TX = "src/storage/rocksdb/rocks_tx.c"
ITEM_WRITE = "src/engine/item_write.c"
TOKEN = "src/engine/request_token.c"
TRANSACT_GET = "src/api/transact_get_items.c"

FAULTS = [
    # -------------------------------------------------------------------- durability and what is seen before it
    Fault("reads show what is not durable yet", (
        (WRITER, "group->snapshot = rocksdb_create_snapshot(r->db);", """
         group->snapshot = rocksdb_create_snapshot(r->db);
         rocks_view_publish(r, rocks_view_new(r, rocksdb_create_snapshot(r->db), r->commit));"""),
        (SYNCER, "rocks_view_publish(r, rocks_view_new(r, take_snapshot, commit));",
         "rocksdb_release_snapshot(r->db, take_snapshot);"))),
    Fault("a refusal is told before what it saw is durable", (
        (SYNCER, "(alone && !group->snapshot && !group->failed)", "(!group->snapshot && !group->failed); (void)alone"),)),
    Fault("writes are acknowledged before they are durable", (
        (SYNCER, "settle(r, groups); while (groups) {", """
         for (struct rocks_group *g = groups; g; g = g->next) {
             answer(r, g);
             g->oldest = NULL;
             g->count = 0;
         }
         settle(r, groups);
         while (groups) {"""),)),
    Fault("the log is written and not synced", (
        (SYNCER, "rocksdb_flush_wal(r->db, r->durable, &text);", "rocksdb_flush_wal(r->db, false, &text);"),)),
    # -------------------------------------------------------------------- views
    Fault("a thread keeps its view for some requests", (
        (VIEW, "struct shared *shared = shared_slot_take(&((struct rocks *)store)->current);", """
         static _Thread_local struct shared *kept;
         static _Thread_local unsigned uses;
         struct shared *shared = kept;
         if (!shared || ++uses % 8 == 0) {
             shared_release(kept);
             shared = kept = shared_slot_take(&((struct rocks *)store)->current);
         }
         if (shared)
             shared_retain(shared);"""),)),
    Fault("readers get the view before the newest", (
        (SYNCER, "rocks_view_publish(r, rocks_view_new(r, take_snapshot, commit));", """
         static struct rocks_view *newest;
         if (newest)
             rocks_view_publish(r, newest);
         newest = rocks_view_new(r, take_snapshot, commit);"""),)),
    Fault("a hot value is shown to older views", (
        (HOT, "unsigned way = b->stamp <= view_commit ? find_way(b, tag_of(hash), key) : WAYS;",
         "(void)view_commit; unsigned way = find_way(b, tag_of(hash), key);"),)),
    Fault("a hot range outlives a change in its partition", (
        (TX, "rocks_hot_range_change(r->hot, change->key, tx->commit);", ""),)),
    Fault("TransactGetItems reads each item at an instant of its own", (
        (TRANSACT_GET, "if (!item_get(state->view, &state->checks[i].key, q->arena, &item, err))", """
         if (!engine_view(q->api->options.engine, q->arena, &state->view, err) ||
             !item_get(state->view, &state->checks[i].key, q->arena, &item, err))"""),)),
    Fault("TransactGetItems reads what a worker reads at another instant", (
        (TRANSACT_GET, "if (!read_until(q, q->state, SIZE_MAX, err))", """
         struct transact_get_state *state = q->state;
         if (!engine_view(q->api->options.engine, q->arena, &state->view, err) ||
             !read_until(q, q->state, SIZE_MAX, err))"""),)),
    # -------------------------------------------------------------------- transactions
    Fault("a transaction is several commits", (
        (ITEM_WRITE, "void item_commit_submit(", """
         /* All conditions first, then the changes one by one. */
         struct pieces {
             struct item_commit piece;
             struct item_commit *whole;
             struct engine *engine;
             size_t next;
         };

         static void submit_whole(struct engine *engine, struct item_commit *commit, struct arena *arena);

         static void piece_done(struct item_commit *piece)
         {
             struct pieces *p = piece->arg;
             struct item_commit *whole = p->whole;
             bool failed = piece->storage.error.code != ERR_NONE;
             for (size_t i = 0; p->next == 0 && i < whole->count; i++) {
                 whole->changes[i].error = piece->changes[i].error;
                 whole->changes[i].former = piece->changes[i].former;
             }
             if (failed || p->next == whole->count) {
                 whole->storage.error = piece->storage.error;
                 whole->canceled = failed && piece->canceled;
                 whole->done(whole);
                 return;
             }
             *piece = (struct item_commit){.changes = &whole->changes[p->next++], .count = 1, .done = piece_done, .arg = p};
             submit_whole(p->engine, piece, whole->storage.arena);
         }

         static void submit_pieces(struct engine *engine, struct item_commit *whole, struct arena *arena)
         {
             struct pieces *p = ARENA_NEW(arena, struct pieces);
             *p = (struct pieces){.whole = whole, .engine = engine};
             struct item_change *checks = ARENA_NEW_ARRAY(arena, struct item_change, whole->count);
             for (size_t i = 0; i < whole->count; i++) {
                 checks[i] = whole->changes[i];
                 checks[i].action = ITEM_CHECK;
             }
             whole->storage.arena = arena;
             p->piece = (struct item_commit){.changes = checks, .count = whole->count, .done = piece_done, .arg = p};
             submit_whole(engine, &p->piece, arena);
         }

         void item_commit_submit(struct engine *engine, struct item_commit *commit, struct arena *arena)
         {
             if (commit->count > 1 && !commit->token)
                 submit_pieces(engine, commit, arena);
             else
                 submit_whole(engine, commit, arena);
         }

         static void submit_whole("""),)),
    Fault("conditions are evaluated before the commit", (
        (ITEM_WRITE, "storage_write(engine->storage, &commit->storage);", """
         struct storage_view *view = storage_view_take(engine->storage);
         for (size_t i = 0; view && i < commit->count; i++) {
             struct item_change *change = &commit->changes[i];
             struct slice now = SLICE_NONE;
             struct error ignored;
             bool found = false;
             error_init(&ignored, arena);
             if (change->condition && storage_view_get(view, &change->key, arena, &now, &found, &ignored) &&
                 expr_matches(change->condition, found ? now : SLICE_NONE))
                 change->condition = NULL;
         }
         if (view)
             storage_view_release(view);
         storage_write(engine->storage, &commit->storage);"""),)),
    Fault("updates start from what is durable", (
        (ITEM_WRITE, "static bool read_former(", """
         static struct storage *stored;

         static bool read_former("""),
        (ITEM_WRITE, "if (!storage_tx_get(tx, &change->key, arena, &change->former, &found, err)) return false;", """
         (void)tx;
         struct storage_view *view = storage_view_take(stored);
         bool ok = view && storage_view_get(view, &change->key, arena, &change->former, &found, err);
         storage_view_release(view);
         if (!ok)
             return false;"""),
        (ITEM_WRITE, "storage_write(engine->storage, &commit->storage);", """
         stored = engine->storage;
         storage_write(engine->storage, &commit->storage);"""))),
    Fault("condition checks do not cancel", (
        (ITEM_WRITE, "if (commit->changes[i].error.code != ERR_NONE)",
         "if (commit->changes[i].error.code != ERR_NONE && (commit->changes[i].action != ITEM_CHECK || commit->count == 1))"),)),
    Fault("what does not fail of a canceled transaction is done", (
        (ITEM_WRITE, "bool failed = !commit->skips_failed && first_failed(commit);", "bool failed = false;"),
        (ITEM_WRITE, "const struct item_change *failed = first_failed(commit); if (!failed || commit->skips_failed) return true;", """
         const struct item_change *failed = first_failed(commit);
         if (!failed || commit->skips_failed)
             return true;
         if (commit->count > 1)
             return commit->canceled = true;"""),
        ("src/api/transaction.c", "if (commit->storage.error.code == ERR_NONE)",
         "if (commit->storage.error.code == ERR_NONE && !commit->canceled)"))),
    Fault("a transaction is written in several batches", (
        (WRITER, "static void batch_usage(struct rocks *r)", """
         static void put_one(void *rocks, const char *key, size_t key_size, const char *value, size_t value_size)
         {
             struct rocks *r = rocks;
             char *text = NULL;
             rocksdb_put(r->db, r->write_options, key, key_size, value, value_size, &text);
             rocksdb_free(text);
         }

         static void delete_one(void *rocks, const char *key, size_t key_size)
         {
             struct rocks *r = rocks;
             char *text = NULL;
             rocksdb_delete(r->db, r->write_options, key, key_size, &text);
             rocksdb_free(text);
         }

         static void batch_usage(struct rocks *r)"""),
        (WRITER, "rocksdb_write(r->db, r->write_options, r->batch, &text);",
         "rocksdb_writebatch_iterate(r->batch, r, put_one, delete_one);"))),
    # -------------------------------------------------------------------- tokens
    Fault("tokens are not remembered", (
        (TOKEN, """
         memcpy(record.fingerprint, token->fingerprint, sizeof record.fingerprint);
         return storage_tx_put(tx, &key, slice_of(&record, sizeof record), err);""",
         "(void)tx; (void)key; (void)record; (void)token; (void)err; return true;"),)),
    Fault("tokens are forgotten when the server starts anew", (
        (TOKEN, "static bool holds(", "static int64_t first_ms; static bool holds("),
        (TOKEN, "return now_ms - (int64_t)be64toh(claim->claimed_ms) <= REQUEST_TOKEN_MS;",
         "(void)now_ms; return (int64_t)be64toh(claim->claimed_ms) >= first_ms;"),
        (TOKEN, "int64_t now_ms = storage_tx_commit_ms(tx);",
         "int64_t now_ms = storage_tx_commit_ms(tx); first_ms = first_ms ? first_ms : now_ms;"))),
    Fault("canceled transactions use up their tokens", (
        (ITEM_WRITE, "static bool cancel_if_failed(", """
         static char used[512][40];
         static unsigned used_count;

         static bool is_used(struct slice text)
         {
             for (unsigned i = 0; i < 512; i++)
                 if (text.size == strlen(used[i]) && memcmp(used[i], text.data, text.size) == 0)
                     return true;
             return false;
         }

         static bool cancel_if_failed("""),
        (ITEM_WRITE, "commit->canceled = true; *err = failed->error;", """
         if (commit->token) {
             char *room = used[used_count++ % 512];
             memcpy(room, commit->token->text.data, commit->token->text.size);
             room[commit->token->text.size] = '\\0';
         }
         commit->canceled = true;
         *err = failed->error;"""),
        (ITEM_WRITE, "if (commit->repeated) return show_all(tx, commit, err);", """
         if (commit->token && is_used(commit->token->text))
             commit->repeated = true;
         if (commit->repeated)
             return show_all(tx, commit, err);"""))),
    Fault("a token is the same whatever it was used for", (
        (TOKEN, "if (memcmp(claim->fingerprint, token->fingerprint, REQUEST_FINGERPRINT_BYTES) != 0)",
         "(void)claim; if (token->text.size == 0)"),)),
]
