//! How far an ordinary caller reaches: what several rules ask of the access predicates.

use std::collections::BTreeSet;

use groma_ir::Design;
use groma_ir::access::{Atom, CallerFacts, Pred, kinds_of_caller};
use groma_ir::design::{Compare, Effect, Entity, EntityId, Rule, Term, Verb, Who};

use crate::resolve::Resolved;

/// Callers without privileges: one without a token, and one with the fewest roles that a token can give.
pub(crate) struct Ordinary {
    /// Without a token.
    pub(crate) nobody: CallerFacts,
    /// With a token, and the fewest roles.
    pub(crate) signed_in: CallerFacts,
    /// Everybody else, by their roles.
    privileged: Vec<CallerFacts>,
}

impl Ordinary {
    /// The kinds of caller of a design, the ordinary ones apart.
    pub(crate) fn of(design: &Design) -> Ordinary {
        let kinds = kinds_of_caller(design)
            .into_iter()
            .filter(|kind| kind.authenticated);
        let mut kinds: Vec<CallerFacts> = kinds.collect();
        let first = if kinds.is_empty() {
            None
        } else {
            Some(kinds.remove(0))
        };
        Ordinary {
            nobody: CallerFacts::default(),
            signed_in: first.unwrap_or(CallerFacts {
                authenticated: true,
                ..CallerFacts::default()
            }),
            privileged: kinds,
        }
    }

    /// All kinds, from the one that may the least.
    pub(crate) fn all(&self) -> impl Iterator<Item = &CallerFacts> {
        [&self.nobody, &self.signed_in]
            .into_iter()
            .chain(&self.privileged)
    }

    /// What a predicate comes down to for the least privileged kind of caller that it lets in with a token.
    pub(crate) fn least(&self, pred: &Pred) -> Option<Pred> {
        let with_token = self.all().filter(|kind| kind.authenticated);
        with_token
            .map(|kind| pred.for_caller(kind))
            .find(|left| !left.is_never())
    }
}

/// Whether a predicate ties the row to the caller, by whatever it holds: an owner, a row that is theirs, a claim.
/// Without such a tie every caller of that kind gets the same rows.
pub(crate) fn is_tied(pred: &Pred) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().any(is_tied),
        Pred::Any(parts) => parts.iter().all(is_tied),
        Pred::Not(_) => false,
        Pred::Atom(atom) => match atom {
            Atom::IsCaller { .. } | Atom::Linked { .. } => true,
            Atom::Exists { pred, .. } => is_tied(pred),
            Atom::Compare { op, left, right } => *op == Compare::Eq && (is_caller(left) || is_caller(right)),
            Atom::In { term, set } => is_caller(term) || !set.is_empty() && set.iter().all(is_caller),
            Atom::Authenticated
            | Atom::Role(_)
            | Atom::IsNone(_)
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => false,
        },
    }
}

fn is_caller(term: &Term) -> bool {
    match term {
        Term::Caller | Term::Claim(_) => true,
        Term::Field { .. } | Term::Now { .. } | Term::Input(_) | Term::Value(_) => false,
    }
}

/// Whether everyone whom `narrow` means is also meant by `wide`.
pub(crate) fn covers(design: &Design, wide: &Who, narrow: &Who) -> bool {
    match (wide, narrow) {
        (Who::Everyone, _)
        | (Who::Authenticated, Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. }) => true,
        (
            Who::Level { path, link, least },
            Who::Level {
                path: other,
                link: of,
                least: level,
            },
        ) => path == other && link == of && least <= level,
        (Who::Role(wide), Who::Role(narrow)) => {
            let roles = design.auth.as_ref().map(|auth| &auth.roles);
            roles.is_some_and(|roles| roles[*narrow].includes.contains(*wide))
        }
        (Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } | Who::Can { .. }, _) => {
            wide == narrow
        }
    }
}

/// The rules that allow a verb, for all of the row or some of it.
pub(crate) fn allowing(entity: &Entity, verb: Verb) -> impl Iterator<Item = &Rule> {
    let rules = entity.rules.iter().filter(|rule| rule.effect == Effect::Allow);
    rules.filter(move |rule| rule.verbs.iter().any(|used| used.verb == verb))
}

/// Whether some rule allows a verb to all of these, whatever its condition.
pub(crate) fn has(design: &Design, entity: &Entity, who: &Who, verb: Verb) -> bool {
    allowing(entity, verb).any(|rule| rule.who.iter().any(|wide| covers(design, wide, who)))
}

/// Whether the rules of an entity, and of all that they ask by `can`, are what the author wrote: where something in
/// them is broken, they say less than was meant.
pub(crate) fn rules_are_whole(resolved: &Resolved<'_>, id: EntityId) -> bool {
    if !resolved.has_errors {
        return true;
    }
    let mut seen = BTreeSet::from([id]);
    let mut open = vec![id];
    while let Some(at) = open.pop() {
        if !resolved.rules_are_sound(at) {
            return false;
        }
        let rules = resolved.design.entities[at].rules.iter();
        let asked = rules
            .flat_map(|rule| rule.who.iter().chain(&rule.except))
            .filter_map(|who| match who {
                Who::Can { entity, .. } => Some(*entity),
                Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } => None,
            });
        open.extend(asked.filter(|entity| seen.insert(*entity)));
    }
    true
}

/// Words joined for people: `read`, `read and update`, `read, update and delete`.
pub(crate) fn join<S: AsRef<str>>(words: &[S], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., end] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", first.join(", "), end.as_ref())
        }
    }
}
