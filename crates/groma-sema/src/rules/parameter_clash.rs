//! E412.

use std::collections::BTreeMap;

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// No two query parameters of a list have one name.
    ///
    /// ## Why
    /// A filter `limit` would be the number of rows, and a named filter `due` the field. Nobody could tell which is meant.
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
    ///   limit: int(1..9)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   list { filter limit; page 20 max 100 }
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
    ///   most: int(1..9)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   list { filter most; page 20 max 100 }
    /// }
    Error PARAMETER_CLASH "E412" "parameter-clash"
}

/// Parameters that every list has, or may have.
const OWN: [&str; 8] = [
    "q", "sort", "limit", "cursor", "offset", "count", "include", "fields",
];

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for resource in &resolved.design.resources {
        let Some(list) = &resource.list else { continue };
        let entity = &resolved.design.entities[resource.entity];
        let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
        let fields = list
            .filters
            .iter()
            .map(|it| (entity.fields[it.field].wire.as_str(), it.origin));
        let named = list.named.iter().map(|it| (it.name.as_str(), it.origin));
        for (name, origin) in fields.chain(named) {
            // `due__gte` is the filter `due` with an operator.
            let (stem, operator) = name.split_once("__").unwrap_or((name, ""));
            let earlier = taken
                .get(name)
                .or_else(|| taken.get(stem).filter(|_| !operator.is_empty()));
            if OWN.contains(&name) {
                found.push(own_parameter(origin, name));
            } else if let Some(earlier) = earlier {
                found.push(parameter_clash(origin, *earlier, name));
            } else {
                taken.insert(name, origin);
            }
        }
    }
    found
}

fn own_parameter(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &PARAMETER_CLASH,
        span,
        format!("`{name}` is a query parameter of every list"),
    )
    .help("rename the field or filter, or take it out of the list")
}

fn parameter_clash(span: Span, first: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &PARAMETER_CLASH,
        span,
        format!("two filters would get the query parameter `{name}`"),
    )
    .label(first, "the other one")
    .help("rename one of them")
}
