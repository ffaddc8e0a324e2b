//! W422.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Action, Assign, Cond, InputId, Term};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// An action uses what it asks for.
    ///
    /// ## Why
    /// Callers must send it, the API says what it may be, and then it is thrown away. Either the action forgets to put it
    /// somewhere, or nobody has to be asked.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   hidden: bool = false
    ///   reason: text(..100)?
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow hide to owner
    /// }
    /// resource /notes for Note {
    ///   action hide {
    ///     input reason: text(..100)
    ///     set hidden = true
    ///   }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   hidden: bool = false
    ///   reason: text(..100)?
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow hide to owner
    /// }
    /// resource /notes for Note {
    ///   action hide {
    ///     input reason: text(..100)
    ///     set hidden = true
    ///     set reason = reason
    ///   }
    /// }
    Warning UNUSED_INPUT "W422" "unused-input"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let actions = resolved
        .design
        .entities
        .iter()
        .flat_map(|entity| entity.actions.iter());
    let sound = actions.filter(|action| resolved.is_sound(action.origin));
    sound
        .flat_map(|action| {
            let used = used(action);
            let inputs = action.inputs.entries();
            inputs
                .filter(move |(id, _)| !used.contains(id))
                .map(|(_, input)| unused(input.origin, &input.name, &action.name))
        })
        .collect()
}

/// The inputs that an action puts somewhere or asks about.
fn used(action: &Action) -> BTreeSet<InputId> {
    let mut used = BTreeSet::new();
    let made = action.creates.iter().flat_map(|creation| &creation.sets);
    for (_, assign) in action.sets.iter().chain(made) {
        match assign {
            Assign::Term(term) => note(term, &mut used),
            Assign::Not(_) => {}
        }
    }
    used.extend(action.find.map(|find| find.input));
    for error in &action.errors {
        in_cond(&error.when, &mut used);
    }
    used
}

fn in_cond(cond: &Cond, used: &mut BTreeSet<InputId>) {
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().for_each(|part| in_cond(part, used)),
        Cond::Not(part) => in_cond(part, used),
        Cond::Compare { left, right, .. } => {
            note(left, used);
            note(right, used);
        }
        Cond::In { term, set } => std::iter::once(term).chain(set).for_each(|term| note(term, used)),
        Cond::Is(term) => note(term, used),
        Cond::At { cond, .. } => in_cond(cond, used),
    }
}

fn note(term: &Term, used: &mut BTreeSet<InputId>) {
    match term {
        Term::Input(input) => {
            used.insert(*input);
        }
        Term::Field { .. } | Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Value(_) => {}
    }
}

fn unused(span: Span, input: &str, action: &str) -> Diagnostic {
    Diagnostic::new(
        &UNUSED_INPUT,
        span,
        format!("`{action}` asks for `{input}`, and nothing uses it"),
    )
    .help(format!(
        "put it somewhere, `set field = {input}`, or leave it out"
    ))
}
