/* config.c - contents: the table of settings · reading one value · the three sources · help. */
#include "server/config.h"

#include "base/contract.h"
#include "table/stream.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the table of settings */

enum setting_kind {
    SETTING_TEXT,
    SETTING_FLAG,    /* true without an argument; "true" or "false" in INI and environment */
    SETTING_ADDRESS, /* host:port; "none" where the setting may be absent */
    SETTING_NUMBER,
    SETTING_BYTES, /* a number with an optional K, M or G */
    SETTING_MS,    /* a number with an optional ms, s, m or h; bare numbers are milliseconds */
    SETTING_CHOICE,
};

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t offset;
    int64_t least;
    int64_t most;
    const char *choices; /* SETTING_CHOICE: separated by '|' */
    const char *argument;
    const char *help;
};

#define AT(member) offsetof(struct config, member)
#define KIB        ((int64_t)1024)
#define MIB        (KIB * 1024)
#define GIB        (MIB * 1024)
#define HOUR_MS    ((int64_t)3600 * 1000)

static const struct setting settings[] = {
    {"listen", SETTING_ADDRESS, AT(listen), 0, 0, NULL, "HOST:PORT",
     "address of the DynamoDB API (127.0.0.1:8000)"},
    {"admin-listen", SETTING_ADDRESS, AT(admin_listen), 0, 0, NULL, "HOST:PORT",
     "address of health checks and metrics, or none (127.0.0.1:8001)"},
    {"data", SETTING_TEXT, AT(data), 0, 0, NULL, "DIR", "where the data is kept (./data)"},
    {"in-memory", SETTING_FLAG, AT(in_memory), 0, 0, NULL, NULL,
     "keep everything in memory; nothing survives"},
    {"credentials", SETTING_TEXT, AT(credentials), 0, 0, NULL, "FILE",
     "AWS shared-credentials file; without it any signature is accepted, on a loopback address only"},
    {"region", SETTING_TEXT, AT(region), 0, 0, NULL, "NAME", "region in ARNs (us-east-1)"},
    {"account-id", SETTING_TEXT, AT(account_id), 0, 0, NULL, "ID", "account in ARNs (000000000000)"},
    {"tls-cert", SETTING_TEXT, AT(tls_cert), 0, 0, NULL, "FILE",
     "serve HTTPS with this certificate chain (PEM)"},
    {"tls-key", SETTING_TEXT, AT(tls_key), 0, 0, NULL, "FILE", "and this private key (PEM)"},
    {"config", SETTING_TEXT, AT(config_path), 0, 0, NULL, "FILE",
     "INI file with these settings by the same names"},
    {"log-format", SETTING_CHOICE, AT(log_format), 0, 0, "text|json", "text|json",
     "form of the log lines (text)"},
    {"log-level", SETTING_CHOICE, AT(log_level), 0, 0, "debug|info|warning|error", "LEVEL",
     "least level logged (info)"},
    {"threads", SETTING_NUMBER, AT(threads), 0, 256, NULL, "N", "event loops; 0: one per core (0)"},
    {"workers", SETTING_NUMBER, AT(workers), 0, 256, NULL, "N",
     "threads for long reads; 0: one per core (0)"},
    {"cache-size", SETTING_BYTES, AT(cache_bytes), MIB, 1024 * GIB, NULL, "SIZE",
     "memory for data that was read: blocks and values (256M)"},
    {"memtable-size", SETTING_BYTES, AT(memtable_bytes), MIB, 64 * GIB, NULL, "SIZE", "write buffers (128M)"},
    {"disk-reserve", SETTING_BYTES, AT(disk_reserve_bytes), 0, 1024 * GIB, NULL, "SIZE",
     "refuse writes when less disk space is free (64M)"},
    {"in-flight-size", SETTING_BYTES, AT(in_flight_bytes_max), 32 * MIB, 64 * GIB, NULL, "SIZE",
     "request bodies held at one time (256M)"},
    {"connections", SETTING_NUMBER, AT(connections_max), 1, 1000000, NULL, "N", "open connections (10000)"},
    {"queue", SETTING_NUMBER, AT(queue_max), 1, 1000000, NULL, "N", "writes waiting to be committed (16384)"},
    {"queue-wait", SETTING_MS, AT(queue_wait_ms), 0, HOUR_MS, NULL, "TIME",
     "refuse writes at once that would wait longer to be committed; 0: let them wait (1s)"},
    {"idle-timeout", SETTING_MS, AT(idle_timeout_ms), 100, 24 * HOUR_MS, NULL, "TIME",
     "close a connection without requests (300s)"},
    {"receive-timeout", SETTING_MS, AT(receive_timeout_ms), 100, HOUR_MS, NULL, "TIME",
     "for a request to arrive whole (30s)"},
    {"send-timeout", SETTING_MS, AT(send_timeout_ms), 100, HOUR_MS, NULL, "TIME",
     "for a reply to be read (60s)"},
    {"shutdown-timeout", SETTING_MS, AT(shutdown_timeout_ms), 0, HOUR_MS, NULL, "TIME",
     "for requests in flight when stopping (30s)"},
    {"table-create-delay", SETTING_MS, AT(table_create_delay_ms), 0, HOUR_MS, NULL, "TIME",
     "how long a new table or index is CREATING, an edited one UPDATING (0)"},
    {"table-delete-delay", SETTING_MS, AT(table_delete_delay_ms), 0, HOUR_MS, NULL, "TIME",
     "how long a deleted table or index is DELETING (0)"},
    {"gsi-delay", SETTING_MS, AT(gsi_delay_ms), 0, 600 * 1000, NULL, "TIME",
     "how far global secondary indexes lag behind their tables (0)"},
    {"lsi-collection-limit", SETTING_BYTES, AT(lsi_collection_bytes_max), 0, 1024 * GIB, NULL, "SIZE",
     "most that a partition key may hold, in tables with local indexes made from then on; 0: any (0)"},
    {"stream-shards", SETTING_NUMBER, AT(stream_shards), 1, STREAM_SHARDS_MAX, NULL, "N",
     "open shards of a new stream (4)"},
    {"stream-shard-time", SETTING_MS, AT(stream_shard_ms), 0, 24 * HOUR_MS, NULL, "TIME",
     "how long the shards of a stream are open, before others follow them; 0: for good (4h)"},
    {"stream-retention", SETTING_MS, AT(stream_retention_ms), 100, 365 * 24 * HOUR_MS, NULL, "TIME",
     "how long records of closed shards are kept (24h)"},
    {"ttl-delay", SETTING_MS, AT(ttl_delay_ms), 0, 7 * 24 * HOUR_MS, NULL, "TIME",
     "how long after its time an expired item is removed, at the earliest (0)"},
    {"ttl-rate", SETTING_NUMBER, AT(ttl_items_per_s), 0, 1000000, NULL, "N",
     "expired items removed a second, at most; 0: as fast as it goes (25000)"},
    {"transaction-conflicts", SETTING_NUMBER, AT(transaction_conflict_percent), 0, 100, NULL, "PERCENT",
     "of transactions and writes that fail as if they met another; for tests of clients (0)"},
    {"kinesis-endpoint", SETTING_TEXT, AT(kinesis_endpoint), 0, 0, NULL, "URL",
     "where Kinesis streaming destinations are: PutRecords, signed with AWS_ACCESS_KEY_ID and so on of the "
     "environment"},
    {"trigger-commands", SETTING_FLAG, AT(trigger_commands), 0, 0, NULL, NULL,
     "triggers may run commands: whoever reaches the admin endpoint can then do so, too"},
    {"no-sync", SETTING_FLAG, AT(no_sync), 0, 0, NULL, NULL,
     "acknowledge writes before they are on disk; a crash may lose them"},
};

enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

void config_init(struct config *config)
{
    *config = (struct config){
        .listen = {"127.0.0.1", 8000},
        .admin_listen = {"127.0.0.1", 8001},
        .data = "data",
        .region = "us-east-1",
        .account_id = "000000000000",
        .log_format = "text",
        .log_level = "info",
        .cache_bytes = 256 * MIB,
        .memtable_bytes = 128 * MIB,
        .disk_reserve_bytes = 64 * MIB,
        .in_flight_bytes_max = 256 * MIB,
        .connections_max = 10000,
        .queue_max = 16384,
        .queue_wait_ms = 1000,
        .idle_timeout_ms = 300 * 1000,
        .receive_timeout_ms = 30 * 1000,
        .send_timeout_ms = 60 * 1000,
        .shutdown_timeout_ms = 30 * 1000,
        .stream_shards = 4,
        .stream_shard_ms = 4 * HOUR_MS,
        .stream_retention_ms = 24 * HOUR_MS,
        .ttl_items_per_s = 25000,
    };
}

/* ------------------------------------------------------------------ reading one value */

/* Where a value came from, for messages: "--listen", "STATOR_LISTEN", "stator.ini:3: listen". */
struct source {
    const char *where;
    struct arena *arena;
    struct error *err;
};

static bool invalid(const struct source *source, const char *value, const char *expected)
{
    return error_set(source->err, ERR_CONFIG, "%s: '%s' is not %s", source->where, value, expected);
}

static bool read_number(const struct source *source, const struct setting *s, const char *value,
                        const char *const *units, const int64_t *factors, int64_t *out)
{
    char *rest;
    errno = 0;
    long long number = strtoll(value, &rest, 10);
    int64_t factor = 0;
    for (size_t i = 0; units[i]; i++)
        if (strcasecmp(rest, units[i]) == 0)
            factor = factors[i];
    int64_t product;
    if (errno || rest == value || factor == 0 || __builtin_mul_overflow((int64_t)number, factor, &product) ||
        product < s->least || product > s->most)
        return error_set(source->err, ERR_CONFIG, "%s: '%s' is not between %lld and %lld", source->where,
                         value, (long long)s->least, (long long)s->most);
    *out = product;
    return true;
}

static bool read_flag(const struct source *source, const char *value, bool *out)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return invalid(source, value, "true or false");
    *out = strcmp(value, "true") == 0;
    return true;
}

/* host:port or [host]:port; "localhost" means the IPv4 loopback address. */
static bool read_address(const struct source *source, const char *value, struct config_address *out)
{
    static const char expected[] = "an address of the form HOST:PORT";
    if (strcmp(value, "none") == 0) {
        *out = (struct config_address){NULL, 0};
        return true;
    }
    const char *colon = strrchr(value, ':');
    if (!colon || colon == value)
        return invalid(source, value, expected);
    char *rest;
    long port = strtol(colon + 1, &rest, 10);
    if (rest == colon + 1 || *rest || port < 0 || port > 65535)
        return invalid(source, value, expected);
    struct slice host = slice_of(value, (size_t)(colon - value));
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        host = slice_of(host.data + 1, host.size - 2);
    const char *name = arena_copy_cstr(source->arena, host);
    if (strcmp(name, "localhost") == 0)
        name = "127.0.0.1";
    unsigned char parsed[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, parsed) != 1 && inet_pton(AF_INET6, name, parsed) != 1)
        return invalid(source, value, "an IPv4 or IPv6 address with a port");
    *out = (struct config_address){name, (uint16_t)port};
    return true;
}

static bool read_choice(const struct source *source, const struct setting *s, const char *value,
                        const char **out)
{
    const char *choice = s->choices;
    size_t size = strlen(value);
    while (choice) {
        const char *bar = strchr(choice, '|');
        size_t choice_size = bar ? (size_t)(bar - choice) : strlen(choice);
        if (choice_size == size && memcmp(choice, value, size) == 0) {
            *out = arena_copy_cstr(source->arena, slice_from_cstr(value));
            return true;
        }
        choice = bar ? bar + 1 : NULL;
    }
    return error_set(source->err, ERR_CONFIG, "%s: '%s' is not one of %s", source->where, value, s->choices);
}

static bool assign(struct config *config, const struct setting *s, const char *value,
                   const struct source *source)
{
    static const char *const no_units[] = {"", NULL};
    static const char *const byte_units[] = {"", "K", "M", "G", NULL};
    static const char *const time_units[] = {"", "ms", "s", "m", "h", NULL};
    static const int64_t no_factors[] = {1};
    static const int64_t byte_factors[] = {1, KIB, MIB, GIB};
    static const int64_t time_factors[] = {1, 1, 1000, 60000, HOUR_MS};
    void *target = (char *)config + s->offset;
    switch (s->kind) {
    case SETTING_TEXT:
        if (!*value)
            return invalid(source, value, "a value");
        *(const char **)target = arena_copy_cstr(source->arena, slice_from_cstr(value));
        return true;
    case SETTING_FLAG:
        return read_flag(source, value, target);
    case SETTING_ADDRESS:
        return read_address(source, value, target);
    case SETTING_NUMBER:
        return read_number(source, s, value, no_units, no_factors, target);
    case SETTING_BYTES:
        return read_number(source, s, value, byte_units, byte_factors, target);
    case SETTING_MS:
        return read_number(source, s, value, time_units, time_factors, target);
    case SETTING_CHOICE:
        return read_choice(source, s, value, target);
    }
    UNREACHABLE();
}

static const struct setting *find_setting(struct slice name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (slice_equal(slice_from_cstr(settings[i].name), name))
            return &settings[i];
    return NULL;
}

/* ------------------------------------------------------------------ the INI file */

static struct slice trim(struct slice s)
{
    while (s.size && isspace((unsigned char)s.data[0]))
        s = slice_after(s, 1);
    while (s.size && isspace((unsigned char)s.data[s.size - 1]))
        s.size--;
    return s;
}

/* `name = value`; blank lines, [sections] and lines that begin with # or ; only structure the file. */
static bool read_line(struct config *config, struct slice line, const struct source *at)
{
    line = trim(line);
    if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';' || line.data[0] == '[')
        return true;
    const char *equals = memchr(line.data, '=', line.size);
    if (!equals)
        return error_set(at->err, ERR_CONFIG, "%s: a line must have the form name = value", at->where);
    struct slice name = trim(slice_of(line.data, (size_t)(equals - line.data)));
    struct slice value = trim(slice_after(line, (size_t)(equals - line.data) + 1));
    const struct setting *s = find_setting(name);
    if (!s || s->offset == AT(config_path))
        return error_set(at->err, ERR_CONFIG, "%s: there is no setting '%.*s'", at->where,
                         SLICE_PRINTF(name));
    struct source source = {arena_printf(at->arena, "%s: %s", at->where, s->name), at->arena, at->err};
    return assign(config, s, arena_copy_cstr(at->arena, value), &source);
}

static bool read_file(struct config *config, const char *path, struct arena *arena, struct error *err)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return error_set(err, ERR_CONFIG, "could not open configuration file %s: %s", path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    bool ok = true;
    for (int number = 1; ok && (size = getline(&line, &capacity, file)) >= 0; number++) {
        struct source at = {arena_printf(arena, "%s:%d", path, number), arena, err};
        ok = read_line(config, slice_of(line, (size_t)size), &at);
    }
    free(line);
    fclose(file);
    return ok;
}

/* ------------------------------------------------------------------ the environment */

/* "admin-listen" -> "STATOR_ADMIN_LISTEN" */
static const char *variable_name(const struct setting *s, struct arena *arena)
{
    char *name = arena_printf(arena, "STATOR_%s", s->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return name;
}

static const char *lookup(char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=')
            return *environment + size + 1;
    return NULL;
}

static bool read_environment(struct config *config, char *const *environment, struct arena *arena,
                             struct error *err)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *name = variable_name(&settings[i], arena);
        const char *value = lookup(environment, name);
        struct source source = {name, arena, err};
        if (value && !assign(config, &settings[i], value, &source))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ the command line */

/* --name value, --name=value, --flag */
static bool read_arguments(struct config *config, int count, char *const *arguments, struct arena *arena,
                           struct error *err)
{
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        if (strncmp(argument, "--", 2) != 0)
            return error_set(err, ERR_CONFIG, "unexpected argument '%s'; see stator help", argument);
        const char *equals = strchr(argument, '=');
        struct slice name =
            equals ? slice_of(argument + 2, (size_t)(equals - argument) - 2) : slice_from_cstr(argument + 2);
        const struct setting *s = find_setting(name);
        if (!s)
            return error_set(err, ERR_CONFIG, "there is no option --%.*s; see stator help",
                             SLICE_PRINTF(name));
        const char *value = equals ? equals + 1 : s->kind == SETTING_FLAG ? "true" : NULL;
        if (!value && ++i < count)
            value = arguments[i];
        if (!value)
            return error_set(err, ERR_CONFIG, "--%s needs a value", s->name);
        struct source source = {arena_printf(arena, "--%s", s->name), arena, err};
        if (!assign(config, s, value, &source))
            return false;
    }
    return true;
}

static bool check_whole(const struct config *config, struct error *err)
{
    if (!config->listen.host)
        return error_set(err, ERR_CONFIG, "listen: the API needs an address");
    if (!config->tls_cert != !config->tls_key)
        return error_set(err, ERR_CONFIG, "tls-cert and tls-key belong together: only one of them is given");
    if (!config->credentials && !config_address_is_loopback(&config->listen))
        return error_set(
            err, ERR_CONFIG,
            "listen: without --credentials anyone could use %s; give a credentials file or listen on a "
            "loopback address",
            config->listen.host);
    if (strlen(config->account_id) != 12 || strspn(config->account_id, "0123456789") != 12)
        return error_set(err, ERR_CONFIG, "account-id: '%s' is not a number of 12 digits",
                         config->account_id);
    return true;
}

bool config_load(struct config *config, int argument_count, char *const *arguments, char *const *environment,
                 struct arena *arena, struct error *err)
{
    /* The sources that are read last win, but only they say which file is to be read first. */
    struct config probe = *config;
    if (!read_environment(&probe, environment, arena, err) ||
        !read_arguments(&probe, argument_count, arguments, arena, err))
        return false;
    return (!probe.config_path || read_file(config, probe.config_path, arena, err)) &&
           read_environment(config, environment, arena, err) &&
           read_arguments(config, argument_count, arguments, arena, err) && check_whole(config, err);
}

bool config_address_is_loopback(const struct config_address *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address->host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, address->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

void config_print_help(FILE *out)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--%s%s%s", settings[i].name, settings[i].argument ? " " : "",
                 settings[i].argument ? settings[i].argument : "");
        fprintf(out, "  %-30s %s\n", flag, settings[i].help);
    }
}
