//! What the rows of a report hold, so that each number tells what it is of.

use std::collections::BTreeSet;

use groma_ir::Id;
use groma_ir::design::{Aggregate, Cond, EntityId, Field, FieldId, Report, Row, Term, Type, Value};
use groma_ir::scalar::Scalar;

use super::numbers::number;
use crate::access_tests::scene::Scene;
use crate::access_tests::values;
use crate::cx::Cx;
use crate::resource_tests::samples;
use crate::sample_rows::{Column, Referred, Table, caller, ladder, referred, says};

/// More values of a field than these make too many rows.
pub(super) const MOST: usize = 4;

/// What the numbers of a report go by.
pub(super) struct Spread<'w, 'm> {
    cx: &'w Cx<'m>,
    entity: EntityId,
    report: &'m Report,
    /// The fields that conditions ask for, and that numbers are told apart by.
    parts: Vec<FieldId>,
    /// The fields whose values are added up or compared.
    measured: Vec<FieldId>,
}

/// What rows hold in the fields that numbers go by, and how many rows that takes.
pub(super) struct Values {
    pub(super) rows: usize,
    parts: Vec<(FieldId, Apart)>,
}

/// The values of a field, and how those are written that are no literals.
type Apart = (Vec<Value>, Vec<(Value, values::Value)>);

impl<'w, 'm> Spread<'w, 'm> {
    pub(super) fn of(cx: &'w Cx<'m>, entity: EntityId, report: &'m Report) -> Self {
        let (mut parts, mut measured) = (Vec::new(), Vec::new());
        let add = |fields: &mut Vec<FieldId>, field: FieldId| {
            if !fields.contains(&field) {
                fields.push(field);
            }
        };
        for measure in &report.measures {
            let asked = measure.when.iter().flat_map(Cond::fields);
            for field in asked.chain(measure.per) {
                add(&mut parts, field);
            }
            match measure.aggregate {
                Aggregate::Count => {}
                Aggregate::Sum(field)
                | Aggregate::Avg(field)
                | Aggregate::Min(field)
                | Aggregate::Max(field) => {
                    add(&mut measured, field);
                }
            }
        }
        Self {
            cx,
            entity,
            report,
            parts,
            measured,
        }
    }

    /// Whether some number would be another one for other values of the field.
    pub(super) fn is_about(&self, field: FieldId) -> bool {
        self.parts.contains(&field) || self.measured.contains(&field)
    }

    /// The values that the rows hold. The scene has what they refer to.
    pub(super) fn values(
        &self,
        known: (&'w Cx<'m>, &BTreeSet<EntityId>),
        fixed: &[FieldId],
        scene: &mut Scene<'_, 'm>,
    ) -> Values {
        let fields = self.parts.iter().filter(|field| !fixed.contains(field));
        let parts: Vec<(FieldId, Apart)> = fields
            .filter_map(|field| Some((*field, self.apart(known, *field, scene)?)))
            .collect();
        // One more is a prime, for the sake of `places`.
        let rows = match parts.iter().map(|(_, (values, _))| values.len()).max() {
            None | Some(0 | 1) => 2,
            Some(2) => 4,
            Some(3) => 6,
            Some(_) => 10,
        };
        Values { rows, parts }
    }

    /// The rows, and behind them one that is somebody else's. Each turn has them in another order.
    pub(super) fn table(&self, fixed: &[FieldId], values: &Values, turn: usize) -> Option<Table<'w, 'm>> {
        let count = values.rows + 1;
        let mut table = Table::new((self.cx, self.entity), fixed.to_vec(), (count, places))?;
        let fields: Vec<FieldId> = self.parts.iter().chain(&self.measured).copied().collect();
        table.tell_apart(&fields)?;
        for (field, apart) in &values.parts {
            spread(&mut table, *field, (apart, turn));
        }
        for field in &self.measured {
            self.measure(&mut table, *field);
        }
        table.keep_checks();
        Some(table)
    }

    fn field(&self, field: FieldId) -> &'m Field {
        &self.cx.model.design.entities[self.entity].fields[field]
    }

    /// The values that conditions tell apart, those first that they name.
    fn apart(
        &self,
        known: (&'w Cx<'m>, &BTreeSet<EntityId>),
        id: FieldId,
        scene: &mut Scene<'_, 'm>,
    ) -> Option<Apart> {
        let field = self.field(id);
        let (mut values, mut written) = (Vec::new(), Vec::new());
        let mut terms = Vec::new();
        for when in self
            .report
            .measures
            .iter()
            .filter_map(|measure| measure.when.as_ref())
        {
            compared(when, id, &mut terms);
        }
        let ty = samples::plain(self.cx.model, &field.ty);
        for term in terms {
            match term {
                Term::Value(value) if *value != Value::None => values.extend(near(ty, value)),
                Term::Now { offset } => {
                    for hours in [offset / 3600 - 1, offset / 3600 + 1] {
                        let time = Value::Int(hours * 3600);
                        let uses = [("datetime", "timedelta"), ("app.core.db", "now")];
                        let stored = format!("now() + timedelta(hours={hours})");
                        written.push((time.clone(), values::Value::stored(stored, &uses)));
                        values.push(time);
                    }
                }
                Term::Caller => {
                    values.push(caller());
                    written.push((caller(), values::Value::constant("ALICE", ty)));
                }
                Term::Value(_) | Term::Field { .. } | Term::Claim(_) | Term::Input(_) => {}
            }
        }
        match referred(known, scene, (self.entity, id)) {
            Referred::Nothing => {}
            Referred::Rows(rows) => {
                let rows = [0, 1].map(Value::Int).into_iter().zip(rows);
                for (value, row) in rows {
                    values.push(value.clone());
                    written.push((value, row));
                }
            }
            Referred::Unknown => return None,
        }
        // Numbers and times next to the named ones are enough, and rows that are referred to.
        let is_enough = match ty {
            Type::Scalar(scalar) => scalar.is_numeric() && !values.is_empty() || !written.is_empty(),
            Type::Enum(_) | Type::List(_) | Type::Reference(_) => false,
        };
        if !is_enough || values == [caller()] {
            let place = (id.index(), MOST - 1 + usize::from(matches!(ty, Type::Enum(_))));
            values.extend(ladder(self.cx, &field.ty, place));
        }
        let mut apart: Vec<Value> = Vec::new();
        for value in values {
            if !apart.contains(&value) && self.may_be(id, &value) {
                apart.push(value);
            }
        }
        apart.truncate(MOST - usize::from(field.optional));
        apart.extend(field.optional.then_some(Value::None));
        Some((apart, written))
    }

    /// Whether no check refuses a value, whatever else the row holds.
    fn may_be(&self, field: FieldId, value: &Value) -> bool {
        let checks = &self.cx.model.design.entities[self.entity].checks;
        let refuses = |cond: &Cond| {
            let held = says(cond, &|other| (other == field).then(|| value.clone()));
            held == Some(false)
        };
        !checks.iter().any(|check| refuses(&check.cond))
    }

    /// Another value in each row, as far as there are so many; and nothing in one where that may be.
    fn measure(&self, table: &mut Table<'_, '_>, field: FieldId) -> Option<()> {
        if table.columns.contains_key(&field) || table.fixed.contains(&field) {
            return None;
        }
        let declared = self.field(field);
        let mut values = table.ladder(&declared.ty);
        values.retain(|value| self.may_be(field, value));
        if values.is_empty() {
            return None;
        }
        let at = |place: usize| {
            let is_empty = declared.optional && place == 0;
            let value = values.get(place % values.len()).filter(|_| !is_empty);
            value.cloned().unwrap_or(Value::None)
        };
        let cells = table.places(field).into_iter().map(at).collect();
        let written = Vec::new();
        table.columns.insert(
            field,
            Column {
                values,
                cells,
                written,
            },
        );
        Some(())
    }
}

/// Another order for each field that is there already; the last row comes last.
fn places(_: FieldId, nth: usize, count: usize) -> Vec<usize> {
    let last = count.saturating_sub(1);
    let step = 1 + nth % last.max(1);
    let place = |row: usize| ((row + 1) * step % count).saturating_sub(1);
    (0..last).map(place).chain([last]).collect()
}

/// Each value in another number of rows. With each turn they are in another order, or are more often than others.
fn spread(table: &mut Table<'_, '_>, field: FieldId, ((values, written), turn): (&Apart, usize)) {
    if table.columns.contains_key(&field) || values.len() < 2 {
        return;
    }
    let rows = table.count.saturating_sub(1);
    let total = values.len() * (values.len() + 1) / 2;
    let mut ordered = values.clone();
    ordered.rotate_right(turn / rows.max(1) % values.len());
    let mut held: Vec<Value> = Vec::new();
    for (at, value) in ordered.iter().enumerate() {
        held.extend(std::iter::repeat_n(value.clone(), rows * (at + 1) / total));
    }
    // What is left over has the last one; somebody else's row has what is named first.
    let last = ordered.pop().unwrap_or(Value::None);
    held.resize(rows, last);
    held.extend(values.first().cloned());
    let at = |place: usize| held.get(place).cloned().unwrap_or(Value::None);
    let nth = table.columns.len();
    let cells = places(field, nth * (turn + 1), table.count).into_iter().map(at);
    let column = Column {
        cells: cells.collect(),
        values: values.clone(),
        written: written.clone(),
    };
    table.columns.insert(field, column);
}

/// What a condition compares a field with.
fn compared<'c>(cond: &'c Cond, field: FieldId, found: &mut Vec<&'c Term>) {
    let is_it = |term: &Term| {
        *term
            == Term::Field {
                row: Row::This,
                field,
            }
    };
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().for_each(|part| compared(part, field, found)),
        Cond::Not(part) => compared(part, field, found),
        Cond::Compare { left, right, .. } if is_it(left) => found.push(right),
        Cond::Compare { left, right, .. } if is_it(right) => found.push(left),
        Cond::In { term, set } if is_it(term) => found.extend(set),
        Cond::Compare { .. } | Cond::In { .. } | Cond::Is(_) | Cond::At { .. } => {}
    }
}

/// A value, and of a number what is next to it.
fn near(ty: &Type, value: &Value) -> Vec<Value> {
    match (ty, value) {
        (Type::Scalar(Scalar::Int(bounds)), Value::Int(number)) => {
            let (least, most) = bounds.effective();
            let all = [*number, number.saturating_sub(1), number.saturating_add(1)];
            let fits = all.into_iter().filter(|number| (least..=most).contains(number));
            fits.map(Value::Int).collect()
        }
        (Type::Scalar(Scalar::Float(bounds)), Value::Float(number)) => {
            let fits = |number: &f64| {
                bounds.min.is_none_or(|min| *number >= min) && bounds.max.is_none_or(|max| *number <= max)
            };
            let all = [*number, number - 1.0, number + 1.0];
            all.into_iter().filter(fits).map(Value::Float).collect()
        }
        (Type::Scalar(Scalar::Decimal { scale, .. }), value) => {
            let places = usize::from(*scale);
            let step = 0.1_f64.powi(i32::from(*scale));
            let near = |number: f64| {
                let all = [number, number - step, number + step];
                let all = all.map(|number| Value::Text(format!("{number:.places$}")));
                all.into()
            };
            number(value).map_or_else(Vec::new, near)
        }
        _ => vec![value.clone()],
    }
}
