//! E121.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// An enum has a value.
    ///
    /// ## Why
    /// A field of an enum without values can hold nothing, so no row with it can be made.
    ///
    /// ## Bad
    /// enum Status { }
    ///
    /// ## Good
    /// enum Status { draft, published }
    Error EMPTY_ENUM "E121" "empty-enum"
}

pub(crate) fn empty_enum(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(&EMPTY_ENUM, span, format!("`{name}` has no value"))
        .help(format!("name its values: `enum {name} {{ first, second }}`"))
}
