/* The files of RocksDB's log: which there are, and their blocks. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILES_MAX = 16384,
    PIECE_BYTES = 32 * ROCKS_LOG_BLOCK_BYTES, /* read at once */
};

struct log_file {
    uint64_t number;
    char name[32];
};

struct log_files {
    struct log_file *files;
    size_t count, capacity;
};

/* ------------------------------------------------------------------ which there are */

/* Digits, then ".log". */
static bool parse_name(const char *name, struct log_file *out)
{
    enum { DIGITS_MAX = 19 };
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || strcmp(name + digits, ".log") != 0)
        return false;
    out->number = strtoull(name, NULL, 10);
    memcpy(out->name, name, digits + sizeof ".log");
    return true;
}

static void add_file(struct log_files *list, const struct log_file *file)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->files = realloc(list->files, list->capacity * sizeof *list->files);
        INVARIANT(list->files != NULL);
    }
    list->files[list->count++] = *file;
}

static int by_number(const void *left, const void *right)
{
    const struct log_file *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

static bool list_files(DIR *directory, uint64_t oldest, struct log_files *list)
{
    struct log_file file;
    for (struct dirent *entry; errno = 0, (entry = readdir(directory));)
        if (parse_name(entry->d_name, &file) && file.number >= oldest && list->count <= FILES_MAX)
            add_file(list, &file);
    bool ok = errno == 0 && list->count <= FILES_MAX;
    if (list->count > 1)
        qsort(list->files, list->count, sizeof *list->files, by_number);
    return ok;
}

bool rocks_log_list(const char *path, uint64_t oldest, struct rocks_log_range *out)
{
    struct log_files list = {0};
    *out = (struct rocks_log_range){0};
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    bool ok = list_files(directory, oldest, &list);
    if (list.count > 0)
        *out = (struct rocks_log_range){list.files[0].number, list.files[list.count - 1].number};
    free(list.files);
    closedir(directory);
    return ok;
}

/* ------------------------------------------------------------------ their blocks */

/* Full unless the file ends; -1: it cannot be read. */
static ssize_t read_piece(int fd, char piece[PIECE_BYTES])
{
    size_t size = 0;
    while (size < PIECE_BYTES) {
        ssize_t more = read(fd, piece + size, PIECE_BYTES - size);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return -1;
        if (more == 0)
            break;
        size += (size_t)more;
    }
    return (ssize_t)size;
}

/* false: the file cannot be read. */
static bool read_blocks(struct rocks_log *l, int fd, char piece[PIECE_BYTES])
{
    for (;;) {
        ssize_t size = read_piece(fd, piece);
        if (size < 0)
            return false;
        struct slice rest = slice_of(piece, (size_t)size);
        while (rest.size > 0 && !l->file_broken) {
            bool is_last = rest.size < ROCKS_LOG_BLOCK_BYTES;
            struct slice block = slice_of(rest.data, is_last ? rest.size : ROCKS_LOG_BLOCK_BYTES);
            rocks_log_block(l, block);
            rest = slice_after(rest, block.size);
        }
        if (l->file_broken || size < PIECE_BYTES)
            return true;
    }
}

static bool read_file(struct rocks_log *l, int directory, const char *name, char piece[PIECE_BYTES])
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    rocks_log_begin_file(l);
    bool ok = read_blocks(l, fd, piece);
    rocks_log_end_file(l);
    close(fd);
    return ok;
}

struct rocks_log_found rocks_log_read(const char *path, uint64_t oldest)
{
    struct rocks_log log;
    struct log_files list = {0};
    DIR *directory = opendir(path);
    if (!directory)
        return (struct rocks_log_found){.end = ROCKS_LOG_UNKNOWN};
    char *piece = malloc(PIECE_BYTES);
    INVARIANT(piece != NULL);
    rocks_log_init(&log);
    bool ok = list_files(directory, oldest, &list);
    struct rocks_log_found found = {0};
    for (size_t i = 0; ok && i < list.count && rocks_log_goes_on(&log); i++) {
        ok = read_file(&log, dirfd(directory), list.files[i].name, piece);
        if (log.started && found.first_file == 0)
            found.first_file = list.files[i].number;
    }
    found.end = ok ? log.end : ROCKS_LOG_UNKNOWN;
    found.commit = log.commit;
    found.first_commit = log.first_commit;
    rocks_log_release(&log);
    free(piece);
    free(list.files);
    closedir(directory);
    return found;
}
