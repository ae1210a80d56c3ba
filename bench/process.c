#include "process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool read_text(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return false;
    }
    size_t n = fread(text, 1, size - 1, f);
    text[n] = '\0';
    fclose(f);
    return n > 0;
}

/* Field 14 on: utime stime cutime cstime. The name before them may hold blanks and brackets, so count from the last
 * bracket. */
static int64_t cpu_ticks(pid_t pid)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!read_text(path, text, sizeof text)) {
        return -1;
    }
    const char *rest = strrchr(text, ')');
    long long ticks[4];
    if (rest == NULL || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld",
                               &ticks[0], &ticks[1], &ticks[2], &ticks[3]) != 4) {
        return -1;
    }
    return ticks[0] + ticks[1] + ticks[2] + ticks[3];
}

static int64_t tree_ticks(pid_t pid, unsigned depth)
{
    int64_t total = cpu_ticks(pid);
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = total < 0 || depth == 0 ? NULL : opendir(path);
    if (tasks == NULL) {
        return total;
    }
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char text[4096];
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, task->d_name);
        if (task->d_name[0] == '.' || !read_text(path, text, sizeof text)) {
            continue;
        }
        char *end = text;
        for (long child = strtol(text, &end, 10); child > 0; child = strtol(end, &end, 10)) {
            int64_t ticks = tree_ticks((pid_t)child, depth - 1);
            total += ticks > 0 ? ticks : 0;
        }
    }
    closedir(tasks);
    return total;
}

int64_t process_cpu_ns(pid_t pid)
{
    int64_t ticks = tree_ticks(pid, 8);
    return ticks < 0 ? -1 : ticks * (1000000000 / sysconf(_SC_CLK_TCK));
}

/* The first line: cpu user nice system idle iowait irq softirq steal. Guests' time is part of user's. */
int64_t machine_busy_ns(void)
{
    char text[4096];
    long long t[8];
    if (!read_text("/proc/stat", text, sizeof text) ||
        sscanf(text, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5],
               &t[6], &t[7]) != 8) {
        return -1;
    }
    return (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * (1000000000 / sysconf(_SC_CLK_TCK));
}

static int64_t status_bytes(pid_t pid, const char *name)
{
    char path[64];
    char text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (!read_text(path, text, sizeof text)) {
        return -1;
    }
    const char *line = strstr(text, name);
    return line == NULL ? -1 : strtoll(line + strlen(name), NULL, 10) * 1024;
}

int64_t process_rss_bytes(pid_t pid)
{
    return status_bytes(pid, "VmRSS:");
}

int64_t process_rss_peak_bytes(pid_t pid)
{
    return status_bytes(pid, "VmHWM:");
}

int64_t disk_flushes(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return -1;
    }
    char name[128];
    char text[1024];
    snprintf(name, sizeof name, "/sys/dev/block/%u:%u/partition", major(st.st_dev), minor(st.st_dev));
    const char *whole = access(name, F_OK) == 0 ? "../" : ""; /* flushes are counted on the whole disk */
    snprintf(name, sizeof name, "/sys/dev/block/%u:%u/%sstat", major(st.st_dev), minor(st.st_dev), whole);
    if (!read_text(name, text, sizeof text)) {
        return -1;
    }
    unsigned field = 1;
    for (char *word = strtok(text, " \n"); word != NULL; word = strtok(NULL, " \n"), field++) {
        if (field == 16) {
            return strtoll(word, NULL, 10);
        }
    }
    return -1;
}
