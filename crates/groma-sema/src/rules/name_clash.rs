//! E029.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// No two things share the name that they get outside the design.
    ///
    /// ## Why
    /// A reference `project` is `project_id` in JSON and in the database, and an entity `Task` is the table `tasks`. What
    /// is also called so would take its place.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    ///   project_id: uuid
    ///   index project
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    ///   index project
    /// }
    Error NAME_CLASH "E029" "name-clash"
}

/// `what` is the kind of name, `column`; `name` the one that both get.
pub(crate) fn name_clash(second: Span, first: Span, what: &str, name: &str) -> Diagnostic {
    Diagnostic::new(
        &NAME_CLASH,
        second,
        format!("two things would get the {what} `{name}`"),
    )
    .primary_label("this one")
    .label(first, "and this one")
    .help("rename one of them")
}

/// The rows of a list under a name that the answer has for something else.
pub(crate) fn beside_rows(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &NAME_CLASH,
        span,
        format!("two things would get the member `{name}` of the answer"),
    )
    .note(format!("the answer of a list has a `{name}` beside the rows"))
    .help("give the rows another name")
}
