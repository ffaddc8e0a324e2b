//! E113 and E115.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// An entity has a key.
    ///
    /// ## Why
    /// Rows are found, referred to and paged through by their key. `id: uuid key` is made by the server and gives
    /// nothing away; `id: int key` is an identity column; a key of another type is given by the client.
    ///
    /// ## Bad
    /// entity Note {
    ///   title: text(1..200)
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    Error MISSING_KEY "E113" "missing-key"
}

rule! {
    /// An entity has one key.
    ///
    /// ## Why
    /// One field names a row in paths, references and pages. What else is unique is said by `unique`.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   slug: slug(1..80) key
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   slug: slug(1..80) unique
    /// }
    Error TWO_KEYS "E115" "two-keys"
}

/// Where the key of an entity could be.
#[derive(Clone, Copy)]
pub(crate) enum Likely {
    /// A field is called so; its type.
    Field(Span),
    /// Before the first member.
    Before(Span),
    /// The entity is empty.
    Nowhere,
}

pub(crate) fn missing_key(span: Span, entity: &str, likely: Likely) -> Diagnostic {
    let found = Diagnostic::new(&MISSING_KEY, span, format!("`{entity}` has no key"));
    let usual = "add `id: uuid key` as its first field";
    match likely {
        Likely::Field(ty) => found
            .label(ty, "is this the key?")
            .help("write `key` behind the type of the field that names a row")
            .suggestion("make it the key", [Edit::after(ty, " key")]),
        Likely::Before(first) => found
            .help(usual)
            .fix("add `id: uuid key`", [Edit::before(first, "id: uuid key\n  ")]),
        Likely::Nowhere => found.help(usual),
    }
}

pub(crate) fn two_keys(second: Span, first: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(&TWO_KEYS, second, format!("`{entity}` has two keys"))
        .label(first, "the first key")
        .help("keep one `key`, and say `unique` for the other")
        .suggestion("say `unique` instead", [Edit::replace(second, "unique")])
}
