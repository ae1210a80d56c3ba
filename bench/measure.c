#include "measure.h"
#include "pauses.h"
#include "process.h"
#include "signer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static void take_sample(const struct options *o, struct sample *s)
{
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    s->own_cpu_ns = (own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1000000000ll +
                    (own.ru_utime.tv_usec + own.ru_stime.tv_usec) * 1000ll;
    s->server_cpu_ns = o->pid > 0 ? process_cpu_ns(o->pid) : -1;
    s->machine_ns = machine_busy_ns();
    s->flushes = o->disk != NULL ? disk_flushes(o->disk) : -1;
    s->at_ns = tool_now_ns();
}

static void *run_client(void *client)
{
    client_run(client);
    return NULL;
}

static void sleep_s(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0) {
    }
}

static void start_clients(const struct options *o, struct workload *w, struct client *clients,
                          struct signer *signers)
{
    char host[80];
    snprintf(host, sizeof host, "%s:%u", o->address, o->port);
    for (unsigned t = 0; t < o->threads; t++) {
        signer_init(&signers[t], host, o->access_key, o->secret, o->region);
        clients[t].address = o->address;
        clients[t].port = o->port;
        clients[t].connections = o->connections / o->threads;
        clients[t].rate_per_s = o->rate_per_s / o->threads;
        clients[t].rate_after_per_s = o->rate_after_per_s / o->threads;
        clients[t].patience_ns = (int64_t)(o->patience_ms * 1e6);
        clients[t].refusals_expected = o->refusals;
        clients[t].real_time = o->pauses;
        clients[t].windows =
            o->after_s > 0 ? tool_zalloc(CLIENT_WINDOWS_MAX, sizeof *clients[t].windows) : NULL;
        if (o->pauses) {
            clients[t].answers_max = (uint64_t)(1.5 * clients[t].rate_per_s * o->duration_s) + 1000;
            clients[t].answers = tool_zalloc(clients[t].answers_max, sizeof *clients[t].answers);
        }
        clients[t].source = source_new(w, &signers[t], t, o->threads, clients[t].connections);
    }
}

static void add_result(struct result *result, const struct client *client)
{
    const struct client_counts *c = &client->counts;
    result->counts.requests += c->requests;
    result->counts.errors += c->errors;
    result->counts.throttled += c->throttled;
    result->counts.unavailable += c->unavailable;
    result->counts.due += c->due;
    result->counts.unsent += c->unsent;
    result->counts.items += c->items;
    result->counts.bytes_sent += c->bytes_sent;
    result->counts.bytes_received += c->bytes_received;
    result->counts.reconnects += c->reconnects;
    histogram_merge(&result->latency, &client->latency);
    histogram_merge(&result->lateness, &client->lateness);
    histogram_merge(&result->refusal, &client->refusal);
    for (unsigned i = 0; client->windows != NULL && i < CLIENT_WINDOWS_MAX; i++) {
        histogram_merge(&result->windows[i].latency, &client->windows[i].latency);
        result->windows[i].refused += client->windows[i].refused;
        result->windows[i].unsent += client->windows[i].unsent;
    }
}

/* Latencies of those requests that no pause of a processor touched. */
static void count_undisturbed(struct result *result, const struct pauses *pauses, struct client *client)
{
    for (uint64_t i = 0; i < client->answers_count; i++) {
        const struct client_answer *a = &client->answers[i];
        if (!pauses_disturbed(pauses, a->due_ns, a->due_ns + a->latency_ns)) {
            histogram_add(&result->undisturbed, a->latency_ns);
        }
    }
    free(client->answers);
}

void measure(const struct options *o, struct workload *w, struct result *result)
{
    static struct client clients[OPTIONS_THREADS_MAX];
    static struct signer signers[OPTIONS_THREADS_MAX];
    pthread_t threads[OPTIONS_THREADS_MAX];
    _Atomic int phase = workload_is_finite(w->kind) ? PHASE_MEASURE : PHASE_WARM;
    _Atomic int first_error = 0;
    struct pauses *pauses = o->pauses ? pauses_watch() : NULL;
    start_clients(o, w, clients, signers);
    take_sample(o, &result->begin);
    for (unsigned t = 0; t < o->threads; t++) {
        clients[t].phase = &phase;
        clients[t].first_error = &first_error;
        if (pthread_create(&threads[t], NULL, run_client, &clients[t]) != 0) {
            tool_fail("cannot start a thread");
        }
    }
    if (!workload_is_finite(w->kind)) {
        sleep_s(o->warmup_s);
        take_sample(o, &result->begin);
        atomic_store(&phase, PHASE_MEASURE);
        sleep_s(o->duration_s);
        take_sample(o, &result->end);
        if (o->after_s > 0) {
            atomic_store(&phase, PHASE_AFTER);
            sleep_s(o->after_s);
        }
        atomic_store(&phase, PHASE_STOP);
    }
    for (unsigned t = 0; t < o->threads; t++) {
        pthread_join(threads[t], NULL);
    }
    if (workload_is_finite(w->kind)) {
        take_sample(o, &result->end);
    }
    if (pauses != NULL) {
        pauses_end(pauses);
        result->pauses = pauses_count(pauses, result->begin.at_ns, result->end.at_ns, &result->paused_ns);
    }
    for (unsigned t = 0; t < o->threads; t++) {
        add_result(result, &clients[t]);
        if (pauses != NULL) {
            count_undisturbed(result, pauses, &clients[t]);
        }
        source_free(clients[t].source);
        free(clients[t].windows);
    }
    pauses_free(pauses);
    result->rss_bytes = o->pid > 0 ? process_rss_bytes(o->pid) : -1;
    result->rss_peak_bytes = o->pid > 0 ? process_rss_peak_bytes(o->pid) : -1;
}
