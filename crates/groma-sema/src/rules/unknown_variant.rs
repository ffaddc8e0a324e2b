//! E117.

use groma_diag::{Diagnostic, Edit, Sources, Span};
use groma_ir::design::Enum;

use super::page::rule;

rule! {
    /// What is used as a value of an enum is one of its values.
    ///
    /// ## Why
    /// A comparison with a value that does not exist is never true, and a default that does not exist cannot be
    /// written.
    ///
    /// ## Bad
    /// enum Status { todo, done }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = don
    /// }
    ///
    /// ## Good
    /// enum Status { todo, done }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = done
    /// }
    Error UNKNOWN_VARIANT "E117" "unknown-variant"
}

pub(crate) fn unknown_variant(
    sources: &Sources,
    span: Span,
    name: &str,
    of: &Enum,
    meant: Option<String>,
) -> Diagnostic {
    let variants: Vec<&str> = of
        .variants
        .iter()
        .take(12)
        .map(|variant| variant.name.as_str())
        .collect();
    let found = Diagnostic::new(
        &UNKNOWN_VARIANT,
        span,
        format!("`{name}` is no value of `{}`", of.name),
    )
    .note(format!(
        "`{}` has {}, declared in {}",
        of.name,
        variants.join(", "),
        sources.place(of.origin)
    ));
    match meant {
        Some(meant) => found
            .help(format!("did you mean `{meant}`?"))
            .fix(format!("write `{meant}`"), [Edit::replace(span, meant)]),
        None => found.help("name one of its values, or add this one to the enum"),
    }
}
