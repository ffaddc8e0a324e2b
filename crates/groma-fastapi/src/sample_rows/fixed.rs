//! What the rules ask of a row, and a test must not say otherwise.

use std::collections::BTreeSet;

use groma_access::{Operand, Space, Told, Variable};
use groma_ir::design::FieldId;

use crate::access_tests::courses::Ask;
use crate::cx::Cx;

/// The fields of a row that the path names, or without which the caller might not read it.
pub(crate) fn fixed(cx: &Cx<'_>, ask: &Ask<'_>, told: &Told) -> Vec<FieldId> {
    let mut fields: Vec<FieldId> = ask.route.path.parents().map(|parent| parent.field).collect();
    let unreadable = cx.model.access.of(ask.route.entity).read.clone().negate();
    let mut space = Space::new(&cx.model.design);
    let mut case = told.case.clone();
    for field in said(told) {
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

/// The fields of the row itself that a situation is about.
pub(crate) fn said(told: &Told) -> BTreeSet<FieldId> {
    let choices = told.case.choices.iter();
    choices.flat_map(|choice| own(&choice.variable)).collect()
}

/// The fields of the row itself that a variable is about.
pub(crate) fn own(variable: &Variable) -> Vec<FieldId> {
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
