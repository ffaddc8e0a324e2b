//! Rows as a table: what each holds in the fields that a test is about.

use std::collections::BTreeMap;

use groma_ir::design::{Default, EntityId, FieldId, Generated, Type, Value};
use groma_ir::scalar::Scalar;

use super::ladder::ladder;
use super::says::says;
use crate::access_tests::values;
use crate::cx::Cx;
use crate::literals;
use crate::names;
use crate::python::{Imports, string};
use crate::resource_tests::samples;

/// What the rows hold, by field.
pub(crate) struct Table<'w, 'm> {
    pub(crate) cx: &'w Cx<'m>,
    pub(crate) entity: EntityId,
    pub(crate) columns: BTreeMap<FieldId, Column>,
    /// Fields of which nothing is known: rules or the path say what they hold.
    pub(crate) fixed: Vec<FieldId>,
    /// How many rows there are.
    pub(crate) count: usize,
    /// In which order the rows go through the values of a field: another one for each.
    pub(crate) places: Places,
}

/// The places of the rows for a field, by how many fields are there already, and how many rows.
pub(crate) type Places = fn(FieldId, usize, usize) -> Vec<usize>;

/// What the rows hold in one field.
pub(crate) struct Column {
    /// Every value that occurs, in order.
    pub(crate) values: Vec<Value>,
    /// The value of each row.
    pub(crate) cells: Vec<Value>,
    /// How values are written that are no literals.
    pub(crate) written: Vec<(Value, values::Value)>,
}

impl<'w, 'm> Table<'w, 'm> {
    /// So many rows, with a key each. None where keys are not known.
    pub(crate) fn new(
        (cx, entity): (&'w Cx<'m>, EntityId),
        fixed: Vec<FieldId>,
        (count, places): (usize, Places),
    ) -> Option<Self> {
        let mut table = Self {
            cx,
            entity,
            columns: BTreeMap::new(),
            fixed,
            count,
            places,
        };
        let key = cx.model.design.entities[entity].key;
        table.alone(key)?;
        Some(table)
    }

    /// A field in which no two rows hold the same; the key is in the order of the rows.
    fn alone(&mut self, field: FieldId) -> Option<()> {
        let declared = &self.cx.model.design.entities[self.entity];
        let values = self.ladder(&declared.fields[field].ty);
        if values.len() < self.count || self.is_managed(field) {
            return None;
        }
        let places = if field == declared.key {
            (0..self.count).collect()
        } else {
            self.places(field)
        };
        let cells = places.into_iter().map(|place| values.get(place).cloned());
        let cells = cells.map(|value| value.unwrap_or(Value::None)).collect();
        let written = Vec::new();
        self.columns.insert(
            field,
            Column {
                values,
                cells,
                written,
            },
        );
        Some(())
    }

    /// Values of a type, as many as there are rows or fewer.
    pub(crate) fn ladder(&self, ty: &Type) -> Vec<Value> {
        ladder(self.cx, ty, (self.columns.len(), self.count))
    }

    pub(crate) fn places(&self, field: FieldId) -> Vec<usize> {
        (self.places)(field, self.columns.len(), self.count)
    }

    fn is_managed(&self, field: FieldId) -> bool {
        let ty = &self.cx.model.design.entities[self.entity].fields[field].ty;
        ty.target()
            .is_some_and(|target| self.cx.is_there_in_tests(target))
    }

    /// No two rows hold the same where they may not, when a test is about these fields. None where that cannot be.
    pub(crate) fn tell_apart(&mut self, fields: &[FieldId]) -> Option<()> {
        let declared = &self.cx.model.design.entities[self.entity];
        for unique in &declared.uniques {
            // Rows with nothing in such a field are never the same.
            let is_empty = |field: &FieldId| {
                let of = &declared.fields[*field];
                of.optional && of.default.is_none() && !fields.contains(field) && !self.fixed.contains(field)
            };
            if unique.fields.contains(&declared.key) || unique.fields.iter().any(is_empty) {
                continue;
            }
            let free = unique
                .fields
                .iter()
                .copied()
                .filter(|field| !self.fixed.contains(field));
            let free: Vec<FieldId> = free.collect();
            free.into_iter().find_map(|field| self.alone(field))?;
        }
        Some(())
    }

    /// What breaks a check is as it usually is.
    pub(crate) fn keep_checks(&mut self) {
        for check in &self.cx.model.design.entities[self.entity].checks {
            let holds = (0..self.count).all(|row| self.says(&check.cond, row) == Some(true));
            if !holds {
                for field in check.cond.fields() {
                    self.columns.remove(&field);
                }
            }
        }
    }

    /// What a condition says of a row.
    pub(crate) fn says(&self, cond: &groma_ir::design::Cond, row: usize) -> Option<bool> {
        says(cond, &|field| self.value(field, row))
    }

    /// What a row holds in a field, as far as it is known.
    pub(crate) fn value(&self, field: FieldId, row: usize) -> Option<Value> {
        if let Some(column) = self.columns.get(&field) {
            let value = column.cells.get(row)?.clone();
            return Some(match column.as_written(&value) {
                Some(key) if self.is_managed(field) => Value::Text(key.stored.clone()),
                Some(_) | None => value,
            });
        }
        let declared = &self.cx.model.design.entities[self.entity].fields[field];
        if self.fixed.contains(&field) || declared.generated == Some(Generated::Uuid7) || declared.touch {
            return None;
        }
        match &declared.default {
            Some(Default::Value(value)) => Some(value.clone()),
            None if declared.optional => Some(Value::None),
            Some(Default::Caller | Default::Now { .. }) | None => None,
        }
    }

    /// What a row holds, as Python makes it.
    pub(crate) fn row(&self, imports: &mut Imports, row: usize) -> Option<BTreeMap<FieldId, values::Value>> {
        let cells = self.columns.iter().map(|(field, column)| {
            let value = self.cell(imports, *field, column.cells.get(row)?)?;
            Some((*field, value))
        });
        cells.collect()
    }

    fn cell(&self, imports: &mut Imports, field: FieldId, value: &Value) -> Option<values::Value> {
        let declared = &self.cx.model.design.entities[self.entity].fields[field];
        if let Some(written) = self.columns.get(&field)?.as_written(value) {
            return Some(written.clone());
        }
        let ty = samples::plain(self.cx.model, &declared.ty);
        if let (Type::Scalar(Scalar::Uuid), Value::Text(text)) = (ty, value) {
            let number = text.trim_start_matches(['0', '-']);
            imports.name("uuid", "UUID");
            return Some(values::Value::plain(format!("UUID(int={number})")));
        }
        if let (Type::Scalar(Scalar::Secret(length)), Value::Text(text)) = (ty, value) {
            return Some(values::Value::plain(format!("{} * {length}", string(text))));
        }
        Some(values::Value::plain(
            literals::literal(self.cx, imports, Some(ty), value).flat(),
        ))
    }

    /// A value as a query holds it, and the constant that it is, if it is one.
    pub(crate) fn asked(&self, field: FieldId, value: &Value) -> Option<(String, Option<String>)> {
        if let Some(key) = self.columns.get(&field)?.as_written(value) {
            let is_constant = key.uses.iter().all(|(module, _)| module == "tests.rows");
            return is_constant.then(|| (format!("{{{}}}", key.stored), Some(key.stored.clone())));
        }
        let text = match value {
            Value::Bool(value) => value.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Text(text) => text.clone(),
            Value::Variant(of, variant) => self.cx.model.design.variant_name(*of, *variant).to_owned(),
            Value::None | Value::List(_) => return None,
        };
        Some((text, None))
    }

    /// What tells rows apart in an answer: the member that shows it, and the attribute that holds it.
    pub(crate) fn told_by(&self, shown: &[String]) -> Option<(String, String)> {
        let declared = &self.cx.model.design.entities[self.entity];
        let is_alone = |(_, column): &(&FieldId, &Column)| {
            let mut cells = column.cells.iter().enumerate();
            cells.all(|(at, cell)| !column.cells.iter().skip(at + 1).any(|other| other == cell))
        };
        let alone = self.columns.iter().filter(is_alone).map(|(field, _)| *field);
        let mut all = std::iter::once(declared.key).chain(alone);
        let field = all.find(|field| shown.contains(&declared.fields[*field].wire))?;
        let wire = declared.fields[field].wire.clone();
        let attribute = names::field(self.cx.model, self.entity, field);
        let ty = samples::plain(self.cx.model, &declared.fields[field].ty);
        let is_uuid = matches!(ty, Type::Scalar(Scalar::Uuid));
        Some((
            wire,
            if is_uuid {
                format!("str(row.{attribute})")
            } else {
                format!("row.{attribute}")
            },
        ))
    }
}

impl Column {
    fn as_written(&self, value: &Value) -> Option<&values::Value> {
        let mut written = self.written.iter();
        written.find_map(|(known, written)| (known == value).then_some(written))
    }
}
