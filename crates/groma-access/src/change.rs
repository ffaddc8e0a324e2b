//! What a comparison of two designs asks of each.

use groma_ir::access::{Access, Pred};
use groma_ir::design::{Design, EntityId, FieldId, Verb, WriteBy};

use crate::guarantee::{Asked, created, is_set_by_action};

/// When a caller may do something to a row: to one field of it, or to those that no rule singles out.
pub fn granted(design: &Design, access: &Access, (entity, verb, field): Asked) -> Pred {
    let of = access.of(entity);
    let rule = match verb {
        Verb::Create => Some(&of.create),
        Verb::Update => Some(&of.update),
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => None,
    };
    let pred = match (rule, field) {
        (Some(rule), Some(field)) => rule.field(field),
        (_, _) => of.verb(verb),
    };
    match verb {
        Verb::Create => created(design, entity, pred.clone().on_this_row()),
        Verb::Read | Verb::Update | Verb::Delete | Verb::Share | Verb::Action(_) => pred.clone(),
    }
}

/// The fields that rules single out for a verb.
pub fn singled_out(access: &Access, entity: EntityId, verb: Verb) -> Vec<FieldId> {
    let of = access.of(entity);
    let fields = match verb {
        Verb::Create => &of.create.fields,
        Verb::Update => &of.update.fields,
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => return Vec::new(),
    };
    fields.iter().map(|(field, _)| *field).collect()
}

/// The fields that no request writes: after a change they hold what they held before.
pub fn kept(design: &Design, entity: EntityId) -> Vec<FieldId> {
    let fields = design.entities[entity].fields.entries();
    let kept =
        fields.filter(|(id, field)| field.write == WriteBy::Server && !is_set_by_action(design, entity, *id));
    kept.map(|(id, _)| id).collect()
}
