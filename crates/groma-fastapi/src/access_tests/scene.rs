//! A situation as rows, a token and a body.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use groma_access::{Choice, Operand, Region, Spot, Tie, Told, Variable};
use groma_ir::access::{CallerFacts, kinds_of_caller};
use groma_ir::design::{EntityId, FieldId, Generated, Row, Type};
use groma_ir::http::Operation;

use super::courses::{Ask, Refusal};
use super::usual::{another, key_of, other_key_of};
use super::values::{self, Value};
use crate::cx::Cx;
use crate::python::{Doc, string};
use crate::resource_tests::samples;

/// More rows than these make no test that can be read.
const MOST_ROWS: usize = 10;

/// Where a row stands to the one that rules are about: before or after the change, and by which references.
type Place = (Row, Vec<FieldId>);

/// A situation as it is written.
#[derive(Clone)]
pub(super) struct Scene<'w, 'm> {
    cx: &'w Cx<'m>,
    ask: &'w Ask<'m>,
    /// The entities whose rows can be made.
    known: &'w BTreeSet<EntityId>,
    rows: Vec<Sketch>,
    body: BTreeMap<FieldId, Value>,
    claims: Vec<(String, Doc)>,
    has_token: bool,
    /// Who calls, before the database is asked.
    pub(super) facts: CallerFacts,
}

/// A row, and what it has that is not usual.
#[derive(Clone)]
struct Sketch {
    entity: EntityId,
    place: Option<Place>,
    key: Value,
    sets: BTreeMap<FieldId, Value>,
}

impl<'w, 'm> Scene<'w, 'm> {
    /// The situation. None where a part of it cannot be made.
    pub(super) fn of(
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
        for choice in &told.case.choices {
            scene.choose(&told.case.choices, choice)?;
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
                Value::stored("new_id()", &[("app.core.db", "new_id")])
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
    fn row_at(&mut self, place: &Place) -> Option<usize> {
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

    fn choose(&mut self, all: &[Choice], choice: &Choice) -> Option<()> {
        match (&choice.variable, &choice.region) {
            (Variable::Caller, Region::Caller(kind)) => self.caller(*kind),
            (Variable::IsCaller(spot), Region::True) => {
                let alice = Value::constant("ALICE", self.ty(spot.entity, spot.field));
                self.set(&place(spot), spot.field, &alice)
            }
            (Variable::Field(spot), region) => {
                let is_alice = all.iter().any(|other| {
                    other.variable == Variable::IsCaller(spot.clone()) && other.region == Region::True
                });
                let compared = all.iter().any(|other| compares(&other.variable, spot));
                if (is_alice || compared) && *region != Region::None {
                    return Some(());
                }
                self.field(spot, region)
            }
            (Variable::Level(tie), Region::Variant(_, level)) => self.tie(tie, *level),
            (Variable::IsCaller(_) | Variable::Level(_) | Variable::Gone(_), region) => {
                (*region != Region::True).then_some(())
            }
            (Variable::Claim(claim), region) => {
                let is_it = |operand: &Operand| *operand == Operand::Claim(*claim);
                let is_compared = all.iter().any(|other| {
                    matches!(&other.variable, Variable::Order(left, right) if is_it(left) || is_it(right))
                });
                if is_compared && *region == Region::Other {
                    return Some(());
                }
                let auth = self.cx.model.design.auth.as_ref()?;
                let value = match region {
                    Region::None => String::from("None"),
                    Region::False => String::from("False"),
                    Region::True => String::from("True"),
                    Region::Is(literal) => literal.to_string(),
                    Region::Other => string("something else"),
                    _ => return None,
                };
                let name = string(&auth.claims[*claim].claim);
                self.claims.push((name, Doc::text(value)));
                Some(())
            }
            (Variable::Order(left, right), region) => self.order(left, right, region),
            (Variable::Caller, _) => None,
        }
    }

    fn caller(&mut self, kind: usize) -> Option<()> {
        let design = &self.cx.model.design;
        let facts = kinds_of_caller(design).get(kind).copied()?;
        (self.has_token, self.facts) = (facts.authenticated, facts);
        let Some(auth) = &design.auth else { return Some(()) };
        let usual = auth.default_role.map(|role| auth.roles[role].includes);
        if facts.roles == usual.unwrap_or_default() {
            return Some(());
        }
        let is_whole = |(_, role): &(_, &groma_ir::design::Role)| role.includes == facts.roles;
        let one = auth.roles.entries().find(is_whole);
        let names = if let Some((_, role)) = one {
            role.name.clone()
        } else {
            let all = auth.roles.entries().filter(|(id, _)| facts.roles.contains(*id));
            let names: Vec<&str> = all.map(|(_, role)| role.name.as_str()).collect();
            names.join(",")
        };
        let claim = auth.role_claim.as_deref().unwrap_or("role");
        self.claims.push((string(claim), Doc::text(string(&names))));
        Some(())
    }

    fn field(&mut self, spot: &Spot, region: &Region) -> Option<()> {
        let declared = &self.cx.model.design.entities[spot.entity].fields[spot.field];
        let value = match (declared.ty.target(), region) {
            (Some(target), Region::Other) if self.cx.is_managed(target) => {
                let mut way = spot.way.clone();
                way.push(spot.field);
                return self.row_at(&(spot.row, way)).map(drop);
            }
            (Some(_), Region::Other) => Value::constant("CAROL", self.ty(spot.entity, spot.field)),
            (_, region) => values::within(self.cx, self.ty(spot.entity, spot.field), region)?,
        };
        self.set(&place(spot), spot.field, &value)
    }

    /// Alice is tied to a row.
    fn tie(&mut self, tie: &Tie, level: groma_ir::design::VariantId) -> Option<()> {
        let link = self.cx.model.design.entities[tie.link].link.as_ref()?;
        let level = values::within(self.cx, &Type::Enum(link.of), &Region::Variant(link.of, level))?;
        let alice = Value::constant("ALICE", self.ty(tie.link, link.user));
        let main = (Row::This, Vec::new());
        // A row that ties Alice is that tie itself.
        if self.ask.route.entity == tie.link
            && tie.way == [link.parent]
            && let Some(at) = self.rows.iter().position(|row| row.place.as_ref() == Some(&main))
            && self.rows.get(at)?.sets.get(&link.user) == Some(&alice)
        {
            return self.set(&main, link.level, &level);
        }
        let tied = self.row_at(&(tie.row, tie.way.clone()))?;
        let parent = self.rows.get(tied)?.key.clone();
        let at = self.add(tie.link, None)?;
        let sets = &mut self.rows.get_mut(at)?.sets;
        sets.extend([(link.parent, parent), (link.user, alice), (link.level, level)]);
        Some(())
    }

    fn order(&mut self, left: &Operand, right: &Operand, region: &Region) -> Option<()> {
        let (spot, other, is_flipped) = match (left, right) {
            (Operand::Field(spot), other) => (spot, other, false),
            (other, Operand::Field(spot)) => (spot, other, true),
            _ => return None,
        };
        let value = match (other, region) {
            (Operand::Now(offset), Region::Less | Region::Greater) => {
                let is_before = (*region == Region::Less) != is_flipped;
                let hours = offset / 3600 + if is_before { -1 } else { 1 };
                let uses = [("datetime", "timedelta"), ("app.core.db", "now")];
                Value::stored(format!("now() + timedelta(hours={hours})"), &uses)
            }
            (Operand::Claim(claim), Region::Equal) => {
                let auth = self.cx.model.design.auth.as_ref()?;
                let claim = &auth.claims[*claim].claim;
                Value::plain(string(if claim.contains("mail") {
                    "alice@example.com"
                } else {
                    "alice"
                }))
            }
            // What a row holds usually is nobody's.
            (Operand::Claim(_), Region::Unequal | Region::Less | Region::Greater) => return Some(()),
            _ => return None,
        };
        self.set(&place(spot), spot.field, &value)
    }

    /// What else a body has.
    fn fill_body(&mut self) -> Option<()> {
        let entity = self.ask.route.entity;
        let row = if self.is_new() { Row::This } else { Row::New };
        for field in self.ask.writes.clone() {
            let declared = &self.cx.model.design.entities[entity].fields[field];
            let is_asked = self.ask.route.operation == Operation::Update
                || (!declared.optional && declared.default.is_none());
            if !is_asked || self.body.contains_key(&field) {
                continue;
            }
            let value = match declared.ty.target() {
                Some(_) if declared.optional => Value::plain("None"),
                Some(target) if self.cx.is_managed(target) => {
                    self.row_at(&(row, vec![field]))?;
                    continue;
                }
                Some(_) => Value::constant("CAROL", self.ty(entity, field)),
                None => Value::plain(samples::sent(self.cx, &declared.ty)?),
            };
            self.body.insert(field, value);
        }
        Some(())
    }

    /// The rows that others must refer to.
    fn complete(&mut self) -> Option<()> {
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            let (entity, place) = (row.entity, row.place.clone());
            let set: Vec<FieldId> = row.sets.keys().copied().collect();
            for (id, field) in self.cx.model.design.entities[entity].fields.entries() {
                let is_managed = field.ty.target().is_some_and(|target| self.cx.is_managed(target));
                if field.optional || !is_managed || set.contains(&id) {
                    continue;
                }
                let (row, mut way) = place.clone()?;
                way.push(id);
                self.row_at(&(row, way))?;
            }
            at += 1;
        }
        Some(())
    }

    /// Where a level must be left to somebody, somebody else has it too.
    fn keep_least(&mut self) -> Option<()> {
        let entity = self.ask.route.entity;
        let Some(link) = &self.cx.model.design.entities[entity].link else {
            return Some(());
        };
        let Some(least) = link.least.as_ref().filter(|_| self.stays()) else {
            return Some(());
        };
        let ty = Type::Enum(link.of);
        let level = values::within(self.cx, &ty, &Region::Variant(link.of, least.level))?;
        let parent = self.rows.first()?.sets.get(&link.parent)?.clone();
        let at = self.add(entity, None)?;
        let zoe = Value::plain(string("zoe"));
        let sets = &mut self.rows.get_mut(at)?.sets;
        sets.extend([(link.parent, parent), (link.user, zoe), (link.level, level)]);
        Some(())
    }

    /// A second row like the one that the path leads through last: the path leads through it instead.
    fn other_parent(&mut self) -> Option<()> {
        let parent = self.ask.route.path.parents().next_back()?;
        let at = self.row_at(&(Row::This, vec![parent.field]))?;
        let like = self.rows.get(at)?.clone();
        let (old, entity) = (like.key.clone(), like.entity);
        let other = self.add(entity, Some((Row::New, vec![parent.field])))?;
        let key = self.rows.get(other)?.key.clone();
        let mut sets = like.sets;
        sets.insert(self.cx.model.design.entities[entity].key, key.clone());
        self.rows.get_mut(other)?.sets = sets;
        let alice = Value::constant("ALICE", &Type::Reference(entity)).stored;
        let ties: Vec<Sketch> = self.rows.clone();
        for tie in ties {
            let link = self.cx.model.design.entities[tie.entity].link.as_ref();
            let Some(link) = link.filter(|link| {
                tie.sets.get(&link.parent) == Some(&old)
                    && tie.sets.get(&link.user).is_some_and(|user| user.stored == alice)
            }) else {
                continue;
            };
            let at = self.add(tie.entity, None)?;
            let sets = &mut self.rows.get_mut(at)?.sets;
            let own = sets.clone();
            sets.extend(tie.sets.clone());
            sets.extend(own);
            sets.insert(link.parent, key.clone());
        }
        Some(())
    }

    /// Second rows differ in what no two rows share.
    fn tell_apart(&mut self) -> Option<()> {
        for at in 0..self.rows.len() {
            let entity = self.rows.get(at)?.entity;
            let before = self
                .rows
                .iter()
                .take(at)
                .filter(|row| row.entity == entity)
                .count();
            if before == 0 {
                continue;
            }
            let declared = &self.cx.model.design.entities[entity];
            for unique in &declared.uniques {
                let sets = &self.rows.get(at)?.sets;
                if unique.fields.iter().any(|field| sets.contains_key(field)) {
                    continue;
                }
                let text = unique.fields.iter().find_map(|field| {
                    let value = another(self.cx, &declared.fields[*field].ty)?;
                    Some((*field, value))
                });
                let (field, value) = text.filter(|_| before == 1)?;
                self.rows.get_mut(at)?.sets.insert(field, Value::plain(value));
            }
        }
        Some(())
    }

    /// Whether no other row of the entity stands beside the one that the rules are about.
    pub(super) fn is_single(&self) -> bool {
        let entity = self.ask.route.entity;
        self.rows.iter().filter(|row| row.entity == entity).count() == 1
    }
}

fn place(spot: &Spot) -> Place {
    (spot.row, spot.way.clone())
}

/// Whether a value is compared with another one.
fn compares(variable: &Variable, spot: &Spot) -> bool {
    let is_it = |operand: &Operand| matches!(operand, Operand::Field(other) if other == spot);
    matches!(variable, Variable::Order(left, right) if is_it(left) || is_it(right))
}
