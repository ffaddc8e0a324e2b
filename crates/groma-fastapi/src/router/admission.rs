//! Who may at all: what no rule would let a caller do, whatever the row, is refused before the body is looked at.

use groma_ir::access::{Atom, Pred, VerbRule};
use groma_ir::design::RoleId;
use groma_ir::http::{Operation, Route};

use super::Router;
use crate::names;
use crate::python::{Block, string};

impl<'m> Router<'_, 'm> {
    /// The dependency that refuses those whom no rule lets, where there are such callers.
    pub(super) fn admission(&mut self, route: &'m Route) -> Option<String> {
        let possible = Pred::any(self.rules(route).into_iter().map(may_hold));
        let known = with_token(&possible, true).normal();
        let nobody = with_token(&without_roles(&possible), false).normal();
        if known.is_always() && (!route.public || nobody.is_always()) {
            return None;
        }
        let function = self.called(&known, route.public);
        if self.module.has(&function) {
            return Some(function);
        }
        let refused = known.negate().normal();
        let mut block = Block::new();
        let (caller, dependency) = if route.public {
            ("MaybeCallerDep", "MaybeCallerDep")
        } else {
            ("CallerDep", "CallerDep")
        };
        self.take("app.core.auth", dependency);
        self.take("app.core.errors", "FORBIDDEN");
        self.take("app.core.errors", "Problem");
        let mut condition = self.text(&refused, false);
        if route.public {
            let rest = if nobody.is_always() {
                "caller is not None and "
            } else {
                "caller is None or "
            };
            condition = match refused {
                ref never if never.is_never() => String::from("caller is None"),
                Pred::Any(_) | Pred::All(_) => format!("{rest}({condition})"),
                Pred::Not(_) | Pred::Atom(_) => format!("{rest}{condition}"),
            };
        }
        let mark = if condition == "True" { "_" } else { "" };
        block.line(&format!("def {function}({mark}caller: {caller}) -> None:"));
        block.inner(|body| {
            body.doc("403 for callers whom no rule lets do this, whatever the row.");
            if condition == "True" {
                body.line("raise Problem(FORBIDDEN)");
            } else {
                body.line(&format!("if {condition}:"));
                body.inner(|body| {
                    body.line("raise Problem(FORBIDDEN)");
                });
            }
        });
        self.module.push(block);
        Some(function)
    }

    /// The predicates of which one must be able to hold.
    fn rules(&self, route: &Route) -> Vec<&'m Pred> {
        let access = self.cx.model.access.of(route.entity);
        let all = |rule: &'m VerbRule| -> Vec<&'m Pred> {
            let fields = rule.fields.iter().map(|(_, pred)| pred);
            std::iter::once(&rule.row).chain(fields).collect()
        };
        match route.operation {
            Operation::List | Operation::Get | Operation::Report(_) => vec![&access.read],
            Operation::Create => all(&access.create),
            Operation::Replace if route.made.is_some() => {
                let both = [&access.create, &access.update];
                both.into_iter().flat_map(all).collect()
            }
            Operation::Update | Operation::Replace => all(&access.update),
            Operation::Delete => vec![&access.delete],
            Operation::Action(action) => vec![access.action(action)],
        }
    }

    fn called(&self, known: &Pred, is_public: bool) -> String {
        let mut roles = Vec::new();
        collect(known, &mut roles);
        let names: Vec<String> = roles
            .iter()
            .map(|role| names::snake(self.role(*role)).trim_end_matches('_').to_owned())
            .collect();
        let public = if is_public { "_of_all" } else { "" };
        if names.is_empty() {
            return format!("admits_nobody{public}");
        }
        format!("needs_{}{public}", names.join("_or_"))
    }

    fn role(&self, role: RoleId) -> &'m str {
        let auth = self.cx.model.design.auth.as_ref();
        auth.map_or("", |auth| auth.roles[role].name.as_str())
    }

    /// A predicate over roles, as a condition of Python.
    fn text(&self, pred: &Pred, is_inner: bool) -> String {
        let joined = |parts: &[Pred], joint: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.text(part, true)).collect();
            let text = parts.join(joint);
            if is_inner { format!("({text})") } else { text }
        };
        match pred {
            Pred::All(parts) if parts.is_empty() => String::from("True"),
            Pred::Any(parts) if parts.is_empty() => String::from("False"),
            Pred::All(parts) => joined(parts, " and "),
            Pred::Any(parts) => joined(parts, " or "),
            Pred::Not(inner) => match &**inner {
                Pred::Atom(Atom::Role(role)) => format!("{} not in caller.roles", string(self.role(*role))),
                other => format!("not {}", self.text(other, true)),
            },
            Pred::Atom(Atom::Role(role)) => format!("{} in caller.roles", string(self.role(*role))),
            Pred::Atom(_) => String::from("True"),
        }
    }
}

fn collect(pred: &Pred, roles: &mut Vec<RoleId>) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| collect(part, roles)),
        Pred::Not(part) => collect(part, roles),
        Pred::Atom(Atom::Role(role)) if !roles.contains(role) => roles.push(*role),
        Pred::Atom(_) => {}
    }
}

/// What the token must say for a predicate to be able to hold: over roles, and whether there is one at all.
fn may_hold(pred: &Pred) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(may_hold)),
        Pred::Any(parts) => Pred::any(parts.iter().map(may_hold)),
        Pred::Not(part) => must_hold(part).negate(),
        Pred::Atom(atom) => match atom {
            Atom::Role(_) | Atom::Authenticated => pred.clone(),
            Atom::IsCaller { .. } | Atom::Linked { .. } => Pred::Atom(Atom::Authenticated),
            Atom::Exists { pred, .. } => may_hold(pred),
            Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => Pred::ALWAYS,
        },
    }
}

/// What the token must say for a predicate to hold whatever the row.
fn must_hold(pred: &Pred) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(must_hold)),
        Pred::Any(parts) => Pred::any(parts.iter().map(must_hold)),
        Pred::Not(part) => may_hold(part).negate(),
        Pred::Atom(Atom::Role(_) | Atom::Authenticated) => pred.clone(),
        Pred::Atom(_) => Pred::NEVER,
    }
}

/// The predicate where it is known whether there is a token.
fn with_token(pred: &Pred, has_token: bool) -> Pred {
    let parts = |parts: &[Pred]| {
        parts
            .iter()
            .map(|part| with_token(part, has_token))
            .collect::<Vec<_>>()
    };
    match pred {
        Pred::All(all) => Pred::all(parts(all)),
        Pred::Any(any) => Pred::any(parts(any)),
        Pred::Not(part) => with_token(part, has_token).negate(),
        Pred::Atom(Atom::Authenticated) if has_token => Pred::ALWAYS,
        Pred::Atom(Atom::Authenticated) => Pred::NEVER,
        Pred::Atom(_) => pred.clone(),
    }
}

fn without_roles(pred: &Pred) -> Pred {
    match pred {
        Pred::All(all) => Pred::all(all.iter().map(without_roles)),
        Pred::Any(any) => Pred::any(any.iter().map(without_roles)),
        Pred::Not(part) => without_roles(part).negate(),
        Pred::Atom(Atom::Role(_)) => Pred::NEVER,
        Pred::Atom(_) => pred.clone(),
    }
}
