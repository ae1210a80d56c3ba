#include "json/utf8.h"

bool utf8_valid(struct slice text)
{
    const char *at = text.data;
    const char *end = at + text.size;
    while (at < end) {
        uint64_t eight;
        if (end - at >= 8 && (memcpy(&eight, at, 8), (eight & 0x8080808080808080u) == 0)) {
            at += 8;
            continue;
        }
        if ((uint8_t)*at < 0x80) {
            at++;
            continue;
        }
        at = utf8_sequence_end(at, end);
        if (!at)
            return false;
    }
    return true;
}
