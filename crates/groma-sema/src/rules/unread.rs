//! E036.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// Every word of a design has an effect.
    ///
    /// ## Why
    /// What is read and then left aside looks as if it held: a limit, a name, a condition that nobody keeps. So a word
    /// from which nothing was made is refused, even where no other rule knows why.
    Error UNREAD "E036" "without-effect"
}

pub(crate) fn unread(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(&UNREAD, span, format!("`{text}` has no effect at this place"))
        .note("the line is understood without it")
        .help("remove it, or write what it was meant to say")
}
