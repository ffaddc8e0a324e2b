//! The users of a run: three without a role of their own, one for each role, and one without claims.

use serde_json::{Map, Value as Json};

use groma_ir::Model;
use groma_ir::design::{Auth, ClaimId, ClaimType, Design, Type};
use groma_ir::scalar::Scalar;

use crate::call::ActorId;
use crate::literals;
use crate::report::User;
use crate::rng::Rng;
use crate::session::Session;
use crate::tokens::{Identity, Minter, TokenSpec, identity};

/// A user of a run.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The name in findings.
    pub(crate) name: String,
    /// What was asked of the minter; nobody asks for nothing.
    pub(crate) spec: Option<TokenSpec>,
    /// The token.
    pub(crate) token: Option<String>,
    /// Who the token says its bearer is.
    pub(crate) identity: Option<Identity>,
    /// Whether they have no role of their own.
    pub(crate) is_plain: bool,
    /// Whether this is one of the other users, with a token that gives less.
    pub(crate) is_guise: bool,
}

impl Actor {
    fn nobody() -> Self {
        Self {
            name: "nobody".to_owned(),
            spec: None,
            token: None,
            identity: None,
            is_plain: false,
            is_guise: false,
        }
    }

    /// The shell variable that stands for the token.
    pub(crate) fn variable(&self) -> String {
        self.name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect()
    }

    /// The user as the report shows it.
    pub(crate) fn user(&self, tokens: &dyn Minter) -> Option<User> {
        let spec = self.spec.as_ref()?;
        Some(User {
            name: self.name.clone(),
            subject: self.identity.as_ref()?.subject.clone(),
            roles: spec.roles.clone(),
            variable: self.variable(),
            token: tokens.command(spec),
        })
    }
}

/// The users of a run, nobody first; and whoever has no token, with the reason.
pub(crate) fn all(
    model: &Model,
    tokens: &dyn Minter,
    marker: &str,
    rng: &mut Rng,
) -> (Vec<Actor>, Vec<String>) {
    let mut actors = vec![Actor::nobody()];
    let mut missing = Vec::new();
    let Some(auth) = &model.design.auth else {
        return (actors, missing);
    };
    for spec in specs(model, auth, marker, rng) {
        match mint(auth, tokens, spec) {
            Ok(actor) => actors.push(actor),
            Err(why) => missing.push(why),
        }
    }
    let guises: Vec<Actor> = actors
        .iter()
        .filter_map(|actor| guise(auth, tokens, actor))
        .collect();
    actors.extend(guises);
    (actors, missing)
}

/// The same user without a role of their own: what they made with it is still theirs. Nothing where there is no such
/// token.
fn guise(auth: &Auth, tokens: &dyn Minter, actor: &Actor) -> Option<Actor> {
    let spec = actor.spec.as_ref().filter(|spec| !spec.roles.is_empty())?;
    let spec = TokenSpec {
        name: format!("{} without a role", spec.name),
        roles: Vec::new(),
        ..spec.clone()
    };
    let actor = mint(auth, tokens, spec).ok()?;
    Some(Actor {
        is_guise: true,
        ..actor
    })
}

fn specs(model: &Model, auth: &Auth, marker: &str, rng: &mut Rng) -> Vec<TokenSpec> {
    let mut spec = |name: &str, roles: Vec<String>, claims: Map<String, Json>| TokenSpec {
        name: name.to_owned(),
        subject: subject(model, auth, marker, name, rng),
        roles,
        claims,
    };
    let claims = |name: &str| claims(&model.design, auth, (marker, name));
    let mut specs: Vec<TokenSpec> = ["alice", "bob", "carol"]
        .iter()
        .map(|name| spec(name, Vec::new(), claims(name)))
        .collect();
    specs.extend(
        auth.roles
            .iter()
            .map(|role| spec(&role.name, vec![role.name.clone()], claims(&role.name))),
    );
    if !auth.claims.is_empty() {
        specs.push(spec(
            "unverified",
            Vec::new(),
            unproved(auth, claims("unverified")),
        ));
    }
    specs
}

/// Claims that hold wherever a rule asks for one; of each user another, where rows hold one.
fn claims(design: &Design, auth: &Auth, (marker, name): (&str, &str)) -> Map<String, Json> {
    let value = |claim: ClaimId, ty| match ty {
        ClaimType::Bool => Json::Bool(true),
        ClaimType::Int => Json::from(1),
        ClaimType::Text => match held(design, claim) {
            Some(Scalar::Email) => Json::from(format!("{name}.{marker}@example.com")),
            Some(Scalar::Text(text)) => {
                let whole = format!("{name}-{marker}");
                let most = text.max.map_or(usize::MAX, |max| max as usize);
                Json::from(whole.chars().take(most).collect::<String>())
            }
            Some(_) | None => Json::from("verify"),
        },
    };
    let claims = auth.claims.entries();
    claims
        .map(|(id, claim)| (claim.claim.clone(), value(id, claim.ty)))
        .collect()
}

/// What is left of the claims of somebody who has proved nothing: where some claims are yes or no, none of those;
/// otherwise nothing at all.
fn unproved(auth: &Auth, mut claims: Map<String, Json>) -> Map<String, Json> {
    let is_flag = |name: &str| {
        let mut flags = auth.claims.iter().filter(|claim| claim.ty == ClaimType::Bool);
        flags.any(|claim| claim.claim == name)
    };
    let has_flags = claims.keys().any(|name| is_flag(name));
    claims.retain(|name, _| has_flags && !is_flag(name));
    claims
}

/// What a field holds that is compared with a claim.
fn held(design: &Design, claim: ClaimId) -> Option<&Scalar> {
    let mut entities = design.entities.entries();
    entities.find_map(|(id, entity)| {
        let mut fields = entity.fields.entries();
        fields.find_map(|(field, declared)| match &declared.ty {
            Type::Scalar(scalar) if literals::claims(design, id, field).contains(&claim) => Some(scalar),
            Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => None,
        })
    })
}

/// A caller's key that no row can hold yet.
fn subject(model: &Model, auth: &Auth, marker: &str, name: &str, rng: &mut Rng) -> String {
    let entity = &model.design.entities[auth.caller];
    match &entity.fields[entity.key].ty {
        Type::Scalar(Scalar::Uuid) => rng.uuid(),
        Type::Scalar(Scalar::Int(_)) => (rng.next() % 9_007_199_254_740_991).to_string(),
        Type::Scalar(Scalar::Email) => format!("{name}.{marker}@example.com"),
        Type::Scalar(Scalar::Text(text)) => {
            let whole = format!("{marker}-{name}");
            whole.chars().take(text.max.unwrap_or(64) as usize).collect()
        }
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => format!("{marker}-{name}"),
    }
}

fn mint(auth: &Auth, tokens: &dyn Minter, spec: TokenSpec) -> Result<Actor, String> {
    let failed = |why: crate::tokens::MintError| format!("`{}` takes no part: {why}", spec.name);
    let token = tokens.mint(&spec).map_err(failed)?;
    let identity = identity(auth, &token, &spec.subject).map_err(failed)?;
    Ok(Actor {
        name: spec.name.clone(),
        is_plain: spec.roles.is_empty() && spec.name != "unverified",
        is_guise: false,
        token: Some(token),
        identity: Some(identity),
        spec: Some(spec),
    })
}

/// The actors that have a token, each once.
pub(crate) fn with_token(actors: &[Actor]) -> impl Iterator<Item = ActorId> {
    actors
        .iter()
        .enumerate()
        .filter(|(_, actor)| actor.token.is_some() && !actor.is_guise)
        .map(|(index, _)| ActorId(index))
}

/// Gives a user another subject, with a token of its own.
pub(crate) fn rename(cx: &mut Session<'_>, user: ActorId, subject: String) {
    let Some(auth) = cx.model.design.auth.as_ref() else {
        return;
    };
    let Some(spec) = cx.actor(user).spec.clone() else {
        return;
    };
    match mint(auth, cx.target.tokens, TokenSpec { subject, ..spec }) {
        Ok(actor) => {
            if let Some(known) = cx.actors.get_mut(user.0) {
                *known = actor;
            }
        }
        Err(why) => cx.ledger.note(why),
    }
}
