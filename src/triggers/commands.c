/* Calls of commands: a process with an event to read, two pipes, and a descriptor that tells of its end.
 *
 * The event is a file in memory rather than a pipe: it is there as a whole before the command begins, so that a command which outlives
 * a server that was killed does not act upon half of one. */
#include "base/clock.h"
#include "base/contract.h"
#include "triggers/target_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { TAIL_BYTES = 256, READ_BYTES = 64 * 1024, GRACE_MS = 1000, FDS_EACH = 3 };

struct process {
    struct call *call; /* NULL: it was given up */
    pid_t pid;
    int end;               /* readable once it has ended */
    int output, log;       /* -1: closed */
    char tail[TAIL_BYTES]; /* of the log */
    size_t tail_size;
    int64_t deadline_ns;
    bool late;
    bool stirred; /* something has happened to it */
    struct process *next;
};

static int64_t now_ns(void)
{
    return clock_monotonic_ns(clock_system());
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ------------------------------------------------------------------ its begin */

/* What the command reads, and what it writes to: ends as pipe() gives them. */
struct channels {
    int input;
    int output[2];
    int log[2];
};

static void close_channels(struct channels *c)
{
    close_fd(&c->input);
    for (int i = 0; i < 2; i++) {
        close_fd(&c->output[i]);
        close_fd(&c->log[i]);
    }
}

static bool write_event(int fd, struct call *call)
{
    struct slice rest;
    while ((rest = call_unsent(call)).size > 0) {
        ssize_t written = write(fd, rest.data, rest.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        call_sent(call, (size_t)written);
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

/* Our ends do not wait; the command's do, as it expects. */
static bool open_channels(struct channels *c, struct call *call)
{
    *c = (struct channels){-1, {-1, -1}, {-1, -1}};
    c->input = memfd_create("event", MFD_CLOEXEC);
    if (c->input >= 0 && write_event(c->input, call) && pipe2(c->output, O_CLOEXEC) == 0 &&
        pipe2(c->log, O_CLOEXEC) == 0 && fcntl(c->output[0], F_SETFL, O_NONBLOCK) == 0 &&
        fcntl(c->log[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    int failure = errno;
    close_channels(c);
    errno = failure;
    return false;
}

/* The server's own, and who calls. */
static char **environment_of(struct call *call)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = ARENA_NEW_ARRAY(&call->arena, char *, count + 2);
    memcpy(environment, environ, count * sizeof *environment);
    environment[count] = arena_printf(&call->arena, "STATOR_TRIGGER=%s", call->trigger);
    return environment;
}

static int spawn(struct call *call, const struct channels *c, pid_t *pid_out)
{
    char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)call->target, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, c->input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, c->output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, c->log[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failure = posix_spawn(pid_out, "/bin/sh", &files, &attributes, arguments, environment_of(call));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

static void fail_to_begin(struct targets *targets, struct call *call, int failure)
{
    char why[128];
    snprintf(why, sizeof why, "the command cannot be started: %s", strerror(failure));
    targets_fail_at_once(targets, call, why);
}

void commands_begin(struct targets *targets, struct call *call)
{
    struct channels channels;
    pid_t pid;
    if (!open_channels(&channels, call)) {
        fail_to_begin(targets, call, errno);
        return;
    }
    int failure = spawn(call, &channels, &pid);
    if (failure != 0) {
        close_channels(&channels);
        fail_to_begin(targets, call, failure);
        return;
    }
    int end = pidfd_open(pid, 0);
    if (end < 0) {
        failure = errno;
        close_channels(&channels);
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        fail_to_begin(targets, call, failure);
        return;
    }
    struct process *process = calloc(1, sizeof *process);
    INVARIANT(process != NULL);
    *process = (struct process){.call = call, .pid = pid, .end = end, .next = targets->processes};
    process->output = channels.output[0];
    process->log = channels.log[0];
    process->deadline_ns = now_ns() + call->timeout_ms * 1000000;
    process->stirred = true;
    close(channels.input);
    close(channels.output[1]);
    close(channels.log[1]);
    call->transfer = process;
    targets->processes = process;
}

/* ------------------------------------------------------------------ its pipes */

static void keep_tail(struct process *process, const char *bytes, size_t size)
{
    if (size >= TAIL_BYTES) {
        memcpy(process->tail, bytes + size - TAIL_BYTES, TAIL_BYTES);
        process->tail_size = TAIL_BYTES;
        return;
    }
    size_t kept = process->tail_size < TAIL_BYTES - size ? process->tail_size : TAIL_BYTES - size;
    memmove(process->tail, process->tail + process->tail_size - kept, kept);
    memcpy(process->tail + kept, bytes, size);
    process->tail_size = kept + size;
}

/* All that is there; false: its answer is too large. */
static bool read_pipe(struct process *process, int *fd, bool answer)
{
    char bytes[READ_BYTES];
    while (*fd >= 0) {
        ssize_t got = read(*fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0)
            close_fd(fd);
        else if (!answer)
            keep_tail(process, bytes, (size_t)got);
        else if (!call_answer(process->call, bytes, (size_t)got))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ its end */

static void judge(struct process *process, int status)
{
    struct call *call = process->call;
    while (process->tail_size > 0 && process->tail[process->tail_size - 1] == '\n')
        process->tail_size--;
    if (call->failed)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (WIFEXITED(status))
        call_fail(call, "the command ended with status %d: %.*s", WEXITSTATUS(status),
                  (int)process->tail_size, process->tail);
    else
        call_fail(call, "the command was ended by signal %d: %.*s", WTERMSIG(status), (int)process->tail_size,
                  process->tail);
}

/* What it left behind in its group goes with it; its number is its own until it is waited for. */
static int bury_process(struct process *process)
{
    int status = 0;
    kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close_fd(&process->output);
    close_fd(&process->log);
    close_fd(&process->end);
    return status;
}

static bool has_ended(const struct process *process)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void check_time(struct process *process)
{
    if (process->late || now_ns() < process->deadline_ns)
        return;
    process->late = true;
    kill(-process->pid, SIGKILL);
    if (process->call)
        call_fail(process->call, "the command was ended: it took longer than %lld ms",
                  (long long)process->call->timeout_ms);
}

/* true: it has ended. */
static bool attend(struct process *process)
{
    check_time(process);
    if (!process->stirred)
        return false;
    bool ended = has_ended(process);
    process->stirred = false;
    if (!process->call)
        return ended;
    (void)read_pipe(process, &process->log, false);
    if (!process->call->failed && !read_pipe(process, &process->output, true)) {
        call_fail(process->call, "what the command printed is larger than %d bytes", CALL_ANSWER_BYTES_MAX);
        close_fd(&process->output);
        kill(-process->pid, SIGKILL);
    }
    return ended;
}

void commands_work(struct targets *targets)
{
    struct process *ended = NULL;
    for (struct process **at = &targets->processes; *at;) {
        struct process *process = *at;
        if (!attend(process)) {
            at = &process->next;
            continue;
        }
        *at = process->next;
        process->next = ended;
        ended = process;
    }
    while (ended) {
        struct process *process = ended;
        struct call *call = process->call;
        ended = process->next;
        int status = bury_process(process);
        if (call) {
            judge(process, status);
            call->transfer = NULL;
        }
        free(process);
        if (call)
            call->done(call);
    }
}

void commands_give_up(struct targets *targets, struct call *call)
{
    (void)targets;
    struct process *process = call->transfer;
    process->call = NULL;
    process->deadline_ns = now_ns() + GRACE_MS * 1000000LL;
    close_fd(&process->output);
    close_fd(&process->log);
    kill(-process->pid, SIGTERM);
    call->transfer = NULL;
}

/* ------------------------------------------------------------------ waiting */

static void add_fd(struct targets *targets, int fd)
{
    if (fd < 0)
        return;
    if (targets->fd_count == targets->fd_capacity) {
        targets->fd_capacity = targets->fd_capacity ? 2 * targets->fd_capacity : 4 * FDS_EACH;
        targets->fds = reallocarray(targets->fds, targets->fd_capacity, sizeof *targets->fds);
        INVARIANT(targets->fds != NULL);
    }
    targets->fds[targets->fd_count++] = (struct curl_waitfd){.fd = fd, .events = CURL_WAIT_POLLIN};
}

void commands_prepare(struct targets *targets, int64_t *timeout_ms)
{
    int64_t now = targets->processes ? now_ns() : 0;
    targets->fd_count = 0;
    for (struct process *process = targets->processes; process; process = process->next) {
        add_fd(targets, process->end);
        add_fd(targets, process->output);
        add_fd(targets, process->log);
        int64_t left_ms = process->late ? GRACE_MS : (process->deadline_ns - now) / 1000000 + 1;
        if (process->stirred || left_ms < 0)
            left_ms = 0;
        if (left_ms < *timeout_ms)
            *timeout_ms = left_ms;
        process->stirred = true; /* whoever is woken looks at all of them: they are few */
    }
}

void commands_close(struct targets *targets)
{
    while (targets->processes) {
        struct process *process = targets->processes;
        struct pollfd end = {.fd = process->end, .events = POLLIN};
        targets->processes = process->next;
        poll(&end, 1, GRACE_MS);
        bury_process(process);
        free(process);
    }
}
