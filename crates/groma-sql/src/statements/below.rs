//! Rows below others: of `/projects/{project}/tasks` only those that refer to the project in the path.
//!
//! That the parent is there for the caller is asked in the statement that reads or writes the row: a parent that is
//! missing, one that may not be read and one that lies below another are one and the same.

use groma_ir::access::{Atom, CallerFacts, Pred};
use groma_ir::design::{EntityId, FieldId, Parent, Row};

use super::item::is_ruled;
use crate::pred::{Scope, Source};
use crate::write::{Context, Slot, Template, Writer};

/// Who calls, and below which rows.
#[derive(Clone, Copy)]
pub(crate) struct Below<'b> {
    pub(crate) facts: &'b CallerFacts,
    /// In the order of the path: the rows refer to the last of them.
    pub(crate) parents: &'b [Parent],
}

impl Below<'_> {
    /// What may be read of an entity by such a caller, beside what follows from the parents being there.
    pub(crate) fn readable(&self, cx: &Context<'_>, entity: EntityId) -> Pred {
        self.left(cx, &super::readable(cx, entity, self.facts), &|row| {
            row == Row::This
        })
    }

    /// What is left of a predicate on rows that refer to the parents in these states.
    pub(crate) fn left(&self, cx: &Context<'_>, pred: &Pred, rows: &dyn Fn(Row) -> bool) -> Pred {
        if self.parents.is_empty() {
            return pred.clone();
        }
        let left = |parts: &[Pred]| {
            let parts = parts.iter().map(|part| self.left(cx, part, rows));
            parts.collect::<Vec<_>>()
        };
        match pred {
            Pred::All(parts) => Pred::all(left(parts)),
            Pred::Any(parts) => Pred::any(left(parts)),
            Pred::Not(part) => self.left(cx, part, rows).negate(),
            Pred::Atom(atom) if self.is_given(cx, atom, rows) => Pred::ALWAYS,
            Pred::Atom(_) => pred.clone(),
        }
    }

    /// Whether a fact is what is asked of one of the parents.
    fn is_given(&self, cx: &Context<'_>, atom: &Atom, rows: &dyn Fn(Row) -> bool) -> bool {
        let Atom::Exists { path, pred, .. } = atom else {
            return false;
        };
        if !rows(path.row) || path.steps.is_empty() || path.steps.len() > self.parents.len() {
            return false;
        }
        let mut way = self.parents.iter().rev().take(path.steps.len());
        let is_way = path.steps.iter().eq(way.clone().map(|parent| &parent.field));
        let end = way.next_back().filter(|_| is_way);
        end.is_some_and(|end| is_asked(cx, end) && asked(cx, end, self.facts) == **pred)
    }

    /// Writes `WHERE` conditions: that a row refers to the nearest parent.
    pub(crate) fn conditions(&self, writer: &mut Writer<'_>, entity: EntityId, alias: &str) -> Vec<String> {
        let parent = self.parents.last();
        let condition = parent.map(|parent| {
            let column = writer.column(entity, alias, parent.field);
            format!("{column} = {}", self.key(writer))
        });
        condition.into_iter().collect()
    }

    /// The key of the nearest parent, if all of them are there for the caller.
    fn key(&self, writer: &mut Writer<'_>) -> String {
        let mut key = String::from("NULL");
        for (at, parent) in self.parents.iter().enumerate() {
            key = row(writer, (at, parent), |writer, alias| {
                let mut all = vec![named(writer, (at, parent), alias)];
                if let Some(above) = at.checked_sub(1).and_then(|at| self.parents.get(at)) {
                    let column = writer.column(parent.entity, alias, above.field);
                    all.push(format!("{column} = {key}"));
                }
                let asked = asked(&writer.cx, parent, self.facts);
                if !asked.is_always() {
                    let scope = Scope::row(parent.entity, alias);
                    all.push(writer.inner(|writer| writer.pred(&asked, scope)));
                }
                all
            });
        }
        key
    }

    /// That the nearest parent is there for the caller.
    pub(crate) fn is_there(&self, writer: &mut Writer<'_>) -> Vec<String> {
        let is_there = (!self.parents.is_empty()).then(|| format!("{} IS NOT NULL", self.key(writer)));
        is_there.into_iter().collect()
    }
}

/// One row if the nearest parent is there for the caller, and none otherwise.
pub(crate) fn parent(cx: Context<'_>, below: Below<'_>) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT 1");
    let is_there = below.is_there(&mut writer);
    writer.clause("WHERE");
    writer.all(&is_there);
    writer.finish()
}

/// What a new row puts into its reference to the nearest parent.
pub(crate) fn source(cx: &Context<'_>, parents: &[Parent]) -> Option<(FieldId, Source)> {
    let (last, above) = parents.split_last()?;
    let is_key = last.by == cx.model.tables.of(last.entity).key;
    let source = if is_key {
        Source::Slot(Slot::Parent(above.len()))
    } else {
        Source::Parent(parents.to_vec())
    };
    Some((last.field, source))
}

/// What a new row puts into its reference to the tenant, where the row in the path says it.
pub(crate) fn tenant(cx: &Context<'_>, entity: EntityId, parents: &[Parent]) -> Option<(FieldId, Source)> {
    let design = &cx.model.design;
    let own = design.fence(entity)?;
    let parent = parents.last().filter(|parent| parent.field != own.field)?;
    let above = design.fence(parent.entity)?;
    let source = Source::OfParent(parents.to_vec(), above.field);
    (own.tenant == above.tenant).then_some((own.field, source))
}

impl Writer<'_> {
    /// Writes what the row at the end of these holds in a field, whoever may read it.
    pub(crate) fn of_parent(&mut self, parents: &[Parent], field: FieldId) {
        let Some(last) = parents.last() else {
            self.push("NULL");
            return;
        };
        if !self.cx.presence.has(self.cx.model, last.entity) {
            self.push("NULL");
            return;
        }
        let alias = self.alias();
        let value = self.column(last.entity, &alias, field);
        let key = self.column(last.entity, &alias, self.cx.model.tables.of(last.entity).key);
        let table = self.lookup(last.entity);
        self.push(&format!("(SELECT {value} FROM {table} AS {alias} WHERE {key} = "));
        self.parent_key(parents);
        self.push(")");
    }

    /// Writes the key of the row at the end of these, whoever may read them.
    pub(crate) fn parent_key(&mut self, parents: &[Parent]) {
        let mut key = String::from("NULL");
        for (at, parent) in parents.iter().enumerate() {
            key = row(self, (at, parent), |writer, alias| {
                let mut all = vec![named(writer, (at, parent), alias)];
                if let Some(above) = at.checked_sub(1).and_then(|at| parents.get(at)) {
                    let column = writer.column(parent.entity, alias, above.field);
                    all.push(format!("{column} = {key}"));
                }
                all
            });
        }
        self.push(&key);
    }
}

/// `r1.slug = :project_slug`.
fn named(writer: &mut Writer<'_>, (at, parent): (usize, &Parent), alias: &str) -> String {
    let column = writer.column(parent.entity, alias, parent.by);
    let named = writer.parameter(Slot::Parent(at));
    format!("{column} = {named}")
}

/// `(SELECT r1.id FROM projects AS r1 WHERE ...)`; what lives elsewhere is taken as it is.
fn row(
    writer: &mut Writer<'_>,
    (at, parent): (usize, &Parent),
    conditions: impl FnOnce(&mut Writer<'_>, &str) -> Vec<String>,
) -> String {
    let key = writer.cx.model.tables.of(parent.entity).key;
    let is_first = at == 0;
    if is_first && parent.by == key && !is_asked(&writer.cx, parent) {
        return writer.parameter(Slot::Parent(at));
    }
    if !writer.cx.presence.has(writer.cx.model, parent.entity) {
        return String::from("NULL");
    }
    let alias = writer.alias();
    let key = writer.column(parent.entity, &alias, key);
    let table = writer.lookup(parent.entity);
    let all = conditions(writer, &alias);
    format!(
        "(SELECT {key} FROM {table} AS {alias} WHERE {})",
        all.join(" AND ")
    )
}

/// Whether the row is looked for: that a stand-in lacks it means nothing.
fn is_asked(cx: &Context<'_>, parent: &Parent) -> bool {
    cx.presence.knows_rows(cx.model, parent.entity)
}

/// What must hold on a parent: that the caller may read it. Somebody else's table without rules is only asked whether
/// the row is there, as for a reference in a body.
fn asked(cx: &Context<'_>, parent: &Parent, facts: &CallerFacts) -> Pred {
    if is_ruled(cx, parent.entity) {
        super::readable(cx, parent.entity, facts)
    } else {
        Pred::ALWAYS
    }
}
