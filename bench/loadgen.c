/* loadgen - asks a server that speaks the DynamoDB protocol, and measures how it answers.
 * The method is described in docs/performance.md. */
#include "create.h"
#include "measure.h"
#include "options.h"
#include "report.h"

#include <signal.h>

int main(int argc, char **argv)
{
    struct options o;
    struct workload w;
    static struct result result;
    signal(SIGPIPE, SIG_IGN);
    options_parse(argc, argv, &o, &w);
    if (o.create) {
        create_table(&o, &w);
        return 0;
    }
    measure(&o, &w, &result);
    report(&o, &result);
    return result.counts.errors > 0 ? 3 : 0;
}
