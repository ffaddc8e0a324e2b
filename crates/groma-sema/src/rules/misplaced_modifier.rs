//! E032.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A modifier follows a type that it means something to.
    ///
    /// ## Why
    /// Only text can be trimmed or matched, only a reference has an `on delete` or would have an index without
    /// `unindexed`, only a `datetime` is set at every update. Elsewhere the modifier would have no effect.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   pages: int(1..500) trim
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   pages: int(1..500)
    /// }
    Error MISPLACED_MODIFIER "E032" "misplaced-modifier"
}

/// `fits` says what it may follow: `text`, `a reference`.
pub(crate) fn misplaced_modifier(span: Span, modifier: &str, fits: &str) -> Diagnostic {
    Diagnostic::new(
        &MISPLACED_MODIFIER,
        span,
        format!("`{modifier}` means nothing here"),
    )
    .help(format!("`{modifier}` is for {fits}: remove it"))
    .suggestion("remove it", [Edit::delete(span)])
}
