//! A situation with several rows like the one that rules are about.

use std::collections::BTreeMap;

use groma_ir::design::{EntityId, FieldId, Generated, Row};

use super::{Scene, Sketch};
use crate::access_tests::values::Value;
use crate::python::{Doc, Imports};

/// Rows in the order in which they are made.
pub(crate) struct Several {
    /// What they refer to.
    pub(crate) before: Vec<Doc>,
    /// They themselves.
    pub(crate) rows: Vec<Doc>,
    /// What refers to them.
    pub(crate) behind: Vec<Doc>,
}

impl Scene<'_, '_> {
    /// The keys of two rows that a field of the row can refer to.
    pub(crate) fn referred(&mut self, field: FieldId) -> Option<[Value; 2]> {
        let main = (Row::This, Vec::new());
        let held = self
            .rows
            .iter_mut()
            .find(|row| row.place.as_ref() == Some(&main))?;
        held.sets.remove(&field);
        let first = self.row_at(&(Row::This, vec![field]))?;
        let entity = self.rows.get(first)?.entity;
        let key = self.rows.get(first)?.key.clone();
        let known = self
            .rows
            .iter()
            .find(|row| row.entity == entity && row.key != key);
        let other = if let Some(known) = known {
            known.key.clone()
        } else {
            let at = self.add(entity, Some((Row::New, vec![field])))?;
            self.rows.get(at)?.key.clone()
        };
        self.share_parents(entity);
        self.complete()?;
        self.tell_apart()?;
        Some([key, other])
    }

    /// Rows that lie below the same kind of row as the one that rules are about, lie below the same one.
    fn share_parents(&mut self, entity: EntityId) {
        let fields = &self.cx.model.design.entities[entity].fields;
        let parent = self.ask.route.path.parents().next_back();
        let shared = parent.and_then(|parent| {
            let key = self.main()?.sets.get(&parent.field)?.clone();
            let mut fields = fields.entries();
            let (field, _) = fields.find(|(_, field)| field.ty.target() == Some(parent.entity))?;
            Some((field, key))
        });
        let Some((field, key)) = shared else { return };
        for row in self.rows.iter_mut().filter(|row| row.entity == entity) {
            row.sets.entry(field).or_insert_with(|| key.clone());
        }
    }

    fn main(&self) -> Option<&Sketch> {
        let is_main = |row: &&Sketch| row.place == Some((Row::This, Vec::new()));
        self.rows.iter().find(is_main)
    }

    /// The rows, where there are several of the one that rules are about, each with other values. None where something
    /// refers to it of which no second one can be made.
    pub(crate) fn several(&self, imports: &mut Imports, all: &[BTreeMap<FieldId, Value>]) -> Option<Several> {
        let mut scene = self.clone();
        let main = self.main()?.clone();
        let (entity, key) = (main.entity, self.cx.model.design.entities[main.entity].key);
        let is_tie =
            |row: &Sketch| row.sets.values().any(|value| *value == main.key) && row.place != main.place;
        let ties: Vec<Sketch> = scene.rows.iter().filter(|row| is_tie(row)).cloned().collect();
        scene.rows.retain(|row| row.place != main.place && !is_tie(row));
        for own in all {
            let mut row = main.clone();
            row.sets.extend(own.clone());
            row.key = row.sets.get(&key)?.clone();
            for tie in &ties {
                scene.rows.push(scene.again(tie, &main.key, &row.key)?);
            }
            scene.rows.push(row);
        }
        if !scene.can_be_added() {
            return None;
        }
        let mut said = Several {
            before: Vec::new(),
            rows: Vec::new(),
            behind: Vec::new(),
        };
        for row in scene.in_order() {
            let doc = scene.row(imports, row);
            if row.entity == entity && row.place == main.place {
                said.rows.push(doc);
            } else if said.rows.is_empty() {
                said.before.push(doc);
            } else {
                said.behind.push(doc);
            }
        }
        Some(said)
    }

    /// Whether the row that the rules are about can be that of another situation as well: all else is the same.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let is_else = |row: &&Sketch| row.place != Some((Row::This, Vec::new()));
        let [own, others] = [self, other].map(|scene| scene.rows.iter().filter(is_else).collect::<Vec<_>>());
        (self.has_token, &self.claims, own) == (other.has_token, &other.claims, others)
    }

    /// The row that the rules are about, with these values.
    pub(crate) fn with(&self, imports: &mut Imports, own: BTreeMap<FieldId, Value>) -> Option<Doc> {
        let mut row = self.main()?.clone();
        row.sets.extend(own);
        Some(self.row(imports, &row))
    }

    /// The same row once more, which refers to another one.
    fn again(&self, tie: &Sketch, old: &Value, new: &Value) -> Option<Sketch> {
        let declared = &self.cx.model.design.entities[tie.entity];
        let is_made = declared.fields[declared.key].generated == Some(Generated::Uuid7);
        let mut row = tie.clone();
        for value in row.sets.values_mut().filter(|value| *value == old) {
            *value = new.clone();
        }
        row.key = is_made.then(|| Value::stored("new_id()", &[("app.core.db", "new_id")]))?;
        row.sets.insert(declared.key, row.key.clone());
        Some(row)
    }
}
