//! The numbers of a report over rows whose values are known.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use groma_ir::design::{Aggregate, Cond, FieldId, Measure, Report, Row, Term, Type, Value};
use groma_ir::http::{MemberKind, Route, SchemaKind};
use groma_ir::scalar::Scalar;

use crate::python::{Doc, string};
use crate::sample_rows::{Table, order};

/// What a report says of the first rows of a table.
pub(super) struct Numbers<'t, 'w, 'm> {
    pub(super) table: &'t Table<'w, 'm>,
    pub(super) route: &'m Route,
}

impl Numbers<'_, '_, '_> {
    /// The whole answer. None where some number of it is not known.
    pub(super) fn answer(&self, report: &Report, rows: usize) -> Option<Doc> {
        let model = self.table.cx.model;
        let schema = &model.http.schemas[self.route.success.body?];
        let SchemaKind::Report(members) = &schema.kind else {
            return None;
        };
        let pairs = members.iter().map(|member| {
            let parts: Vec<(String, Value)> = match &member.kind {
                MemberKind::PerVariant(_, of, _) => {
                    let variants = model.design.enums[*of].variants.entries();
                    let parts = variants.map(|(id, variant)| (variant.name.clone(), Value::Variant(*of, id)));
                    parts.collect()
                }
                MemberKind::PerBool(..) => {
                    let parts = [true, false].map(|value| (value.to_string(), Value::Bool(value)));
                    parts.into()
                }
                _ => Vec::new(),
            };
            let (MemberKind::Measure(index, ty)
            | MemberKind::PerVariant(index, _, ty)
            | MemberKind::PerBool(index, ty)) = &member.kind
            else {
                return None;
            };
            let measure = report.measures.get(*index)?;
            let rows = self.rows(measure, rows)?;
            let Some(per) = measure.per else {
                return Some((string(&member.name), self.number(measure, ty, &rows)?));
            };
            let parts = parts.into_iter().map(|(name, value)| {
                let is_part = |row: &&usize| self.table.value(per, **row).as_ref() == Some(&value);
                let rows: Vec<usize> = rows.iter().filter(is_part).copied().collect();
                Some((string(&name), self.number(measure, ty, &rows)?))
            });
            let parts: Vec<(String, Doc)> = parts.collect::<Option<_>>()?;
            Some((string(&member.name), Doc::dict(parts)))
        });
        let pairs: Vec<(String, Doc)> = pairs.collect::<Option<_>>()?;
        Some(Doc::dict(pairs))
    }

    /// How many numbers are of no row, and how many are the same as that of another part.
    pub(super) fn silent(&self, report: &Report) -> (usize, usize) {
        let of = |measure: &Measure| {
            let Some(rows) = self.rows(measure, self.table.count - 1) else {
                return (0, 0);
            };
            let Some(column) = measure.per.and_then(|per| self.table.columns.get(&per)) else {
                return (usize::from(rows.is_empty()), 0);
            };
            let held = |value: &Value| {
                rows.iter()
                    .filter(|row| column.cells.get(**row) == Some(value))
                    .count()
            };
            let counts: Vec<usize> = column.values.iter().map(held).collect();
            let some: Vec<usize> = counts.iter().copied().filter(|count| *count > 0).collect();
            let apart: BTreeSet<usize> = some.iter().copied().collect();
            (counts.len() - some.len(), some.len() - apart.len())
        };
        let all = report.measures.iter().map(of);
        all.fold((0, 0), |(none, same), of| (none + of.0, same + of.1))
    }

    /// The rows that a measure is about.
    fn rows(&self, measure: &Measure, rows: usize) -> Option<Vec<usize>> {
        let is_known = |field: FieldId| (0..rows).all(|row| self.table.value(field, row).is_some());
        if let Some(per) = measure.per {
            is_known(per).then_some(())?;
        }
        let Some(when) = &measure.when else {
            return Some((0..rows).collect());
        };
        let is_told = when.fields().into_iter().all(is_known) && self.is_of_the_row(when);
        let kept = (0..rows).filter(|row| self.table.says(when, *row) == Some(true));
        is_told.then(|| kept.collect())
    }

    /// Whether a condition asks for nothing but the row, the clock, and who calls.
    fn is_of_the_row(&self, cond: &Cond) -> bool {
        let is_known = |term: &Term| match term {
            Term::Field { row: Row::This, .. } | Term::Now { .. } | Term::Value(_) => true,
            Term::Caller => !self.route.public,
            Term::Field { row: Row::New, .. } | Term::Claim(_) | Term::Input(_) => false,
        };
        match cond {
            Cond::And(parts) | Cond::Or(parts) => parts.iter().all(|part| self.is_of_the_row(part)),
            Cond::Not(part) => self.is_of_the_row(part),
            Cond::Compare { left, right, .. } => is_known(left) && is_known(right),
            Cond::In { term, set } => is_known(term) && set.iter().all(is_known),
            Cond::Is(term) => is_known(term),
            Cond::At { .. } => false,
        }
    }

    fn number(&self, measure: &Measure, ty: &Type, rows: &[usize]) -> Option<Doc> {
        let values = |field: FieldId| {
            let values = rows.iter().map(|row| self.table.value(field, *row));
            let values: Option<Vec<Value>> = values.collect();
            values.map(|mut values| {
                values.retain(|value| *value != Value::None);
                values
            })
        };
        let none = || Some(Doc::text("None"));
        match measure.aggregate {
            Aggregate::Count => Some(Doc::text(rows.len().to_string())),
            Aggregate::Sum(field) => sum(ty, &values(field)?),
            Aggregate::Avg(field) => mean(&values(field)?),
            Aggregate::Min(field) => values(field)?
                .into_iter()
                .min_by(least)
                .map_or_else(none, |value| answered(ty, &value)),
            Aggregate::Max(field) => values(field)?
                .into_iter()
                .max_by(least)
                .map_or_else(none, |value| answered(ty, &value)),
        }
    }
}

fn least(left: &Value, right: &Value) -> Ordering {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => order(left, right).unwrap_or(Ordering::Equal),
    }
}

/// A number, or a decimal, which is text.
#[expect(clippy::cast_precision_loss, reason = "the numbers of samples are small")]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        Value::None | Value::Bool(_) | Value::Variant(..) | Value::List(_) => None,
    }
}

fn sum(ty: &Type, values: &[Value]) -> Option<Doc> {
    let all: Vec<f64> = values.iter().map(number).collect::<Option<_>>()?;
    let total = all.iter().fold(0.0, |total, value| total + value);
    Some(match ty {
        Type::Scalar(Scalar::Int(_)) => Doc::text(format!("{total:.0}")),
        Type::Scalar(Scalar::Decimal { scale, .. }) => {
            Doc::text(string(&format!("{total:.*}", usize::from(*scale))))
        }
        _ => Doc::text(format!("{total:?}")),
    })
}

#[expect(clippy::cast_precision_loss, reason = "there are few rows")]
fn mean(values: &[Value]) -> Option<Doc> {
    if values.is_empty() {
        return Some(Doc::text("None"));
    }
    let all: Vec<f64> = values.iter().map(number).collect::<Option<_>>()?;
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let short = (mean * 1e6).round() / 1e6;
    Some(Doc::text(format!("pytest.approx({short:?})")))
}

/// A value as it is answered. None where that is not known.
fn answered(ty: &Type, value: &Value) -> Option<Doc> {
    Some(Doc::text(match (ty, value) {
        (Type::Scalar(Scalar::DateTime), Value::Text(text)) => {
            string(&format!("{}.000000Z", text.strip_suffix('Z')?))
        }
        (Type::Scalar(Scalar::Time), Value::Text(text)) => string(&format!("{text}.000000")),
        (Type::Scalar(Scalar::Date | Scalar::Decimal { .. }), Value::Text(text)) => string(text),
        (Type::Scalar(Scalar::Int(_)), Value::Int(number)) => number.to_string(),
        (Type::Scalar(Scalar::Float(_)), Value::Float(number)) => format!("{number:?}"),
        _ => return None,
    }))
}
