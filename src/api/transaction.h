/* transaction.h - what TransactWriteItems and ExecuteTransaction have in common: their commit, and how they tell that it was
 *          canceled.
 * Use:     fill an item_commit's changes and a token, transaction_submit(), then in the step that follows
 *          transaction_check(): it is true if the changes were made (or had been before).
 * Source:  semantics.md 9.1, 11. */
#ifndef STATOR_API_TRANSACTION_H
#define STATOR_API_TRANSACTION_H

#include "api/api.h"
#include "engine/item_write.h"

enum { TRANSACTION_ITEMS_MAX = 100, TRANSACTION_BYTES_MAX = 4 * 1024 * 1024 };

struct transaction {
    struct item_commit commit; /* changes, count and token are the caller's to set */
    const bool *
        shows_item; /* of each change: its CancellationReason has the item (ReturnValuesOnConditionCheckFailure) */
    const bool *inserts; /* of each change: a false condition means DuplicateItem; NULL: of none */
    api_step *then;
};

/* Suspends the request, commits, and goes on with `then`. */
void transaction_submit(struct api_request *q, struct transaction *transaction);

/* false: *err and q->error_members are what the client is told: TransactionCanceledException with a reason for each change in the
 * order of the request, or an error of its own. */
[[nodiscard]] bool transaction_check(struct api_request *q, const struct transaction *transaction,
                                     struct error *err);

/* The items that a transaction names must be distinct. */
[[nodiscard]] bool transaction_check_distinct(const struct item_change *changes, size_t count,
                                              struct error *err);

/* ConsumedCapacity, one entry for each table in the order of their first mention: twice what single writes would cost; reads, if
 * the transaction was repeated. Nothing if the request does not ask for it. `names`: of each change its table as the request
 * spells it. */
struct optional_enum;
void transaction_write_capacity(struct api_request *q, struct optional_enum mode,
                                const struct transaction *transaction, const struct slice *names);

#endif
