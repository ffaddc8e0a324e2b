//! Of which fields a test may say what rows hold.

use std::collections::BTreeSet;

use groma_access::{Operand, Space, Told, Variable, singled_out};
use groma_ir::design::{Cond, FieldId, Verb};
use groma_ir::http::{ParamKind, Route};

use crate::access_tests::courses::Ask;
use crate::cx::Cx;

/// The fields that queries ask for.
pub(super) fn asked(cx: &Cx<'_>, route: &Route) -> Vec<FieldId> {
    let list = cx.model.design.resources[route.resource].list.as_ref();
    let mut fields = Vec::new();
    for param in &route.query {
        match &param.kind {
            ParamKind::Filter { field, .. } => fields.push(*field),
            ParamKind::Search { fields: searched } => fields.extend(searched),
            ParamKind::Sort { fields: sorted, .. } => fields.extend(sorted.iter().map(|(_, field)| *field)),
            ParamKind::Named { filter, .. } => {
                let named = list.and_then(|list| list.named.get(*filter));
                let options = named.iter().flat_map(|named| &named.options);
                fields.extend(
                    options
                        .filter_map(|option| option.when.as_ref())
                        .flat_map(Cond::fields),
                );
            }
            ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. } => {}
        }
    }
    // Of what some readers do not see, nothing is known.
    let singled = singled_out(&cx.model.access, route.entity, Verb::Read);
    let mut seen = BTreeSet::new();
    fields.retain(|field| !singled.contains(field) && seen.insert(*field));
    fields
}

/// The fields of a row that the path names, or without which the caller might not read it.
pub(super) fn fixed(cx: &Cx<'_>, ask: &Ask<'_>, told: &Told) -> Vec<FieldId> {
    let mut fields: Vec<FieldId> = ask.route.path.parents().map(|parent| parent.field).collect();
    let unreadable = cx.model.access.of(ask.route.entity).read.clone().negate();
    let mut space = Space::new(&cx.model.design);
    let mut case = told.case.clone();
    let all: BTreeSet<FieldId> = case
        .choices
        .iter()
        .flat_map(|choice| own(&choice.variable))
        .collect();
    for field in all {
        let mut without = case.clone();
        without
            .choices
            .retain(|choice| !own(&choice.variable).contains(&field));
        if space.can_be(&without, ask.route.entity, &unreadable) {
            fields.push(field);
        } else {
            case = without;
        }
    }
    fields
}

/// The fields of the row itself that a variable is about.
fn own(variable: &Variable) -> Vec<FieldId> {
    let start =
        |way: &[FieldId], field: Option<FieldId>| way.first().copied().or(field).into_iter().collect();
    match variable {
        Variable::IsCaller(spot) | Variable::Field(spot) | Variable::Gone(spot) => {
            start(&spot.way, Some(spot.field))
        }
        Variable::Level(tie) => start(&tie.way, None),
        Variable::Order(left, right) => {
            let spots = [left, right].into_iter().filter_map(|operand| match operand {
                Operand::Field(spot) => spot.way.first().copied().or(Some(spot.field)),
                Operand::Claim(_)
                | Operand::Caller
                | Operand::Now(_)
                | Operand::Input(_)
                | Operand::Literal(_) => None,
            });
            spots.collect()
        }
        Variable::Caller | Variable::Claim(_) => Vec::new(),
    }
}
