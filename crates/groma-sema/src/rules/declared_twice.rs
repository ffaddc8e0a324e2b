//! E021.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A name is declared once.
    ///
    /// ## Why
    /// Of two declarations only one could count, and which one would depend on the order of lines and files, which
    /// means nothing in a design.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   title: text(1..100)
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   subtitle: text(1..100)
    /// }
    Error DECLARED_TWICE "E021" "declared-twice"
}

/// `what` is the thing with its name: ``field `title` of `Note` ``.
pub(crate) fn declared_twice(second: Span, first: Span, what: &str) -> Diagnostic {
    let help = match what {
        "`service`" | "`auth`" => "a design has one: put the lines of both into it",
        _ => "rename one of them, or remove the second",
    };
    Diagnostic::new(&DECLARED_TWICE, second, format!("{what} is declared twice"))
        .primary_label("declared again here")
        .label(first, "first declared here")
        .help(help)
}
