"""The mutations: each breaks one thing that tests have to notice.

`find` has to be in the file exactly once (white space in it stands for any white space), so that a mutation that no longer fits
the source is an error and gets repaired or replaced."""

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str
    find: str
    replace: str


def mutants_of(file, *mutations):
    return [Mutant(name, file, find, replace) for name, find, replace in mutations]


MUTANTS = [
    # -------------------------------------------------------------------- conditions
    *mutants_of(
        "src/expr/evaluate.c",
        ("<= is <", "return order <= 0;", "return order < 0;"),
        ("> is >=", "return order > 0;", "return order >= 0;"),
        ("<> is false when something is missing", "return !both || !values_equal", "return both && !values_equal"),
        ("BETWEEN excludes its lower bound", "from >= 0 && to <= 0", "from > 0 && to <= 0"),
        ("BETWEEN excludes its upper bound", "from >= 0 && to <= 0", "from >= 0 && to < 0"),
        ("OR is AND", "return some_operand_is(ev, node, true);", "return !some_operand_is(ev, node, false);"),
        ("AND is OR", "return !some_operand_is(ev, node, false);", "return some_operand_is(ev, node, true);"),
        ("NOT does nothing", "return !evaluate(", "return evaluate("),
        ("begins_with is contains", "slice_starts_with(v->payload, prefix->payload)",
         "(prefix->payload.size == 0 || memmem(v->payload.data, v->payload.size, prefix->payload.data, prefix->payload.size))"),
        ("begins_with does not look at types", "text && v->type == prefix->type && slice_starts_with",
         "text && slice_starts_with"),
        ("a set of numbers contains strings", "searched->type == VALUE_N && value_set_contains", "value_set_contains"),
        ("an index may be one too high", "element->index >= parent->count", "element->index > parent->count"),
        ("size of a string counts bytes", "*out = utf16_length(v->payload);", "*out = v->payload.size;"),
        ("size counts characters", "length += byte >= 0xF0;", ""),
        ("booleans have a size", "case VALUE_NULL: return false; } UNREACHABLE(); } static bool evaluate(",
         "case VALUE_NULL: *out = 1; return true; } UNREACHABLE(); } static bool evaluate("),
        ("lists contain only their first element", "for (uint32_t i = 0; i < list->count; i++)",
         "for (uint32_t i = 0; i < list->count && i < 1; i++)"),
    ),
    # -------------------------------------------------------------------- projections and what updates return
    *mutants_of(
        "src/expr/selection.c",
        ("what is selected of nothing is an empty document", "return written; }", "return true; }"),
        ("projected lists keep the order of the paths", "|| selection_is_index(parent->first_child)", ""),
        ("a nested path selects all of its parent", "if (selection->complete) {", "if (selection->complete || v->type == VALUE_M) {"),
    ),
    # -------------------------------------------------------------------- numbers
    *mutants_of(
        "src/item/number_arith.c",
        ("a carry is lost", "sum > 99;", "sum > 100;"),
        ("39 digits fit", "result.count) > NUMBER_DIGITS_MAX", "result.count) > NUMBER_DIGITS_MAX + 1"),
        ("differences are sums", "y.negative = !y.negative;", ""),
        ("sums have the sign of the first operand", "row_finish(&row, larger->negative", "row_finish(&row, a->negative"),
        ("nothing underflows", "if (result.exponent < EXPONENT_MIN)", "if (result.exponent < EXPONENT_MIN - 1)"),
    ),
    *mutants_of(
        "src/item/number.c",
        ("1E125 is too large", "exponent > DECIMAL_EXPONENT_MAX", "exponent >= DECIMAL_EXPONENT_MAX"),
        ("fractions keep a zero at the end", "return out - (out[-1] == '0');", "return out;"),
        ("a minus costs nothing", "encoded.size - escaped + negative", "encoded.size - escaped"),
    ),
    # -------------------------------------------------------------------- updates
    *mutants_of(
        "src/expr/update_changes.c",
        ("+ is - and - is +", "difference ? !number_subtract", "!difference ? !number_subtract"),
        ("list_append appends to the larger list", ".at = to_first ? base->count : 0", ".at = base->count"),
        ("if_not_exists does not look at what is there",
         "return read_path(u, &tree->paths[tested->operand], target_level, out) ||", "return"),
        ("ADD to a set keeps it as it is", "value_splice_union(stored, operand, u->arena, splice); if (splice->edit_count > 0)",
         "value_splice_union(stored, operand, u->arena, splice); if (splice->edit_count > 100)"),
        ("DELETE leaves the last member", "if (splice->count == 0)", "if (splice->count <= 1)"),
        ("ADD overwrites a number", "return put_sum(u, stored, operand, false, change);",
         "{ put(change, operand); return true; }"),
        ("a target needs no parent of the right type", ": VALUE_M) || invalid_path(u);", ": VALUE_M) || true;"),
        ("values may sink too deep", "target_level > level && value_depth", "target_level > level + 1 && value_depth"),
    ),
    *mutants_of(
        "src/expr/update.c",
        ("an element is inserted, not replaced", "edit->removes = found; switch",
         "edit->removes = found && base->type == VALUE_M; switch"),
        ("ADD alone creates no item", "tree->actions[i].kind == ACTION_SET || tree->actions[i].kind == ACTION_ADD",
         "tree->actions[i].kind == ACTION_SET"),
    ),
    *mutants_of(
        "src/expr/update_record.c",
        ("a value that is set costs nothing beside itself", "? PUT_ELEMENT_BYTES : PUT_BYTES;", "? 0 : 0;"),
    ),
    *mutants_of(
        "src/item/value_splice.c",
        ("the size of a name is not taken back", "member_overhead(s) + name.size + value_size_bytes(&former)",
         "member_overhead(s) + value_size_bytes(&former)"),
        ("new members have no overhead", "+ (entry ? edit->name.size : 0) + size_bytes);", "+ (entry ? edit->name.size : 0) + size_bytes - member_overhead(s));"),
        ("a union forgets neighbours", "last->count++;", ""),
    ),
    *mutants_of(
        "src/api/write_item.c",
        ("ALL_OLD shows the item afterwards", "return write_whole(w, change->former);", "return write_whole(w, change->after);"),
        ("UPDATED_OLD shows what is there afterwards", "expr_update_write_old(change->update, change->former, w)",
         "expr_update_write_old(change->update, change->after, w)"),
        ("key attributes may be updated", "if (item_key_has_attribute(&table->key, target))",
         "if (item_key_has_attribute(&table->key, target) && target.size > 100)"),
    ),
    # -------------------------------------------------------------------- sizes and capacity
    *mutants_of(
        "src/item/value_builder.c",
        ("entries of a map have no overhead", "return 3 + count + entries;", "return 3 + entries;"),
    ),
    *mutants_of(
        "src/engine/capacity.h",
        ("write units are rounded too far up", "(bytes + CAPACITY_WRITE_BLOCK_BYTES - 1)", "(bytes + CAPACITY_WRITE_BLOCK_BYTES)"),
        ("consistent reads cost half", "(consistent ? 2 : 1)", "(consistent ? 1 : 2)"),
    ),
    *mutants_of(
        "src/engine/item_write.c",
        ("what is replaced still counts for the table's size", ".bytes = size_or_zero(change->after) - size_or_zero(change->former),",
         ".bytes = size_or_zero(change->after),"),
        ("a write costs what is there afterwards", "before > after ? before : after", "after"),
    ),
    # -------------------------------------------------------------------- queries and scans
    *mutants_of(
        "src/engine/item_range.c",
        ("the key condition < is <=", "case KEY_LT: range->upper = before(stored);",
         "case KEY_LT: range->upper = through_value(source, stored);"),
        ("the key condition BETWEEN excludes its upper bound", "through_value(source, stored_value(source, prefix, &condition->upper, arena))",
         "before(stored_value(source, prefix, &condition->upper, arena))"),
        ("begins_with has no end", "range->upper = through(stored); return; case KEY_NOT_INDEXABLE:", "return; case KEY_NOT_INDEXABLE:"),
        ("a page begins with the item that ended the one before", "(struct storage_bound){STORAGE_BOUND_EXCLUSIVE, key.sort};",
         "(struct storage_bound){STORAGE_BOUND_INCLUSIVE, key.sort};"),
        ("segments overlap", "segment_begin((uint64_t)segment.index + 1, segment.total) - 1",
         "segment_begin((uint64_t)segment.index + 1, segment.total) + (UINT64_MAX >> 4) * (segment.index + 1 < segment.total)"),
    ),
    *mutants_of(
        "src/engine/item_read.c",
        ("Limit counts what the filter lets through", "page->scanned == page->limit", "page->matched == page->limit"),
    ),
    *mutants_of(
        "src/api/query.c",
        ("ScanIndexForward is turned round", "&& !in->scan_index_forward.value", "&& in->scan_index_forward.value"),
    ),
    # -------------------------------------------------------------------- older parameters
    *mutants_of(
        "src/expr/legacy.c",
        ("NOT_CONTAINS is true of what is missing", "expr_builder_operator(b, OP_NOT, 1); expr_builder_operator(b, OP_AND, 2);",
         "expr_builder_operator(b, OP_NOT, 1); expr_builder_operator(b, OP_OR, 2);"),
        ("LT is LE of older conditions", "add_comparison(b, OP_LT, condition, 1)", "add_comparison(b, OP_LE, condition, 1)"),
    ),
    *mutants_of(
        "src/api/legacy.c",
        ("filters know no OR", "p->filter_count, p->conditional_operator == CONDITIONAL_OPERATOR_OR", "p->filter_count, false"),
    ),
    # -------------------------------------------------------------------- transactions and PartiQL
    *mutants_of(
        "src/api/transaction.c",
        ("transactions cost as much as single writes", ".table_halves = 2 * item_change_capacity_halves(change)",
         ".table_halves = item_change_capacity_halves(change)"),
    ),
    *mutants_of(
        "src/partiql/plan_write.c",
        ("DELETE of a missing item fails", "&where.rest, GUARD_MAY_MISS,", "&where.rest, GUARD_EXISTS,"),
        ("UPDATE makes items", "&where.rest, GUARD_EXISTS, &change->condition", "&where.rest, GUARD_NOTHING, &change->condition"),
    ),
    # -------------------------------------------------------------------- streams
    *mutants_of(
        "src/engine/change_record.c",
        ("a new item is one that was modified", "return CHANGE_INSERT;", "return CHANGE_MODIFY;"),
        ("OLD_IMAGE shows new images", "return view == STREAM_VIEW_NEW_IMAGE || view == STREAM_VIEW_NEW_AND_OLD_IMAGES;",
         "return view != STREAM_VIEW_KEYS_ONLY;"),
        ("SizeBytes counts no old image", "slice_is_none(record->old_image) ? 0 : (int64_t)item_size_bytes(record->old_image)", "0"),
    ),
    *mutants_of(
        "src/api/get_records.c",
        ("a closed shard goes on for ever", "if (!page->ended || !is_closed(page))", "if (true)"),
    ),
]
