#include "storage/rocksdb/rocks_directory.h"

#include "base/contract.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char magic[] = "Stator store\n";
static const char marker_name[] = "STATOR";
static const char marker_draft_name[] = "STATOR.tmp";

enum { SYNCED_BYTES = 16, PROBE_BYTES = 1 << 20 };

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

/* ------------------------------------------------------------------ SYNCED */

static void encode_synced(unsigned char out[SYNCED_BYTES], uint64_t commit)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(commit >> (56 - 8 * i));
    uint64_t check = XXH3_64bits(out, 8);
    for (int i = 0; i < 8; i++)
        out[8 + i] = (unsigned char)(check >> (56 - 8 * i));
}

bool rocks_directory_read_synced(struct rocks_directory *d, uint64_t *commit_out, struct error *err)
{
    struct file_path path;
    if (d->synced_fd < 0)
        d->synced_fd = open(path_of(&path, d->path, "SYNCED"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->synced_fd < 0)
        return error_set(err, ERR_STORAGE, "cannot open %s: %s", path.text, strerror(errno));
    unsigned char stored[SYNCED_BYTES], expected[SYNCED_BYTES];
    *commit_out = 0;
    ssize_t size = pread(d->synced_fd, stored, sizeof stored, 0);
    if (size == 0)
        return true;
    uint64_t commit = 0;
    for (int i = 0; i < 8; i++)
        commit = commit << 8 | stored[i];
    encode_synced(expected, commit);
    if (size == sizeof stored && memcmp(stored, expected, sizeof stored) == 0)
        *commit_out = commit;
    else
        log_event(LOG_WARNING, "the note of the newest synced commit is unreadable and was ignored",
                  LOG_TEXT("path", d->path));
    return true;
}

void rocks_directory_note_synced(struct rocks_directory *d, uint64_t commit)
{
    unsigned char bytes[SYNCED_BYTES];
    encode_synced(bytes, commit);
    ssize_t written = pwrite(d->synced_fd, bytes, sizeof bytes, 0);
    (void)written;
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
