/* The words that are no names unless quoted: those of SQL-92 and of PartiQL, by their first letter. */
#include "partiql/lexer_priv.h"

struct keyword {
    const char *word;
    uint8_t size;
    uint8_t kind; /* enum token_kind */
};

#define WORD(word, kind)             \
    {                                \
        word, sizeof(word) - 1, kind \
    }
#define RESERVED(word) WORD(word, TOKEN_KEYWORD)
#define FUNCTION(word) WORD(word, TOKEN_FUNCTION)

// clang-format off
static const struct keyword words_a[] = {
    RESERVED("ABSOLUTE"), RESERVED("ACTION"), RESERVED("ADD"), WORD("ALL", TOKEN_ALL), RESERVED("ALLOCATE"),
    RESERVED("ALTER"), WORD("AND", TOKEN_AND), RESERVED("ANY"), RESERVED("ARE"), WORD("AS", TOKEN_AS),
    WORD("ASC", TOKEN_ASC), RESERVED("ASSERTION"), WORD("AT", TOKEN_AT), RESERVED("AUTHORIZATION"),
    FUNCTION("AVG"),
};
static const struct keyword words_b[] = {
    FUNCTION("BAG"), RESERVED("BEGIN"), WORD("BETWEEN", TOKEN_BETWEEN), RESERVED("BIGINT"), RESERVED("BIT"),
    FUNCTION("BIT_LENGTH"), RESERVED("BLOB"), RESERVED("BOOL"), RESERVED("BOOLEAN"), WORD("BY", TOKEN_BY),
};
static const struct keyword words_c[] = {
    RESERVED("CAN_CAST"), RESERVED("CAN_LOSSLESS_CAST"), RESERVED("CASCADE"), RESERVED("CASCADED"),
    WORD("CASE", TOKEN_CASE), WORD("CAST", TOKEN_CAST), RESERVED("CATALOG"), RESERVED("CHAR"),
    FUNCTION("CHAR_LENGTH"), RESERVED("CHARACTER"), FUNCTION("CHARACTER_LENGTH"), RESERVED("CHECK"),
    RESERVED("CLOB"), RESERVED("CLOSE"), RESERVED("COALESCE"), RESERVED("COLLATE"), RESERVED("COLLATION"),
    RESERVED("COLUMN"), RESERVED("COMMIT"), WORD("CONFLICT", TOKEN_CONFLICT), RESERVED("CONNECT"),
    RESERVED("CONNECTION"), RESERVED("CONSTRAINT"), RESERVED("CONSTRAINTS"), RESERVED("CONTINUE"),
    RESERVED("CONVERT"), RESERVED("CORRESPONDING"), FUNCTION("COUNT"), WORD("CREATE", TOKEN_CREATE),
    WORD("CROSS", TOKEN_CROSS), RESERVED("CURRENT"), RESERVED("CURRENT_DATE"), RESERVED("CURRENT_TIME"),
    RESERVED("CURRENT_TIMESTAMP"), RESERVED("CURRENT_USER"), RESERVED("CURSOR"),
};
static const struct keyword words_d[] = {
    RESERVED("DATE"), FUNCTION("DATE_ADD"), FUNCTION("DATE_DIFF"), RESERVED("DEALLOCATE"),
    RESERVED("DEC"), RESERVED("DECIMAL"), RESERVED("DECLARE"), RESERVED("DEFAULT"), RESERVED("DEFERRABLE"),
    RESERVED("DEFERRED"), WORD("DELETE", TOKEN_DELETE), WORD("DESC", TOKEN_DESC), RESERVED("DESCRIBE"),
    RESERVED("DESCRIPTOR"), RESERVED("DIAGNOSTICS"), RESERVED("DISCONNECT"),
    WORD("DISTINCT", TOKEN_DISTINCT), WORD("DO", TOKEN_DO), RESERVED("DOMAIN"), RESERVED("DOUBLE"),
    WORD("DROP", TOKEN_DROP),
};
static const struct keyword words_e[] = {
    RESERVED("ELSE"), RESERVED("END"), WORD("ESCAPE", TOKEN_ESCAPE), WORD("EXCEPT", TOKEN_EXCEPT),
    RESERVED("EXCEPTION"), WORD("EXEC", TOKEN_EXEC), RESERVED("EXECUTE"), FUNCTION("EXISTS"),
    RESERVED("EXTERNAL"), FUNCTION("EXTRACT"),
};
static const struct keyword words_f[] = {
    WORD("FALSE", TOKEN_FALSE), RESERVED("FETCH"), RESERVED("FIRST"), RESERVED("FLOAT"), WORD("FOR", TOKEN_FOR),
    RESERVED("FOREIGN"), RESERVED("FOUND"), WORD("FROM", TOKEN_FROM), WORD("FULL", TOKEN_FULL),
};
static const struct keyword words_g[] = {
    RESERVED("GET"), RESERVED("GLOBAL"), RESERVED("GO"), RESERVED("GOTO"), RESERVED("GRANT"),
    WORD("GROUP", TOKEN_GROUP),
};
static const struct keyword words_h[] = {
    WORD("HAVING", TOKEN_HAVING),
};
static const struct keyword words_i[] = {
    RESERVED("IDENTITY"), RESERVED("IMMEDIATE"), WORD("IN", TOKEN_IN), WORD("INDEX", TOKEN_INDEX),
    RESERVED("INDICATOR"), RESERVED("INITIALLY"), WORD("INNER", TOKEN_INNER), RESERVED("INPUT"),
    RESERVED("INSENSITIVE"), WORD("INSERT", TOKEN_INSERT), RESERVED("INT"), RESERVED("INT2"),
    RESERVED("INT4"), RESERVED("INT8"), RESERVED("INTEGER"), RESERVED("INTEGER2"), RESERVED("INTEGER4"),
    RESERVED("INTEGER8"), WORD("INTERSECT", TOKEN_INTERSECT), RESERVED("INTERVAL"),
    WORD("INTO", TOKEN_INTO), WORD("IS", TOKEN_IS), RESERVED("ISOLATION"),
};
static const struct keyword words_j[] = {
    WORD("JOIN", TOKEN_JOIN),
};
static const struct keyword words_k[] = {
    RESERVED("KEY"),
};
static const struct keyword words_l[] = {
    RESERVED("LANGUAGE"), RESERVED("LAST"), WORD("LEFT", TOKEN_LEFT), WORD("LET", TOKEN_LET),
    RESERVED("LEVEL"), WORD("LIKE", TOKEN_LIKE), WORD("LIMIT", TOKEN_LIMIT), FUNCTION("LIST"),
    RESERVED("LOCAL"), FUNCTION("LOWER"),
};
static const struct keyword words_m[] = {
    RESERVED("MATCH"), FUNCTION("MAX"), FUNCTION("MIN"), WORD("MISSING", TOKEN_MISSING),
    WORD("MODIFIED", TOKEN_MODIFIED), RESERVED("MODULE"),
};
static const struct keyword words_n[] = {
    RESERVED("NAMES"), RESERVED("NATIONAL"), RESERVED("NATURAL"), RESERVED("NCHAR"), WORD("NEW", TOKEN_NEW),
    RESERVED("NEXT"), RESERVED("NO"), WORD("NOT", TOKEN_NOT), WORD("NOTHING", TOKEN_NOTHING), WORD("NULL", TOKEN_NULL),
    RESERVED("NULLIF"), RESERVED("NUMERIC"),
};
static const struct keyword words_o[] = {
    FUNCTION("OCTET_LENGTH"), RESERVED("OF"), WORD("OFFSET", TOKEN_OFFSET), WORD("OLD", TOKEN_OLD),
    WORD("ON", TOKEN_ON), RESERVED("ONLY"), RESERVED("OPEN"), RESERVED("OPTION"), WORD("OR", TOKEN_OR),
    WORD("ORDER", TOKEN_ORDER), WORD("OUTER", TOKEN_OUTER), RESERVED("OUTPUT"), RESERVED("OVERLAPS"),
};
static const struct keyword words_p[] = {
    RESERVED("PAD"), WORD("PARTIAL", TOKEN_PARTIAL), WORD("PIVOT", TOKEN_PIVOT), RESERVED("POSITION"),
    RESERVED("PRECISION"), RESERVED("PREPARE"), RESERVED("PRESERVE"), RESERVED("PRIMARY"),
    RESERVED("PRIOR"), RESERVED("PRIVILEGES"), RESERVED("PROCEDURE"), RESERVED("PUBLIC"),
};
static const struct keyword words_r[] = {
    RESERVED("READ"), RESERVED("REAL"), RESERVED("REFERENCES"), RESERVED("RELATIVE"),
    WORD("REMOVE", TOKEN_REMOVE), RESERVED("RESTRICT"), WORD("RETURNING", TOKEN_RETURNING),
    RESERVED("REVOKE"), WORD("RIGHT", TOKEN_RIGHT), RESERVED("ROLLBACK"), RESERVED("ROWS"),
};
static const struct keyword words_s[] = {
    RESERVED("SCHEMA"), RESERVED("SCROLL"), RESERVED("SECTION"), WORD("SELECT", TOKEN_SELECT),
    RESERVED("SESSION"), RESERVED("SESSION_USER"), WORD("SET", TOKEN_SET), FUNCTION("SEXP"),
    FUNCTION("SIZE"), RESERVED("SMALLINT"), RESERVED("SOME"), RESERVED("SPACE"), RESERVED("SQL"),
    RESERVED("SQLCODE"), RESERVED("SQLERROR"), RESERVED("SQLSTATE"), RESERVED("STRING"), RESERVED("STRUCT"),
    FUNCTION("SUBSTRING"), FUNCTION("SUM"), RESERVED("SYMBOL"), RESERVED("SYSTEM_USER"),
};
static const struct keyword words_t[] = {
    WORD("TABLE", TOKEN_TABLE), RESERVED("TEMPORARY"), RESERVED("THEN"), RESERVED("TIME"),
    RESERVED("TIMESTAMP"), RESERVED("TO"), RESERVED("TRANSACTION"), RESERVED("TRANSLATE"),
    RESERVED("TRANSLATION"), FUNCTION("TRIM"), WORD("TRUE", TOKEN_TRUE), RESERVED("TUPLE"),
};
static const struct keyword words_u[] = {
    WORD("UNION", TOKEN_UNION), RESERVED("UNIQUE"), RESERVED("UNKNOWN"), WORD("UNPIVOT", TOKEN_UNPIVOT),
    WORD("UPDATE", TOKEN_UPDATE), FUNCTION("UPPER"), RESERVED("USAGE"), RESERVED("USER"), RESERVED("USING"),
};
static const struct keyword words_v[] = {
    WORD("VALUE", TOKEN_VALUE), WORD("VALUES", TOKEN_VALUES), RESERVED("VARCHAR"), RESERVED("VARYING"),
    RESERVED("VIEW"),
};
static const struct keyword words_w[] = {
    WORD("WHEN", TOKEN_WHEN), RESERVED("WHENEVER"), WORD("WHERE", TOKEN_WHERE), RESERVED("WITH"),
    RESERVED("WORK"), RESERVED("WRITE"),
};
static const struct keyword words_z[] = {
    RESERVED("ZONE"),
};
// clang-format on

struct letter {
    const struct keyword *words;
    size_t count;
};

#define LETTER(words)                           \
    {                                           \
        words, sizeof(words) / sizeof(words)[0] \
    }

static const struct letter letters[26] = {
    ['A' - 'A'] = LETTER(words_a), ['B' - 'A'] = LETTER(words_b), ['C' - 'A'] = LETTER(words_c),
    ['D' - 'A'] = LETTER(words_d), ['E' - 'A'] = LETTER(words_e), ['F' - 'A'] = LETTER(words_f),
    ['G' - 'A'] = LETTER(words_g), ['H' - 'A'] = LETTER(words_h), ['I' - 'A'] = LETTER(words_i),
    ['J' - 'A'] = LETTER(words_j), ['K' - 'A'] = LETTER(words_k), ['L' - 'A'] = LETTER(words_l),
    ['M' - 'A'] = LETTER(words_m), ['N' - 'A'] = LETTER(words_n), ['O' - 'A'] = LETTER(words_o),
    ['P' - 'A'] = LETTER(words_p), ['R' - 'A'] = LETTER(words_r), ['S' - 'A'] = LETTER(words_s),
    ['T' - 'A'] = LETTER(words_t), ['U' - 'A'] = LETTER(words_u), ['V' - 'A'] = LETTER(words_v),
    ['W' - 'A'] = LETTER(words_w), ['Z' - 'A'] = LETTER(words_z),
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static bool is_word(struct slice text, const char *word)
{
    for (size_t i = 0; i < text.size; i++)
        if (upper(text.data[i]) != word[i])
            return false;
    return true;
}

enum token_kind keyword_find(struct slice word)
{
    char first = upper(word.data[0]);
    if (first < 'A' || first > 'Z')
        return TOKEN_NAME;
    const struct letter *letter = &letters[first - 'A'];
    for (size_t i = 0; i < letter->count; i++) {
        const struct keyword *keyword = &letter->words[i];
        if (keyword->size == word.size && is_word(word, keyword->word))
            return (enum token_kind)keyword->kind;
    }
    return TOKEN_NAME;
}
