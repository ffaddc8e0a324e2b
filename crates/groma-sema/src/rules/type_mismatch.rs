//! E321.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::{a, such_as};

rule! {
    /// Values of one type are compared, and a field gets only values that its type takes.
    ///
    /// ## Why
    /// Text is never equal to a number, and a day is no instant. Each database and each language would turn one into
    /// the other in its own way. And an action that puts `k: int(1..50)` into `n: int(0..9)` would write rows that no
    /// caller may write: clients would read values that the API says cannot be there.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5) = 1
    ///   check stars != "many"
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5) = 1
    ///   check stars != 4
    /// }
    Error TYPE_MISMATCH "E321" "type-mismatch"
}

/// Two sides of two types.
pub(crate) fn compared(span: Span, left: (Span, &str), right: (Span, &str)) -> Diagnostic {
    let message = format!("{} is compared with {}", a(left.1), a(right.1));
    let found = Diagnostic::new(&TYPE_MISMATCH, span, message).help("compare values of one type");
    if left.0 == right.0 {
        return found;
    }
    found.label(left.0, a(left.1)).label(right.0, a(right.1))
}

/// A literal of another type than its place.
pub(crate) fn literal(span: Span, is: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        format!("this is {is}, and {} is wanted", a(wanted)),
    )
    .help(format!("write {}", such_as(wanted)))
}

/// `<` on something without an order.
pub(crate) fn not_ordered(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, format!("{} has no order", a(ty)))
        .help("compare with `==`, `!=` or `in`; numbers, dates and times have an order")
}

/// `< none`.
pub(crate) fn none_is_not_ordered(span: Span) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, "nothing is less or greater than `none`")
        .help("compare with `== none` or `!= none`")
}

/// A value where a condition is wanted.
pub(crate) fn no_condition(span: Span, text: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        format!("`{text}` is {}, and no condition", a(ty)),
    )
    .help("compare it with something")
}

/// A condition where a value is wanted.
pub(crate) fn condition_as_value(span: Span) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, "this is a condition, and a value is wanted")
        .help("compare values, and join comparisons by `and` or `or`")
}

/// Something that is no value at all.
pub(crate) fn no_value(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, format!("{what} cannot stand here"))
        .help("write a field, `caller`, `now` or a literal")
}

/// `title.length`: a field that has nothing behind a dot.
pub(crate) fn no_members(span: Span, field: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        format!("`{field}` is {}, which has no parts", a(ty)),
    )
    .help(format!("write `{field}` alone"))
}

/// A value of another type than the field that it is put into.
pub(crate) fn assigned(span: Span, is: &str, field: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        format!("`{field}` is {}, and gets {}", a(wanted), a(is)),
    )
    .help(format!("set it to a value of the type `{wanted}`"))
}

/// `none` for a field that may not be empty.
pub(crate) fn emptied(span: Span, field: &str) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, format!("`{field}` may not be empty"))
        .help("give it a value, or make the field optional by `?`")
}

/// Two literals, whose comparison says nothing.
pub(crate) fn literals(span: Span) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        "two literals are compared, so the result is fixed",
    )
    .help("compare a field with a literal")
}

/// A literal of another type than the field that it is put into.
pub(crate) fn literal_assigned(span: Span, is: &str, field: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        &TYPE_MISMATCH,
        span,
        format!("`{field}` is {}, and gets {is}", a(wanted)),
    )
    .help(format!("set it to {}", such_as(wanted)))
}

/// A literal outside the bounds of the field that it is put into.
pub(crate) fn out_of_bounds(span: Span, field: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&TYPE_MISMATCH, span, format!("`{field}` cannot hold this: {why}"))
        .help("change the value, or the bounds of the type")
}
