//! E324.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::a;

rule! {
    /// A path behind `to` goes through references and ends at the caller's entity; the path of a `can` ends at a row.
    ///
    /// ## Why
    /// Only a row of the caller's entity can be the caller. Who may see the rows of another entity is said by `can read`.
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    /// }
    /// access Task {
    ///   allow read to project
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    /// }
    /// access Task {
    ///   allow read to project.owner
    /// }
    Error WHO_PATH "E324" "who-path"
}

/// A path that ends at another entity.
pub(crate) fn no_user(span: Span, path: &str, ends_at: &str, caller: &str) -> Diagnostic {
    Diagnostic::new(
        &WHO_PATH,
        span,
        format!("`{path}` ends at {}, and callers are `{caller}`", a(ends_at)),
    )
    .help(format!(
        "go on to a reference to `{caller}`, or write `can read {path}` for those who may read that row"
    ))
}

/// A step that is no reference.
pub(crate) fn no_reference(span: Span, field: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &WHO_PATH,
        span,
        format!("`{field}` is no reference, so it is nobody"),
    )
    .label(declared, "declared here")
    .help("name references only; what depends on a value stands behind `when`")
}

/// No step, or too many.
pub(crate) fn bad_length(span: Span, longest: usize) -> Diagnostic {
    Diagnostic::new(&WHO_PATH, span, format!("a path has 1 to {longest} references"))
        .help("name a reference of this entity")
}

/// `can create project`.
pub(crate) fn can_create(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WHO_PATH,
        span,
        "a row that exists is not created, so nobody can create it",
    )
    .help("write `can read` or `can update`")
}

/// `can` on a row that lives elsewhere.
pub(crate) fn nothing_known(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &WHO_PATH,
        span,
        format!(
            "nothing is known of {} here but its key, so nobody can be allowed by it",
            a(entity)
        ),
    )
    .help("write the reference alone, if callers are meant")
}
