//! Values at which conditions of the design turn: each literal that a field is compared with, and its neighbours.
//!
//! Rows that hold them show an off-by-one in a filter, a guard, a rule or a report.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value as Json;

use groma_ir::design::{ClaimId, Cond, Design, Entity, EntityId, FieldId, Term, Type, Value};
use groma_ir::scalar::Scalar;

use crate::oracle::{decimal_text, from_value, in_form};

/// The telling values of a field, each once.
pub(crate) fn of(design: &Design, entity: EntityId, field: FieldId) -> Vec<Json> {
    let ty = &design.entities[entity].fields[field].ty;
    let mut values: Vec<Json> = Vec::new();
    for cond in conds(design, entity) {
        for term in compared(cond, field) {
            for value in around(design, ty, term) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }
    values
}

/// The claims of callers that a field is compared with.
pub(crate) fn claims(design: &Design, entity: EntityId, field: FieldId) -> Vec<ClaimId> {
    let conds = conds(design, entity);
    let terms = conds.iter().flat_map(|cond| compared(cond, field));
    let claims = terms.filter_map(|term| match term {
        Term::Claim(claim) => Some(*claim),
        _ => None,
    });
    claims.collect()
}

/// Every condition over the fields of an entity.
fn conds(design: &Design, id: EntityId) -> Vec<&Cond> {
    let entity: &Entity = &design.entities[id];
    let mut all: Vec<&Cond> = entity.checks.iter().map(|check| &check.cond).collect();
    all.extend(entity.rules.iter().filter_map(|rule| rule.when.as_ref()));
    all.extend(entity.uniques.iter().filter_map(|unique| unique.when.as_ref()));
    all.extend(
        entity
            .actions
            .iter()
            .flat_map(|action| action.errors.iter().map(|error| &error.when)),
    );
    let rules = design.entities.iter().flat_map(|entity| &entity.rules);
    let elsewhere = rules.filter_map(|rule| rule.when.as_ref());
    elsewhere.for_each(|cond| at(cond, id, &mut all));
    for resource in design.resources.iter().filter(|resource| resource.entity == id) {
        let named = resource
            .list
            .iter()
            .flat_map(|list| &list.named)
            .flat_map(|named| &named.options);
        all.extend(named.filter_map(|option| option.when.as_ref()));
        all.extend(
            resource
                .reports
                .iter()
                .flat_map(|report| &report.measures)
                .filter_map(|measure| measure.when.as_ref()),
        );
    }
    all
}

/// The conditions on rows of an entity that stand in one on rows that refer to them.
fn at<'d>(cond: &'d Cond, id: EntityId, all: &mut Vec<&'d Cond>) {
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().for_each(|part| at(part, id, all)),
        Cond::Not(part) => at(part, id, all),
        Cond::At { target, cond, .. } if *target == id => all.push(cond),
        Cond::At { .. } | Cond::Compare { .. } | Cond::In { .. } | Cond::Is(_) => {}
    }
}

/// The terms that a condition compares a field with.
fn compared(cond: &Cond, field: FieldId) -> Vec<&Term> {
    let is_it = |term: &Term| matches!(term, Term::Field { field: known, .. } if *known == field);
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().flat_map(|part| compared(part, field)).collect(),
        Cond::Not(part) => compared(part, field),
        Cond::Compare { left, right, .. } if is_it(left) => vec![right],
        Cond::Compare { left, right, .. } if is_it(right) => vec![left],
        Cond::In { term, set } if is_it(term) => set.iter().collect(),
        Cond::Compare { .. } | Cond::In { .. } | Cond::Is(_) | Cond::At { .. } => Vec::new(),
    }
}

fn around(design: &Design, ty: &Type, term: &Term) -> Vec<Json> {
    match (term, ty) {
        (Term::Now { offset }, Type::Scalar(scalar)) => around_now(scalar, *offset),
        (Term::Value(Value::None), _) => Vec::new(),
        (Term::Value(value), Type::Scalar(scalar)) => {
            around_scalar(scalar, &in_form(ty, from_value(design, value)))
        }
        _ => Vec::new(),
    }
}

/// Two days to either side: the clocks of both sides never matter.
fn around_now(scalar: &Scalar, offset: i64) -> Vec<Json> {
    let days = [-2, 2].map(|days: i64| {
        let away = SignedDuration::from_hours(24 * days) + SignedDuration::from_secs(offset);
        Timestamp::now().checked_add(away).unwrap_or_default()
    });
    let form = match scalar {
        Scalar::Date => "%Y-%m-%d",
        Scalar::DateTime => "%Y-%m-%dT%H:%M:%S%.6fZ",
        _ => return Vec::new(),
    };
    days.iter()
        .map(|at| Json::from(at.strftime(form).to_string()))
        .collect()
}

fn around_scalar(scalar: &Scalar, value: &Json) -> Vec<Json> {
    match scalar {
        Scalar::Int(bounds) => {
            let (min, max) = bounds.effective();
            let near = value
                .as_i64()
                .into_iter()
                .flat_map(|int| [Some(int), int.checked_sub(1), int.checked_add(1)]);
            near.flatten()
                .filter(|int| (min..=max).contains(int))
                .map(Json::from)
                .collect()
        }
        Scalar::Float(bounds) => {
            let near = value
                .as_f64()
                .into_iter()
                .flat_map(|float| [float, float - 0.5, float + 0.5]);
            let fits = |float: &f64| {
                bounds.min.is_none_or(|min| *float >= min) && bounds.max.is_none_or(|max| *float <= max)
            };
            near.filter(fits).map(Json::from).collect()
        }
        Scalar::Decimal { scale, .. } => value
            .as_str()
            .map(|text| around_decimal(text, *scale))
            .unwrap_or_default(),
        Scalar::Date => value
            .as_str()
            .and_then(|text| text.parse().ok())
            .map(around_date)
            .unwrap_or_default(),
        Scalar::DateTime => value
            .as_str()
            .and_then(|text| text.parse().ok())
            .map(around_instant)
            .unwrap_or_default(),
        Scalar::Text(_) | Scalar::Time | Scalar::Email | Scalar::Url | Scalar::Slug { .. } => {
            vec![value.clone()]
        }
        Scalar::Bool | Scalar::Uuid | Scalar::Json | Scalar::Secret(_) => Vec::new(),
    }
}

fn around_decimal(text: &str, scale: u8) -> Vec<Json> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{whole}{part:0<width$}", width = usize::from(scale));
    let units: Option<i128> = padded.parse().ok();
    let near = units.into_iter().flat_map(|units| [units, units - 1, units + 1]);
    near.map(|units| Json::from(decimal_text(units, scale))).collect()
}

fn around_date(date: Date) -> Vec<Json> {
    let near = [
        Some(date),
        date.checked_sub(1.day()).ok(),
        date.checked_add(1.day()).ok(),
    ];
    near.into_iter()
        .flatten()
        .map(|date| Json::from(date.strftime("%Y-%m-%d").to_string()))
        .collect()
}

fn around_instant(at: Timestamp) -> Vec<Json> {
    let second = SignedDuration::from_secs(1);
    let near = [Some(at), at.checked_sub(second).ok(), at.checked_add(second).ok()];
    near.into_iter()
        .flatten()
        .map(|at| Json::from(at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()))
        .collect()
}
