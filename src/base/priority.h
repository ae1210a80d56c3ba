/* priority.h - which threads the kernel lets run first, when there are more of them than processors.
 * Use:     a thread says of itself, when it begins, what it is for. Those that say nothing lie between.
 * Promise: none: it is advice. Where the kernel does not know it or forbids it nothing happens, and nothing is told.
 * Threads: any. */
#ifndef STATOR_BASE_PRIORITY_H
#define STATOR_BASE_PRIORITY_H

/* The calling thread works for microseconds at a time, and somebody waits. It gets no larger share of the processor, but gets
 * it as soon as it wakes up, and not when another thread has had its turn of some milliseconds. */
void priority_prompt(void);

/* The calling thread's work may wait: it gets a tenth of what others get, as long as they want it. */
void priority_background(void);

#endif
