#include "partiql/syntax.h"

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

const char *partiql_place(struct slice text, size_t at, size_t end, struct arena *arena)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < at; i++) {
        bool ends_line = text.data[i] == '\n' || text.data[i] == '\r';
        /* A carriage return before a newline ends no line of its own. */
        if (text.data[i] == '\r' && i + 1 < at && text.data[i + 1] == '\n')
            continue;
        line += ends_line;
        column = ends_line ? 1 : column + begins_character(text.data[i]);
    }
    size_t length = 0;
    for (size_t i = at; i < end; i++)
        length += begins_character(text.data[i]);
    return arena_printf(arena, "%zu:%zu:%zu", line, column, length);
}
