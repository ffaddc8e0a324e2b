//! W118.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Entity, Storage};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places::a;
use crate::resolve::Resolved;

rule! {
    /// `on delete` stands where this service learns of the deletion.
    ///
    /// ## Why
    /// The rows of an `external` entity are somebody else's to delete, and nobody says so here: the rows that refer to one
    /// stay. That goes for `external table` too: its rows are read, and no foreign key is made to it, since a key would
    /// lock a table of others and keep its owner from deleting and changing as he likes. Where the rows must go together,
    /// and both tables are in one database, add the key there; `groma migrate drift --ignore` records that it is meant so.
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
    ///   owner: User = caller readonly on delete cascade
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
    ///   owner: User = caller readonly
    /// }
    Warning ON_DELETE_UNSEEN "W118" "on-delete-unseen"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for id in resolved.design.entities.ids() {
        for (_, field, tree) in resolved.fields(id) {
            let said = tree.and_then(ast::Field::on_delete);
            let target = field.ty.target().map(|target| &resolved.design.entities[target]);
            if let (Some(said), Some(target)) = (said, target)
                && target.storage != Storage::Managed
            {
                found.push(on_delete_unseen(said.span(), target));
            }
        }
    }
    found
}

fn on_delete_unseen(span: Span, target: &Entity) -> Diagnostic {
    let name = a(&target.name);
    let (label, help) = match target.storage {
        Storage::ExternalTable => (
            "its table is somebody else's: no foreign key is made to it",
            "remove it; a key that you add in the database stays once `groma migrate drift --ignore` has recorded it",
        ),
        Storage::ExternalId | Storage::Managed => ("it lives elsewhere", "remove it"),
    };
    Diagnostic::new(
        &ON_DELETE_UNSEEN,
        span,
        format!("`on delete` never comes to pass: nobody tells this service when {name} is deleted"),
    )
    .label(target.origin, label)
    .help(help)
    .suggestion("remove it", [Edit::delete(span)])
}
