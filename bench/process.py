"""What the kernel tells of a running process: memory, descriptors, threads, what it read and wrote.

Used by bench/startup, bench/large and bench/soak."""

import os
import re


def _fields(path):
    """The lines `name: number` of a file in /proc."""
    with open(path, encoding="ascii", errors="replace") as f:
        return {m.group(1): int(m.group(2)) for m in re.finditer(r"^(\w+):\s+(\d+)", f.read(), re.MULTILINE)}


def memory_bytes(pid):
    """Resident; proportional, that is with each page divided among the processes that map it; and anonymous, that is not of files."""
    rollup = _fields(f"/proc/{pid}/smaps_rollup")
    return {name.lower(): rollup[name] * 1024 for name in ("Rss", "Pss", "Anonymous")}


def threads(pid):
    return _fields(f"/proc/{pid}/status")["Threads"]


def io_bytes(pid):
    """read, written: what system calls moved; disk_read, disk_written: what of it the disk had to move."""
    io = _fields(f"/proc/{pid}/io")
    return {"read": io["rchar"], "written": io["wchar"], "disk_read": io["read_bytes"], "disk_written": io["write_bytes"]}


def directory_bytes(path):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(path) for f in files)


def descriptors(pid, data):
    """Counts: files of the store in `data`, those of them that are deleted, and everything else."""
    counts = {"store_files": 0, "deleted_files": 0, "descriptors": 0}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if not target.startswith(data):
            counts["descriptors"] += 1
        elif target.endswith(" (deleted)"):
            counts["deleted_files"] += 1
        else:
            counts["store_files"] += 1
    return counts
