#include "table/tags.h"

#include <string.h>

static size_t character_count(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

/* Letters and digits of any script, spaces and a few signs. Which characters beyond ASCII are letters is not
 * looked up. */
static bool characters_allowed(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c < 0x80 && !letter_or_digit && (c == 0 || !strchr(" +-=._:/@", c)))
            return false;
    }
    return true;
}

static bool check_tag(const struct table_tag *tag, struct error *err)
{
    struct slice key = slice_is_none(tag->key) ? SLICE("null") : tag->key;
    struct slice value = slice_is_none(tag->value) ? SLICE("null") : tag->value;
    if (slice_is_none(tag->key) || key.size == 0 || character_count(key) > TABLE_TAG_KEY_CHARACTERS_MAX ||
        !characters_allowed(key))
        return error_set(err, ERR_VALIDATION, "The Tag Key provided is invalid, Key: %.*s",
                         SLICE_PRINTF(key));
    if (slice_starts_with(key, SLICE("aws:")))
        return error_set(err, ERR_VALIDATION, "Tag Key cannot be prefixed with aws:, Key: %.*s",
                         SLICE_PRINTF(key));
    if (slice_is_none(tag->value) || character_count(value) > TABLE_TAG_VALUE_CHARACTERS_MAX ||
        !characters_allowed(value))
        return error_set(err, ERR_VALIDATION, "The Tag Value provided is invalid, Value: %.*s",
                         SLICE_PRINTF(value));
    return true;
}

bool table_tags_check(const struct table_tag *tags, size_t count, struct error *err)
{
    if (count > TABLE_TAGS_MAX)
        return error_set(err, ERR_VALIDATION,
                         "Number of Tags exceed the current limit for the provided ResourceArn");
    for (size_t i = 0; i < count; i++) {
        if (!check_tag(&tags[i], err))
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
