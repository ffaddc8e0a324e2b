//! E119.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A pattern means the same in every language that will read it, and a column has a name that databases take.
    ///
    /// ## Why
    /// The pattern ends up in a JSON Schema, in Rust, in Python and in databases. Characters, classes, groups,
    /// alternatives, counts and anchors are the same everywhere; look-around, names and back-references are not.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   colour: text(7..7) matches /^#([0-9a-f]{6}$/
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   colour: text(7..7) matches /^#([0-9a-f]{6})$/
    /// }
    Error BAD_PATTERN "E119" "bad-pattern"
}

pub(crate) fn bad_pattern(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(&BAD_PATTERN, span, format!("this pattern cannot be used: {why}"))
        .help("write it with characters, classes, groups, alternatives, counts and anchors only")
}

/// One that would take too much memory wherever a request is read.
pub(crate) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::new(
        &BAD_PATTERN,
        span,
        "this pattern is too large when its counts are written out",
    )
    .help("lower the counts in `{n,m}`; a length belongs to the type: `text(..1000)`")
}

/// A name in the database: `what` says of a column or of a table.
pub(crate) fn bad_stored_name(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(&BAD_PATTERN, span, format!("this is no name of a {what}")).help(format!(
        "a {what}'s name has 1 to 63 characters, and no quotes or control characters"
    ))
}
