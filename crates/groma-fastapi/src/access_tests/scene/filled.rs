//! What a situation does not say and its rows and body cannot be without.

use groma_access::Region;
use groma_ir::design::{Default, FieldId, Row, Type};
use groma_ir::http::Operation;

use super::{Scene, Sketch};
use crate::access_tests::usual::another;
use crate::access_tests::values::{self, Value};
use crate::resource_tests::samples;

impl Scene<'_, '_> {
    /// What else a body has.
    pub(super) fn fill_body(&mut self) -> Option<()> {
        let entity = self.ask.route.entity;
        let row = if self.is_new() { Row::This } else { Row::New };
        for field in self.ask.writes.clone() {
            let declared = &self.cx.model.design.entities[entity].fields[field];
            // What would be the caller's of itself is said.
            let is_hers = declared.default == Some(Default::Caller);
            let is_asked = self.ask.route.operation == Operation::Update
                || is_hers
                || (!declared.optional && declared.default.is_none());
            if !is_asked || self.body.contains_key(&field) {
                continue;
            }
            let value = match declared.ty.target() {
                Some(_) if declared.optional => Value::plain("None"),
                Some(target) if self.cx.is_there_in_tests(target) => {
                    self.row_at(&(row, vec![field]))?;
                    continue;
                }
                Some(_) => self.elsewhere(entity, field)?,
                None => Value::plain(samples::sent(self.cx, &declared.ty)?),
            };
            self.body.insert(field, value);
        }
        Some(())
    }

    /// The rows that others must refer to.
    pub(super) fn complete(&mut self) -> Option<()> {
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            let (entity, place) = (row.entity, row.place.clone());
            let set: Vec<FieldId> = row.sets.keys().copied().collect();
            for (id, field) in self.cx.model.design.entities[entity].fields.entries() {
                let is_managed = field
                    .ty
                    .target()
                    .is_some_and(|target| self.cx.is_there_in_tests(target));
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
    pub(super) fn keep_least(&mut self) -> Option<()> {
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
        let zoe = Value::person(self.cx, "zoe");
        let sets = &mut self.rows.get_mut(at)?.sets;
        sets.extend([(link.parent, parent), (link.user, zoe), (link.level, level)]);
        Some(())
    }

    /// A second row like the one that the path leads through last: the path leads through it instead.
    pub(super) fn other_parent(&mut self) -> Option<()> {
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
    pub(super) fn tell_apart(&mut self) -> Option<()> {
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
                let is_new = |field: &FieldId| {
                    let mut others = self.rows.iter().take(at).filter(|row| row.entity == entity);
                    let value = sets.get(field);
                    value.is_some() && others.all(|row| row.sets.get(field) != value)
                };
                if unique.fields.iter().any(is_new) {
                    continue;
                }
                let mut free = unique.fields.iter().filter(|field| !sets.contains_key(field));
                let text = free.find_map(|field| {
                    let value = another(self.cx, &declared.fields[*field].ty)?;
                    Some((*field, value))
                });
                let is_some = unique.fields.iter().any(|field| sets.contains_key(field));
                let Some((field, value)) = text.filter(|_| before == 1) else {
                    // Only some rows are held to it, or what they have in common is what is asked.
                    if unique.when.is_some() && is_some {
                        continue;
                    }
                    return None;
                };
                self.rows.get_mut(at)?.sets.insert(field, Value::plain(value));
            }
        }
        Some(())
    }
}
