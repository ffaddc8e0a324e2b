//! E101 and E102.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A list of rows says which reference of theirs points here.
    ///
    /// ## Why
    /// The rows hold the reference, and this is its other side. Without `via` it is not known which one, or whether
    /// each row may belong to many: that needs an entity that links the two.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    ///   tasks: [Task]
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    ///   index project
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    ///   tasks: [Task] via project
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    ///   index project
    /// }
    Error LIST_WITHOUT_VIA "E101" "list-without-via"
}

rule! {
    /// The reference behind `via` points back to the entity that the list stands in.
    ///
    /// ## Why
    /// The list is the other side of that reference; another reference says nothing of this entity.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    ///   tasks: [Task] via parent
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   parent: Task? on delete set null
    ///   index parent
    /// }
    ///
    /// ## Good
    /// entity Task {
    ///   id: uuid key
    ///   children: [Task] via parent
    ///   parent: Task? on delete set null
    ///   index parent
    /// }
    Error VIA_ELSEWHERE "E102" "via-elsewhere"
}

/// `via` is the reference of the other entity that points here, if there is one.
pub(crate) fn list_without_via(span: Span, entity: &str, here: &str, via: Option<String>) -> Diagnostic {
    let found = Diagnostic::new(
        &LIST_WITHOUT_VIA,
        span,
        format!("a list of `{entity}` does not say which reference of theirs points here"),
    );
    match via {
        Some(via) => found
            .help(format!("write `[{entity}] via {via}`"))
            .fix(format!("add `via {via}`"), [Edit::after(span, format!(" via {via}"))]),
        None => found.help(format!(
            "give `{entity}` a reference to `{here}` and name it by `via`, or link the two by an entity with a reference to each"
        )),
    }
}

/// `points_at` is the entity that the field refers to, if it is a reference at all.
pub(crate) fn via_elsewhere(
    span: Span,
    field: (&str, Span),
    points_at: Option<&str>,
    here: &str,
) -> Diagnostic {
    let (name, declared) = field;
    let message = match points_at {
        Some(other) => format!("`{name}` points at `{other}`, not back to `{here}`"),
        None => format!("`{name}` is no reference, so it cannot point back to `{here}`"),
    };
    Diagnostic::new(&VIA_ELSEWHERE, span, message)
        .label(declared, "declared here")
        .help(format!("name a reference to `{here}`"))
}
