/* The credentials file, in the AWS shared-credentials format:
 *
 *      # a comment, also with ';'
 *      [profile name]
 *      aws_access_key_id = AKIDEXAMPLE
 *      aws_secret_access_key = wJalr...
 *
 * Other settings are ignored, and so are the indented lines below one. Whatever could be a mistake in the two that
 * matter is an error that names its line. */
#include "auth/auth_priv.h"

#include "base/contract.h"
#include "base/log.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 1 << 20, PROFILES_MAX = 4096, KEY_ID_BYTES_MAX = 128 };

struct profile {
    struct slice name;
    struct slice key_id; /* absent until seen */
    struct slice secret;
    unsigned line;
    unsigned key_id_line;
};

struct parser {
    struct credentials *credentials;
    struct profile *profiles;
    size_t count;
    size_t capacity;
    const char *path;
    unsigned line;
    struct error *err;
};

#define FAIL(parser, number, ...) fail_at((parser), (number), __VA_ARGS__)

__attribute__((format(printf, 3, 4))) static bool fail_at(struct parser *p, unsigned line, const char *format,
                                                          ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(p->err->arena, format, args);
    va_end(args);
    return error_set(p->err, ERR_CONFIG, "credentials file \"%s\", line %u: %s", p->path, line, what);
}

/* ------------------------------------------------------------------ lines */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct slice trim(struct slice s)
{
    while (s.size > 0 && is_blank(s.data[0]))
        s = slice_after(s, 1);
    while (s.size > 0 && is_blank(s.data[s.size - 1]))
        s.size--;
    return s;
}

/* After a blank, '#' or ';' begins a comment. */
static struct slice without_comment(struct slice s)
{
    for (size_t i = 1; i < s.size; i++)
        if ((s.data[i] == '#' || s.data[i] == ';') && is_blank(s.data[i - 1]))
            return trim(slice_of(s.data, i));
    return s;
}

static bool is_token(struct slice s, size_t bytes_max, const char *excluded)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] <= ' ' || s.data[i] > '~' || strchr(excluded, s.data[i]))
            return false;
    return s.size > 0 && s.size <= bytes_max;
}

static bool begin_profile(struct parser *p, struct slice line)
{
    const char *end = memchr(line.data, ']', line.size);
    if (!end || without_comment(slice_of(end, (size_t)(line.data + line.size - end))).size != 1)
        return FAIL(p, p->line, "a profile is written [name]");
    struct slice name = trim(slice_of(line.data + 1, (size_t)(end - line.data) - 1));
    if (name.size == 0)
        return FAIL(p, p->line, "the profile has no name");
    for (size_t i = 0; i < p->count; i++)
        if (slice_equal(p->profiles[i].name, name))
            return FAIL(p, p->line, "profile \"%.*s\" was already given in line %u", SLICE_PRINTF(name),
                        p->profiles[i].line);
    if (p->count == p->capacity)
        return FAIL(p, p->line, "there are more than %d profiles", PROFILES_MAX);
    p->profiles[p->count++] = (struct profile){.name = name, .line = p->line};
    return true;
}

static bool take_setting(struct parser *p, struct slice line)
{
    const char *equals = memchr(line.data, '=', line.size);
    if (!equals)
        return FAIL(p, p->line, "expected [profile] or name = value");
    struct slice name = trim(slice_of(line.data, (size_t)(equals - line.data)));
    struct slice value = without_comment(trim(slice_after(line, (size_t)(equals - line.data) + 1)));
    bool is_key_id = slice_equal(name, SLICE("aws_access_key_id"));
    if (!is_key_id && !slice_equal(name, SLICE("aws_secret_access_key")))
        return p->count > 0 || FAIL(p, p->line, "a setting must belong to a [profile]");
    if (p->count == 0)
        return FAIL(p, p->line, "%.*s must belong to a [profile]", SLICE_PRINTF(name));
    struct profile *profile = &p->profiles[p->count - 1];
    struct slice *into = is_key_id ? &profile->key_id : &profile->secret;
    if (!slice_is_none(*into))
        return FAIL(p, p->line, "%.*s is given twice in profile \"%.*s\"", SLICE_PRINTF(name),
                    SLICE_PRINTF(profile->name));
    if (is_key_id ? !is_token(value, KEY_ID_BYTES_MAX, "/,;=") : !is_token(value, SECRET_BYTES_MAX, ""))
        return FAIL(p, p->line, "the value of %.*s is empty, too long or has characters it cannot have",
                    SLICE_PRINTF(name));
    *into = value;
    if (is_key_id)
        profile->key_id_line = p->line;
    return true;
}

static bool take_line(struct parser *p, struct slice line)
{
    struct slice text = trim(line);
    if (text.size == 0 || text.data[0] == '#' || text.data[0] == ';')
        return true;
    if (memchr(text.data, '\0', text.size))
        return FAIL(p, p->line, "there is a NUL byte");
    if (text.data[0] == '[')
        return begin_profile(p, text);
    bool belongs_to_setting_above =
        is_blank(line.data[0]) && p->count > 0 && !memchr(text.data, '=', text.size);
    return belongs_to_setting_above || take_setting(p, text);
}

static bool take_lines(struct parser *p, struct slice text)
{
    if (slice_starts_with(text, SLICE("\xef\xbb\xbf")))
        text = slice_after(text, 3);
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        p->line++;
        if (!take_line(p, slice_of(text.data, size)))
            return false;
        text = slice_after(text, end ? size + 1 : size);
    }
    return true;
}

/* ------------------------------------------------------------------ from profiles to credentials */

static bool check_halves(struct parser *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct profile *profile = &p->profiles[i];
        if (slice_is_none(profile->key_id) != slice_is_none(profile->secret))
            return FAIL(p, profile->line, "profile \"%.*s\" has no %s", SLICE_PRINTF(profile->name),
                        slice_is_none(profile->key_id) ? "aws_access_key_id" : "aws_secret_access_key");
    }
    return true;
}

static int compare_profiles(const void *a, const void *b)
{
    const struct profile *left = a, *right = b;
    int order = slice_compare(left->key_id, right->key_id);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static void add_credential(struct credentials *credentials, const struct profile *profile)
{
    struct arena *arena = &credentials->arena;
    credentials->by_key_id[credentials->count++] = (struct credential){
        .key_id = arena_copy(arena, profile->key_id),
        .secret = arena_copy(arena, profile->secret),
        .profile = arena_copy(arena, profile->name),
    };
}

/* Profiles without a key (for single sign-on, say) sort first, as absent ids are empty. */
static bool take_profiles(struct parser *p)
{
    struct credentials *credentials = p->credentials;
    qsort(p->profiles, p->count, sizeof *p->profiles, compare_profiles);
    credentials->by_key_id = ARENA_NEW_ARRAY(&credentials->arena, struct credential, p->count);
    for (size_t i = 0; i < p->count; i++) {
        const struct profile *profile = &p->profiles[i];
        if (slice_is_none(profile->key_id))
            continue;
        if (i > 0 && slice_equal(p->profiles[i - 1].key_id, profile->key_id))
            return FAIL(p, profile->key_id_line, "access key id %.*s is that of line %u again",
                        SLICE_PRINTF(profile->key_id), p->profiles[i - 1].key_id_line);
        add_credential(credentials, profile);
    }
    return credentials->count > 0 ||
           error_set(p->err, ERR_CONFIG, "credentials file \"%s\" has no access key", p->path);
}

static void destroy(struct shared *shared)
{
    struct credentials *credentials = (struct credentials *)shared;
    for (size_t i = 0; i < credentials->count; i++) {
        struct slice secret = credentials->by_key_id[i].secret;
        OPENSSL_cleanse((void *)(uintptr_t)secret.data, secret.size);
    }
    arena_release(&credentials->arena);
    free(credentials);
}

static size_t count_profiles(struct slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size && count < PROFILES_MAX; i++)
        count += text.data[i] == '[';
    return count;
}

bool credentials_parse(struct slice text, const char *path, struct credentials **credentials_out,
                       struct error *err)
{
    static _Atomic uint64_t generations;
    struct credentials *credentials = calloc(1, sizeof *credentials);
    size_t capacity = count_profiles(text);
    struct profile *profiles = calloc(capacity, sizeof *profiles);
    if (!credentials || !profiles)
        contract_broken("memory", "credentials could be allocated", __FILE__, __LINE__);
    shared_init(&credentials->shared, destroy);
    arena_init(&credentials->arena, 1024);
    credentials->generation = atomic_fetch_add(&generations, 1) + 1;
    struct parser p = {
        .credentials = credentials, .profiles = profiles, .capacity = capacity, .path = path, .err = err};
    bool parsed = take_lines(&p, text) && check_halves(&p) && take_profiles(&p);
    free(profiles);
    if (!parsed) {
        shared_release(&credentials->shared);
        return false;
    }
    *credentials_out = credentials;
    return true;
}

/* ------------------------------------------------------------------ file */

static void warn_if_open_to_others(FILE *file, const char *path)
{
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && (status.st_mode & S_IROTH))
        log_event(LOG_WARNING, "credentials file is readable by everybody on this machine",
                  LOG_TEXT("path", path));
}

bool credentials_load(const char *path, struct credentials **credentials_out, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERR_CONFIG, "could not read credentials file \"%s\": %s", path,
                         strerror(errno));
    warn_if_open_to_others(file, path);
    char *text = malloc(FILE_BYTES_MAX + 1);
    if (!text)
        contract_broken("memory", "a credentials file could be read", __FILE__, __LINE__);
    size_t size = fread(text, 1, FILE_BYTES_MAX + 1, file);
    int failure = ferror(file) ? errno : 0;
    fclose(file);
    bool loaded = false;
    if (failure)
        error_set(err, ERR_CONFIG, "could not read credentials file \"%s\": %s", path, strerror(failure));
    else if (size > FILE_BYTES_MAX)
        error_set(err, ERR_CONFIG, "credentials file \"%s\" is larger than %d bytes", path, FILE_BYTES_MAX);
    else
        loaded = credentials_parse(slice_of(text, size), path, credentials_out, err);
    OPENSSL_cleanse(text, size);
    free(text);
    return loaded;
}

const struct credential *credentials_find(const struct credentials *credentials, struct slice key_id)
{
    size_t low = 0, high = credentials->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(credentials->by_key_id[middle].key_id, key_id);
        if (order == 0)
            return &credentials->by_key_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
