//! Reports: numbers over the rows that a caller may read.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use groma_ir::design::{Aggregate, EntityId, FieldId, Measure, Report, Type};
use groma_ir::scalar::Scalar;

use super::cond::{Scene, holds_cond};
use super::value::{compare, decimal_text, same_json};
use super::{RowId, World};
use crate::tokens::Identity;

/// One member of a report.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Figure {
    /// Its name on the wire.
    pub(crate) name: String,
    /// Its number, or one for each value of a field.
    pub(crate) value: Json,
    /// Whether its last digits are the server's to round.
    pub(crate) is_rounded: bool,
    /// Whether it grows with every row.
    pub(crate) is_count: bool,
}

impl Figure {
    /// Whether a value is this figure; with rows of others in it, whether it can be.
    pub(crate) fn accepts(&self, value: &Json, is_whole: bool) -> bool {
        match (value, &self.value) {
            (Json::Object(given), Json::Object(known)) => {
                given.len() == known.len()
                    && known.iter().all(|(name, known)| {
                        given
                            .get(name)
                            .is_some_and(|given| self.accepts_number(given, known, is_whole))
                    })
            }
            (given, known) => self.accepts_number(given, known, is_whole),
        }
    }

    fn accepts_number(&self, given: &Json, known: &Json, is_whole: bool) -> bool {
        if !is_whole {
            return !self.is_count || given.as_i64() >= known.as_i64();
        }
        if !self.is_rounded {
            return same_json(given, known);
        }
        match (given.as_f64(), known.as_f64()) {
            (Some(given), Some(known)) => (given - known).abs() <= 1e-6 * known.abs().max(1.0),
            (given, known) => given == known,
        }
    }
}

/// What a report says about these rows of an entity.
pub(crate) fn figures(scene: Reporting<'_>, report: &Report, rows: &[RowId]) -> Vec<Figure> {
    report
        .measures
        .iter()
        .map(|measure| figure(scene, measure, rows))
        .collect()
}

/// Whose report it is, over which entity, and when.
#[derive(Clone, Copy)]
pub(crate) struct Reporting<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) entity: EntityId,
    pub(crate) who: Option<&'a Identity>,
    pub(crate) now: Timestamp,
}

fn figure(scene: Reporting<'_>, measure: &Measure, rows: &[RowId]) -> Figure {
    let holds = |row: RowId, when| holds_cond(Scene::of(scene.world, scene.who, scene.now, row), when);
    let kept: Vec<RowId> = rows
        .iter()
        .copied()
        .filter(|row| measure.when.as_ref().is_none_or(|when| holds(*row, when)))
        .collect();
    let is_float = |field| {
        matches!(
            scene.world.ty(scene.entity, field),
            Type::Scalar(Scalar::Float(_))
        )
    };
    Figure {
        name: measure.name.clone(),
        value: value_of(scene, measure, &kept),
        is_rounded: match measure.aggregate {
            Aggregate::Avg(_) => true,
            Aggregate::Sum(field) => is_float(field),
            Aggregate::Count | Aggregate::Min(_) | Aggregate::Max(_) => false,
        },
        is_count: measure.aggregate == Aggregate::Count,
    }
}

fn value_of(scene: Reporting<'_>, measure: &Measure, rows: &[RowId]) -> Json {
    let world = scene.world;
    let Some(per) = measure.per else {
        return aggregate(scene, measure.aggregate, rows);
    };
    let mut values = Map::new();
    for (name, value) in groups(world, world.ty(scene.entity, per)) {
        let same: Vec<RowId> = rows
            .iter()
            .copied()
            .filter(|row| *world.row(*row).cell(per) == value)
            .collect();
        values.insert(name, aggregate(scene, measure.aggregate, &same));
    }
    Json::Object(values)
}

/// The values of an enum or boolean field, zero included.
fn groups(world: &World<'_>, ty: &Type) -> Vec<(String, Json)> {
    match ty {
        Type::Enum(of) => {
            let variants = world.design().enums[*of].variants.iter();
            variants
                .map(|variant| (variant.name.clone(), Json::String(variant.name.clone())))
                .collect()
        }
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => {
            vec![
                ("true".to_owned(), Json::Bool(true)),
                ("false".to_owned(), Json::Bool(false)),
            ]
        }
    }
}

fn aggregate(scene: Reporting<'_>, aggregate: Aggregate, rows: &[RowId]) -> Json {
    let world = scene.world;
    match aggregate {
        Aggregate::Count => Json::from(rows.len()),
        Aggregate::Sum(field) => sum(world.ty(scene.entity, field), cells(world, field, rows)),
        Aggregate::Avg(field) => mean(world, field, rows),
        Aggregate::Min(field) => extreme(world, field, rows, Ordering::Less),
        Aggregate::Max(field) => extreme(world, field, rows, Ordering::Greater),
    }
}

fn cells<'a>(world: &'a World<'a>, field: FieldId, rows: &'a [RowId]) -> impl Iterator<Item = &'a Json> {
    rows.iter()
        .map(move |row| world.row(*row).cell(field))
        .filter(|cell| !cell.is_null())
}

/// A sum; of nothing it is zero.
fn sum<'a>(ty: &Type, values: impl Iterator<Item = &'a Json>) -> Json {
    match ty {
        Type::Scalar(Scalar::Decimal { scale, .. }) => decimal_sum(values, *scale),
        Type::Scalar(Scalar::Int(_)) => Json::from(values.filter_map(Json::as_i64).sum::<i64>()),
        _ => Json::from(values.filter_map(Json::as_f64).sum::<f64>()),
    }
}

/// The exact sum of decimal texts that all have `scale` digits after the point.
fn decimal_sum<'a>(values: impl Iterator<Item = &'a Json>, scale: u8) -> Json {
    let units = |value: &Json| value.as_str()?.replace('.', "").parse::<i128>().ok();
    let total: i128 = values.filter_map(units).sum();
    Json::String(decimal_text(total, scale))
}

fn mean(world: &World<'_>, field: FieldId, rows: &[RowId]) -> Json {
    let number = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let values: Vec<f64> = cells(world, field, rows).filter_map(number).collect();
    if values.is_empty() {
        return Json::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "a run makes far fewer than 2^53 rows")]
    let count = values.len() as f64;
    Json::from(values.iter().sum::<f64>() / count)
}

fn extreme(world: &World<'_>, field: FieldId, rows: &[RowId], wanted: Ordering) -> Json {
    let ty = rows.first().map(|row| world.ty(row.entity, field));
    let mut best: Option<&Json> = None;
    for cell in cells(world, field, rows) {
        let is_better = best.is_none_or(|best| compare(world.design(), ty, cell, best) == Some(wanted));
        if is_better {
            best = Some(cell);
        }
    }
    best.cloned().unwrap_or(Json::Null)
}
