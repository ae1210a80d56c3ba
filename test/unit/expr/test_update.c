/* semantics.md 5.8: what updates make of items. Where a case is from an observation of DynamoDB, its source is named. */
#include "update_fixture.h"

#define INVALID_PATH "!The document path provided in the update expression is invalid for update"
#define NO_ATTRIBUTE "!The provided expression refers to an attribute that does not exist in the item"
#define WRONG_TYPE   "!An operand in the update expression has an incorrect data type"
#define OVERFLOW     "!Number overflow. Attempting to store a number with magnitude larger than supported range"

static const char VALUES[] =
    "{':1':{'N':'1'},':2':{'N':'2'},':s':{'S':'new'},':l':{'L':[{'S':'x'},{'N':'7'}]},':e':{'L':[]},"
    "':m':{'M':{'q':{'BOOL':true}}},':ss':{'SS':['b','c']},':ns':{'NS':['2','3']},':bs':{'BS':['Ag==']},"
    "':big':{'N':'9e125'},':long':{'N':'1e50'}}";

/* JSON with single quotes, for the sake of readers. */
static const char *quoted(struct fixture *f, const char *text)
{
    if (!text || text[0] == '!')
        return text;
    char *copy = arena_copy_cstr(&f->arena, slice_from_cstr(text));
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

struct row {
    const char *text;
    const char *former;
    const char *after;
};

static void check_rows(struct fixture *f, const struct row *rows, size_t count)
{
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    for (size_t i = 0; i < count; i++) {
        struct update_case c = {rows[i].text, "{\"#x\":\"x.y\",\"#a\":\"a\"}", quoted(texts, VALUES),
                                quoted(texts, rows[i].former), quoted(texts, rows[i].after)};
        check_update(f, &c);
    }
    fixture_teardown((void **)&texts);
}

#define CHECK_ROWS(f, rows) check_rows((f), (rows), sizeof(rows) / sizeof((rows)[0]))

#define PK                  "'pk':{'S':'k'}"
#define N1                  "{" PK ",'n':{'N':'1'}}"

/* ------------------------------------------------------------------ SET */

static void set_creates_and_overwrites(void **state)
{
    static const struct row rows[] = {
        {"SET a = :s", "{" PK "}", "{" PK ",'a':{'S':'new'}}"},
        {"SET n = :s", N1, "{" PK ",'n':{'S':'new'}}"},
        {"SET a = :s", N1, "{'a':{'S':'new'}," PK ",'n':{'N':'1'}}"},
        {"SET z = :s, a = :1", N1, "{'a':{'N':'1'}," PK ",'n':{'N':'1'},'z':{'S':'new'}}"},
        {"SET #x = :m", N1, "{" PK ",'n':{'N':'1'},'x.y':{'M':{'q':{'BOOL':true}}}}"},
        {"SET a = :s", NULL, "{" PK ",'a':{'S':'new'}}"},
        {"SET n = :1", N1, N1},
    };
    CHECK_ROWS(*state, rows);
}

static void operands_are_read_from_the_item_as_it_was(void **state)
{
    static const struct row rows[] = {
        {"SET a = n", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'1'}}"},
        {"SET n = :2, a = n", N1, "{" PK ",'n':{'N':'2'},'a':{'N':'1'}}"},
        {"SET a = b, b = a", "{" PK ",'a':{'S':'A'},'b':{'S':'B'}}", "{" PK ",'a':{'S':'B'},'b':{'S':'A'}}"},
        /* scylladb, test_update_expression_multi_with_copy */
        {"REMOVE n SET a = n", N1, "{" PK ",'a':{'N':'1'}}"},
        {"SET z = m.c.x", "{" PK ",'m':{'M':{'c':{'M':{'x':{'N':'7'}}}}}}",
         "{" PK ",'m':{'M':{'c':{'M':{'x':{'N':'7'}}}}},'z':{'N':'7'}}"},
        {"SET n = n", N1, N1},
        {"SET c = z", N1, NO_ATTRIBUTE},
        {"SET z = z", N1, NO_ATTRIBUTE},
        {"SET x = :1, y = x", N1, NO_ATTRIBUTE},
        {"SET c = n.a", N1, NO_ATTRIBUTE},
        {"SET c = n[0]", N1, NO_ATTRIBUTE},
        {"SET c = z", NULL, NO_ATTRIBUTE},
    };
    CHECK_ROWS(*state, rows);
}

/* dynalite, updateItem.js: "set b = if_not_exists(b, a)" and "set b = a, ..." where a is the key and there is no item. */
static void operands_see_the_key_of_an_item_that_is_not_there(void **state)
{
    static const struct row rows[] = {
        {"SET b = pk", NULL, "{" PK ",'b':{'S':'k'}}"},
        {"SET b = if_not_exists(b, pk)", NULL, "{" PK ",'b':{'S':'k'}}"},
        {"SET b.a = pk", NULL, INVALID_PATH},
        {"SET b[1] = pk", NULL, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

static void sums_are_of_numbers(void **state)
{
    static const struct row rows[] = {
        {"SET n = n + :1", N1, "{" PK ",'n':{'N':'2'}}"},
        {"SET n = :1 - n", N1, "{" PK ",'n':{'N':'0'}}"},
        {"SET n = (n - :2)", N1, "{" PK ",'n':{'N':'-1'}}"},
        {"SET a = n + n", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'2'}}"},
        {"SET a = :1 + :2", NULL, "{" PK ",'a':{'N':'3'}}"},
        {"SET a = if_not_exists(a, :1) + :2", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'3'}}"},
        {"SET n = if_not_exists(n, :2) - :2", N1, "{" PK ",'n':{'N':'-1'}}"},
        {"SET a = pk + :1", N1, WRONG_TYPE},
        {"SET a = :1 - pk", N1, WRONG_TYPE},
        {"SET a = z + :1", N1, NO_ATTRIBUTE},
        {"SET a = pk + z", N1, NO_ATTRIBUTE},
        {"SET a = :1 + if_not_exists(z, pk)", N1, WRONG_TYPE},
        {"SET a = :big + :big", N1, OVERFLOW},
        /* scylladb, test_update_expression_plus_imprecise */
        {"SET a = :long + :1", N1, OVERFLOW},
        {"SET a = :long - :1", N1, OVERFLOW},
    };
    CHECK_ROWS(*state, rows);
}

static void if_not_exists_takes_what_is_there(void **state)
{
    static const struct row rows[] = {
        {"SET n = if_not_exists(n, :2)", N1, N1},
        {"SET a = if_not_exists(a, :2)", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'2'}}"},
        {"SET a = if_not_exists(n, :2)", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'1'}}"},
        {"SET a = if_not_exists(z, n)", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'1'}}"},
        {"SET a = if_not_exists(z, if_not_exists(y, :s))", N1, "{" PK ",'n':{'N':'1'},'a':{'S':'new'}}"},
        {"SET a = if_not_exists(z, if_not_exists(y, x))", N1, NO_ATTRIBUTE},
        {"SET a = if_not_exists(pk[0], :1)", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'1'}}"},
    };
    CHECK_ROWS(*state, rows);
}

#define LIST3 "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'}]}}"

static void list_append_puts_one_list_behind_the_other(void **state)
{
    static const struct row rows[] = {
        {"SET l = list_append(l, :l)", LIST3,
         "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'x'},{'N':'7'}]}}"},
        {"SET l = list_append(:l, l)", LIST3,
         "{" PK ",'l':{'L':[{'S':'x'},{'N':'7'},{'S':'a'},{'S':'b'},{'S':'c'}]}}"},
        {"SET l = list_append(l, l)", LIST3,
         "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'a'},{'S':'b'},{'S':'c'}]}}"},
        {"SET l = list_append(l, :e)", LIST3, LIST3},
        {"SET l = list_append(:e, l)", LIST3, LIST3},
        {"SET a = list_append(l, :l) REMOVE l", LIST3,
         "{" PK ",'a':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'x'},{'N':'7'}]}}"},
        {"SET a = list_append(if_not_exists(a, :e), :l)", "{" PK "}",
         "{" PK ",'a':{'L':[{'S':'x'},{'N':'7'}]}}"},
        {"SET l = list_append(if_not_exists(l, :e), :l)", LIST3,
         "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'x'},{'N':'7'}]}}"},
        {"SET a = list_append(:l, :e)", NULL, "{" PK ",'a':{'L':[{'S':'x'},{'N':'7'}]}}"},
        {"SET a = list_append(:e, :e)", NULL, "{" PK ",'a':{'L':[]}}"},
        {"SET a = list_append(pk, :l)", LIST3, WRONG_TYPE},
        {"SET a = list_append(:l, if_not_exists(pk, :l))", LIST3, WRONG_TYPE},
        {"SET a = list_append(z, :l)", LIST3, NO_ATTRIBUTE},
        {"SET a = list_append(:l, z)", LIST3, NO_ATTRIBUTE},
        {"SET a = list_append(pk, z)", LIST3, NO_ATTRIBUTE},
    };
    CHECK_ROWS(*state, rows);
}

/* ------------------------------------------------------------------ nested paths */

#define MAP "{" PK ",'m':{'M':{'b':{'N':'3'},'d':{'M':{'y':{'N':'4'}}}}}}"

static void set_below_the_top_needs_its_parent(void **state)
{
    static const struct row rows[] = {
        {"SET m.b = :1", MAP, "{" PK ",'m':{'M':{'b':{'N':'1'},'d':{'M':{'y':{'N':'4'}}}}}}"},
        {"SET m.a = :1", MAP, "{" PK ",'m':{'M':{'a':{'N':'1'},'b':{'N':'3'},'d':{'M':{'y':{'N':'4'}}}}}}"},
        {"SET m.e = :1, m.c = :2", MAP,
         "{" PK ",'m':{'M':{'b':{'N':'3'},'c':{'N':'2'},'d':{'M':{'y':{'N':'4'}}},'e':{'N':'1'}}}}"},
        {"SET m.d.y = m.b, m.b = m.d.y", MAP, "{" PK ",'m':{'M':{'b':{'N':'4'},'d':{'M':{'y':{'N':'3'}}}}}}"},
        {"SET m.d = :s", MAP, "{" PK ",'m':{'M':{'b':{'N':'3'},'d':{'S':'new'}}}}"},
        {"SET m.#a = :s", MAP,
         "{" PK ",'m':{'M':{'a':{'S':'new'},'b':{'N':'3'},'d':{'M':{'y':{'N':'4'}}}}}}"},
        {"SET m.b = :1, z = :s REMOVE m.d", MAP, "{" PK ",'m':{'M':{'b':{'N':'1'}}},'z':{'S':'new'}}"},
        {"SET m.x.y = :1", MAP, INVALID_PATH},
        {"SET m.b.y = :1", MAP, INVALID_PATH},
        {"SET m[0] = :1", MAP, INVALID_PATH},
        {"SET z.b = :1", MAP, INVALID_PATH},
        {"SET z[0] = :1", MAP, INVALID_PATH},
        {"SET pk.b = :1", MAP, INVALID_PATH},
        {"SET l.b = :1", LIST3, INVALID_PATH},
        {"SET m.b = :1, z.b = :1", MAP, INVALID_PATH},
        {"SET m.b = :1", NULL, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

static void elements_are_replaced_or_appended(void **state)
{
    static const struct row rows[] = {
        {"SET l[1] = :s", LIST3, "{" PK ",'l':{'L':[{'S':'a'},{'S':'new'},{'S':'c'}]}}"},
        {"SET l[3] = :s", LIST3, "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'new'}]}}"},
        {"SET l[2147483647] = :s", LIST3, "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'new'}]}}"},
        /* scylladb, test_nested_attribute_update_array_out_of_bounds: in the order of indexes */
        {"SET l[84] = :1, l[37] = :2, l[17] = :s, l[50] = :e", LIST3,
         "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'new'},{'N':'2'},{'L':[]},{'N':'1'}]}}"},
        {"SET a[0] = :s", "{" PK ",'a':{'L':[]}}", "{" PK ",'a':{'L':[{'S':'new'}]}}"},
        {"SET l[0] = l[2], l[2] = l[0]", LIST3, "{" PK ",'l':{'L':[{'S':'c'},{'S':'b'},{'S':'a'}]}}"},
        {"SET a[0][1] = :1, a[0][0] = :2", "{" PK ",'a':{'L':[{'L':[{'S':'o'}]},{'S':'p'}]}}",
         "{" PK ",'a':{'L':[{'L':[{'N':'2'},{'N':'1'}]},{'S':'p'}]}}"},
        {"SET l[3].b = :1", LIST3, INVALID_PATH},
        {"SET l[3][0] = :1", LIST3, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

/* dynalite, updateItem.js, "should update nested attributes". */
static void appended_elements_of_all_sections_are_in_the_order_of_indexes(void **state)
{
    struct fixture *f = *state;
    struct update_case c = {
        "set b.c=((c[1])+(b.a)),b.a = pk,c[1] = pk, c[4] = b.a - b.b, c[2] = b.c add c[8] :b, c[6] :a",
        NULL,
        "{\":a\":{\"N\":\"2\"},\":b\":{\"SS\":[\"a\"]}}",
        "{\"pk\":{\"S\":\"k\"},\"b\":{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"3\"}}},"
        "\"c\":{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}}",
        "{\"pk\":{\"S\":\"k\"},\"b\":{\"M\":{\"a\":{\"S\":\"k\"},\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"4\"}}},"
        "\"c\":{\"L\":[{\"N\":\"1\"},{\"S\":\"k\"},{\"N\":\"3\"},{\"N\":\"-1\"},{\"N\":\"2\"},{\"SS\":[\"a\"]"
        "}]}"
        "}",
    };
    check_update(f, &c);
}

/* ------------------------------------------------------------------ REMOVE */

static void remove_takes_away(void **state)
{
    static const struct row rows[] = {
        {"REMOVE n", N1, "{" PK "}"},
        {"REMOVE z", N1, N1},
        {"REMOVE n, z", N1, "{" PK "}"},
        {"REMOVE m.b", MAP, "{" PK ",'m':{'M':{'d':{'M':{'y':{'N':'4'}}}}}}"},
        {"REMOVE m.d.y", MAP, "{" PK ",'m':{'M':{'b':{'N':'3'},'d':{'M':{}}}}}"},
        {"REMOVE m.z", MAP, MAP},
        {"REMOVE l[0]", LIST3, "{" PK ",'l':{'L':[{'S':'b'},{'S':'c'}]}}"},
        {"REMOVE l[2], l[0]", LIST3, "{" PK ",'l':{'L':[{'S':'b'}]}}"},
        {"REMOVE l[0], l[1], l[2]", LIST3, "{" PK ",'l':{'L':[]}}"},
        {"REMOVE l[17]", LIST3, LIST3},
        {"REMOVE z.a", N1, INVALID_PATH},
        {"REMOVE z[0]", N1, INVALID_PATH},
        {"REMOVE n.a", N1, INVALID_PATH},
        {"REMOVE n[0]", N1, INVALID_PATH},
        {"REMOVE m[0]", MAP, INVALID_PATH},
        {"REMOVE l.b", LIST3, INVALID_PATH},
        {"REMOVE m.x.y", MAP, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

/* scylladb, test_update_expression_nested_remove_list_item_original_number. */
static void indexes_are_those_of_the_list_as_it_was(void **state)
{
    static const struct row rows[] = {
        {"REMOVE l[0] SET l[2] = :s", LIST3, "{" PK ",'l':{'L':[{'S':'b'},{'S':'new'}]}}"},
        {"SET l[2] = :s REMOVE l[1]", LIST3, "{" PK ",'l':{'L':[{'S':'a'},{'S':'new'}]}}"},
        {"SET l[3] = :s REMOVE l[0], l[2]", LIST3, "{" PK ",'l':{'L':[{'S':'b'},{'S':'new'}]}}"},
        {"REMOVE l[0] SET l[9] = l[0]", LIST3, "{" PK ",'l':{'L':[{'S':'b'},{'S':'c'},{'S':'a'}]}}"},
        {"REMOVE l[0] SET l[9] = l[0]", "{" PK ",'l':{'L':[{'S':'a'}]}}", "{" PK ",'l':{'L':[{'S':'a'}]}}"},
    };
    CHECK_ROWS(*state, rows);
}

/* ------------------------------------------------------------------ ADD and DELETE */

#define SETS "{" PK ",'s':{'SS':['a','b']},'t':{'NS':['1','2']},'u':{'BS':['AQ==','Ag==']}}"

static void add_counts_up(void **state)
{
    static const struct row rows[] = {
        {"ADD n :2", N1, "{" PK ",'n':{'N':'3'}}"},
        {"ADD a :2", N1, "{" PK ",'n':{'N':'1'},'a':{'N':'2'}}"},
        {"ADD a :2", NULL, "{" PK ",'a':{'N':'2'}}"},
        {"ADD m.b :2", MAP, "{" PK ",'m':{'M':{'b':{'N':'5'},'d':{'M':{'y':{'N':'4'}}}}}}"},
        {"ADD m.z :2", MAP, "{" PK ",'m':{'M':{'b':{'N':'3'},'d':{'M':{'y':{'N':'4'}}},'z':{'N':'2'}}}}"},
        {"ADD l[7] :2", LIST3, "{" PK ",'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'N':'2'}]}}"},
        {"ADD n :big", "{" PK ",'n':{'N':'9e125'}}", OVERFLOW},
        {"ADD pk.a :2", N1, INVALID_PATH},
        {"ADD z.a :2", N1, INVALID_PATH},
        {"ADD z[0] :2", N1, INVALID_PATH},
        {"ADD l :2", LIST3, WRONG_TYPE},
        {"ADD m :2", MAP, WRONG_TYPE},
        {"ADD s :2", SETS, WRONG_TYPE},
        {"ADD n :ns", N1, WRONG_TYPE},
    };
    CHECK_ROWS(*state, rows);
}

static void add_unites_sets(void **state)
{
    static const struct row rows[] = {
        {"ADD s :ss, t :ns, u :bs", SETS,
         "{" PK ",'s':{'SS':['a','b','c']},'t':{'NS':['1','2','3']},'u':{'BS':['AQ==','Ag==']}}"},
        {"ADD a :ss", SETS,
         "{'a':{'SS':['b','c']}," PK
         ",'s':{'SS':['a','b']},'t':{'NS':['1','2']},'u':{'BS':['AQ==','Ag==']}}"},
        {"ADD a :ss", NULL, "{" PK ",'a':{'SS':['c','b']}}"},
        {"ADD s :ss", "{" PK ",'s':{'SS':['d','bb','aa']}}", "{" PK ",'s':{'SS':['aa','b','bb','c','d']}}"},
        {"ADD s :ns", SETS, WRONG_TYPE},
        {"ADD t :bs", SETS, WRONG_TYPE},
        {"ADD l :ss", LIST3, WRONG_TYPE},
    };
    CHECK_ROWS(*state, rows);
}

static void delete_takes_members_from_sets(void **state)
{
    static const struct row rows[] = {
        {"DELETE s :ss", SETS, "{" PK ",'s':{'SS':['a']},'t':{'NS':['1','2']},'u':{'BS':['AQ==','Ag==']}}"},
        {"DELETE t :ns", SETS, "{" PK ",'s':{'SS':['a','b']},'t':{'NS':['1']},'u':{'BS':['AQ==','Ag==']}}"},
        {"DELETE s :ss", "{" PK ",'s':{'SS':['x','y']}}", "{" PK ",'s':{'SS':['x','y']}}"},
        {"DELETE s :ss", "{" PK ",'s':{'SS':['b']}}", "{" PK "}"},
        {"DELETE s :ss", "{" PK ",'s':{'SS':['c','b']}}", "{" PK "}"},
        {"DELETE z :ss", SETS, SETS},
        {"DELETE m.s :ss", "{" PK ",'m':{'M':{'s':{'SS':['b']}}}}", "{" PK ",'m':{'M':{}}}"},
        {"DELETE l[1] :ss", "{" PK ",'l':{'L':[{'N':'1'},{'SS':['b','z']},{'N':'2'}]}}",
         "{" PK ",'l':{'L':[{'N':'1'},{'SS':['z']},{'N':'2'}]}}"},
        {"DELETE l[1] :ss", "{" PK ",'l':{'L':[{'N':'1'},{'SS':['b']},{'N':'2'}]}}",
         "{" PK ",'l':{'L':[{'N':'1'},{'N':'2'}]}}"},
        {"DELETE l[9] :ss", LIST3, LIST3},
        {"DELETE s :ns", SETS, WRONG_TYPE},
        {"DELETE pk :ss", SETS, WRONG_TYPE},
        {"DELETE z.s :ss", SETS, INVALID_PATH},
        {"DELETE l.s :ss", LIST3, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

/* ------------------------------------------------------------------ items that are not there */

static void an_update_that_only_takes_away_creates_nothing(void **state)
{
    static const struct row rows[] = {
        {"REMOVE a", NULL, NULL},
        {"DELETE a :ss", NULL, NULL},
        {"REMOVE a DELETE b :ss", NULL, NULL},
        /* scylladb, test_nested_attribute_remove_from_missing_item */
        {"REMOVE x.y", NULL, NULL},
        {"REMOVE x[0]", NULL, NULL},
        {"DELETE x.y :ss", NULL, NULL},
        {"REMOVE a SET b = :1", NULL, "{" PK ",'b':{'N':'1'}}"},
        {"REMOVE b DELETE c :ss ADD d :2, e :ss SET f = :l", NULL,
         "{" PK ",'d':{'N':'2'},'e':{'SS':['b','c']},'f':{'L':[{'S':'x'},{'N':'7'}]}}"},
        {"REMOVE x.y SET b = :1", NULL, INVALID_PATH},
    };
    CHECK_ROWS(*state, rows);
}

static void no_actions_make_an_item_of_the_key(void **state)
{
    struct fixture *f = *state;
    struct slice key = fixture_item(f, KEY);
    struct slice item = fixture_item(f, "{\"pk\":{\"S\":\"k\"},\"a\":{\"N\":\"1\"}}");
    struct slice after;
    assert_true(expr_update_apply(NULL, SLICE_NONE, key, &f->arena, &after, &f->err));
    assert_true(slice_equal(after, key));
    assert_true(expr_update_apply(NULL, item, key, &f->arena, &after, &f->err));
    assert_ptr_equal(after.data, item.data);
}

/* ------------------------------------------------------------------ which error is told */

static void the_first_action_that_cannot_be_is_told(void **state)
{
    static const struct row rows[] = {
        {"SET a = z, m.x.y = :1", MAP, NO_ATTRIBUTE},
        {"SET m.x.y = :1, a = z", MAP, INVALID_PATH},
        {"SET zz = pk + :1, a.b = :1", MAP, WRONG_TYPE},
        {"SET a.b = :1, zz = pk + :1", MAP, INVALID_PATH},
        {"REMOVE z.a SET b = z", MAP, INVALID_PATH},
        {"ADD m :1 SET b = z", MAP, WRONG_TYPE},
        /* within one: its operands, then its path, then what is stored there */
        {"SET z.a = zz", MAP, NO_ATTRIBUTE},
        {"SET z.a = pk + :1", MAP, WRONG_TYPE},
    };
    CHECK_ROWS(*state, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(set_creates_and_overwrites),
        TEST_CASE(operands_are_read_from_the_item_as_it_was),
        TEST_CASE(operands_see_the_key_of_an_item_that_is_not_there),
        TEST_CASE(sums_are_of_numbers),
        TEST_CASE(if_not_exists_takes_what_is_there),
        TEST_CASE(list_append_puts_one_list_behind_the_other),
        TEST_CASE(set_below_the_top_needs_its_parent),
        TEST_CASE(elements_are_replaced_or_appended),
        TEST_CASE(appended_elements_of_all_sections_are_in_the_order_of_indexes),
        TEST_CASE(remove_takes_away),
        TEST_CASE(indexes_are_those_of_the_list_as_it_was),
        TEST_CASE(add_counts_up),
        TEST_CASE(add_unites_sets),
        TEST_CASE(delete_takes_members_from_sets),
        TEST_CASE(an_update_that_only_takes_away_creates_nothing),
        TEST_CASE(no_actions_make_an_item_of_the_key),
        TEST_CASE(the_first_action_that_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
