//! Q402 and E411.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A list says how many rows a page has at most.
    ///
    /// ## Why
    /// Without a limit one request can ask for everything, which is slow, and a way to bring a service down.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { page 50 }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { page 50 max 200 }
    /// }
    Question NO_LIMIT "Q402" "no-page-limit"
}

rule! {
    /// A page has 1 to 1000 rows, and not more unasked than at most.
    ///
    /// ## Why
    /// A larger page is no page: it is slow to make and slow to read, and the next one is one request away.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { page 50 max 20 }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { page 20 max 50 }
    /// }
    Error BAD_PAGE "E411" "bad-page"
}

/// `page 50` without `max`; `most` is assumed.
pub(crate) fn no_limit(size: Span, most: u32) -> Diagnostic {
    let option = |rows: u32| (format!("max {rows}"), [Edit::after(size, format!(" max {rows}"))]);
    let (first, first_edit) = option(most);
    let (second, second_edit) = option(1000);
    let found = Diagnostic::new(&NO_LIMIT, size, "how many rows may one page have at most?")
        .note(format!("{most} is assumed"))
        .option(first, "enough for every screen", first_edit);
    if most == 1000 {
        return found;
    }
    found.option(
        second,
        "fewer requests for whoever reads everything, and slower ones",
        second_edit,
    )
}

pub(crate) fn bad_size(span: Span, most: u32) -> Diagnostic {
    Diagnostic::new(&BAD_PAGE, span, format!("a page has 1 to {most} rows"))
        .help("give a number in this range")
}

pub(crate) fn size_over_max(span: Span, size: u32, max: u32) -> Diagnostic {
    Diagnostic::new(
        &BAD_PAGE,
        span,
        format!("a page has {size} rows unasked, and {max} at most"),
    )
    .help("raise `max`, or lower the first number")
}
