#include "base/error.h"

#include "base/contract.h"

#include <stdarg.h>
#include <stddef.h>

static const struct {
    const char *name;
    const char *wire_type;
    const char *message_member;
    unsigned http_status;
} codes[ERR_COUNT] = {[ERR_NONE] = {"ERR_NONE", "", "message", 200},
#define X(code, type, status, member) [code] = {#code, type, member, status},
                      ERROR_CODES(X)
#undef X
};

bool error_set_at(struct error *err, enum error_code code, const char *file, int line, const char *format,
                  ...)
{
    PRE(code > ERR_NONE && code < ERR_COUNT);
    err->code = code;
    err->detail = NULL;
    err->message = NULL;
    err->file = file;
    err->line = line;
    if (format) {
        va_list args;
        va_start(args, format);
        err->message = arena_vprintf(err->arena, format, args);
        va_end(args);
    }
    return false;
}

bool error_add_detail(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *context = arena_vprintf(err->arena, format, args);
    va_end(args);
    err->detail = err->detail ? arena_printf(err->arena, "%s: %s", context, err->detail) : context;
    return false;
}

const char *error_code_wire_type(enum error_code code)
{
    return codes[code].wire_type;
}

const char *error_code_message_member(enum error_code code)
{
    return codes[code].message_member;
}

unsigned error_code_http_status(enum error_code code)
{
    return codes[code].http_status;
}

const char *error_code_name(enum error_code code)
{
    return codes[code].name;
}
