//! E414.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Span};
use groma_ir::Id;
use groma_ir::design::{Field, FieldId, Mode, Type, WriteBy};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// A new row gets every value that it needs.
    ///
    /// ## Why
    /// A required field without a default, which neither the body nor the server gives a value, makes every `create` fail.
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
    ///   title: text(1..200)
    ///   body: text(..5000)
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { accept title }
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
    ///   title: text(1..200)
    ///   body: text(..5000)
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { accept title, body }
    /// }
    Error CREATE_LACKS "E414" "create-lacks-field"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (resource, tree) in resolved.design.resources.iter().zip(&resolved.map.resources) {
        let Some(create) = &resource.create else { continue };
        let source = resolved.map.entities.get(resource.entity.index());
        let declared = source.and_then(|source| source.ast.as_ref());
        let is_sound = declared.is_none_or(|declared| resolved.is_sound(declared.span()));
        if !is_sound || !resolved.is_sound(tree.span()) {
            continue;
        }
        let accept: BTreeSet<FieldId> = resource.created(&resolved.design).into_iter().collect();
        for (id, field, tree) in resolved.fields(resource.entity) {
            // A default that is broken has been reported.
            let has_default = tree.is_some_and(|tree| {
                let mut modifiers = tree.modifiers();
                modifiers.any(|modifier| matches!(modifier, ast::Modifier::Default(_)))
            });
            if needs_value(field) && !has_default && !accept.contains(&id) {
                let by_server = field.write == WriteBy::Server || field.mode == Mode::Internal;
                let place = places::field_name(resolved, resource.entity, id);
                found.push(create_lacks(create.origin, &field.name, place, by_server));
            }
        }
    }
    found
}

/// Whether a row cannot be made without a value for the field.
fn needs_value(field: &Field) -> bool {
    let is_made = field.generated.is_some() || matches!(field.ty, Type::Scalar(Scalar::Secret(_)));
    !field.optional && field.default.is_none() && !is_made
}

fn create_lacks(create: Span, field: &str, declared: Span, by_server: bool) -> Diagnostic {
    let help = if by_server {
        format!("give `{field}` a default, make it optional by `?`, or let callers write it")
    } else {
        format!("accept `{field}`, give it a default, or make it optional by `?`")
    };
    Diagnostic::new(
        &CREATE_LACKS,
        create,
        format!("`create` can never give `{field}` a value, and it may not be empty"),
    )
    .label(declared, "declared here, without a default")
    .help(help)
}
