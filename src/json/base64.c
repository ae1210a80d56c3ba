#include "json/base64.h"

#include <stdint.h>

static const char characters[64] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};

/* VALID plus the value of each character; zero for those that are not base64. */
enum { VALID = 64 };
static const uint8_t value_of[256] = {
    ['A'] = 64,  ['B'] = 65,  ['C'] = 66,  ['D'] = 67,  ['E'] = 68,  ['F'] = 69,  ['G'] = 70,  ['H'] = 71,
    ['I'] = 72,  ['J'] = 73,  ['K'] = 74,  ['L'] = 75,  ['M'] = 76,  ['N'] = 77,  ['O'] = 78,  ['P'] = 79,
    ['Q'] = 80,  ['R'] = 81,  ['S'] = 82,  ['T'] = 83,  ['U'] = 84,  ['V'] = 85,  ['W'] = 86,  ['X'] = 87,
    ['Y'] = 88,  ['Z'] = 89,  ['a'] = 90,  ['b'] = 91,  ['c'] = 92,  ['d'] = 93,  ['e'] = 94,  ['f'] = 95,
    ['g'] = 96,  ['h'] = 97,  ['i'] = 98,  ['j'] = 99,  ['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103,
    ['o'] = 104, ['p'] = 105, ['q'] = 106, ['r'] = 107, ['s'] = 108, ['t'] = 109, ['u'] = 110, ['v'] = 111,
    ['w'] = 112, ['x'] = 113, ['y'] = 114, ['z'] = 115, ['0'] = 116, ['1'] = 117, ['2'] = 118, ['3'] = 119,
    ['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123, ['8'] = 124, ['9'] = 125, ['+'] = 126, ['/'] = 127,
};

void base64_encode(struct slice bytes, char *text)
{
    const uint8_t *in = (const uint8_t *)bytes.data;
    size_t left = bytes.size;
    for (; left >= 3; left -= 3, in += 3, text += 4) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        text[0] = characters[group >> 18];
        text[1] = characters[group >> 12 & 63];
        text[2] = characters[group >> 6 & 63];
        text[3] = characters[group & 63];
    }
    if (left == 0)
        return;
    uint32_t group = (uint32_t)in[0] << 16 | (left == 2 ? (uint32_t)in[1] << 8 : 0);
    text[0] = characters[group >> 18];
    text[1] = characters[group >> 12 & 63];
    text[2] = left == 2 ? characters[group >> 6 & 63] : '=';
    text[3] = '=';
}

/* The last four characters, one or two of which are padding. Bits that no byte takes must be zero. */
static bool decode_padded(const uint8_t *in, char *bytes, size_t *size)
{
    unsigned a = value_of[in[0]], b = value_of[in[1]];
    if (!(a & b & VALID))
        return false;
    bytes[0] = (char)(a << 2 | (b & 63) >> 4);
    *size = 1;
    if (in[2] == '=')
        return (b & 0x0F) == 0;
    unsigned c = value_of[in[2]];
    bytes[1] = (char)(b << 4 | (c & 63) >> 2);
    *size = 2;
    return (c & VALID) && (c & 0x03) == 0;
}

bool base64_decode(struct slice text, char *bytes, size_t *size_out)
{
    if (text.size % 4 != 0)
        return false;
    const uint8_t *in = (const uint8_t *)text.data;
    bool padded = text.size > 0 && in[text.size - 1] == '=';
    const uint8_t *whole_end = in + text.size - (padded ? 4 : 0);
    char *out = bytes;
    uint32_t valid = VALID;
    for (; in < whole_end; in += 4, out += 3) {
        uint32_t a = value_of[in[0]], b = value_of[in[1]], c = value_of[in[2]], d = value_of[in[3]];
        valid &= a & b & c & d;
        uint32_t group = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        out[0] = (char)(group >> 16);
        out[1] = (char)(group >> 8);
        out[2] = (char)group;
    }
    size_t tail = 0;
    if (!valid || (padded && !decode_padded(in, out, &tail)))
        return false;
    *size_out = (size_t)(out - bytes) + tail;
    return true;
}
