#include "base/priority.h"

#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PROMPT_SLICE_NS = 100000, /* the kernel's least */
    BACKGROUND_NICENESS = 10,
};

/* Since Linux 6.12 a thread may ask for turns of its own length, and one whose turns are shorter interrupts others. */
void priority_prompt(void)
{
    struct sched_attr attributes;
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0)
        return;
    attributes.sched_runtime = PROMPT_SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/* On Linux niceness is a thread's, not the process's. */
void priority_background(void)
{
    int ignored = nice(BACKGROUND_NICENESS);
    (void)ignored;
}
