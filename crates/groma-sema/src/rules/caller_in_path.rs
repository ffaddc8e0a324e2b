//! W207.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Resource, Segment};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// Paths do not repeat who the caller is.
    ///
    /// ## Why
    /// The token says it already. A path that says it again is one more thing that can disagree, is written into every
    /// log and history, and invites servers to believe it. Where existing clients need the path,
    /// `decision Note.path = caller because "..."` says so, and the path must match the token.
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
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /{user_id = caller}/notes for Note { read }
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
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read }
    Warning CALLER_IN_PATH "W207" "caller-in-path"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, resource) in resolved.design.resources.entries() {
        let entity = &resolved.design.entities[resource.entity].name;
        let Some(name) = caller(resource) else { continue };
        if !resolved.map.decided.contains(&format!("{entity}.path")) {
            found.push(caller_in_path(places::route(resolved, id), name, entity));
        }
    }
    found
}

fn caller(resource: &Resource) -> Option<&str> {
    resource.path.iter().find_map(|segment| match segment {
        Segment::Caller { name } => Some(name.as_str()),
        Segment::Literal(_) | Segment::Parent(_) | Segment::Item => None,
    })
}

fn caller_in_path(span: Span, name: &str, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &CALLER_IN_PATH,
        span,
        format!("`{{{name}}}` repeats the caller, whom the token names"),
    )
    .help(format!(
        "leave it out; or, where existing clients need it, say so: `decision {entity}.path = caller because \"...\"`"
    ))
}
