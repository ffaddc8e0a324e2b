//! Whom the tool speaks as: a subject that fits the caller's key, and the least that a token has to say.
//!
//! Knows the design. Does not know keys or issuers.

use groma_ir::Model;
use groma_ir::access::{Atom, CallerFacts, Pred};
use groma_ir::design::{Auth, ClaimType, EntityId, RoleSet, Verb};
use groma_plan::Plans;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// Subjects for people who gave none: the first that fits the caller's key is taken.
const SUBJECTS: [&str; 4] = [
    "alice",
    "1",
    "00000000-0000-4000-8000-00000000a11c",
    "alice@example.com",
];

/// A subject that fits the caller's key: the given one, or else one of our own.
pub(crate) fn subject(model: &Model, given: Option<&str>) -> Result<String, Failure> {
    let plans = Plans::new(model);
    let fits = |subject: &&str| plans.caller(subject, RoleSet::EMPTY, Vec::new()).is_some();
    let Some(auth) = &model.design.auth else {
        return Ok(given.unwrap_or_default().to_owned());
    };
    let own = SUBJECTS.iter().copied().find(|subject| fits(subject));
    match given {
        Some(subject) if fits(&subject) => Ok(subject.to_owned()),
        None if own.is_some() => Ok(own.unwrap_or_default().to_owned()),
        _ => Err(no_key(model, auth, given.unwrap_or_default(), own)),
    }
}

fn no_key(model: &Model, auth: &Auth, given: &str, own: Option<&str>) -> Failure {
    let entity = &model.design.entities[auth.caller];
    let key = &entity.fields[entity.key].name;
    let help = own.map_or_else(String::new, |own| format!(", as in `--sub {own}`"));
    Failure::usage(
        format!(
            "`{given}` is no key of `{}`, so no token can carry it",
            entity.name
        ),
        format!("give a subject that fits the field `{key}`{help}"),
    )
}

/// Whether the roles exist: a misspelled one would silently give nothing.
pub(crate) fn check_roles(model: &Model, roles: &[String]) -> Result<(), Failure> {
    let known: Vec<&str> = model
        .design
        .auth
        .iter()
        .flat_map(|auth| &auth.roles)
        .map(|role| role.name.as_str())
        .collect();
    let Some(unknown) = roles.iter().find(|role| !known.contains(&role.as_str())) else {
        return Ok(());
    };
    let help = match known.as_slice() {
        [] => "this design has no roles".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    Err(Failure::usage(format!("there is no role `{unknown}`"), help))
}

/// What a token says beside its subject.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Grants {
    /// The names of the roles.
    pub(crate) roles: Vec<String>,
    /// Further claims, by their names in the token.
    pub(crate) claims: Map<String, Value>,
}

impl Grants {
    /// Whether the token says nothing but who it is for.
    pub(crate) fn is_plain(&self) -> bool {
        self.roles.is_empty() && self.claims.is_empty()
    }
}

/// The least that a token has to say for its bearer to do all of this to rows of an entity; none when no caller
/// may. Only the rules that speak of roles and of claims that are true or false are looked at.
pub(crate) fn least(model: &Model, entity: EntityId, verbs: &[Verb]) -> Option<Grants> {
    let may = |facts: &CallerFacts, has_claims| {
        let rules = verbs
            .iter()
            .map(|verb| model.access.of(entity).verb(*verb).for_caller(facts));
        rules
            .into_iter()
            .all(|rule| !decided(&rule, has_claims).is_never())
    };
    let Some(auth) = &model.design.auth else {
        return may(&CallerFacts::default(), false).then(Grants::default);
    };
    let names = std::iter::once(None).chain(auth.roles.iter().map(|role| Some(role.name.as_str())));
    names
        .flat_map(|name| [(name, false), (name, true)])
        .find_map(|(name, has_claims)| {
            let facts = CallerFacts {
                authenticated: true,
                roles: auth.roles_of(name),
            };
            may(&facts, has_claims).then(|| Grants {
                roles: name.map(str::to_owned).into_iter().collect(),
                claims: if has_claims { true_claims(auth) } else { Map::new() },
            })
        })
}

fn true_claims(auth: &Auth) -> Map<String, Value> {
    let claims = auth.claims.iter().filter(|claim| claim.ty == ClaimType::Bool);
    claims
        .map(|claim| (claim.claim.clone(), Value::Bool(true)))
        .collect()
}

/// The predicate with every claim that is true or false decided.
fn decided(pred: &Pred, has_claims: bool) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(|part| decided(part, has_claims))),
        Pred::Any(parts) => Pred::any(parts.iter().map(|part| decided(part, has_claims))),
        Pred::Not(part) => decided(part, has_claims).negate(),
        Pred::Atom(Atom::ClaimIsTrue(_)) if has_claims => Pred::ALWAYS,
        Pred::Atom(Atom::ClaimIsTrue(_)) => Pred::NEVER,
        Pred::Atom(_) => pred.clone(),
    }
}

#[cfg(test)]
mod tests;
