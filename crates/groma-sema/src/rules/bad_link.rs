//! E125.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::a;

rule! {
    /// Rows are shared with callers, tenants have members, and what stands in a tenant refers to it.
    ///
    /// ## Why
    /// Levels say what a caller is to a row. With anybody but callers they would say nothing, a tenant without members
    /// would let nobody in, and without a tenant around it a fence keeps nobody out.
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
    ///   shared with Note as view < edit
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
    ///   shared with User as view < edit
    /// }
    Error BAD_LINK "E125" "bad-link"
}

/// Levels for somebody who never calls.
pub(crate) fn no_caller(span: Span, named: &str, caller: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &BAD_LINK,
        span,
        format!("{} never calls, so a level says nothing of it", a(named)),
    )
    .label(declared, format!("callers are `{caller}`"))
    .help(format!("write `{caller}`"))
}

/// A tenant that says nothing of members.
pub(crate) fn no_members(span: Span, tenant: &str) -> Diagnostic {
    Diagnostic::new(&BAD_LINK, span, format!("tenant `{tenant}` has no members"))
        .note("whatever stands in it is for its members alone")
        .help("say who they are: `members User as member < owner, at least 1 owner`")
}

/// `members` where no tenant is.
pub(crate) fn no_tenant(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_LINK,
        span,
        format!("`{entity}` is no tenant, so it has no members"),
    )
    .help(format!(
        "write `tenant {entity}`, or `shared with` for rows that are shared one by one"
    ))
}

/// `entity Document in User`.
pub(crate) fn fenced_by_entity(span: Span, entity: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &BAD_LINK,
        span,
        format!("`{entity}` is no tenant, so it fences nothing"),
    )
    .label(declared, "declared here")
    .help(format!(
        "write `tenant {entity}` there, or a reference to it here"
    ))
}

/// A field of the tenant's name that does not refer to it.
pub(crate) fn other_fence(span: Span, field: &str, tenant: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_LINK,
        span,
        format!("`{field}` would have to be the reference to the tenant"),
    )
    .note(format!(
        "a row in `{tenant}` refers to it by `{field}`, always, and for good"
    ))
    .help(format!(
        "leave it out: it is there without being written; or declare `{field}: {tenant} on delete cascade`"
    ))
}

/// Something shared, or a tenant, of which somebody else owns the table.
pub(crate) fn not_ours(span: Span, what: &str, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_LINK,
        span,
        format!("somebody else owns the rows of `{entity}`, so {what} cannot be kept here"),
    )
    .help("keep it beside a row of this service that refers to them")
}

/// More rows than one at the least level.
pub(crate) fn bad_least(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(&BAD_LINK, span, why.to_owned()).help("write `at least 1 owner`, with one of its roles")
}

/// A share or a member without one of its values.
pub(crate) fn lacks(span: Span, made: &str, field: &str) -> Diagnostic {
    Diagnostic::new(&BAD_LINK, span, format!("a row of `{made}` needs `{field}`"))
        .help(format!("add `{field}: ..`"))
}

/// `shares` of what nobody shares.
pub(crate) fn nothing_tied(span: Span, entity: &str, word: &str) -> Diagnostic {
    let help = match word {
        "members" => format!("`tenant {entity}` has members"),
        _ => format!("say with whom: `shared with User as view < edit` in `{entity}`"),
    };
    Diagnostic::new(&BAD_LINK, span, format!("`{entity}` has no {word}")).help(help)
}
