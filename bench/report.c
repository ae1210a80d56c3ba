#include "report.h"

#include <stdio.h>

struct figure {
    const char *name;
    double value; /* below 0: not known */
    const char *unit;
};

static void report_windows(const struct options *o, const struct result *r)
{
    unsigned count = (unsigned)(o->after_s * 1e9 / CLIENT_WINDOW_NS);
    if (o->json) {
        printf(", \"windows\": [");
    }
    for (unsigned i = 0; i < count && i < CLIENT_WINDOWS_MAX; i++) {
        const struct client_window *w = &r->windows[i];
        printf(o->json ? "%s{\"requests\": %llu, \"refused\": %llu, \"unsent\": %llu, \"p50_us\": %.1f, "
                         "\"p99_us\": %.1f}"
                       : "%swindow: %llu requests, %llu refused, %llu unsent, p50 %.1f us, p99 %.1f us\n",
               o->json && i > 0 ? ", " : "", (unsigned long long)w->latency.total,
               (unsigned long long)w->refused, (unsigned long long)w->unsent,
               (double)histogram_quantile_ns(&w->latency, 0.5) / 1e3,
               (double)histogram_quantile_ns(&w->latency, 0.99) / 1e3);
    }
    if (o->json) {
        printf("]");
    }
}

static double undisturbed_us(const struct options *o, const struct result *r, double share)
{
    return o->pauses ? (double)histogram_quantile_ns(&r->undisturbed, share) / 1e3 : -1;
}

void report(const struct options *o, const struct result *r)
{
    const struct client_counts *c = &r->counts;
    double seconds = (double)(r->end.at_ns - r->begin.at_ns) / 1e9;
    double server_s = o->pid > 0 && r->end.server_cpu_ns >= 0 && r->begin.server_cpu_ns >= 0
                          ? (double)(r->end.server_cpu_ns - r->begin.server_cpu_ns) / 1e9
                          : -1;
    double own_s = (double)(r->end.own_cpu_ns - r->begin.own_cpu_ns) / 1e9;
    double flushes =
        r->end.flushes >= 0 && r->begin.flushes >= 0 ? (double)(r->end.flushes - r->begin.flushes) : -1;
    double requests = (double)c->requests;
    double machine_s = (double)(r->end.machine_ns - r->begin.machine_ns) / 1e9;
    double other_s = server_s >= 0 && r->begin.machine_ns >= 0 ? machine_s - server_s - own_s : -1;
    const struct figure figures[] = {
        {"seconds", seconds, "s"},
        {"requests", requests, ""},
        {"errors", (double)c->errors, ""},
        {"throttled", (double)c->throttled, ""},
        {"unavailable", (double)c->unavailable, ""},
        {"due", o->rate_per_s > 0 ? (double)c->due : -1, ""},
        {"unsent", o->patience_ms > 0 ? (double)c->unsent : -1, ""},
        {"items", (double)c->items, ""},
        {"bytes_sent", (double)c->bytes_sent, ""},
        {"bytes_received", (double)c->bytes_received, ""},
        {"reconnects", (double)c->reconnects, ""},
        {"requests_per_s", requests / seconds, "/s"},
        {"items_per_s", (double)c->items / seconds, "/s"},
        {"server_cpu_s", server_s, "s"},
        {"requests_per_server_cpu_s", server_s > 0 ? requests / server_s : -1, "/s"},
        {"items_per_server_cpu_s", server_s > 0 ? (double)c->items / server_s : -1, "/s"},
        {"loadgen_cpu_s", own_s, "s"},
        {"loadgen_us_per_request", requests > 0 ? own_s * 1e6 / requests : -1, "us"},
        {"other_cpu_s", other_s < 0 && server_s >= 0 ? 0 : other_s, "s"},
        {"disk_flushes", flushes, ""},
        {"p50_us", (double)histogram_quantile_ns(&r->latency, 0.5) / 1e3, "us"},
        {"p99_us", (double)histogram_quantile_ns(&r->latency, 0.99) / 1e3, "us"},
        {"p99_9_us", (double)histogram_quantile_ns(&r->latency, 0.999) / 1e3, "us"},
        {"pauses", o->pauses ? (double)r->pauses : -1, ""},
        {"paused_s", o->pauses ? (double)r->paused_ns / 1e9 : -1, "s"},
        {"undisturbed", o->pauses ? (double)r->undisturbed.total : -1, ""},
        {"undisturbed_p99_us", undisturbed_us(o, r, 0.99), "us"},
        {"undisturbed_p99_9_us", undisturbed_us(o, r, 0.999), "us"},
        {"max_us", (double)r->latency.max_ns / 1e3, "us"},
        {"lateness_p99_9_us",
         o->rate_per_s > 0 ? (double)histogram_quantile_ns(&r->lateness, 0.999) / 1e3 : -1, "us"},
        {"lateness_p50_us", o->rate_per_s > 0 ? (double)histogram_quantile_ns(&r->lateness, 0.5) / 1e3 : -1,
         "us"},
        {"refusal_p99_us", r->refusal.total > 0 ? (double)histogram_quantile_ns(&r->refusal, 0.99) / 1e3 : -1,
         "us"},
        {"rss_bytes", (double)r->rss_bytes, ""},
        {"rss_peak_bytes", (double)r->rss_peak_bytes, ""},
    };
    size_t n = sizeof figures / sizeof figures[0];
    if (o->json) {
        printf("{\"workload\": \"%s\", \"connections\": %u, \"rate\": %.0f", o->workload_name, o->connections,
               o->rate_per_s);
    } else {
        printf("%-28s %s, %u connections\n", "workload", o->workload_name, o->connections);
    }
    for (size_t i = 0; i < n; i++) {
        const struct figure *f = &figures[i];
        int digits = f->unit[0] == 's' ? 3 : f->unit[0] == 'u' ? 1 : 0;
        if (o->json && f->value < 0) {
            printf(", \"%s\": null", f->name);
        } else if (o->json) {
            printf(", \"%s\": %.*f", f->name, digits, f->value);
        } else if (f->value >= 0) {
            printf("%-28s %.*f %s\n", f->name, digits, f->value, f->unit);
        }
    }
    report_windows(o, r);
    if (o->json) {
        printf("}\n");
    }
}
