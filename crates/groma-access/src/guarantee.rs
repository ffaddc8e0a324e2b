//! Claims about all situations: `guarantee delete only owner, admin when status == done`.

use groma_ir::access::{Access, Atom, Pred};
use groma_ir::design::{Default, Design, EntityId, FieldId, Path, Row, Storage, Verb, WriteBy};

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
    let may = may(design, access, claim.entity, claim.verb, claim.field);
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

/// When somebody may do something to a row: to one of its fields, or to any.
pub(crate) fn may(
    design: &Design,
    access: &Access,
    entity: EntityId,
    verb: Verb,
    field: Option<FieldId>,
) -> Pred {
    let of = access.of(entity);
    let rule = match verb {
        Verb::Create => &of.create,
        Verb::Update => &of.update,
        Verb::Read | Verb::Delete | Verb::Action(_) => return of.verb(verb).clone(),
    };
    let may = match field {
        Some(field) => rule.field(field).clone(),
        None => Pred::any(
            std::iter::once(&rule.row)
                .chain(rule.fields.iter().map(|(_, pred)| pred))
                .cloned(),
        ),
    };
    if verb == Verb::Create {
        created(design, entity, may.on_this_row())
    } else {
        may
    }
}

/// What is left of a predicate on a row that the caller makes: who a field names that the server fills with the
/// caller is known.
pub(crate) fn created(design: &Design, entity: EntityId, pred: Pred) -> Pred {
    match pred {
        Pred::All(preds) => Pred::all(preds.into_iter().map(|pred| created(design, entity, pred))),
        Pred::Any(preds) => Pred::any(preds.into_iter().map(|pred| created(design, entity, pred))),
        Pred::Not(pred) => created(design, entity, *pred).negate(),
        Pred::Atom(Atom::IsCaller { path, .. }) if names_maker(design, entity, &path) => {
            Pred::Atom(Atom::Authenticated)
        }
        atom @ Pred::Atom(_) => atom,
    }
}

fn names_maker(design: &Design, entity: EntityId, path: &Path) -> bool {
    let [field] = path.steps.as_slice() else {
        return false;
    };
    let field = &design.entities[entity].fields[*field];
    field.write == WriteBy::Server && field.default == Some(Default::Caller)
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
