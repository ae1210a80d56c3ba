/* store.h - a store in memory. */
#ifndef STATOR_TEST_SUPPORT_STORE_H
#define STATOR_TEST_SUPPORT_STORE_H

#include "storage/storage.h"
#include "support/cmocka.h"

static inline struct storage *store_in_memory(struct error *err)
{
    struct storage_options options;
    struct storage *store = NULL;
    storage_options_init(&options);
    if (!storage_open_rocksdb(&options, &store, err))
        fail_msg("%s", err->message);
    return store;
}

#endif
