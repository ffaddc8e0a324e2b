//! Rows of one entity for tests: what each holds in the fields that a test is about, what conditions say of them, and
//! what rules ask of them so that they may be read.

mod fixed;
mod ladder;
mod says;
mod table;

pub(crate) use fixed::{fixed, own, said};
pub(crate) use ladder::ladder;
pub(crate) use says::{caller, order, says};
pub(crate) use table::{Column, Table};

use std::collections::BTreeSet;

use groma_ir::design::{EntityId, FieldId};

use crate::access_tests::scene::Scene;
use crate::access_tests::values::Value;
use crate::cx::Cx;

/// What a field can refer to.
pub(crate) enum Referred {
    /// It is no reference, or one to somebody else's rows.
    Nothing,
    /// These two rows, which the scene now has.
    Rows([Value; 2]),
    /// Rows that cannot be made, or that would be among those that the test is about.
    Unknown,
}

/// The rows that a field of the entity can refer to.
pub(crate) fn referred<'m>(
    (cx, known): (&Cx<'m>, &BTreeSet<EntityId>),
    scene: &mut Scene<'_, 'm>,
    (entity, field): (EntityId, FieldId),
) -> Referred {
    let target = cx.model.design.entities[entity].fields[field].ty.target();
    let Some(target) = target.filter(|target| cx.is_there_in_tests(*target)) else {
        return Referred::Nothing;
    };
    if target == entity || !known.contains(&target) {
        return Referred::Unknown;
    }
    let mut with = scene.clone();
    match with.referred(field) {
        Some(rows) => {
            *scene = with;
            Referred::Rows(rows)
        }
        None => Referred::Unknown,
    }
}
