//! The rows of a list: what each holds in the fields that queries ask for.

use std::collections::BTreeMap;

use groma_ir::Id;
use groma_ir::design::{Default, EntityId, FieldId, Generated, Type, Value};
use groma_ir::scalar::Scalar;

use super::ladder::{ROWS, ladder};
use super::says::says;
use crate::access_tests::values;
use crate::cx::Cx;
use crate::literals;
use crate::names;
use crate::python::{Imports, string};
use crate::resource_tests::samples;

/// What the rows hold, by field.
pub(super) struct Table<'w, 'm> {
    pub(super) cx: &'w Cx<'m>,
    pub(super) entity: EntityId,
    pub(super) columns: BTreeMap<FieldId, Column>,
    /// Fields of which nothing is known: rules or the path say what they hold.
    fixed: Vec<FieldId>,
}

/// What the rows hold in one field.
pub(super) struct Column {
    /// Every value that occurs, in order.
    pub(super) values: Vec<Value>,
    /// The value of each row.
    pub(super) cells: [Value; ROWS],
    /// The rows that a reference leads to, by their number.
    rows: Option<[values::Value; 2]>,
}

impl<'w, 'm> Table<'w, 'm> {
    pub(super) fn new(cx: &'w Cx<'m>, entity: EntityId, fixed: Vec<FieldId>) -> Option<Self> {
        let mut table = Self {
            cx,
            entity,
            columns: BTreeMap::new(),
            fixed,
        };
        let key = cx.model.design.entities[entity].key;
        table.alone(key)?;
        Some(table)
    }

    /// A field in which no two rows hold the same; the key is in the order of the rows.
    fn alone(&mut self, field: FieldId) -> Option<()> {
        let declared = &self.cx.model.design.entities[self.entity];
        let values = ladder(self.cx, &declared.fields[field].ty, self.columns.len());
        if values.len() < ROWS || self.is_managed(field) {
            return None;
        }
        let places = if field == declared.key {
            std::array::from_fn(|row| row)
        } else {
            Self::places(field)
        };
        self.put(field, values, places.map(Some), None);
        Some(())
    }

    /// A field in which several rows hold the same, and some nothing where that may be.
    pub(super) fn vary(&mut self, field: FieldId, rows: Option<[values::Value; 2]>) -> Option<()> {
        if self.columns.contains_key(&field) || self.fixed.contains(&field) {
            return None;
        }
        let declared = &self.cx.model.design.entities[self.entity].fields[field];
        if let Type::List(list) = &declared.ty {
            return self.vary_lists(field, &list.item, list.min, list.max);
        }
        let values = match rows {
            Some(_) => vec![Value::Int(0), Value::Int(1)],
            None => ladder(self.cx, &declared.ty, self.columns.len()),
        };
        let values: Vec<Value> = values.into_iter().take(3).collect();
        if values.len() < 2 {
            return None;
        }
        let last = values.len() - 1;
        let steps = if declared.optional {
            [Some(0), Some(1), Some(1), None, None]
        } else {
            [0, 1, 1, last, last].map(Some)
        };
        let cells = Self::places(field).map(|place| steps.get(place).copied().flatten());
        self.put(field, values, cells, rows);
        Some(())
    }

    fn vary_lists(&mut self, field: FieldId, item: &Type, min: u32, max: Option<u32>) -> Option<()> {
        let items = ladder(self.cx, item, self.columns.len());
        let (first, second) = (items.first()?.clone(), items.get(1)?.clone());
        if min > 1 || max.is_some_and(|max| max < 2) {
            return None;
        }
        let least = if min == 0 {
            Vec::new()
        } else {
            vec![second.clone()]
        };
        let lists = [
            vec![first.clone()],
            vec![first, second.clone()],
            vec![second],
            least.clone(),
            least,
        ];
        let cells = Self::places(field).map(|place| match lists.get(place) {
            Some(list) => Value::List(list.clone()),
            None => Value::None,
        });
        let values = items.into_iter().take(2).collect();
        let rows = None;
        self.columns.insert(field, Column { values, cells, rows });
        Some(())
    }

    /// In which order a field goes through its values: another one for each.
    fn places(field: FieldId) -> [usize; ROWS] {
        let (turn, step) = (field.index(), 1 + field.index() % (ROWS - 1));
        std::array::from_fn(|row| (row * step + turn) % ROWS)
    }

    fn put(
        &mut self,
        field: FieldId,
        values: Vec<Value>,
        cells: [Option<usize>; ROWS],
        rows: Option<[values::Value; 2]>,
    ) {
        let cells = cells.map(|at| at.and_then(|at| values.get(at).cloned()).unwrap_or(Value::None));
        self.columns.insert(field, Column { values, cells, rows });
    }

    fn is_managed(&self, field: FieldId) -> bool {
        let ty = &self.cx.model.design.entities[self.entity].fields[field].ty;
        ty.target()
            .is_some_and(|target| self.cx.is_there_in_tests(target))
    }

    /// No two rows hold the same where they may not. None where that cannot be.
    pub(super) fn tell_apart(&mut self) -> Option<()> {
        let declared = &self.cx.model.design.entities[self.entity];
        for unique in &declared.uniques {
            let key = declared.key;
            if unique.fields.contains(&key) {
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
    pub(super) fn keep_checks(&mut self) {
        for check in &self.cx.model.design.entities[self.entity].checks {
            let holds = (0..ROWS).all(|row| self.says(&check.cond, row) == Some(true));
            if !holds {
                for field in check.cond.fields() {
                    self.columns.remove(&field);
                }
            }
        }
    }

    /// What a condition says of a row.
    pub(super) fn says(&self, cond: &groma_ir::design::Cond, row: usize) -> Option<bool> {
        says(cond, &|field| self.value(field, row))
    }

    /// What a row holds in a field, as far as it is known.
    pub(super) fn value(&self, field: FieldId, row: usize) -> Option<Value> {
        if let Some(column) = self.columns.get(&field) {
            let value = column.cells.get(row)?;
            return (column.rows.is_none() || *value == Value::None).then(|| value.clone());
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
    pub(super) fn row(&self, imports: &mut Imports, row: usize) -> Option<BTreeMap<FieldId, values::Value>> {
        let cells = self.columns.iter().map(|(field, column)| {
            let value = self.cell(imports, *field, column.cells.get(row)?)?;
            Some((*field, value))
        });
        cells.collect()
    }

    fn cell(&self, imports: &mut Imports, field: FieldId, value: &Value) -> Option<values::Value> {
        let declared = &self.cx.model.design.entities[self.entity].fields[field];
        if let (Some(rows), Value::Int(at)) = (&self.columns.get(&field)?.rows, value) {
            return rows.get(usize::try_from(*at).ok()?).cloned();
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
    pub(super) fn asked(&self, field: FieldId, value: &Value) -> Option<(String, Option<String>)> {
        if let (Some(rows), Value::Int(at)) = (&self.columns.get(&field)?.rows, value) {
            let key = rows.get(usize::try_from(*at).ok()?)?;
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
    pub(super) fn told_by(&self, shown: &[String]) -> Option<(String, String)> {
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
