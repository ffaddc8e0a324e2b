//! E120.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::a;

rule! {
    /// A key is a `uuid`, an `int`, `text`, a `slug` or a reference.
    ///
    /// ## Why
    /// A key stands in paths and references and is compared for equality. A number with a fraction, a list, a time or
    /// JSON has more than one way to be written.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: datetime key
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    /// }
    Error KEY_TYPE "E120" "key-type"
}

pub(crate) fn key_type(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(&KEY_TYPE, span, format!("{} cannot be a key", a(ty)))
        .help("use `uuid`, `int`, `text`, `slug` or a reference")
}

/// A key that refers to an entity whose key refers back.
pub(crate) fn endless_key(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &KEY_TYPE,
        span,
        format!("the key of `{entity}` is a reference that leads back to `{entity}`"),
    )
    .help("give one of the entities on the way a key of its own")
}
