//! E322.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A condition speaks of the row itself; in a rule it may ask one other row at a time.
    ///
    /// ## Why
    /// A check, a filter and a report are about the row itself. A rule may follow references, `post.state == published`:
    /// it asks whether there is such a row, and what holds there. So what stands on the other side is a value, the caller
    /// or the clock, and not a field of yet another row: rules that join rows at will can no longer be decided. What
    /// depends on who may see another row is said by that row's own rules: `can read project`.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    ///   budget: int(0..1000)
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   cost: int(0..1000)
    ///   project: Project on delete cascade
    /// }
    /// access Task {
    ///   allow read to everyone when project.budget > cost
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    ///   budget: int(0..1000)
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   cost: int(0..1000)
    ///   project: Project on delete cascade
    /// }
    /// access Task {
    ///   allow read to everyone when project.budget > 100
    /// }
    Error RELATION_IN_CONDITION "E322" "relation-in-condition"
}

/// Other rows where none can be asked.
pub(crate) fn relation_in_condition(span: Span, relation: &str) -> Diagnostic {
    Diagnostic::new(
        &RELATION_IN_CONDITION,
        span,
        format!("a condition does not look through `{relation}` at other rows here"),
    )
    .help(format!(
        "rules may follow a reference: `when {relation}.x == 1`; or write `can read {relation}` behind `to`"
    ))
}

/// Both sides of a comparison are of rows, and not of the same one.
pub(crate) fn two_rows(span: Span) -> Diagnostic {
    Diagnostic::new(
        &RELATION_IN_CONDITION,
        span,
        "a condition compares a field of another row with a value, and not with a field of a second row",
    )
    .help("compare each of them with a value, the caller, a claim or `now`")
}

/// Of the other row nothing is known.
pub(crate) fn nothing_known(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &RELATION_IN_CONDITION,
        span,
        format!("nothing is known of `{entity}` here but its key"),
    )
    .help("say where its table is, `external table \"..\"`, or compare the reference itself")
}
