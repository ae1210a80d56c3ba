/* transaction.h - what TransactWriteItems, TransactGetItems and ExecuteTransaction have in common: their commit, and how they
 *          tell that they were canceled.
 * Use:     fill an item_commit's changes and a token, transaction_submit(), then in the step that follows
 *          transaction_check(): it is true if the changes were made (or had been before).
 * Order:   what is wrong with the request alone, a missing table, keys that are empty: the request fails with that. Then values
 *          that do not go where the table wants them (transaction_is_reason()): the first one cancels the transaction, and is
 *          its only reason. Then items that are named twice. Then what is found out by carrying it out: all of that is told.
 *          Statements of PartiQL have an order of their own: execute_transaction.c.
 * Source:  semantics.md 9.1, 11; README.md in this folder. */
#ifndef STATOR_API_TRANSACTION_H
#define STATOR_API_TRANSACTION_H

#include "api/item_reply.h"
#include "engine/fingerprint.h"
#include "engine/item_write.h"

enum { TRANSACTION_ITEMS_MAX = 100, TRANSACTION_BYTES_MAX = 4 * 1024 * 1024 };

struct transaction {
    struct item_commit commit; /* changes, count and token are the caller's to set */
    const bool *
        shows_item; /* of each change: its CancellationReason has the item (ReturnValuesOnConditionCheckFailure); NULL: of none */
    const bool *inserts; /* of each change: a false condition means DuplicateItem; NULL: of none */
    api_step *then;
    struct api_request *request; /* private */
};

/* Suspends the request, commits, and goes on with `then`. */
void transaction_submit(struct api_request *q, struct transaction *transaction);

/* false: *err and q->error_members are what the client is told: TransactionCanceledException with a reason for each change in the
 * order of the request, or an error of its own. */
[[nodiscard]] bool transaction_check(struct api_request *q, const struct transaction *transaction,
                                     struct error *err);

/* Cancels a transaction of `count` items for what is wrong with one of them, before anything is done. Always false. */
bool transaction_cancel(struct api_request *q, size_t count, size_t which, const struct error *reason,
                        struct error *err);

/* The same for what is wrong with several: of each item its error, ERR_NONE if nothing is. Always false. */
bool transaction_cancel_for(struct api_request *q, const struct error *errors, size_t count,
                            struct error *err);

/* Of transactions that read, before they do: false if it is one of those that are told to be in conflict (engine.h). */
[[nodiscard]] bool transaction_check_conflict(struct api_request *q, size_t count, struct error *err);

/* Whether what is wrong with an action in view of its table cancels the transaction; else it fails the request. */
bool transaction_is_reason(const struct error *err);

/* The items that a transaction names must be distinct. */
[[nodiscard]] bool transaction_check_distinct(const struct item_change *changes, size_t count,
                                              struct error *err);

/* false: that is more than TRANSACTION_BYTES_MAX. Of writes the items, keys and values in the request count, of reads the items
 * that are found. */
[[nodiscard]] bool transaction_check_bytes(size_t bytes, struct error *err);

/* The token of a request; NULL if `text` is SLICE_NONE. `asked` has everything the request asks for, and is finished. */
const struct request_token *transaction_token(const struct api_request *q, struct slice text,
                                              struct fingerprint *asked);

/* ConsumedCapacity, one entry for each table in the order of their first mention: twice what single writes would cost; reads, if
 * the transaction was repeated. Nothing if the request does not ask for it. `names`: of each change its table as the request
 * spells it. */
void transaction_write_capacity(struct api_request *q, struct optional_enum mode,
                                const struct transaction *transaction, const struct slice *names);
/* The same of one item that was read: SLICE_NONE if there was none. For write_consumed_list(). */
struct consumed_capacity transaction_read_capacity(struct slice name, struct slice item);

#endif
