/* process.h - what the kernel knows about a server under load: CPU time, memory, flushes of its disk.
 * Source:  proc(5), Documentation/block/stat.rst. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* User and system time of all threads of `pid`, of its living descendants and of those it has waited for, in
 * nanoseconds (the kernel's resolution is 10 ms); -1 if there is no such process. */
int64_t process_cpu_ns(pid_t pid);

/* Time that all processors of the machine together were not idle since boot; -1 if unknown. */
int64_t machine_busy_ns(void);

/* Resident memory of `pid` now and at its highest, in bytes; -1 if there is no such process. */
int64_t process_rss_bytes(pid_t pid);
int64_t process_rss_peak_bytes(pid_t pid);

/* Cache flushes that the disk below `path` has completed since boot; -1 if the kernel does not count them. */
int64_t disk_flushes(const char *path);

#endif
