//! Claims about all situations: `guarantee delete only owner, admin when status == done`.

use groma_ir::access::{Access, Atom, Pred};
use groma_ir::design::{
    Compare, Default, Design, EntityId, FieldId, OnDelete, Path, Row, Storage, Term, Value, VariantId, Verb,
    WriteBy,
};

use crate::case::Settled;
use crate::change::kept;
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
    for field in kept(design, claim.entity) {
        space.keep(claim.entity, field);
    }
    let may = may(design, access, (claim.entity, claim.verb, claim.field));
    let own = match claim.verb {
        // Whoever changes a row may do so to the row before and to the row after.
        Verb::Update => Pred::all([may.clone(), may.on_row(Row::New)]),
        _ => may,
    };
    let may = Pred::any(std::iter::once(own).chain(by_deletion(design, access, claim)));
    let mut checks = checks(design, claim.entity);
    if claim.verb != Verb::Create {
        checks.extend(ties_itself(design, claim.entity));
    }
    let mut wants = vec![
        (claim.entity, &may, Want::True),
        (claim.entity, claim.when, Want::True),
        (claim.entity, claim.only, Want::NotTrue),
    ];
    wants.extend(checks.iter().map(|check| (claim.entity, check, Want::NotFalse)));
    let settled = settle(&mut space, &wants);
    (space, settled)
}

/// What is done: on the rows of which entity, what, and to which field alone.
pub(crate) type Asked = (EntityId, Verb, Option<FieldId>);

/// When somebody may do something to a row: to the field that is asked for, or to any.
pub(crate) fn may(design: &Design, access: &Access, asked: Asked) -> Pred {
    ruled(design, access, asked, Pred::any)
}

/// When somebody may do something whatever fields it is about.
pub(crate) fn may_all(design: &Design, access: &Access, asked: Asked) -> Pred {
    ruled(design, access, asked, Pred::all)
}

fn ruled(
    design: &Design,
    access: &Access,
    (entity, verb, field): Asked,
    join: fn(Vec<Pred>) -> Pred,
) -> Pred {
    let of = access.of(entity);
    let rule = match verb {
        Verb::Create => &of.create,
        Verb::Update => &of.update,
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => return of.verb(verb).clone(),
    };
    let pred = if let Some(field) = field {
        rule.field(field).clone()
    } else {
        let all = std::iter::once(&rule.row).chain(rule.fields.iter().map(|(_, pred)| pred));
        join(all.cloned().collect())
    };
    if verb == Verb::Create {
        created(design, entity, pred.on_this_row())
    } else {
        pred
    }
}

/// A chain of cascades that is longer is not followed.
const LONGEST: usize = 8;

/// What deleting another row does to this one: a cascade deletes it, and a reference is emptied.
fn by_deletion(design: &Design, access: &Access, claim: &Claim<'_>) -> Vec<Pred> {
    let wanted = match (claim.verb, claim.field) {
        (Verb::Delete, _) => OnDelete::Cascade,
        (Verb::Update, Some(_)) => OnDelete::SetNull,
        _ => return Vec::new(),
    };
    let fields = design.entities[claim.entity].fields.entries();
    let fields = fields.filter(|(id, field)| {
        field.on_delete == Some(wanted) && (wanted == OnDelete::Cascade || claim.field == Some(*id))
    });
    fields
        .filter_map(|(field, _)| deleted_there(design, access, (claim.entity, field), LONGEST))
        .collect()
}

/// That somebody may delete the row that a reference leads to, itself or by a cascade.
fn deleted_there(
    design: &Design,
    access: &Access,
    (entity, field): (EntityId, FieldId),
    left: usize,
) -> Option<Pred> {
    let left = left.checked_sub(1)?;
    let target = design.entities[entity].fields[field].ty.target()?;
    let has_route = design
        .resources
        .iter()
        .any(|resource| resource.entity == target && resource.delete.is_some());
    let own = has_route.then(|| access.of(target).delete.clone());
    let fields = design.entities[target].fields.entries();
    let above = fields
        .filter(|(_, field)| field.on_delete == Some(OnDelete::Cascade))
        .filter_map(|(field, _)| deleted_there(design, access, (target, field), left));
    let pred = Pred::any(own.into_iter().chain(above));
    (!pred.is_never()).then(|| {
        Pred::Atom(Atom::Exists {
            entity,
            path: Path {
                row: Row::This,
                steps: vec![field],
            },
            target,
            pred: Box::new(pred),
        })
    })
}

/// What is left of a predicate on a row that the caller makes: who a field names that the server fills with the
/// caller is known.
pub fn created(design: &Design, entity: EntityId, pred: Pred) -> Pred {
    match pred {
        Pred::All(preds) => Pred::all(preds.into_iter().map(|pred| created(design, entity, pred))),
        Pred::Any(preds) => Pred::any(preds.into_iter().map(|pred| created(design, entity, pred))),
        Pred::Not(pred) => created(design, entity, *pred).negate(),
        Pred::Atom(Atom::IsCaller { path, .. }) if names_maker(design, entity, &path) => {
            Pred::Atom(Atom::Authenticated)
        }
        // Nobody is tied to a row that is only just made.
        Pred::Atom(Atom::Linked { path, .. }) if path.steps.is_empty() => Pred::NEVER,
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

/// What is so of every stored row that ties somebody: it is itself what ties its person to the other row.
pub fn ties_itself(design: &Design, entity: EntityId) -> Vec<Pred> {
    let declared = &design.entities[entity];
    let Some(link) = declared
        .link
        .as_ref()
        .filter(|_| declared.storage == Storage::Managed)
    else {
        return Vec::new();
    };
    let levels: Vec<VariantId> = design.enums[link.of].variants.ids().collect();
    let path = |field| Path {
        row: Row::This,
        steps: vec![field],
    };
    let at_least = |least: &VariantId| {
        Pred::Atom(Atom::Linked {
            entity,
            path: path(link.parent),
            link: entity,
            least: *least,
        })
    };
    let of_level = levels.iter().enumerate().map(|(at, level)| {
        let is_person = Pred::Atom(Atom::IsCaller {
            entity,
            path: path(link.user),
        });
        let is_level = Pred::Atom(Atom::Compare {
            op: Compare::Eq,
            left: Term::Field {
                row: Row::This,
                field: link.level,
            },
            right: Term::Value(Value::Variant(link.of, *level)),
        });
        let above = levels.get(at + 1).map(|next| at_least(next).negate());
        let tied = Pred::all(std::iter::once(at_least(level)).chain(above));
        Pred::any([Pred::all([is_person, is_level]).negate(), tied])
    });
    of_level.collect()
}

/// Whether an action changes a field that no body may hold.
pub(crate) fn is_set_by_action(design: &Design, entity: EntityId, field: FieldId) -> bool {
    let entity = &design.entities[entity];
    entity.fields[field].touch
        || entity.actions.iter().any(|action| {
            action.moves.as_ref().is_some_and(|moves| moves.field == field)
                || action.sets.iter().any(|(set, _)| *set == field)
        })
}
