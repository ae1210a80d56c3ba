#include "table/arn.h"

#include "base/contract.h"
#include "table/table.h"

#include <stdint.h>
#include <sys/random.h>

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

bool table_name_valid(struct slice name)
{
    if (name.size < TABLE_NAME_BYTES_MIN || name.size > TABLE_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.data[i]))
            return false;
    }
    return true;
}

/* Cuts the part before the next ':' off `rest`. */
static bool take_part(struct slice *rest, struct slice *part_out)
{
    const char *colon = rest->size ? memchr(rest->data, ':', rest->size) : NULL;
    if (!colon)
        return false;
    *part_out = slice_of(rest->data, (size_t)(colon - rest->data));
    *rest = slice_after(*rest, part_out->size + 1);
    return true;
}

bool table_arn_parse(struct slice arn, struct table_arn_parts *out)
{
    struct slice rest = arn, scheme, partition, service, region, account;
    if (!take_part(&rest, &scheme) || !take_part(&rest, &partition) || !take_part(&rest, &service) ||
        !take_part(&rest, &region) || !take_part(&rest, &account))
        return false;
    if (!slice_equal(scheme, SLICE("arn")) || !slice_starts_with(partition, SLICE("aws")) ||
        !slice_equal(service, SLICE("dynamodb")) || !slice_starts_with(rest, SLICE("table/")))
        return false;
    struct slice name = slice_after(rest, SLICE("table/").size);
    if (!table_name_valid(name))
        return false;
    *out = (struct table_arn_parts){.name = name, .region = region, .account = account};
    return true;
}

struct slice table_arn(struct arena *arena, struct slice region, struct slice account, struct slice name)
{
    return slice_from_cstr(arena_printf(arena, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s", SLICE_PRINTF(region),
                                        SLICE_PRINTF(account), SLICE_PRINTF(name)));
}

struct slice index_arn(struct arena *arena, struct slice table_arn_text, struct slice index_name)
{
    return slice_from_cstr(
        arena_printf(arena, "%.*s/index/%.*s", SLICE_PRINTF(table_arn_text), SLICE_PRINTF(index_name)));
}

void table_id_make(char id[TABLE_ID_BYTES])
{
    uint8_t random[16];
    ssize_t got;
    do {
        got = getrandom(random, sizeof(random), 0);
    } while (got < 0);
    INVARIANT(got == (ssize_t)sizeof(random));        /* up to 256 bytes come at once */
    random[6] = (uint8_t)((random[6] & 0x0f) | 0x40); /* version 4 */
    random[8] = (uint8_t)((random[8] & 0x3f) | 0x80); /* variant 1 */

    static const char hex[] = "0123456789abcdef";
    char *at = id;
    for (size_t i = 0; i < sizeof(random); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = hex[random[i] >> 4];
        *at++ = hex[random[i] & 15];
    }
    POST(at == id + TABLE_ID_BYTES);
}
