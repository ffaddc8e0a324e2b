//! W329.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A condition can hold, and can fail.
    ///
    /// ## Why
    /// What always holds says nothing, what never holds closes more than was meant; a field that may not be empty is
    /// never `none`, and `stars: int(1..5)` is never more than 9. A `check` that never holds lets no row be made.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   at: date
    ///   check at != none
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   at: date?
    ///   done: bool = false
    ///   check at != none or not done
    /// }
    Warning IDLE_CONDITION "W329" "idle-condition"
}

/// A comparison with `none` of what is never empty.
pub(crate) fn never_empty(span: Span, term: &str, always: bool) -> Diagnostic {
    let effect = if always { "always holds" } else { "never holds" };
    Diagnostic::new(
        &IDLE_CONDITION,
        span,
        format!("`{term}` is never empty, so this {effect}"),
    )
    .help("remove the comparison, or make the field optional by `?`")
}

/// A comparison that the type of one side settles.
pub(crate) fn settled(span: Span, term: &str, ty: &str, always: bool) -> Diagnostic {
    let effect = if always { "always holds" } else { "never holds" };
    Diagnostic::new(
        &IDLE_CONDITION,
        span,
        format!("`{term}` is `{ty}`, so this {effect}"),
    )
    .help("compare it with a value that it can have, or change its type")
}
