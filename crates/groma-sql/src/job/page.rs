//! Rows that are put into the places of references, one statement a relation.

use std::collections::HashMap;

use groma_ir::design::FieldId;
use groma_ir::http::SchemaId;
use groma_plan::{Cell, Encode, Row, Value, value_of};

use super::{Cx, Step};
use crate::cache::Kind;
use crate::prepared::PreparedItem;
use crate::statements;

/// The references that are embedded, and the places that wait for them.
#[derive(Debug)]
pub(super) struct Embedding {
    relations: Vec<Relation>,
    /// The relation whose rows are being read; nothing before the first.
    at: Option<usize>,
    /// Where each item ends, in the order of the items.
    ends: Vec<usize>,
}

#[derive(Debug)]
struct Relation {
    field: FieldId,
    /// The key that each item refers to, as JSON; nothing where it refers to none.
    wanted: Vec<Option<Vec<u8>>>,
    /// The keys, each once, to be asked for.
    keys: Vec<Value>,
    /// The rows that were found, by key.
    found: HashMap<Vec<u8>, Vec<u8>>,
}

impl Embedding {
    pub(super) fn new(cx: &Cx) -> Self {
        let relation = |field: &FieldId| Relation {
            field: *field,
            wanted: Vec::new(),
            keys: Vec::new(),
            found: HashMap::new(),
        };
        let relations = cx.request.query.include.iter().map(relation).collect();
        Self {
            relations,
            at: None,
            ends: Vec::new(),
        }
    }

    /// Takes note of what an item refers to; its closing brace stands at `end`.
    pub(super) fn note(&mut self, cx: &Cx, row: &dyn Row, end: usize) {
        if self.relations.is_empty() {
            return;
        }
        self.ends.push(end);
        let columns = &cx.sql.prepared().route(cx.request.route).columns;
        let entity = cx.plan().entity;
        for relation in &mut self.relations {
            let cell = columns
                .position(relation.field)
                .map_or(Cell::Null, |column| row.cell(column));
            if cell == Cell::Null {
                relation.wanted.push(None);
                continue;
            }
            let key = json_key(cell);
            if !relation.wanted.iter().any(|known| known.as_ref() == Some(&key)) {
                let class = cx.sql.model().tables.of(entity).column(relation.field).class;
                relation.keys.push(value_of(class, cell));
            }
            relation.wanted.push(Some(key));
        }
    }

    /// The statement of the next relation, if one is left.
    pub(super) fn next(&mut self, cx: &Cx) -> Option<Step> {
        loop {
            let at = self.at.map_or(0, |at| at + 1);
            self.at = Some(at);
            let relation = self.relations.get(at)?;
            if relation.keys.is_empty() {
                continue;
            }
            let Some((target, prepared)) = target(cx, relation.field) else {
                continue;
            };
            let facts = cx.caller.facts;
            let statement = cx.statement(Kind::Embed(target), Vec::new(), || {
                let columns = prepared.columns.seen_by(cx.sql.model(), prepared.entity, &facts);
                statements::item::embed(cx.sql.context(), prepared.entity, &columns, &facts)
            });
            return Some(cx.call(&statement, &relation.keys));
        }
    }

    /// Takes a row of the relation whose statement runs.
    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        let Some(relation) = self.at.and_then(|at| self.relations.get_mut(at)) else {
            return;
        };
        let Some((target, prepared)) = target(cx, relation.field) else {
            return;
        };
        let mut item = Vec::with_capacity(256);
        cx.sql.plans().item(target).write(row, None, &mut item);
        relation.found.insert(json_key(row.cell(prepared.key)), item);
    }

    /// Puts the rows into their places, and says what they are, for the tag; nothing when nothing is embedded.
    pub(super) fn finish(&mut self, cx: &Cx, body: &mut Vec<u8>) -> Option<Vec<u8>> {
        if self.relations.is_empty() {
            return None;
        }
        let plan = super::read::item_plan(cx)?;
        let mut embedded = Vec::new();
        let mut out = Vec::with_capacity(body.len() * 2);
        let mut from = 0;
        for (item, end) in self.ends.iter().enumerate() {
            out.extend_from_slice(body.get(from..*end).unwrap_or_default());
            from = *end;
            for relation in &self.relations {
                let start = out.len();
                let is_first = out.last() == Some(&b'{');
                let key = plan.embedded_key(relation.field);
                out.extend_from_slice(key.get(usize::from(is_first)..).unwrap_or_default());
                let wanted = relation.wanted.get(item).and_then(Option::as_ref);
                match wanted.and_then(|key| relation.found.get(key)) {
                    Some(found) => out.extend_from_slice(found),
                    None => out.extend_from_slice(b"null"),
                }
                embedded.extend_from_slice(out.get(start..).unwrap_or_default());
            }
        }
        out.extend_from_slice(body.get(from..).unwrap_or_default());
        *body = out;
        Some(embedded)
    }
}

/// What a reference embeds, where its table is there.
fn target(cx: &Cx, field: FieldId) -> Option<(SchemaId, &PreparedItem)> {
    let target = super::read::item_plan(cx)?.embedded(field)?;
    let prepared = cx.sql.prepared().item(target)?;
    cx.sql
        .presence()
        .has(cx.sql.model(), prepared.entity)
        .then_some((target, prepared))
}

/// A key as a text that is the same for the same key, on either side of a reference.
fn json_key(cell: Cell<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(40);
    Encode::Text.write(cell, &mut key);
    key
}
