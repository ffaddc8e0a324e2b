//! E111.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::{a, such_as};

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
    .help(format!("give {}, or change the type", such_as(wanted)))
}

/// A literal for a reference.
pub(crate) fn of_reference(span: Span, is: &str, wanted: &str) -> Diagnostic {
    let message = format!("the default is {is}, and the field refers to {}", a(wanted));
    Diagnostic::new(&BAD_DEFAULT, span, message)
        .help("a reference has no default but `caller`: take it away, or make the field optional by `?`")
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
        format!("the default is the caller, {}, and the type is `{ty}`", a(caller)),
    )
    .help(format!("make the field a reference to `{caller}`"))
}
