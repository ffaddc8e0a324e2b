//! E117.

use groma_diag::{Diagnostic, Sources, Span};
use groma_ir::design::Enum;

use super::page::rule;
use super::unknown_name::{Meant, also, corrected};

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
    name: &str,
    places: &[Span],
    of: &Enum,
    meant: Option<Meant<'_>>,
) -> Diagnostic {
    let variants: Vec<&str> = of
        .variants
        .iter()
        .take(12)
        .map(|variant| variant.name.as_str())
        .collect();
    let first = places.first().copied().unwrap_or(of.origin);
    let message = format!("`{name}` is no value of `{}`", of.name);
    let found = also(Diagnostic::new(&UNKNOWN_VARIANT, first, message), places).note(format!(
        "`{}` has {}, declared in {}",
        of.name,
        variants.join(", "),
        sources.place(of.origin)
    ));
    match meant {
        Some(meant) => corrected(sources, found, places, meant),
        None => found.help("name one of its values, or add this one to the enum"),
    }
}
