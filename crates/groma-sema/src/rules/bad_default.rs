//! E111.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A default is a value that the field's type allows.
    ///
    /// ## Why
    /// The server would write a row that it would not accept from anybody.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5) = 0
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5) = 1
    /// }
    Error BAD_DEFAULT "E111" "bad-default"
}

/// A literal of another type.
pub(crate) fn type_of(span: Span, is: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_DEFAULT,
        span,
        format!("the default is {is}, and the type is `{wanted}`"),
    )
    .help(format!(
        "give a default of the type `{wanted}`, or change the type"
    ))
}

/// A literal of the right type outside its bounds.
pub(crate) fn bounds(span: Span, value: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_DEFAULT,
        span,
        format!("the default `{value}` breaks its own type: {why}"),
    )
    .help("change the default, or the bounds of the type")
}

/// `caller` on something that is no reference to the caller's entity.
pub(crate) fn caller(span: Span, ty: &str, caller: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_DEFAULT,
        span,
        format!("the default is the caller, a `{caller}`, and the type is `{ty}`"),
    )
    .help(format!("make the field a reference to `{caller}`"))
}
