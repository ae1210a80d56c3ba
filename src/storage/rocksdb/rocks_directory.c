#include "storage/rocksdb/rocks_directory.h"

#include "base/contract.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char magic[] = "Stator store\n";
static const char marker_name[] = "STATOR";
static const char marker_draft_name[] = "STATOR.tmp";

enum {
    SYNCED_BYTES = 16,
    OPENED_NUMBERS = 2,
    OPENED_BYTES = 24,
    NOTE_BYTES_MAX = OPENED_BYTES,
    PROBE_BYTES = 1 << 20,
};

struct file_path {
    char text[PATH_MAX];
};

/* The path's length was checked when the directory was opened. */
static const char *path_of(struct file_path *room, const char *directory, const char *name)
{
    snprintf(room->text, sizeof room->text, "%s/%s", directory, name);
    return room->text;
}

/* ------------------------------------------------------------------ the directory */

static bool make_directory(const char *path, struct error *err)
{
    enum { LONGEST_NAME_INSIDE = 64 };
    if (strlen(path) + LONGEST_NAME_INSIDE >= PATH_MAX)
        return error_set(err, ERR_STORAGE, "the path of the data directory is too long");
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    if (errno == ENOENT)
        return error_set(err, ERR_STORAGE,
                         "cannot create data directory %s: its parent directory does not exist", path);
    return error_set(err, ERR_STORAGE, "cannot create data directory %s: %s", path, strerror(errno));
}

static bool check_usable(const char *path, struct error *err)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return error_set(err, ERR_STORAGE, "cannot use data directory %s: %s", path, strerror(errno));
    if (!S_ISDIR(about.st_mode))
        return error_set(err, ERR_STORAGE, "cannot use data directory %s: it is not a directory", path);
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return error_set(err, ERR_STORAGE, "cannot write to data directory %s: %s", path, strerror(errno));
    return true;
}

/* What a fresh file system or a crash during creation leaves does not count. */
static bool is_foreign(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "lost+found") != 0 &&
           strcmp(name, marker_draft_name) != 0;
}

static bool check_empty(const char *path, struct error *err)
{
    DIR *directory = opendir(path);
    if (!directory)
        return error_set(err, ERR_STORAGE, "cannot read data directory %s: %s", path, strerror(errno));
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(directory));)
        empty = !is_foreign(entry->d_name);
    closedir(directory);
    return empty ||
           error_set(err, ERR_STORAGE,
                     "%s is not empty and not a Stator data directory; choose another or an empty one", path);
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ------------------------------------------------------------------ STATOR */

static bool write_draft(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = dprintf(fd, "%sformat %d\n", magic, ROCKS_FORMAT_VERSION) > 0 && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

/* A link, not a rename: of two processes that start at once neither replaces the file the other has locked. */
static bool write_marker(const char *path, struct error *err)
{
    struct file_path draft, marker;
    path_of(&draft, path, marker_draft_name);
    path_of(&marker, path, marker_name);
    bool ok = write_draft(draft.text) && (link(draft.text, marker.text) == 0 || errno == EEXIST);
    int reason = errno;
    unlink(draft.text);
    if (ok && sync_directory(path))
        return true;
    return error_set(err, ERR_STORAGE, "cannot create %s: %s", marker.text, strerror(ok ? errno : reason));
}

static bool check_version(const char *text, const char *path, struct error *err)
{
    unsigned version;
    if (strncmp(text, magic, sizeof magic - 1) != 0 ||
        sscanf(text + sizeof magic - 1, "format %u", &version) != 1)
        return error_set(err, ERR_STORAGE, "%s/%s does not describe a Stator store", path, marker_name);
    if (version != ROCKS_FORMAT_VERSION)
        return error_set(
            err, ERR_STORAGE,
            "%s holds a store of format version %u, but this program reads and writes version %d; "
            "use the program version that made it",
            path, version, ROCKS_FORMAT_VERSION);
    return true;
}

static bool read_marker(int fd, const char *path, struct error *err)
{
    char text[128] = "";
    if (pread(fd, text, sizeof text - 1, 0) < 0)
        return error_set(err, ERR_STORAGE, "cannot read %s/%s: %s", path, marker_name, strerror(errno));
    return check_version(text, path, err);
}

static bool lock_marker(int fd, const char *path, struct error *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return error_set(err, ERR_STORAGE, "data directory %s is in use by another process", path);
    return error_set(err, ERR_STORAGE, "cannot lock data directory %s: %s", path, strerror(errno));
}

static int open_marker(const char *path)
{
    struct file_path marker;
    return open(path_of(&marker, path, marker_name), O_RDONLY | O_CLOEXEC);
}

bool rocks_directory_open(struct rocks_directory *d, const char *path, struct error *err)
{
    *d = (struct rocks_directory){.path = path, .lock_fd = -1, .synced_fd = -1};
    if (!make_directory(path, err) || !check_usable(path, err))
        return false;
    int fd = open_marker(path);
    if (fd < 0 && errno == ENOENT) {
        if (!check_empty(path, err) || !write_marker(path, err))
            return false;
        fd = open_marker(path);
    }
    if (fd < 0)
        return error_set(err, ERR_STORAGE, "cannot open %s/%s: %s", path, marker_name, strerror(errno));
    if (!read_marker(fd, path, err) || !lock_marker(fd, path, err)) {
        close(fd);
        return false;
    }
    d->lock_fd = fd;
    return true;
}

void rocks_directory_close(struct rocks_directory *d)
{
    if (d->synced_fd >= 0)
        close(d->synced_fd);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
    d->lock_fd = d->synced_fd = -1;
}

/* ------------------------------------------------------------------ notes */

/* Numbers, big-endian, and a checksum behind them, so that half a note is none. */
static void encode_note(unsigned char *out, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < 8 * count; i++)
        out[i] = (unsigned char)(numbers[i / 8] >> (56 - 8 * (i % 8)));
    uint64_t check = XXH3_64bits(out, 8 * count);
    for (size_t i = 0; i < 8; i++)
        out[8 * count + i] = (unsigned char)(check >> (56 - 8 * i));
}

static bool decode_note(const unsigned char *stored, uint64_t *numbers_out, size_t count)
{
    unsigned char expected[NOTE_BYTES_MAX];
    memset(numbers_out, 0, count * sizeof *numbers_out);
    for (size_t i = 0; i < 8 * count; i++)
        numbers_out[i / 8] = numbers_out[i / 8] << 8 | stored[i];
    encode_note(expected, numbers_out, count);
    return memcmp(stored, expected, 8 * (count + 1)) == 0;
}

/* ------------------------------------------------------------------ SYNCED */

bool rocks_directory_read_synced(struct rocks_directory *d, uint64_t *commit_out, struct error *err)
{
    struct file_path path;
    if (d->synced_fd < 0)
        d->synced_fd = open(path_of(&path, d->path, "SYNCED"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->synced_fd < 0)
        return error_set(err, ERR_STORAGE, "cannot open %s: %s", path.text, strerror(errno));
    unsigned char stored[SYNCED_BYTES];
    uint64_t commit;
    *commit_out = 0;
    ssize_t size = pread(d->synced_fd, stored, sizeof stored, 0);
    if (size == 0)
        return true;
    if (size == sizeof stored && decode_note(stored, &commit, 1))
        *commit_out = commit;
    else
        log_event(LOG_WARNING, "the note of the newest synced commit is unreadable and was ignored",
                  LOG_TEXT("path", d->path));
    return true;
}

void rocks_directory_note_synced(struct rocks_directory *d, uint64_t commit)
{
    unsigned char bytes[SYNCED_BYTES];
    encode_note(bytes, &commit, 1);
    ssize_t written = pwrite(d->synced_fd, bytes, sizeof bytes, 0);
    (void)written;
}

/* ------------------------------------------------------------------ OPENED */

static int open_opened(const struct rocks_directory *d, int flags)
{
    struct file_path path;
    return open(path_of(&path, d->path, "OPENED"), flags | O_CLOEXEC, 0600);
}

bool rocks_directory_read_opened(const struct rocks_directory *d, struct rocks_opened *out)
{
    unsigned char stored[OPENED_BYTES];
    uint64_t numbers[OPENED_NUMBERS];
    int fd = open_opened(d, O_RDONLY);
    if (fd < 0)
        return false;
    ssize_t size = pread(fd, stored, sizeof stored, 0);
    close(fd);
    if (size != sizeof stored || !decode_note(stored, numbers, OPENED_NUMBERS))
        return false;
    *out = (struct rocks_opened){.manifest = numbers[0], .first_log = numbers[1]};
    return true;
}

void rocks_directory_note_opened(const struct rocks_directory *d, struct rocks_opened opened)
{
    unsigned char bytes[OPENED_BYTES];
    const uint64_t numbers[OPENED_NUMBERS] = {opened.manifest, opened.first_log};
    encode_note(bytes, numbers, OPENED_NUMBERS);
    if (!sync_directory(d->path))
        return;
    int fd = open_opened(d, O_WRONLY | O_CREAT);
    if (fd < 0)
        return;
    ssize_t written = pwrite(fd, bytes, sizeof bytes, 0);
    int synced = fsync(fd);
    (void)written;
    (void)synced;
    close(fd);
}

uint64_t rocks_directory_manifest(const struct rocks_directory *d)
{
    struct file_path path;
    char text[64] = "";
    unsigned long long number;
    int fd = open(path_of(&path, d->path, "CURRENT"), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    close(fd);
    return size > 0 && sscanf(text, "MANIFEST-%llu", &number) == 1 ? number : 0;
}

/* RocksDB syncs the directory whenever it has made and synced a file, but on btrfs, where syncing a file brings its own name
 * along and no other. */
bool rocks_directory_syncs_names(const struct rocks_directory *d)
{
    struct statfs about;
    return statfs(d->path, &about) == 0 && about.f_type != BTRFS_SUPER_MAGIC;
}

/* ------------------------------------------------------------------ NOLOGS */

bool rocks_directory_make_nologs(const struct rocks_directory *d, char path_out[PATH_MAX], struct error *err)
{
    struct file_path path;
    path_of(&path, d->path, "NOLOGS");
    memcpy(path_out, path.text, sizeof path.text);
    return mkdir(path.text, 0700) == 0 || errno == EEXIST ||
           error_set(err, ERR_STORAGE, "cannot create %s: %s", path.text, strerror(errno));
}

void rocks_directory_remove_nologs(const struct rocks_directory *d)
{
    struct file_path path;
    rmdir(path_of(&path, d->path, "NOLOGS"));
}

/* ------------------------------------------------------------------ free space */

uint64_t rocks_directory_free_bytes(const struct rocks_directory *d)
{
    struct statvfs about;
    if (statvfs(d->path, &about) != 0)
        return UINT64_MAX;
    return (uint64_t)about.f_bavail * about.f_frsize;
}

bool rocks_directory_probe(const struct rocks_directory *d)
{
    static const char zeros[4096];
    struct file_path path;
    int fd = open(path_of(&path, d->path, "PROBE"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = true;
    for (size_t written = 0; ok && written < PROBE_BYTES; written += sizeof zeros)
        ok = write(fd, zeros, sizeof zeros) == (ssize_t)sizeof zeros;
    ok = ok && fsync(fd) == 0;
    close(fd);
    unlink(path.text);
    return ok;
}
