//! A situation as rows, a token and a body.

mod changed;
mod choices;
mod filled;
mod several;
mod tenants;
mod write;

pub(crate) use several::Several;

use std::collections::{BTreeMap, BTreeSet};

use groma_access::Told;
use groma_ir::Id;
use groma_ir::access::CallerFacts;
use groma_ir::design::{EntityId, FieldId, Generated, Row, Type};
use groma_ir::http::Operation;

use super::courses::{Ask, Refusal};
use super::usual::{key_of, other_key_of};
use super::values::{self, Value};
use crate::cx::Cx;
use crate::python::Doc;
use crate::resource_tests::samples;

/// More rows than these make no test that can be read.
const MOST_ROWS: usize = 10;

/// Where a row stands to the one that rules are about: before or after the change, and by which references.
pub(crate) type Place = (Row, Vec<FieldId>);

/// A situation as it is written.
#[derive(Clone)]
pub(crate) struct Scene<'w, 'm> {
    cx: &'w Cx<'m>,
    ask: &'w Ask<'m>,
    /// The entities whose rows can be made.
    known: &'w BTreeSet<EntityId>,
    rows: Vec<Sketch>,
    body: BTreeMap<FieldId, Value>,
    claims: Vec<(String, Doc)>,
    has_token: bool,
    /// Who calls, before the database is asked.
    pub(crate) facts: CallerFacts,
}

/// A row, and what it has that is not usual.
#[derive(Clone, PartialEq)]
struct Sketch {
    entity: EntityId,
    place: Option<Place>,
    key: Value,
    sets: BTreeMap<FieldId, Value>,
}

impl<'w, 'm> Scene<'w, 'm> {
    /// The situation. None where a part of it cannot be made.
    pub(crate) fn of(
        (cx, known): (&'w Cx<'m>, &'w BTreeSet<EntityId>),
        ask: &'w Ask<'m>,
        told: &Told,
    ) -> Option<Self> {
        let mut scene = Self {
            cx,
            ask,
            known,
            rows: Vec::new(),
            body: BTreeMap::new(),
            claims: Vec::new(),
            has_token: !ask.route.public,
            facts: CallerFacts::default(),
        };
        if !scene.is_new() {
            scene.row_at(&(Row::This, Vec::new()))?;
        }
        let mut way = Vec::new();
        for parent in ask.route.path.parents().rev() {
            way.push(parent.field);
            scene.row_at(&(Row::This, way.clone()))?;
        }
        let choices = tenants::agreed(
            &cx.model.design,
            (ask.route.entity, &ask.course.kept),
            &told.case.choices,
        )?;
        for choice in &choices {
            scene.choose(&choices, choice)?;
        }
        scene.fill_body()?;
        scene.complete()?;
        scene.keep_least()?;
        if ask.refuses == Some(Refusal::OtherParent) {
            scene.other_parent()?;
        }
        scene.tell_apart()?;
        scene.can_be_added().then_some(scene)
    }

    /// Whether somebody else keeps the level that somebody must have.
    fn stays(&self) -> bool {
        !self.is_new() && self.ask.refuses != Some(Refusal::LastOfLevel)
    }

    fn is_new(&self) -> bool {
        self.ask.route.operation == Operation::Create
    }

    fn ty(&self, entity: EntityId, field: FieldId) -> &'m Type {
        samples::plain(
            self.cx.model,
            &self.cx.model.design.entities[entity].fields[field].ty,
        )
    }

    /// The entity at the end of a way.
    fn end(&self, way: &[FieldId]) -> Option<EntityId> {
        way.iter().try_fold(self.ask.route.entity, |entity, step| {
            self.cx.model.design.entities[entity].fields[*step].ty.target()
        })
    }

    fn add(&mut self, entity: EntityId, place: Option<Place>) -> Option<usize> {
        if self.rows.len() >= MOST_ROWS || !self.known.contains(&entity) {
            return None;
        }
        let declared = &self.cx.model.design.entities[entity];
        let others = self.rows.iter().filter(|row| row.entity == entity).count();
        let ty = self.ty(entity, declared.key);
        let key = match others {
            0 => Value::constant(&key_of(self.cx, entity), ty),
            1 => Value::constant(&other_key_of(self.cx, entity), ty),
            _ if declared.fields[declared.key].generated == Some(Generated::Uuid7) => {
                let number = 100 * others + entity.index();
                Value::stored(format!("UUID(int={number})"), &[("uuid", "UUID")])
            }
            _ => return None,
        };
        let mut sets = BTreeMap::new();
        sets.insert(declared.key, key.clone());
        self.rows.push(Sketch {
            entity,
            place,
            key,
            sets,
        });
        Some(self.rows.len() - 1)
    }

    /// The row at a place, made where there is none yet.
    fn row_at(&mut self, (row, way): &Place) -> Option<usize> {
        let (design, ask) = (&self.cx.model.design, self.ask);
        let place = &tenants::place(design, (ask.route.entity, &ask.course.kept), (*row, way));
        let known = self.rows.iter().position(|row| row.place.as_ref() == Some(place));
        if known.is_some() {
            return known;
        }
        let entity = self.end(&place.1)?;
        let at = self.add(entity, Some(place.clone()))?;
        if let Some((last, before)) = place.1.split_last() {
            let key = self.rows.get(at)?.key.clone();
            self.set(&(place.0, before.to_vec()), *last, &key)?;
        }
        Some(at)
    }

    /// What a reference to a row of somebody else's holds.
    fn elsewhere(&self, entity: EntityId, field: FieldId) -> Option<Value> {
        let target = self.cx.model.design.entities[entity].fields[field].ty.target();
        let ty = self.ty(entity, field);
        if target == self.cx.model.design.caller_entity() {
            return Some(Value::constant("CAROL", ty));
        }
        values::any(self.cx, ty)
    }

    /// A field of the row at a place has a value; of one that a request makes or changes, the body says so.
    fn set(&mut self, place: &Place, field: FieldId, value: &Value) -> Option<()> {
        let is_sent = place.1.is_empty() && (place.0 == Row::New || self.is_new());
        let sets = if is_sent {
            if !self.ask.writes.contains(&field) {
                return Some(());
            }
            &mut self.body
        } else {
            let at = self.row_at(place)?;
            &mut self.rows.get_mut(at)?.sets
        };
        let held = sets.entry(field).or_insert_with(|| value.clone());
        (held == value).then_some(())
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Whether no other row of the entity stands beside the one that the rules are about.
    pub(crate) fn is_single(&self) -> bool {
        let entity = self.ask.route.entity;
        self.rows.iter().filter(|row| row.entity == entity).count() == 1
    }
}
