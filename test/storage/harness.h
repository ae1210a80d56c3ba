/* harness.h - what every storage test needs: a store of a named kind, and short ways to write and read. */
#ifndef STATOR_TEST_STORAGE_HARNESS_H
#define STATOR_TEST_STORAGE_HARNESS_H

#include "base/arena.h"
#include "storage/storage.h"
#include "support/cmocka.h"

/* The space that harness_open() makes; a log's, if a test has set the bit before. */
extern uint32_t harness_space;
#define SPACE harness_space

/* A log, for tests that make one beside it. */
#define LOG_SPACE (STORAGE_SPACE_LOG | 99)

enum harness_kind { HARNESS_DISK, HARNESS_MEMORY, HARNESS_FAULTY };

struct harness {
    enum harness_kind kind;
    char path[64]; /* of HARNESS_DISK */
    struct storage_options options;
    struct storage *store;
    struct arena arena;
    struct error err;
};

/* A fresh store with SPACE in it. */
void harness_open(struct harness *h, enum harness_kind kind);
/* What is at options->path, as it is. false: h->err says why not. */
bool harness_open_existing(struct harness *h, const struct storage_options *options);
/* Another store with h's options, which must not open. Returns the message. */
const char *harness_fail_to_open(struct harness *h, enum error_code code);
/* A process of its own makes a store with SPACE in it, works with it and is killed. */
void harness_run_killed(const struct storage_options *options, void (*work)(struct harness *h));
/* Closes the store and removes what it left. */
void harness_close(struct harness *h);
/* Closes and opens again; disk only. */
void harness_reopen(struct harness *h);
/* An empty directory whose name goes to `out`. */
void harness_make_directory(char out[64]);
void harness_remove_directory(const char *path);

/* One write, waited for. `run` gets a struct harness_step and may use its members as it likes. */
struct harness_step {
    struct storage_write write;
    struct harness *harness;
    const char *partition;
    struct slice sort;
    struct slice value;
    uint32_t space;
    bool found;
};
typedef bool harness_run(struct storage_tx *tx, struct harness_step *step, struct error *err);
/* The write's error code, whose texts are in h->err. */
enum error_code harness_write(struct harness *h, harness_run *run, struct harness_step *step);

struct storage_key harness_key(const char *partition, struct slice sort);
void harness_put(struct harness *h, const char *partition, struct slice sort, struct slice value);
enum error_code harness_try_put(struct harness *h, uint32_t space, const char *partition, struct slice sort,
                                struct slice value);
void harness_delete(struct harness *h, const char *partition, struct slice sort);
void harness_create_space(struct harness *h, uint32_t space);
enum error_code harness_try_create_space(struct harness *h, uint32_t space);
void harness_drop_space(struct harness *h, uint32_t space);

/* From a new view; SLICE_NONE if absent. */
struct slice harness_get(struct harness *h, const char *partition, struct slice sort);
struct slice harness_get_from(struct harness *h, uint32_t space, const char *partition, struct slice sort);
struct slice harness_view_get(struct harness *h, struct storage_view *view, const char *partition,
                              struct slice sort);

/* What a cursor gives, as "sort=value sort=value ". Closes it. */
const char *harness_list(struct harness *h, struct storage_cursor *cursor);
/* The same of a range of SPACE in a new view. */
const char *harness_scan(struct harness *h, const char *partition, struct storage_bound lower,
                         struct storage_bound upper, bool reverse);

#define ANY_BOUND       ((struct storage_bound){STORAGE_BOUND_NONE, SLICE_NONE})
#define INCLUSIVE(text) ((struct storage_bound){STORAGE_BOUND_INCLUSIVE, SLICE(text)})
#define EXCLUSIVE(text) ((struct storage_bound){STORAGE_BOUND_EXCLUSIVE, SLICE(text)})
#define PREFIX(text)    ((struct storage_bound){STORAGE_BOUND_PREFIX, SLICE(text)})

void assert_slice(struct slice actual, const char *expected);

#endif
