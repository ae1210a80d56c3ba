/* plan.h - what is to be done for a PartiQL statement: which items are read, by which key conditions and filter; or which
 *          change of which item is committed.
 * Use:     partiql_parse() (syntax.h), partiql_check(), partiql_check_values(), find the table the statement names,
 *          partiql_plan(). Reading and committing are the caller's, by engine/: a plan is data.
 * Rules:   partiql_check() holds what DynamoDB refuses of a statement whatever its table and parameters (restrictions.c),
 *          partiql_check_values() what it refuses of values; partiql_plan() what it refuses knowing the table. The planner
 *          itself is wider than those rules.
 * Access:  SELECT is answered by a Query if its WHERE fixes the partition key (all attributes of it) by equality, IN, or OR of
 *          such: one range for each; by a Scan otherwise. What of the WHERE the key conditions do not say is the filter. It is
 *          evaluated on what the source holds: of an index on entries, whatever is fetched.
 * Owns:    the plan lives in the arena, and borrows from the statement, the parameters and the table.
 * Errors:  ERR_VALIDATION, ERR_RESOURCE_NOT_FOUND (an index that is not there is ERR_VALIDATION), with DynamoDB's texts.
 * Threads: any; a plan does not change but for `change`, which is the committer's.
 * Source:  semantics.md 18. */
#ifndef STATOR_PARTIQL_PLAN_H
#define STATOR_PARTIQL_PLAN_H

#include "engine/item_key.h"
#include "engine/item_write.h"
#include "expr/expr.h"
#include "json/json_writer.h"
#include "partiql/syntax.h"
#include "table/table.h"

/* What the statement breaks of DynamoDB's rules whatever its table; and the number of parameters given. */
[[nodiscard]] bool partiql_check(const struct partiql_statement *statement, size_t parameter_count,
                                 struct error *err);
/* What its literals and parameters break of them: sets, nesting, numbers; types of operands, paths of an UPDATE that overlap.
 * DynamoDB tells all that before it looks for the table. `parameters`: as many as partiql_check() was told. */
[[nodiscard]] bool partiql_check_values(const struct partiql_statement *statement,
                                        const struct value *parameters, struct error *err);

enum { PARTIQL_RANGES_MAX = 100 };

struct partiql_column;

struct partiql_plan {
    const struct partiql_statement *statement;
    const struct table *table;

    /* SELECT and EXISTS: what to read. */
    struct item_source source;
    bool is_query; /* else a Scan */
    const struct key_conditions
        *ranges; /* of a Query: in the order in which they are to be read, none twice */
    size_t range_count;
    bool reverse;              /* ORDER BY ... DESC */
    const struct expr *filter; /* NULL: everything passes */
    const struct expr *
        projection; /* the attributes that columns are parts of; NULL: whole items (of an index: what it holds).
                                      A local index may lack some, which are then to be fetched */
    bool names_columns;                   /* else SELECT *; see partiql_write_row() */
    const struct partiql_column *columns; /* private */
    size_t column_count;

    /* Every statement whose WHERE fixes the whole primary key of the table by equality (in a SELECT, IN with one value is such);
     * INSERT has it in its value. A SELECT that asks for nothing else, and not of an index, has no filter. */
    bool has_key;
    struct storage_key key;

    /* INSERT, UPDATE, DELETE, EXISTS: what to commit. Its condition holds WHERE's further conditions; INSERT's fails if there is
     * such an item, UPDATE's if there is none, DELETE's only if there is one for which the rest of WHERE is false. EXISTS is the
     * further conditions alone, as those of a ConditionCheck. */
    struct item_change change;

    /* Set if partiql_plan() fails for what the item is, or for not saying which: its key, its indexes, its size. Then a
     * transaction is canceled with this text as the reason (ValidationError); otherwise the request is wrong. */
    const char *refusal;
};

/* PRE: partiql_check() and partiql_check_values(), with the same parameters. On failure nothing of the plan means anything
 * but its refusal. */
[[nodiscard]] bool partiql_plan(const struct partiql_statement *statement, const struct value *parameters,
                                const struct table *table, struct arena *arena, struct partiql_plan *plan_out,
                                struct error *err);

/* What a SELECT shows of an item, as a JSON object: a column is a member that is called as its path from the last name on
 * (`a.b[0]` is `b[0]`), and left out if it is not there. */
void partiql_write_row(const struct partiql_plan *plan, struct slice item, struct json_writer *w);

/* What RETURNING shows of a change that was made, as a JSON object. false: nothing was asked for, or there is nothing; then
 * nothing is written. */
bool partiql_write_returning(const struct partiql_plan *plan, struct json_writer *w);

#endif
