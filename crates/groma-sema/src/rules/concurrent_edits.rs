//! Q113.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::Access;
use groma_ir::design::{Entity, Verb, Write};

use super::open_write;
use super::page::rule;
use super::reach::Ordinary;
use crate::resolve::Resolved;

rule! {
    /// Where everybody may change the same row, somebody has decided what becomes of two changes at once.
    ///
    /// ## Why
    /// Both read the row, both change it, and the second write undoes the first without either of them knowing. It is
    /// asked only where it has been decided that every caller may change every row, as in a wiki: elsewhere few people
    /// change the same row at the same time. `decision Page.update.match = optional` records that the last one wins.
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
    /// entity Page {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Page {
    ///   allow update to authenticated
    /// }
    /// decision Page.update = authenticated because "It is a wiki."
    /// resource /pages for Page {
    ///   update { accept title }
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
    /// entity Page {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Page {
    ///   allow update to authenticated
    /// }
    /// decision Page.update = authenticated because "It is a wiki."
    /// decision Page.update.match = optional because "Its history keeps every version."
    /// resource /pages for Page {
    ///   update { accept title }
    /// }
    Question CONCURRENT_EDITS "Q113" "concurrent-edits"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let ordinary = Ordinary::of(&resolved.design);
    let mut found = Vec::new();
    for resource in &resolved.design.resources {
        let entity = &resolved.design.entities[resource.entity];
        let is_decided = |topic: &str| resolved.map.decided.contains(&format!("{}.{topic}", entity.name));
        let is_open = is_decided("update") && !is_decided("update.match");
        let writes = [&resource.update, &resource.replace].into_iter().flatten();
        let unguarded = writes
            .filter(|write| !write.require_match)
            .min_by_key(|write| write.origin);
        if let Some(write) = unguarded
            .filter(|_| is_open && open_write::is_open(&ordinary, access, resource.entity, Verb::Update))
        {
            found.push(concurrent(write, entity).about(format!("{}.update.match", entity.name)));
        }
    }
    found
}

fn concurrent(write: &Write, entity: &Entity) -> Diagnostic {
    let place: Span = write.origin;
    let rows = entity.plural.replace('_', " ");
    Diagnostic::new(
        &CONCURRENT_EDITS,
        place,
        format!("two callers change one of the {rows} at once: does the last one win?"),
    )
    .note("`If-Match` is honoured, and optional: a client that sends the `ETag` it has read gets 412 instead")
    .option(
        "optional",
        "the last one wins, unless its client sends `If-Match`",
        Vec::new(),
    )
    .option(
        "every client sends `If-Match`",
        "nobody undoes a change unseen; the service cannot insist on it yet",
        Vec::new(),
    )
}
