//! E035.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A name has at most 60 characters.
    ///
    /// ## Why
    /// PostgreSQL cuts names after 63 bytes without a word, so that two long ones could become the same; a reference
    /// adds `_id` to its name.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   a_name_that_goes_on_and_on_until_nobody_can_remember_how_it_began: bool = false
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   is_short: bool = false
    /// }
    Error LONG_NAME "E035" "long-name"
}

/// The longest name.
pub(crate) const LONGEST: usize = 60;

pub(crate) fn long_name(span: Span, length: usize) -> Diagnostic {
    Diagnostic::new(
        &LONG_NAME,
        span,
        format!("this name has {length} characters, and a database keeps {LONGEST}"),
    )
    .help("choose a shorter one")
}
