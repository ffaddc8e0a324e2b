//! W407.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Field, FieldId, List, Mode, ResourceId};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// Lists are not filtered, sorted or searched by a field that nobody may see.
    ///
    /// ## Why
    /// Whoever may ask which rows have a value learns the value by asking often enough: an order, or a search for one
    /// letter more each time, gives a hidden field away.
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
    ///   reviewer: text(..100) internal
    ///   index reviewer
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { filter reviewer; page 20 max 100 }
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
    ///   reviewer: text(..100)
    ///   index reviewer
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { filter reviewer; page 20 max 100 }
    /// }
    Warning HIDDEN_FILTER "W407" "hidden-filter"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, resource) in resolved.design.resources.entries() {
        let Some(list) = &resource.list else { continue };
        let fields = &resolved.design.entities[resource.entity].fields;
        for (how, field) in uses(list) {
            let declared = &fields[field];
            if !declared.leaves() {
                let place = place(resolved, id, how, &declared.name).unwrap_or(list.origin);
                found.push(hidden(place, how, declared));
            }
        }
    }
    found
}

/// The fields that a list's rows are kept, found or ordered by.
fn uses(list: &List) -> impl Iterator<Item = (&'static str, FieldId)> {
    let filters = list.filters.iter().map(|filter| ("filter", filter.field));
    let searches = list.search.iter().map(|field| ("search", *field));
    let sorts = list.sort.iter().map(|sort| ("sort", sort.field));
    filters.chain(searches).chain(sorts)
}

/// Where a clause of a list names a field.
pub(super) fn place(resolved: &Resolved<'_>, id: ResourceId, clause: &str, field: &str) -> Option<Span> {
    let clauses = places::clauses(places::resource(resolved, id)?, "list");
    let paths = clauses.into_iter().flat_map(|it| match it {
        ast::Clause::Filter(it) if clause == "filter" => it.items().filter_map(|item| item.path()).collect(),
        ast::Clause::Search(it) if clause == "search" => it.paths().collect(),
        ast::Clause::Sort(it) if clause == "sort" => it.keys().filter_map(|key| key.path()).collect(),
        _ => Vec::new(),
    });
    paths
        .into_iter()
        .find(|path| path.is(field))
        .map(|path| path.span())
}

fn hidden(span: Span, how: &str, field: &Field) -> Diagnostic {
    let word = match field.mode {
        Mode::WriteOnly => "writeonly",
        Mode::Internal | Mode::Open => "internal",
    };
    Diagnostic::new(
        &HIDDEN_FILTER,
        span,
        format!(
            "`{how}` gives away `{}`, which never leaves the server",
            field.name
        ),
    )
    .label(field.origin, format!("`{word}` here"))
    .help(format!("take it out of `{how}`, or show the field"))
}
