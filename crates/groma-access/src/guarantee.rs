//! Claims about all situations: `guarantee delete only owner, admin when status == done`.

use groma_ir::access::{Access, Pred};
use groma_ir::design::{Design, EntityId, FieldId, Row, Storage, Verb, WriteBy};

use crate::case::Settled;
use crate::search::settle;
use crate::space::{Space, Want};

/// That only some callers may do something.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'c> {
    /// On the rows of this entity.
    pub entity: EntityId,
    /// What is done.
    pub verb: Verb,
    /// To this field alone, or to any.
    pub field: Option<FieldId>,
    /// Who may, and nobody else.
    pub only: &'c Pred,
    /// Where it is claimed.
    pub when: &'c Pred,
}

/// Looks for a situation in which a rule lets somebody do what a claim forbids; the space tells it in words.
pub fn holds<'d>(design: &'d Design, access: &Access, claim: &Claim<'_>) -> (Space<'d>, Settled) {
    let mut space = Space::new(design);
    for (field, declared) in design.entities[claim.entity].fields.entries() {
        if declared.write == WriteBy::Server && !is_set_by_action(design, claim.entity, field) {
            space.keep(claim.entity, field);
        }
    }
    let may = may(access, claim);
    let checks = checks(design, claim.entity);
    let after = matches!(claim.verb, Verb::Update).then(|| may.clone().on_row(Row::New));
    let mut wants = vec![
        (claim.entity, &may, Want::True),
        (claim.entity, claim.when, Want::True),
        (claim.entity, claim.only, Want::NotTrue),
    ];
    wants.extend(after.as_ref().map(|after| (claim.entity, after, Want::True)));
    wants.extend(checks.iter().map(|check| (claim.entity, check, Want::NotFalse)));
    let settled = settle(&mut space, &wants);
    (space, settled)
}

/// When somebody may: for fields of their own rules, any of them.
fn may(access: &Access, claim: &Claim<'_>) -> Pred {
    let of = access.of(claim.entity);
    let rule = match claim.verb {
        Verb::Create => &of.create,
        Verb::Update => &of.update,
        Verb::Read | Verb::Delete | Verb::Action(_) => return of.verb(claim.verb).clone(),
    };
    let may = match claim.field {
        Some(field) => rule.field(field).clone(),
        None => Pred::any(
            std::iter::once(&rule.row)
                .chain(rule.fields.iter().map(|(_, pred)| pred))
                .cloned(),
        ),
    };
    if claim.verb == Verb::Create {
        may.on_this_row()
    } else {
        may
    }
}

/// What every stored row meets.
fn checks(design: &Design, entity: EntityId) -> Vec<Pred> {
    let entity = &design.entities[entity];
    if entity.storage != Storage::Managed {
        return Vec::new();
    }
    entity
        .checks
        .iter()
        .map(|check| Pred::from_cond(&check.cond))
        .collect()
}

/// Whether an action changes a field that no body may hold.
fn is_set_by_action(design: &Design, entity: EntityId, field: FieldId) -> bool {
    let entity = &design.entities[entity];
    entity.fields[field].touch
        || entity.actions.iter().any(|action| {
            action.moves.as_ref().is_some_and(|moves| moves.field == field)
                || action.sets.iter().any(|(set, _)| *set == field)
        })
}
