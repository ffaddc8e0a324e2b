//! Whom the tool speaks as: a subject that fits the caller's key, and the least that a token has to say.
//!
//! Knows the design. Does not know keys or issuers.

use groma_ir::access::{Grants, Pred, newcomer};
use groma_ir::design::{self, Auth, ClaimId, EntityId, RoleSet, Verb};
use groma_ir::{Model, words};
use groma_plan::Plans;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// A subject that fits the caller's key: the given one, or else one of our own.
pub(crate) fn subject(model: &Model, given: Option<&str>) -> Result<String, Failure> {
    let plans = Plans::new(model);
    let fits = |subject: &&str| plans.caller(subject, RoleSet::EMPTY, Vec::new()).is_some();
    let Some(auth) = &model.design.auth else {
        return Ok(given.unwrap_or_default().to_owned());
    };
    let own = newcomer(&model.design).filter(fits);
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

/// What a token says beside its subject, in its own words.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Says {
    /// The names of the roles.
    pub(crate) roles: Vec<String>,
    /// Further claims, by their names in the token.
    pub(crate) claims: Map<String, Value>,
}

/// The words for what a token grants.
pub(crate) fn says(model: &Model, grants: &Grants) -> Says {
    let Some(auth) = &model.design.auth else {
        return Says::default();
    };
    let claim = |(id, value): &(ClaimId, design::Value)| {
        let value = match value {
            design::Value::Bool(value) => Value::from(*value),
            design::Value::Int(value) => Value::from(*value),
            other => Value::from(words::value(&model.design, other)),
        };
        (auth.claims[*id].claim.clone(), value)
    };
    Says {
        roles: grants
            .role
            .map(|role| auth.roles[role].name.clone())
            .into_iter()
            .collect(),
        claims: grants.claims.iter().map(claim).collect(),
    }
}

/// The least that a token has to say for its bearer to do all of this to rows of an entity; none when no caller
/// may.
pub(crate) fn least(model: &Model, entity: EntityId, verbs: &[Verb]) -> Option<Grants> {
    let rules: Vec<&Pred> = verbs
        .iter()
        .map(|verb| model.access.of(entity).verb(*verb))
        .collect();
    groma_ir::access::least(&model.design, &rules)
}

#[cfg(test)]
mod tests;
