//! A situation with several rows like the one that rules are about.

use std::collections::BTreeMap;

use groma_ir::design::{FieldId, Generated, Row};

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
        let other = match known {
            Some(known) => known.key.clone(),
            None => {
                let at = self.add(entity, Some((Row::New, vec![field])))?;
                self.rows.get(at)?.key.clone()
            }
        };
        self.share_parents(entity)?;
        self.complete()?;
        self.tell_apart()?;
        Some([key, other])
    }

    /// What rows refer to that lie below the same row as the one that rules are about, lies there too.
    fn share_parents(&mut self, entity: groma_ir::design::EntityId) -> Option<()> {
        let fields = &self.cx.model.design.entities[entity].fields;
        let parents: Vec<_> = self.ask.route.path.parents().collect();
        let (Some(main), Some(parent)) = (self.main(), parents.last()) else {
            return Some(());
        };
        let Some(key) = main.sets.get(&parent.field).cloned() else {
            return Some(());
        };
        let same = fields
            .entries()
            .find(|(_, field)| field.ty.target() == Some(parent.entity));
        let Some((same, _)) = same else { return Some(()) };
        for row in self.rows.iter_mut().filter(|row| row.entity == entity) {
            row.sets.entry(same).or_insert_with(|| key.clone());
        }
        Some(())
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
                scene.rows.push(scene.tied(tie, &main.key, &row.key)?);
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

    /// A row that refers to another one instead.
    fn tied(&self, tie: &Sketch, old: &Value, new: &Value) -> Option<Sketch> {
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
