#include "table/tags.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ characters */

static size_t character_count(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

/* Where beyond ASCII there are only signs: neither letters nor digits nor blanks. Blocks of signs as a whole; single signs
 * within blocks of letters are not told apart. */
static const struct {
    uint32_t first;
    uint32_t last;
} signs[] = {{0x0080, 0x009f},   {0x00a1, 0x00a9},   {0x00ab, 0x00b1},   {0x00b4, 0x00b4}, {0x00b6, 0x00b8},
             {0x00bb, 0x00bb},   {0x00bf, 0x00bf},   {0x00d7, 0x00d7},   {0x00f7, 0x00f7}, {0x200b, 0x2027},
             {0x202a, 0x202e},   {0x2030, 0x205e},   {0x2060, 0x206f},   {0x20a0, 0x20ff}, {0x2190, 0x245f},
             {0x249c, 0x24e9},   {0x2500, 0x2775},   {0x2794, 0x2bff},   {0x2e00, 0x2fff}, {0x3001, 0x3004},
             {0x3008, 0x3020},   {0x3030, 0x3030},   {0xd800, 0xf8ff},   {0xfe00, 0xfe6f}, {0xff01, 0xff0f},
             {0xff1a, 0xff20},   {0xff3b, 0xff40},   {0xff5b, 0xff65},   {0xffe0, 0xffff}, {0x1d000, 0x1d24f},
             {0x1f000, 0x1f0ff}, {0x1f110, 0x1fbef}, {0xe0000, 0x10ffff}};

static bool is_sign(uint32_t c)
{
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (c >= signs[i].first && c <= signs[i].last)
            return true;
    }
    return false;
}

static bool is_allowed_ascii(unsigned char c)
{
    bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || (c != 0 && strchr(" +-=._:/@", c));
}

/* The character that begins here, of valid UTF-8; *size_out is how many bytes it takes. */
static uint32_t decode(const unsigned char *at, size_t *size_out)
{
    *size_out = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    uint32_t c = at[0] & (0x7fu >> *size_out);
    for (size_t i = 1; i < *size_out; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

/* Letters and digits of any script, blanks and a few signs. */
static bool characters_allowed(struct slice text)
{
    for (size_t i = 0, size = 1; i < text.size; i += size) {
        const unsigned char *at = (const unsigned char *)text.data + i;
        size = 1;
        if (at[0] < 0x80 ? !is_allowed_ascii(at[0]) : is_sign(decode(at, &size)))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ checks */

static bool check_key(struct slice key, struct error *err)
{
    bool given = !slice_is_none(key);
    if (!given || key.size == 0 || character_count(key) > TABLE_TAG_KEY_CHARACTERS_MAX ||
        !characters_allowed(key))
        return error_set(err, ERR_VALIDATION, "The Tag Key provided is invalid, Key: %.*s",
                         SLICE_PRINTF(given ? key : SLICE("null")));
    if (key.size >= 4 && strncasecmp(key.data, "aws:", 4) == 0)
        return error_set(err, ERR_VALIDATION, "Tag Key cannot be prefixed with aws:, Key: %.*s",
                         SLICE_PRINTF(key));
    return true;
}

static bool check_value(struct slice value, struct error *err)
{
    if (!slice_is_none(value) && character_count(value) <= TABLE_TAG_VALUE_CHARACTERS_MAX &&
        characters_allowed(value))
        return true;
    return error_set(err, ERR_VALIDATION, "The Tag Value provided is invalid, Value: %.*s",
                     SLICE_PRINTF(slice_is_none(value) ? SLICE("null") : value));
}

static bool check_count(size_t count, struct error *err)
{
    return count <= TABLE_TAGS_MAX ||
           error_set(err, ERR_VALIDATION,
                     "Number of Tags exceed the current limit for the provided ResourceArn");
}

bool table_tags_check(const struct table_tag *tags, size_t count, struct error *err)
{
    if (!check_count(count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!check_key(tags[i].key, err) || !check_value(tags[i].value, err))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(tags[i].key, tags[j].key))
                return error_set(err, ERR_VALIDATION,
                                 "Duplicate Tag Keys provided as input: Duplicate Tag Key found %.*s",
                                 SLICE_PRINTF(tags[i].key));
        }
    }
    return true;
}

bool table_tag_keys_check(const struct slice *keys, size_t count, struct error *err)
{
    if (!check_count(count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!check_key(keys[i], err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ changes */

static void put_tag(struct table *t, const struct table_tag *tag)
{
    for (size_t i = 0; i < t->tag_count; i++) {
        if (slice_equal(t->tags[i].key, tag->key)) {
            t->tags[i].value = tag->value;
            return;
        }
    }
    t->tags[t->tag_count++] = *tag;
}

static void remove_tag(struct table *t, struct slice key)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->tag_count; i++) {
        if (!slice_equal(t->tags[i].key, key))
            t->tags[kept++] = t->tags[i];
    }
    t->tag_count = kept;
}

static bool run(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    const struct tags_edit *tags = (struct tags_edit *)edit;
    struct table_tag *copies = ARENA_NEW_ARRAY(arena, struct table_tag, next->tag_count + tags->put_count);
    if (!table_check_changeable(next, storage_tx_commit_ms(tx), err))
        return false;
    for (size_t i = 0; i < next->tag_count; i++)
        copies[i] = next->tags[i];
    next->tags = copies;
    for (size_t i = 0; i < tags->put_count; i++)
        put_tag(next, &tags->put[i]);
    for (size_t i = 0; i < tags->removed_count; i++)
        remove_tag(next, tags->removed[i]);
    return check_count(next->tag_count, err);
}

void tags_edit_init_put(struct tags_edit *edit, const struct table_tag *tags, size_t count)
{
    *edit = (struct tags_edit){.edit = {run}, .put = tags, .put_count = count};
}

void tags_edit_init_remove(struct tags_edit *edit, const struct slice *keys, size_t count)
{
    *edit = (struct tags_edit){.edit = {run}, .removed = keys, .removed_count = count};
}
