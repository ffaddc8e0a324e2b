//! A page of rows, and how many there are.
//!
//! A read rule that is an `or` becomes one branch for each of its parts. Each branch excludes the rows of those
//! before it, so that no row stands twice; it is searched, sorted and limited by itself, and the branches are
//! merged. Where a page starts among rows that may be empty in the first sort field, the rows that hold a value
//! there and those that do not are branches too: each is one range of an index.

mod filters;
mod keyset;
mod lead;

use groma_ir::access::{CallerFacts, Pred};
use groma_ir::design::{EntityId, NamedFilter};
use groma_ir::http::Param;
use groma_plan::{Query, SortTerm};

use super::readable;
use crate::columns::Columns;
use crate::pred::Scope;
use crate::write::{Context, Slot, Template, Writer};
use filters::filters;
use keyset::{Start, keyset, sort_value, starts};
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
    pub(crate) facts: &'q CallerFacts,
    /// Whether pages are cut by an offset.
    pub(crate) by_offset: bool,
}

/// The rows of a page, and one more.
pub(crate) fn rows(cx: Context<'_>, shape: Shape<'_>, columns: &Columns) -> Template {
    let readable = readable(&cx, shape.entity, shape.facts);
    let mut branches = Vec::new();
    for (own, before) in split(&readable) {
        for start in starts(shape.query) {
            branches.push(Branch {
                own: own.clone(),
                before: before.clone(),
                start,
            });
        }
    }
    let mut writer = Writer::new(cx);
    if let [only] = branches.as_slice() {
        select(&mut writer, shape, columns, only, false);
        limit(&mut writer, Slot::Limit);
        if shape.by_offset {
            writer.clause("OFFSET");
            writer.push_parameter(Slot::Offset);
        }
        return writer.finish();
    }
    merged(&mut writer, shape, columns, &branches);
    writer.finish()
}

/// How many rows there are on all pages.
pub(crate) fn count(cx: Context<'_>, shape: Shape<'_>) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT count(*)");
    from(&mut writer, shape.entity);
    let scope = Scope::row(shape.entity, "t").leading();
    let mut conditions = Conditions::new(&mut writer);
    let readable = readable(&cx, shape.entity, shape.facts);
    if !readable.is_always() {
        conditions.next().pred(&readable, scope);
    }
    filters(&mut conditions, shape, scope);
    writer.finish()
}

/// One of the ranges that make up a page.
struct Branch {
    /// What its rows meet.
    own: Pred,
    /// What they do not, because an earlier branch has those that do.
    before: Vec<Pred>,
    start: Start,
}

/// The parts of a rule that are searched by themselves, each with the parts before it.
fn split(readable: &Pred) -> Vec<(Pred, Vec<Pred>)> {
    let whole = vec![(readable.clone(), Vec::new())];
    let parts = match readable {
        Pred::Any(parts) => parts.clone(),
        Pred::All(all) => {
            let Some(at) = all.iter().position(|pred| matches!(pred, Pred::Any(_))) else {
                return whole;
            };
            let mut rest = all.clone();
            let Pred::Any(parts) = rest.remove(at) else {
                return whole;
            };
            parts
                .into_iter()
                .map(|part| Pred::all(std::iter::once(part).chain(rest.clone())))
                .collect()
        }
        Pred::Not(_) | Pred::Atom(_) => return whole,
    };
    if parts.is_empty() || parts.len() > MOST_BRANCHES {
        return whole;
    }
    let earlier = |index: usize| parts.iter().take(index).cloned().collect();
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| (part.clone(), earlier(index)))
        .collect()
}

fn merged(writer: &mut Writer<'_>, shape: Shape<'_>, columns: &Columns, branches: &[Branch]) {
    writer.push("SELECT ");
    columns.push(writer, shape.entity, "");
    writer.clause("FROM");
    writer.subquery(|writer| {
        for (index, branch) in branches.iter().enumerate() {
            if index > 0 {
                writer.clause("UNION ALL");
            }
            writer.push("SELECT * FROM ");
            writer.subquery(|writer| {
                select(writer, shape, columns, branch, true);
                limit(writer, Slot::Window);
            });
        }
    });
    order(writer, shape, "");
    limit(writer, Slot::Limit);
    if shape.by_offset {
        writer.clause("OFFSET");
        writer.push_parameter(Slot::Offset);
    }
}

fn order(writer: &mut Writer<'_>, shape: Shape<'_>, alias: &str) {
    writer.clause("ORDER BY");
    for (index, term) in shape.query.sort.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let column = writer.column(shape.entity, alias, term.field);
        order_term(writer, shape.entity, term, &column);
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

fn select(writer: &mut Writer<'_>, shape: Shape<'_>, columns: &Columns, branch: &Branch, named: bool) {
    writer.push("SELECT ");
    if named {
        columns.push_named(writer, shape.entity, "t");
    } else {
        columns.push(writer, shape.entity, "t");
    }
    let scope = Scope::row(shape.entity, "t");
    let lead = Lead::of(writer, shape.entity, &branch.own);
    let Some(lead) = lead else {
        from(writer, shape.entity);
        let mut conditions = Conditions::new(writer);
        if !branch.own.is_always() {
            conditions.next().pred(&branch.own, scope);
        }
        return rest(&mut conditions, shape, branch, scope);
    };
    let end = lead.from(writer, shape.entity);
    let mut conditions = Conditions::new(writer);
    lead.conditions(&mut conditions, &end, scope);
    rest(&mut conditions, shape, branch, scope);
}

/// Writes what a branch asks beside its own rule, and its order.
fn rest(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, branch: &Branch, scope: Scope<'_>) {
    for pred in &branch.before {
        let writer = conditions.next();
        writer.push("NOT ");
        writer.known(pred, scope);
    }
    filters(conditions, shape, scope);
    keyset(conditions, shape, branch.start);
    order(conditions.writer, shape, "t");
}

/// Writes one term of an order: an enum by its declared order, empty values last.
fn order_term(writer: &mut Writer<'_>, entity: EntityId, term: &SortTerm, column: &str) {
    let value = sort_value(writer, entity, term, column);
    writer.push(&value);
    writer.push(if term.descending { " DESC" } else { " ASC" });
    if term.nullable {
        writer.push(" NULLS LAST");
    }
}

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
