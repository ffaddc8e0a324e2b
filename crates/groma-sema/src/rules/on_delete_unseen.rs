//! W118.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::Storage;
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places::a;
use crate::resolve::Resolved;

rule! {
    /// `on delete` stands where this service learns of the deletion.
    ///
    /// ## Why
    /// Of an entity that is `external` without a table only the key is known. When such a row is deleted elsewhere, nobody
    /// says so here: the rows that refer to it stay.
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
                && target.storage == Storage::ExternalId
            {
                found.push(on_delete_unseen(said.span(), &target.name, target.origin));
            }
        }
    }
    found
}

fn on_delete_unseen(span: Span, target: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &ON_DELETE_UNSEEN,
        span,
        format!(
            "`on delete` never comes to pass: nobody tells this service when {} is deleted",
            a(target)
        ),
    )
    .label(declared, "it lives elsewhere")
    .help("remove it, or name the table that it is kept in: `external table \"..\"`")
    .suggestion("remove it", [Edit::delete(span)])
}
