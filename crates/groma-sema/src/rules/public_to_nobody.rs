//! W307.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, CallerFacts};
use groma_ir::design::{Entity, Resource, Verb};

use super::page::rule;
use super::places;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// What answers without a token has rows for callers without one.
    ///
    /// ## Why
    /// `public` opens the door, and the rules say who sees what behind it. Where no rule lets a caller without a token
    /// read anything, the list is empty for ever, and every row answers as one that is not there.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list public { page 20 max 100 }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   published: bool = false
    /// }
    /// access Note {
    ///   allow read to everyone when published
    /// }
    /// resource /notes for Note {
    ///   list public { page 20 max 100 }
    /// }
    Warning PUBLIC_TO_NOBODY "W307" "public-to-nobody"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let nobody = CallerFacts::default();
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        let entity = &resolved.design.entities[resource.entity];
        let is_shut = || access.of(resource.entity).read.for_caller(&nobody).is_never();
        // That no rule speaks of reading at all is a question of its own.
        let Some(allow) = allowing(entity, Verb::Read).next() else {
            continue;
        };
        if let Some((first, more)) = public(resource).split_first()
            && rules_are_whole(resolved, resource.entity)
            && is_shut()
        {
            found.push(to_nobody(*first, more, entity, allow.origin));
        }
    }
    found
}

/// The routes that answer without a token: what each answers then, and where it is declared.
fn public(resource: &Resource) -> Vec<(&'static str, Span)> {
    let list = resource.list.as_ref().filter(|list| list.public);
    let read = resource.read.as_ref().filter(|read| read.public);
    let reports = resource.reports.iter().filter(|report| report.public);
    let list = list.map(|list| ("the list is always empty", list.origin));
    let read = read.map(|read| ("it always answers 404", read.origin));
    let reports = reports.map(|report| ("it always counts no rows", report.origin));
    list.into_iter().chain(read).chain(reports).collect()
}

fn to_nobody(
    (effect, place): (&str, Span),
    more: &[(&str, Span)],
    entity: &Entity,
    allow: Span,
) -> Diagnostic {
    let name = &entity.name;
    let message = format!("no rule lets a caller without a token read a `{name}`, so without one {effect}");
    let found =
        Diagnostic::new(&PUBLIC_TO_NOBODY, place, message).label(allow, "this is for callers with one");
    let more = more.iter().take(3);
    more.fold(found, |found, (_, place)| {
        found.label(*place, "this is public as well")
    })
    .help("say which rows are for everybody: `allow read to everyone when ..`, or leave `public` out")
}
