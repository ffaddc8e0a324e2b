//! Where a page starts: after the last row of the page before, in the order of the sort.

use groma_ir::design::{EntityId, Type};
use groma_plan::{Query, SortTerm};

use super::{Conditions, Shape};
use crate::kept::Sought;
use crate::write::{Slot, Writer};

/// Where the rows of a branch start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// At the first row.
    First,
    /// At the first of those that hold a value in the first sort field.
    Held,
    /// After the last row of the page before.
    After,
    /// After it, among those that hold a value in the first sort field.
    AfterHeld,
    /// Those that are empty there, all of which come after it.
    Empty,
}

/// The ranges that make up a page.
pub(super) fn starts(query: &Query, reads_empty_apart: bool) -> Vec<Start> {
    let Some(after) = &query.after else {
        return match query.sort.first() {
            Some(term) if reads_empty_apart && may_be_empty_first(term) => vec![Start::Held, Start::Empty],
            Some(_) | None => vec![Start::First],
        };
    };
    match (query.sort.first(), after.first()) {
        (Some(term), Some(value)) if term.nullable && !value.is_null() => {
            vec![Start::AfterHeld, Start::Empty]
        }
        _ => vec![Start::After],
    }
}

/// Whether an index may give what is empty before the rest.
fn may_be_empty_first(term: &SortTerm) -> bool {
    term.nullable && term.descending && term.variants.is_empty()
}

/// Whether the rows of a branch are all empty in the first sort field, or none of them: then it is all the same where
/// empty ones stand, and the order is that of an index.
pub(super) fn is_apart(query: &Query, start: Start) -> bool {
    match start {
        Start::First => false,
        Start::Held | Start::AfterHeld | Start::Empty => true,
        Start::After => is_after_empty(query, 0),
    }
}

/// Writes where a branch starts: after the last row of the page before, in the order of the sort.
pub(super) fn keyset(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, start: Start) {
    let terms = &shape.query.sort;
    let Some(first) = terms.first() else { return };
    let column = conditions.writer.column(shape.entity, "t", first.field);
    match start {
        Start::First => {}
        Start::Held => conditions.next().push(&format!("{column} IS NOT NULL")),
        Start::Empty => conditions.next().push(&format!("{column} IS NULL")),
        Start::After | Start::AfterHeld if is_one_range(shape.query, start) => {
            let writer = conditions.next();
            let sought: Vec<Sought<'_>> = terms
                .iter()
                .map(|term| writer.sought(shape.entity, "t", term.field))
                .collect();
            let columns: Vec<&str> = sought.iter().map(|sought| sought.column.as_str()).collect();
            let values: Vec<String> = sought
                .iter()
                .enumerate()
                .map(|(index, sought)| sought.value(&writer.parameter(Slot::After(index))))
                .collect();
            let sign = if first.descending { "<" } else { ">" };
            writer.push(&format!(
                "({}) {sign} ({})",
                columns.join(", "),
                values.join(", ")
            ));
        }
        Start::After | Start::AfterHeld => {
            if !is_after_empty(shape.query, 0) {
                let writer = conditions.next();
                let value = ordered(writer, shape.entity, "t", first);
                let bound = bound(writer, shape.entity, first, 0);
                let sign = if first.descending { "<=" } else { ">=" };
                writer.push(&format!("{value} {sign} {bound}"));
            }
            let text = after(conditions.writer, shape, 0, start == Start::AfterHeld);
            conditions.next().push(&text);
        }
    }
}

/// Whether the order is one range of an index: one direction, and nothing empty.
fn is_one_range(query: &Query, start: Start) -> bool {
    let Some(first) = query.sort.first() else {
        return false;
    };
    query.sort.iter().enumerate().all(|(index, term)| {
        term.descending == first.descending
            && term.variants.is_empty()
            && (!term.nullable || (index == 0 && start == Start::AfterHeld))
    })
}

fn is_after_empty(query: &Query, index: usize) -> bool {
    query
        .after
        .as_ref()
        .and_then(|after| after.get(index))
        .is_some_and(groma_plan::Value::is_null)
}

/// `a > :a OR (a = :a AND ...)`, down to the key. The depth of the calls is the number of sort terms.
fn after(writer: &mut Writer<'_>, shape: Shape<'_>, index: usize, held: bool) -> String {
    let Some(term) = shape.query.sort.get(index) else {
        return String::from("FALSE");
    };
    let column = writer.column(shape.entity, "t", term.field);
    let is_last = index + 1 == shape.query.sort.len();
    if is_after_empty(shape.query, index) {
        let rest = after(writer, shape, index + 1, false);
        return format!("({column} IS NULL AND {rest})");
    }
    let value = ordered(writer, shape.entity, "t", term);
    let bound = bound(writer, shape.entity, term, index);
    let sign = if term.descending { "<" } else { ">" };
    let mut text = format!("{value} {sign} {bound}");
    if term.nullable && !held {
        text = format!("{text} OR {column} IS NULL");
    }
    if !is_last {
        let rest = after(writer, shape, index + 1, false);
        text = format!("{text} OR ({value} = {bound} AND {rest})");
    }
    format!("({text})")
}

/// What rows of a table are put in order by.
pub(super) fn ordered(writer: &Writer<'_>, entity: EntityId, alias: &str, term: &SortTerm) -> String {
    let column = writer.sought(entity, alias, term.field).column;
    sort_value(writer, entity, term, &column)
}

/// What that is compared with: a sort value of the last row of the page before.
fn bound(writer: &mut Writer<'_>, entity: EntityId, term: &SortTerm, index: usize) -> String {
    let parameter = writer.parameter(Slot::After(index));
    if term.variants.is_empty() {
        writer.sought(entity, "t", term.field).value(&parameter)
    } else {
        parameter
    }
}

/// What a field sorts by: an enum by its declared order.
pub(super) fn sort_value(writer: &Writer<'_>, entity: EntityId, term: &SortTerm, column: &str) -> String {
    match &writer.cx.model.design.entities[entity].fields[term.field].ty {
        Type::Enum(of) => format!("CASE {column}{} END", writer.ranks(*of)),
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => column.to_owned(),
    }
}
