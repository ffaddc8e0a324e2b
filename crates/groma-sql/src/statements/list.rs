//! A page of rows, and how many there are.
//!
//! A read rule that is an `or` becomes one branch for each of its parts: searched, sorted and limited by itself.
//! The first rows of all branches together are among the first rows of each, so a page costs what a page costs,
//! whatever the table holds. A row that several parts open is in several branches, and is merged into one. Where a
//! page starts among rows that may be empty in the first sort field, the rows that hold a value there and those
//! that do not are branches too: each is one range of an index.

mod filters;
mod keyset;
mod lead;

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, NamedFilter};
use groma_ir::http::Param;
use groma_plan::Query;

use super::below::Below;
use crate::columns::Columns;
use crate::dialect::{FirstOfEach, Merge};
use crate::pred::Scope;
use crate::write::{Context, Slot, Template, Writer};
use filters::filters;
use keyset::{Start, is_apart, keyset, ordered, sort_value, starts};
use lead::Lead;

/// More branches than this are left to the database as one condition.
const MOST_BRANCHES: usize = 8;

/// What a list statement is made for.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'q> {
    pub(crate) entity: EntityId,
    pub(crate) params: &'q [Param],
    pub(crate) named: &'q [NamedFilter],
    pub(crate) query: &'q Query,
    pub(crate) below: Below<'q>,
    /// Whether pages are cut by an offset.
    pub(crate) by_offset: bool,
}

/// The rows of a page, and one more.
pub(crate) fn rows(cx: Context<'_>, shape: Shape<'_>, columns: &Columns) -> Template {
    let readable = shape.below.readable(&cx, shape.entity);
    let parts = split(&readable);
    let starts = starts(shape.query, cx.dialect.reads_empty_apart());
    let mut branches = Vec::new();
    for own in &parts {
        branches.extend(starts.iter().map(|start| Branch { own, start: *start }));
    }
    let mut writer = Writer::new(cx);
    if let [only] = branches.as_slice() {
        select(&mut writer, shape, columns, only, false);
    } else {
        // Ranges of one part have no row in common.
        merged(&mut writer, shape, columns, &branches, parts.len() > 1);
        order(&mut writer, shape, None, false);
    }
    limit(&mut writer, Slot::Limit);
    if shape.by_offset {
        writer.clause("OFFSET");
        writer.push_parameter(Slot::Offset);
    }
    writer.finish()
}

/// How many rows there are on all pages.
pub(crate) fn count(cx: Context<'_>, shape: Shape<'_>) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT count(*)");
    from(&mut writer, shape.entity);
    let scope = Scope::row(shape.entity, "t").leading();
    let mut conditions = Conditions::new(&mut writer);
    below(&mut conditions, shape);
    let readable = shape.below.readable(&cx, shape.entity);
    if !readable.is_always() {
        conditions.next().pred(&readable, scope);
    }
    filters(&mut conditions, shape, scope);
    writer.finish()
}

/// One of the ranges that make up a page.
#[derive(Clone, Copy)]
struct Branch<'p> {
    /// What its rows meet.
    own: &'p Pred,
    start: Start,
}

/// The parts of a rule that are searched by themselves.
fn split(readable: &Pred) -> Vec<Pred> {
    let parts = match readable {
        Pred::Any(parts) => parts.clone(),
        Pred::All(all) => distributed(all).unwrap_or_default(),
        Pred::Not(_) | Pred::Atom(_) => Vec::new(),
    };
    if parts.is_empty() || parts.len() > MOST_BRANCHES {
        return vec![readable.clone()];
    }
    parts
}

/// `(a or b) and c` as `a and c`, `b and c`.
fn distributed(all: &[Pred]) -> Option<Vec<Pred>> {
    let at = all.iter().position(|pred| matches!(pred, Pred::Any(_)))?;
    let mut rest = all.to_vec();
    let Pred::Any(parts) = rest.remove(at) else {
        return None;
    };
    Some(
        parts
            .into_iter()
            .map(|part| Pred::all(std::iter::once(part).chain(rest.clone())))
            .collect(),
    )
}

fn merged(
    writer: &mut Writer<'_>,
    shape: Shape<'_>,
    columns: &Columns,
    branches: &[Branch<'_>],
    overlap: bool,
) {
    let dialect = writer.cx.dialect;
    let merge = dialect.merges_by();
    writer.push("SELECT ");
    if overlap && merge == Merge::DistinctOn {
        writer.push("DISTINCT ON (");
        terms(writer, shape);
        writer.push(") ");
    }
    columns.push_names(writer, shape.entity);
    writer.clause("FROM");
    let union = if merge == Merge::Union {
        "UNION"
    } else {
        "UNION ALL"
    };
    writer.subquery(|writer| {
        for (index, branch) in branches.iter().enumerate() {
            if index > 0 {
                writer.line();
                writer.push(union);
                writer.line();
            }
            writer.push("SELECT * FROM ");
            writer.subquery(|writer| {
                select(writer, shape, columns, branch, true);
                limit(writer, Slot::Window);
            });
            writer.push(&dialect.named("b"));
        }
    });
    writer.push(&dialect.named("m"));
    if overlap && merge == Merge::Group {
        writer.clause("GROUP BY");
        terms(writer, shape);
    }
}

/// Writes the order of rows; without an alias, of those that the statements inside gave.
fn order(writer: &mut Writer<'_>, shape: Shape<'_>, alias: Option<&str>, is_apart: bool) {
    writer.clause("ORDER BY");
    for (index, term) in shape.query.sort.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let value = if let Some(alias) = alias {
            ordered(writer, shape.entity, alias, term)
        } else {
            let column = writer.stored(shape.entity, "", term.field);
            sort_value(writer, shape.entity, term, &column)
        };
        writer.push(&value);
        writer.push(if term.descending { " DESC" } else { " ASC" });
        if term.nullable && !(is_apart && index == 0 && writer.cx.dialect.reads_empty_apart()) {
            writer.push(" NULLS LAST");
        }
    }
}

/// Writes what makes rows the same: the key is the last term of every order.
fn terms(writer: &mut Writer<'_>, shape: Shape<'_>) {
    for (index, term) in shape.query.sort.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let column = writer.stored(shape.entity, "", term.field);
        let value = sort_value(writer, shape.entity, term, &column);
        writer.push(&value);
    }
}

fn limit(writer: &mut Writer<'_>, slot: Slot) {
    writer.clause("LIMIT");
    writer.push_parameter(slot);
}

fn from(writer: &mut Writer<'_>, entity: EntityId) {
    writer.clause("FROM");
    let table = writer.table(entity);
    writer.push(&table);
    writer.push(" AS t");
}

fn select(writer: &mut Writer<'_>, shape: Shape<'_>, columns: &Columns, branch: &Branch<'_>, named: bool) {
    // What lies below a row is found by that.
    let lead = if shape.below.parents.is_empty() {
        Lead::of(writer, shape.entity, branch.own)
    } else {
        None
    };
    // Through rows that lead to many, `t` is inside: the first rows of each of them. Where the order of a join cannot be
    // said, it is inside too: then it is read after those rows.
    let is_lateral = writer.cx.dialect.first_of_each() == FirstOfEach::Lateral;
    let is_inside = |lead: &Lead<'_>| {
        !writer.cx.is_for_people() && (is_lateral || !lead.leads_to_one(writer, shape.entity))
    };
    let is_inside = lead.as_ref().is_some_and(is_inside);
    let alias = if is_inside { "o" } else { "t" };
    writer.push("SELECT ");
    if named {
        columns.push_named(writer, shape.entity, alias);
    } else {
        columns.push(writer, shape.entity, alias);
    }
    let scope = Scope::row(shape.entity, "t");
    match lead {
        None => {
            from(writer, shape.entity);
            let mut conditions = Conditions::new(writer);
            below(&mut conditions, shape);
            if !branch.own.is_always() {
                conditions.next().pred(branch.own, scope);
            }
            kept(&mut conditions, shape, branch, scope);
        }
        Some(lead) => through(writer, shape, branch, &lead, is_inside),
    }
    order(writer, shape, Some(alias), is_apart(shape.query, branch.start));
}

/// Writes below which rows.
fn below(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>) {
    for condition in shape.below.conditions(conditions.writer, shape.entity, "t") {
        conditions.next().push(&condition);
    }
}

/// Writes what a query keeps, from where the branch starts.
fn kept(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, branch: &Branch<'_>, scope: Scope<'_>) {
    filters(conditions, shape, scope);
    keyset(conditions, shape, branch.start);
}

/// Writes the rows that are found through other rows: for each of those the first ones here, so that a row there
/// that leads to many here costs no more than one that leads to few.
fn through(writer: &mut Writer<'_>, shape: Shape<'_>, branch: &Branch<'_>, lead: &Lead<'_>, is_inside: bool) {
    let scope = Scope::row(shape.entity, "t");
    let stops = lead.from(writer);
    let is_reached = lead.is_reached(writer, shape.entity, &stops);
    let table = writer.table(shape.entity);
    let joint = writer.cx.dialect.ordered_join();
    if !is_inside {
        writer.push(&format!(" {joint} {table} AS t ON {is_reached}"));
        let mut conditions = Conditions::new(writer);
        lead.end(&mut conditions, &stops);
        lead.rest(&mut conditions, scope);
        kept(&mut conditions, shape, branch, scope);
        return;
    }
    let (before, given, after) = match writer.cx.dialect.first_of_each() {
        FirstOfEach::Lateral => (
            String::from(" JOIN LATERAL "),
            String::from("t.*"),
            " AS o ON TRUE",
        ),
        FirstOfEach::ByName(name) => {
            let [outer, inner] = ["o", "t"].map(|alias| row_id(writer, shape.entity, (name, alias)));
            (format!(" {joint} {table} AS o ON {outer} IN "), inner, "")
        }
    };
    writer.push(&before);
    writer.subquery(|writer| {
        writer.push(&format!("SELECT {given}"));
        from(writer, shape.entity);
        let mut conditions = Conditions::new(writer);
        conditions.next().push(&is_reached);
        lead.rest(&mut conditions, scope);
        kept(&mut conditions, shape, branch, scope);
        if !lead.leads_to_one(writer, shape.entity) {
            order(writer, shape, Some("t"), is_apart(shape.query, branch.start));
        }
        limit(writer, Slot::Window);
    });
    writer.push(after);
    lead.end(&mut Conditions::new(writer), &stops);
}

/// What names a row to the database itself, which finds it by that at once; the key in a table that is not ours.
fn row_id(writer: &Writer<'_>, entity: EntityId, (name, alias): (Option<&str>, &str)) -> String {
    let table = writer.cx.model.tables.of(entity);
    match name {
        Some(name) if table.managed => format!("{alias}.{name}"),
        _ => writer.column(entity, alias, table.key),
    }
}

/// Writes one term of an order: an enum by its declared order.
/// Conditions, the first after `WHERE`, the others after `AND`.
struct Conditions<'w, 'c> {
    writer: &'w mut Writer<'c>,
    first: bool,
}

impl<'w, 'c> Conditions<'w, 'c> {
    fn new(writer: &'w mut Writer<'c>) -> Self {
        Self { writer, first: true }
    }

    fn next(&mut self) -> &mut Writer<'c> {
        if std::mem::take(&mut self.first) {
            self.writer.clause("WHERE");
        } else {
            self.writer.and();
        }
        self.writer
    }
}
