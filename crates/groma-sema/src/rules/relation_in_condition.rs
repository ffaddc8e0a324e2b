//! E322.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A condition speaks of the row itself, and not of the rows that it refers to.
    ///
    /// ## Why
    /// Who may do what must be decidable from the row and the caller, so that it can be proved and stays one indexed
    /// statement. What depends on another row is said by that row's own rules: `can read project`.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    ///   is_open: bool = true
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    /// }
    /// access Task {
    ///   allow read to everyone when project.is_open
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    ///   is_open: bool = true
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    /// }
    /// access Project {
    ///   allow read to everyone when is_open
    /// }
    /// access Task {
    ///   allow read to can read project
    /// }
    Error RELATION_IN_CONDITION "E322" "relation-in-condition"
}

pub(crate) fn relation_in_condition(span: Span, relation: &str) -> Diagnostic {
    Diagnostic::new(
        &RELATION_IN_CONDITION,
        span,
        format!("a condition does not look through `{relation}` at other rows"),
    )
    .help(format!(
        "say who may see that row in its own rules, and write `can read {relation}` behind `to`"
    ))
}
