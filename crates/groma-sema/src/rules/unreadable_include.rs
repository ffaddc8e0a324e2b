//! W427.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, Pred, kinds_of_caller};
use groma_ir::design::{Entity, Field};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places::{self, a};
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// What `include` embeds can be read by somebody.
    ///
    /// ## Why
    /// A row is embedded for those who may read it, and is `null` for everybody else. Where no rule lets anybody read
    /// it, it always is.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    ///   name: text(1..100)
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read { include owner } }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    ///   name: text(1..100)
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access User {
    ///   allow read to authenticated
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read { include owner } }
    Warning UNREADABLE_INCLUDE "W427" "unreadable-include"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let kinds = kinds_of_caller(design);
    let is_shut = |read: &Pred| kinds.iter().all(|kind| read.for_caller(kind).is_never());
    let mut found = Vec::new();
    for (_, resource, tree) in places::resources(resolved) {
        let fields = &design.entities[resource.entity].fields;
        let list = resource.list.as_ref().map(|it| ("list", it.origin, &it.include));
        let read = resource.read.as_ref().map(|it| ("read", it.origin, &it.include));
        for (operation, origin, include) in list.into_iter().chain(read) {
            for (field, target) in include
                .iter()
                .filter_map(|id| Some((id, fields[*id].ty.target()?)))
            {
                if rules_are_whole(resolved, target) && is_shut(&access.of(target).read) {
                    let field: &Field = &fields[*field];
                    let place = place(tree, operation, &field.name).unwrap_or(origin);
                    found.push(unreadable(place, &field.name, &design.entities[target]));
                }
            }
        }
    }
    found
}

fn place(tree: &ast::Resource, operation: &str, field: &str) -> Option<Span> {
    let lists = places::clauses(tree, operation)
        .into_iter()
        .filter_map(|clause| match clause {
            ast::Clause::Include(include) => Some(include),
            _ => None,
        });
    let mut paths = lists.flat_map(|include| include.paths());
    paths.find(|path| path.is(field)).map(|path| path.span())
}

fn unreadable(place: Span, field: &str, target: &Entity) -> Diagnostic {
    let name = &target.name;
    let found = Diagnostic::new(
        &UNREADABLE_INCLUDE,
        place,
        format!("`{field}` is always null: no rule lets anybody read {}", a(name)),
    );
    match target.access_origin {
        Some(access) => found.label(access, "no rule here allows `read`"),
        None => found.label(target.origin, "it has no `access` block"),
    }
    .help(format!(
        "say who may read it: `access {name} {{ allow read to authenticated }}`, or leave it out"
    ))
}
