//! E429.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Entity, Storage};

use super::page::rule;

rule! {
    /// A parameter of a path names a reference to the rows that the resource lies below.
    ///
    /// ## Why
    /// What stands at `/projects/{project}/tasks` are the tasks whose `project` is that one. So `project` is a reference
    /// of `Task`, to rows that the server knows. Read from the right: in `/teams/{team}/projects/{project}/tasks` it is
    /// the `Project` that has the reference `team`.
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
    /// access Project {
    ///   allow read to owner
    /// }
    /// access Task {
    ///   allow read to can read project
    /// }
    /// resource /projects/{id}/tasks for Task { read }
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
    /// access Project {
    ///   allow read to owner
    /// }
    /// access Task {
    ///   allow read to can read project
    /// }
    /// resource /projects/{project}/tasks for Task { read }
    Error PATH_PARENT "E429" "path-parent"
}

/// The parameter is no reference of the entity; `meant` is the one that it may stand for.
pub(crate) fn no_reference(
    span: Span,
    name: &str,
    entity: &Entity,
    meant: Option<&str>,
    is_caller: bool,
) -> Diagnostic {
    let found = Diagnostic::new(
        &PATH_PARENT,
        span,
        format!("`{{{name}}}` is no reference of `{}`", entity.name),
    )
    .label(entity.origin, format!("`{}` is declared here", entity.name));
    match meant {
        Some(meant) => found
            .help(format!("name the reference that leads there: `{{{meant}}}`"))
            .suggestion(
                format!("write `{{{meant}}}`"),
                [Edit::replace(span, format!("{{{meant}}}"))],
            ),
        None if is_caller => found.help(format!(
            "give `{}` a reference of that name; or, for the caller's own, write `{{{name} = caller}}`",
            entity.name
        )),
        None => found.help(format!(
            "give `{}` a reference of that name, or take the part out of the path",
            entity.name
        )),
    }
}

/// Of the rows that the reference leads to nothing is known but their keys.
pub(crate) fn unknown_rows(span: Span, name: &str, target: &Entity) -> Diagnostic {
    debug_assert_eq!(target.storage, Storage::ExternalId);
    Diagnostic::new(
        &PATH_PARENT,
        span,
        format!(
            "`{{{name}}}` leads to `{}`, of which nothing is known but the id",
            target.name
        ),
    )
    .label(target.origin, "declared here")
    .help(format!(
        "say where its table is, `external table \"..\"`; or, for the caller's own, write `{{{name} = caller}}`"
    ))
}
