#include "base/contract.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void contract_broken(const char *kind, const char *text, const char *file, int line)
{
    fprintf(stderr, "stator: %s broken: %s (%s:%d)\n", kind, text, file, line);
    abort();
}
