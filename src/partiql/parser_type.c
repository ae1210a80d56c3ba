/* The name of a type, as IS has it. */
#include "partiql/parser_priv.h"

#include <strings.h>

struct type_name {
    const char *word;
    const char *name;
    uint8_t parameters_max;
};

static const struct type_name *type_named(struct slice word)
{
    static const struct type_name types[] = {
        {"ANY", "ANY", 0},
        {"BAG", "BAG", 0},
        {"BIGINT", "INTEGER8", 0},
        {"BLOB", "BLOB", 0},
        {"BOOL", "BOOLEAN", 0},
        {"BOOLEAN", "BOOLEAN", 0},
        {"CHAR", "CHARACTER", 1},
        {"CHARACTER", "CHARACTER", 1},
        {"CLOB", "CLOB", 0},
        {"DATE", "DATE", 0},
        {"DEC", "DECIMAL", 2},
        {"DECIMAL", "DECIMAL", 2},
        {"FLOAT", "FLOAT", 1},
        {"INT", "INTEGER", 0},
        {"INT2", "SMALLINT", 0},
        {"INT4", "INTEGER4", 0},
        {"INT8", "INTEGER8", 0},
        {"INTEGER", "INTEGER", 0},
        {"INTEGER2", "SMALLINT", 0},
        {"INTEGER4", "INTEGER4", 0},
        {"INTEGER8", "INTEGER8", 0},
        {"LIST", "LIST", 0},
        {"MISSING", "MISSING", 0},
        {"NULL", "NULL", 0},
        {"NUMERIC", "NUMERIC", 2},
        {"REAL", "REAL", 0},
        {"SEXP", "SEXP", 0},
        {"SMALLINT", "SMALLINT", 0},
        {"STRING", "STRING", 0},
        {"STRUCT", "STRUCT", 0},
        {"SYMBOL", "SYMBOL", 0},
        {"TIME", "TIME", 1},
        {"TIMESTAMP", "TIMESTAMP", 0},
        {"TUPLE", "TUPLE", 0},
        {"VARCHAR", "CHARACTER VARYING", 1},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct type_name *type = &types[i];
        if (strlen(type->word) == word.size && strncasecmp(type->word, word.data, word.size) == 0)
            return type;
    }
    return NULL;
}

/* Two words that are one type's name; passes the first. */
static const struct type_name *two_word_type(struct parser *p)
{
    static const struct type_name varying = {"", "CHARACTER VARYING", 1};
    static const struct type_name precise = {"", "DOUBLE PRECISION", 0};
    if (p->at + 1 >= p->list.count)
        return NULL;
    const struct type_name *type = NULL;
    if (parser_is_word(p, p->at, SLICE("CHARACTER")) && parser_is_word(p, p->at + 1, SLICE("VARYING")))
        type = &varying;
    if (parser_is_word(p, p->at, SLICE("DOUBLE")) && parser_is_word(p, p->at + 1, SLICE("PRECISION")))
        type = &precise;
    p->at += type != NULL;
    return type;
}

/* The numbers of DECIMAL(10, 2); the tree has no use for them. */
static bool pass_type_parameters(struct parser *p, const struct type_name *type)
{
    struct node_list list = {0};
    if (parser_accept(p, TOKEN_OPEN) &&
        (!parser_expression_list(p, &list) || !parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN")))
        return false;
    if (list.count > type->parameters_max)
        return parser_fail(p,
                           arena_printf(p->arena, "CAST for %s must have arity of 0..%d",
                                        parser_lower(p, slice_from_cstr(type->name)), type->parameters_max));
    for (const struct partiql_node *node = list.first; node; node = node->next)
        if (!parser_is_unsigned_integer(node))
            return parser_fail(p, "Type parameter must be an unsigned integer literal");
    return true;
}

bool parser_type(struct parser *p, struct slice *name_out)
{
    const struct type_name *type = two_word_type(p);
    /* A quoted word is no type. */
    if (!type && parser_token(p) >= TOKEN_OR)
        type = type_named(parser_text(p));
    if (!type)
        return parser_fail(p, "Expected type name");
    p->at++;
    *name_out = slice_from_cstr(type->name);
    return pass_type_parameters(p, type);
}
