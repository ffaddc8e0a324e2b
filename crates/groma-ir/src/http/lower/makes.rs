//! Rows that a route makes beside its own.

use crate::design::{Assign, Creation, Design, EntityId, LinkKind, Row, Storage, Term, Value};
use crate::http::Operation;

/// What an action says that it makes; and whoever makes a tenant is its first member, at the highest role.
pub(super) fn beside(
    design: &Design,
    id: EntityId,
    operation: Operation,
    makes_missing: bool,
) -> Vec<Creation> {
    match operation {
        Operation::Replace if makes_missing => founder(design, id).into_iter().collect(),
        Operation::Create => founder(design, id).into_iter().collect(),
        Operation::Action(action) => design.entities[id].actions[action].creates.clone(),
        Operation::List
        | Operation::Get
        | Operation::Update
        | Operation::Replace
        | Operation::Delete
        | Operation::Report(_) => Vec::new(),
    }
}

fn founder(design: &Design, id: EntityId) -> Option<Creation> {
    let members = design.link_of(id, LinkKind::Members)?;
    let entity = &design.entities[members];
    let link = entity
        .link
        .as_ref()
        .filter(|_| entity.storage == Storage::Managed)?;
    let highest = design.enums[link.of].variants.ids().last()?;
    let key = Term::Field {
        row: Row::This,
        field: design.entities[id].key,
    };
    let role = Term::Value(Value::Variant(link.of, highest));
    let sets = [(link.parent, key), (link.user, Term::Caller), (link.level, role)];
    Some(Creation {
        entity: members,
        sets: sets.map(|(field, term)| (field, Assign::Term(term))).to_vec(),
        origin: entity.origin,
    })
}
