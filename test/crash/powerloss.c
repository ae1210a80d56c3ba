/* powerloss.c - loaded before the C library (LD_PRELOAD), it makes SIGKILL mean what power loss means: bytes that were
 * written but not synced are gone.
 *
 * SIGKILL alone loses nothing that write() has taken, because the kernel keeps it; a server that never calls fsync
 * would pass. Here what is written to a file below POWERLOSS_DIR waits in the process's own memory until fsync,
 * fdatasync, sync or syncfs hands it to the kernel. Now and then a write pushes out what waits for its file up to some
 * byte in the middle, as a kernel's writeback would, so that files with torn ends are seen too.
 *
 * Whoever opens a file again or reads from it sees what was written: that hands its bytes on as well. So do truncation
 * and a normal end of the process. Closing does not: what was not synced before waits on.
 *
 * Limits: creating, renaming and deleting files take effect at once; stat() sees the size without what waits; what is
 * written through stdio or a memory map is not seen; files whose name begins with LOG, which are for people, are left
 * alone.
 *
 * POWERLOSS_DIR   absolute path of the directory
 * POWERLOSS_SEED  for the pushes
 * POWERLOSS_PUSH_ONE_IN  how many writes there are to a push (64)
 * POWERLOSS_SYNC_US  a sync takes up to so many microseconds more before it begins: a slow disk, on which what is written
 *                 waits for long. For tests of what others may see meanwhile.
 * POWERLOSS_LIE   if set, syncing a file whose name ends in it does nothing and reports success: a disk that lies.
 *                 For proving that the test notices. */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    fds_max = 65536,
};

/* Bytes that wait to be written at `offset`. */
struct piece {
    struct piece *next;
    off_t offset;
    size_t size_bytes;
    unsigned char bytes[];
};

/* A file with anything open or waiting. `fd` is ours, so that it outlives the server's. */
struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    int fd;
    unsigned opened; /* descriptors of the server */
    bool lies;
    struct piece *first;
    struct piece **last;
};

struct handle {
    struct file *file; /* NULL: not one of ours */
    off_t position;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct handle handles[fds_max];
static struct file *files;
static char directory[4096];
static const char *lie;
static uint64_t random_state;
static uint64_t push_one_in = 64;
static uint64_t sync_us_max;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static off_t (*real_lseek)(int, off_t, int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_syncfs)(int);
static void (*real_sync)(void);

static void *find_real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL)
        abort();
    return function;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("POWERLOSS_DIR");
    const char *seed = getenv("POWERLOSS_SEED");
    real_close = find_real("close");
    real_write = find_real("write");
    real_pwrite = find_real("pwrite");
    real_read = find_real("read");
    real_pread = find_real("pread");
    real_lseek = find_real("lseek");
    real_ftruncate = find_real("ftruncate");
    real_fsync = find_real("fsync");
    real_fdatasync = find_real("fdatasync");
    real_syncfs = find_real("syncfs");
    real_sync = find_real("sync");
    real_open = find_real("open");
    random_state = seed != NULL ? strtoull(seed, NULL, 10) : 1;
    lie = getenv("POWERLOSS_LIE");
    const char *sync_us = getenv("POWERLOSS_SYNC_US");
    sync_us_max = sync_us != NULL ? strtoull(sync_us, NULL, 10) : 0;
    const char *one_in = getenv("POWERLOSS_PUSH_ONE_IN");
    push_one_in = one_in != NULL ? strtoull(one_in, NULL, 10) : push_one_in;
    if (path != NULL && strlen(path) < sizeof directory)
        strcpy(directory, path);
}

static uint64_t random_next(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ------------------------------------------------------------------ what waits; all under the mutex */

static void write_whole(int fd, const unsigned char *bytes, size_t size_bytes, off_t offset)
{
    while (size_bytes > 0) {
        ssize_t n = real_pwrite(fd, bytes, size_bytes, offset);
        if (n <= 0)
            abort(); /* the test's disk is full or broken: nothing that follows would mean anything */
        bytes += n;
        offset += n;
        size_bytes -= (size_t)n;
    }
}

static void push_out(struct file *f, size_t bytes_max)
{
    while (f->first != NULL && bytes_max > 0) {
        struct piece *p = f->first;
        size_t n = p->size_bytes < bytes_max ? p->size_bytes : bytes_max;
        write_whole(f->fd, p->bytes, n, p->offset);
        bytes_max -= n;
        if (n < p->size_bytes) {
            memmove(p->bytes, p->bytes + n, p->size_bytes - n);
            p->offset += (off_t)n;
            p->size_bytes -= n;
            return;
        }
        f->first = p->next;
        free(p);
    }
    if (f->first == NULL)
        f->last = &f->first;
}

static void push_out_all(void)
{
    for (struct file *f = files; f != NULL; f = f->next)
        if (!f->lies)
            push_out(f, SIZE_MAX);
}

static void forget_unused(void)
{
    for (struct file **at = &files; *at != NULL;) {
        struct file *f = *at;
        if (f->opened > 0 || f->first != NULL) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        real_close(f->fd);
        free(f);
    }
}

static size_t waiting_bytes(const struct file *f)
{
    size_t total = 0;
    for (const struct piece *p = f->first; p != NULL; p = p->next)
        total += p->size_bytes;
    return total;
}

static void wait_to_write(struct file *f, const void *bytes, size_t size_bytes, off_t offset)
{
    struct piece *p = malloc(sizeof *p + size_bytes);
    if (p == NULL)
        abort();
    p->next = NULL;
    p->offset = offset;
    p->size_bytes = size_bytes;
    memcpy(p->bytes, bytes, size_bytes);
    *f->last = p;
    f->last = &p->next;
    if (push_one_in > 0 && random_next() % push_one_in == 0)
        push_out(f, (size_t)(random_next() % (waiting_bytes(f) + 1)));
}

static struct file *find_file(const struct stat *about)
{
    struct file *f = files;
    while (f != NULL && (f->device != about->st_dev || f->inode != about->st_ino))
        f = f->next;
    return f;
}

static struct handle *handle_of(int fd)
{
    return fd >= 0 && fd < fds_max && handles[fd].file != NULL ? &handles[fd] : NULL;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static struct file *add_file(const struct stat *about, const char *path)
{
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    f->device = about->st_dev;
    f->inode = about->st_ino;
    f->last = &f->first;
    f->lies = lie != NULL && ends_in(path, lie);
    f->fd = real_open(path, O_WRONLY | O_CLOEXEC);
    if (f->fd < 0) {
        free(f);
        return NULL;
    }
    f->next = files;
    files = f;
    return f;
}

/* Takes note of a descriptor that the server has opened. */
static void note_open(int fd, const char *path, int flags)
{
    struct stat about;
    const char *name = strrchr(path, '/');
    if (fd < 0 || fd >= fds_max || directory[0] == '\0' || strncmp(path, directory, strlen(directory)) != 0 ||
        name == NULL || strncmp(name + 1, "LOG", 3) == 0)
        return;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    pthread_mutex_lock(&mutex);
    struct file *f = find_file(&about);
    if (f != NULL) {
        push_out(f, SIZE_MAX);
        fstat(fd, &about);
    }
    if ((flags & O_ACCMODE) != O_RDONLY) {
        f = f != NULL ? f : add_file(&about, path);
        if (f != NULL) {
            f->opened++;
            handles[fd] = (struct handle){f, (flags & O_APPEND) != 0 ? about.st_size : 0};
        }
    }
    pthread_mutex_unlock(&mutex);
}

/* ------------------------------------------------------------------ what the server calls */

static int open_noted(const char *path, int flags, mode_t mode)
{
    int fd = real_open(path, flags, mode);
    note_open(fd, path, flags);
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_noted(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_noted(path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_noted(path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_noted(path, flags, 0);
}

int close(int fd)
{
    pthread_mutex_lock(&mutex);
    struct handle *h = handle_of(fd);
    if (h != NULL) {
        h->file->opened--;
        h->file = NULL;
        forget_unused();
    }
    pthread_mutex_unlock(&mutex);
    return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t size_bytes)
{
    pthread_mutex_lock(&mutex);
    struct handle *h = handle_of(fd);
    if (h != NULL) {
        wait_to_write(h->file, bytes, size_bytes, h->position);
        h->position += (off_t)size_bytes;
    }
    pthread_mutex_unlock(&mutex);
    return h != NULL ? (ssize_t)size_bytes : real_write(fd, bytes, size_bytes);
}

ssize_t pwrite(int fd, const void *bytes, size_t size_bytes, off_t offset)
{
    pthread_mutex_lock(&mutex);
    struct handle *h = handle_of(fd);
    if (h != NULL)
        wait_to_write(h->file, bytes, size_bytes, offset);
    pthread_mutex_unlock(&mutex);
    return h != NULL ? (ssize_t)size_bytes : real_pwrite(fd, bytes, size_bytes, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size_bytes, off_t offset)
{
    return pwrite(fd, bytes, size_bytes, offset);
}

static struct handle *made_readable(int fd)
{
    struct handle *h = handle_of(fd);
    if (h != NULL)
        push_out(h->file, SIZE_MAX);
    return h;
}

ssize_t read(int fd, void *bytes, size_t size_bytes)
{
    pthread_mutex_lock(&mutex);
    struct handle *h = made_readable(fd);
    ssize_t n = -1;
    if (h != NULL) {
        n = real_pread(fd, bytes, size_bytes, h->position);
        h->position += n > 0 ? n : 0;
    }
    pthread_mutex_unlock(&mutex);
    return h != NULL ? n : real_read(fd, bytes, size_bytes);
}

ssize_t pread(int fd, void *bytes, size_t size_bytes, off_t offset)
{
    pthread_mutex_lock(&mutex);
    made_readable(fd);
    pthread_mutex_unlock(&mutex);
    return real_pread(fd, bytes, size_bytes, offset);
}

ssize_t pread64(int fd, void *bytes, size_t size_bytes, off_t offset)
{
    return pread(fd, bytes, size_bytes, offset);
}

off_t lseek(int fd, off_t offset, int whence)
{
    pthread_mutex_lock(&mutex);
    struct handle *h = made_readable(fd);
    off_t position = -1;
    if (h != NULL) {
        position = whence == SEEK_CUR ? h->position + offset : real_lseek(fd, offset, whence);
        h->position = position >= 0 ? position : h->position;
    }
    pthread_mutex_unlock(&mutex);
    return h != NULL ? position : real_lseek(fd, offset, whence);
}

off_t lseek64(int fd, off_t offset, int whence)
{
    return lseek(fd, offset, whence);
}

int ftruncate(int fd, off_t size_bytes)
{
    pthread_mutex_lock(&mutex);
    made_readable(fd);
    pthread_mutex_unlock(&mutex);
    return real_ftruncate(fd, size_bytes);
}

int ftruncate64(int fd, off_t size_bytes)
{
    return ftruncate(fd, size_bytes);
}

static void be_slow(void)
{
    if (sync_us_max == 0)
        return;
    pthread_mutex_lock(&mutex);
    uint64_t us = random_next() % (sync_us_max + 1);
    pthread_mutex_unlock(&mutex);
    usleep((useconds_t)us);
}

static bool hand_over(int fd)
{
    be_slow();
    pthread_mutex_lock(&mutex);
    struct handle *h = handle_of(fd);
    bool lies = h != NULL && h->file->lies;
    if (h != NULL && !lies)
        push_out(h->file, SIZE_MAX);
    pthread_mutex_unlock(&mutex);
    return !lies;
}

int fsync(int fd)
{
    return hand_over(fd) ? real_fsync(fd) : 0;
}

int fdatasync(int fd)
{
    return hand_over(fd) ? real_fdatasync(fd) : 0;
}

int syncfs(int fd)
{
    pthread_mutex_lock(&mutex);
    push_out_all();
    pthread_mutex_unlock(&mutex);
    return real_syncfs(fd);
}

void sync(void)
{
    pthread_mutex_lock(&mutex);
    push_out_all();
    pthread_mutex_unlock(&mutex);
    real_sync();
}

__attribute__((destructor)) static void finish(void)
{
    pthread_mutex_lock(&mutex);
    for (struct file *f = files; f != NULL; f = f->next)
        push_out(f, SIZE_MAX);
    pthread_mutex_unlock(&mutex);
}
