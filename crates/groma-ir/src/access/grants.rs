//! Whom examples and first requests speak as: a key for the caller, and the least that a token has to say.
//!
//! Knows rules and claims. Does not know how tokens are written or signed.

use super::{Atom, CallerFacts, Pred};
use crate::design::{Auth, ClaimId, ClaimType, Compare, RoleId, Term, Type, Value};
use crate::http::Route;
use crate::scalar::Scalar;
use crate::{Design, Model};

/// Keys for a caller who gave none, one for each kind of key.
const KEYS: [&str; 4] = [
    "alice",
    "1",
    "00000000-0000-4000-8000-00000000a11c",
    "alice@example.com",
];

/// The key that a caller has in examples and in development tokens: the first of our own that fits the type of
/// the caller's key. None where the design knows no callers, or asks for a pattern.
pub fn newcomer(design: &Design) -> Option<&'static str> {
    let caller = design.caller_entity()?;
    let entity = &design.entities[caller];
    let mut ty = &entity.fields[entity.key].ty;
    for _ in 0..design.entities.len() {
        let Type::Reference(target) = ty else { break };
        let target = &design.entities[*target];
        ty = &target.fields[target.key].ty;
    }
    let Type::Scalar(scalar) = ty else { return None };
    KEYS.into_iter().find(|key| fits(scalar, key))
}

fn fits(scalar: &Scalar, key: &str) -> bool {
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
    match scalar {
        Scalar::Text(text) => {
            text.pattern.is_none() && text.min <= length && text.max.is_none_or(|max| length <= max)
        }
        Scalar::Slug { min, max } => !key.contains(['@', '.']) && (*min..=*max).contains(&length),
        Scalar::Int(bounds) => {
            let (min, max) = bounds.effective();
            key.parse().is_ok_and(|key: i64| (min..=max).contains(&key))
        }
        Scalar::Uuid => length == 36,
        Scalar::Email => key.contains('@'),
        Scalar::Float(_)
        | Scalar::Decimal { .. }
        | Scalar::Bool
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Url
        | Scalar::Json
        | Scalar::Secret(_) => false,
    }
}

/// What a token says beside its subject.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Grants {
    /// The role.
    pub role: Option<RoleId>,
    /// The claims that rules ask for, with values that meet them.
    pub claims: Vec<(ClaimId, Value)>,
}

impl Grants {
    /// Whether the token says nothing but who it is for.
    pub fn is_plain(&self) -> bool {
        self.role.is_none() && self.claims.is_empty()
    }

    /// Whether, as far as the caller decides, a predicate can hold for the bearer of such a token.
    pub fn may(&self, design: &Design, pred: &Pred) -> bool {
        !self
            .decided(&pred.for_caller(&self.facts(design)), true)
            .is_never()
    }

    /// What is known of the bearer of such a token.
    pub fn facts(&self, design: &Design) -> CallerFacts {
        design.auth.as_ref().map_or_else(CallerFacts::default, |auth| {
            let name = self.role.map(|role| auth.roles[role].name.as_str());
            CallerFacts {
                authenticated: true,
                roles: auth.roles_of(name),
            }
        })
    }

    /// The predicate, or its opposite, with everything about claims decided. What is unknown does not hold,
    /// and neither does its opposite.
    fn decided(&self, pred: &Pred, holds: bool) -> Pred {
        let parts =
            |parts: &[Pred]| -> Vec<Pred> { parts.iter().map(|part| self.decided(part, holds)).collect() };
        match pred {
            Pred::All(all) if holds => Pred::all(parts(all)),
            Pred::All(all) => Pred::any(parts(all)),
            Pred::Any(any) if holds => Pred::any(parts(any)),
            Pred::Any(any) => Pred::all(parts(any)),
            Pred::Not(part) => self.decided(part, !holds),
            Pred::Atom(atom) => match self.meets(atom) {
                Meets::Known(met) if met == holds => Pred::ALWAYS,
                Meets::Known(_) | Meets::Not => Pred::NEVER,
                Meets::Perhaps if holds => pred.clone(),
                Meets::Perhaps => pred.clone().negate(),
            },
        }
    }

    fn meets(&self, atom: &Atom) -> Meets {
        let value = |claim: &ClaimId| {
            let mut claims = self.claims.iter();
            claims.find(|(id, _)| id == claim).map(|(_, value)| value)
        };
        match atom {
            Atom::ClaimIsTrue(claim) => match value(claim) {
                Some(value) => Meets::Known(*value == Value::Bool(true)),
                None => Meets::Not,
            },
            Atom::Compare {
                op,
                left: Term::Claim(claim),
                right: Term::Value(right),
            } => match value(claim).and_then(|left| compared(*op, left, right)) {
                Some(met) => Meets::Known(met),
                None => Meets::Not,
            },
            Atom::Authenticated
            | Atom::Role(_)
            | Atom::IsCaller { .. }
            | Atom::Linked { .. }
            | Atom::Exists { .. }
            | Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. } => Meets::Perhaps,
        }
    }
}

/// What a token says about an atom.
enum Meets {
    /// It is about a claim that the token lacks: unknown.
    Not,
    /// It is decided.
    Known(bool),
    /// It is about something else.
    Perhaps,
}

fn compared(op: Compare, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => return None,
    };
    Some(op.holds(order))
}

/// What a document shows the statements of a route for: the least that a caller needs to be let at all; a plain
/// caller where nobody is.
pub fn typical(model: &Model, route: &Route) -> Grants {
    let rule = model.access.of(route.entity).verb(route.operation.verb());
    least(&model.design, &[rule]).unwrap_or_default()
}

/// The least that a token has to say for all of these to be possible; none when no token will do. A plain token
/// comes first, then one with claims, then the roles in their order.
pub fn least(design: &Design, wanted: &[&Pred]) -> Option<Grants> {
    let Some(auth) = &design.auth else {
        let nobody = Grants::default();
        return wanted
            .iter()
            .all(|pred| nobody.may(design, pred))
            .then_some(nobody);
    };
    let claims = claims(auth, wanted);
    let roles = std::iter::once(None).chain(auth.roles.ids().map(Some));
    roles
        .flat_map(|role| {
            let plain = (role, Vec::new());
            let full = (role, claims.clone());
            [plain, full]
        })
        .map(|(role, claims)| Grants { role, claims })
        .find(|grants| wanted.iter().all(|pred| grants.may(design, pred)))
}

/// A value for each claim that the predicates ask for: the first that would meet one of them.
fn claims(auth: &Auth, wanted: &[&Pred]) -> Vec<(ClaimId, Value)> {
    let mut found: Vec<(ClaimId, Value)> = Vec::new();
    for pred in wanted {
        in_pred(pred, true, &mut found);
    }
    found.retain(|(claim, value)| match auth.claims[*claim].ty {
        ClaimType::Bool => matches!(value, Value::Bool(_)),
        ClaimType::Text => matches!(value, Value::Text(_)),
        ClaimType::Int => matches!(value, Value::Int(_)),
    });
    found.sort_by_key(|(claim, _)| *claim);
    found
}

fn in_pred(pred: &Pred, holds: bool, found: &mut Vec<(ClaimId, Value)>) {
    let (claim, value) = match pred {
        Pred::All(parts) | Pred::Any(parts) => {
            return parts.iter().for_each(|part| in_pred(part, holds, found));
        }
        Pred::Not(part) => return in_pred(part, !holds, found),
        Pred::Atom(Atom::ClaimIsTrue(claim)) => (*claim, Value::Bool(holds)),
        Pred::Atom(Atom::Compare {
            op,
            left: Term::Claim(claim),
            right: Term::Value(value),
        }) => (*claim, meeting(if holds { *op } else { op.opposite() }, value)),
        Pred::Atom(_) => return,
    };
    if found.iter().all(|(known, _)| *known != claim) {
        found.push((claim, value));
    }
}

/// A value that compares so.
fn meeting(op: Compare, value: &Value) -> Value {
    match (op, value) {
        (Compare::Gt, Value::Int(value)) => Value::Int(value.saturating_add(1)),
        (Compare::Lt | Compare::Ne, Value::Int(value)) => Value::Int(value.saturating_sub(1)),
        (Compare::Ne, Value::Text(value)) => Value::Text(format!("not-{value}")),
        (Compare::Ne, Value::Bool(value)) => Value::Bool(!value),
        (_, value) => value.clone(),
    }
}
