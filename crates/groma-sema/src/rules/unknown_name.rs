//! E020.

use groma_diag::{Diagnostic, Edit, FileId, Sources, Span};

use super::page::rule;

rule! {
    /// Every name that is used is declared somewhere.
    ///
    /// ## Why
    /// A name that nothing declares is a slip of the pen, or a part of the design that is still missing. Names are
    /// looked up in all files, so the order of files and declarations does not matter.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: txt(1..200)
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    Error UNKNOWN_NAME "E020" "unknown-name"
}

/// A name that means nothing where it stands, at all its places.
pub(crate) struct Unknown<'n> {
    /// The name.
    pub(crate) name: &'n str,
    /// Where it stands; not empty.
    pub(crate) places: &'n [Span],
    /// What it should be: `field`.
    pub(crate) wanted: &'n str,
    /// In what it was looked for: `Task`; empty where that is the whole design.
    pub(crate) inside: &'n str,
    /// The one that was probably meant.
    pub(crate) meant: Option<Meant<'n>>,
}

/// The name that was probably meant.
#[derive(Clone, Copy)]
pub(crate) struct Meant<'n> {
    /// The name.
    pub(crate) name: &'n str,
    /// Where it is declared, if it is declared in a file.
    pub(crate) declared: Option<Span>,
    /// How often it is used.
    pub(crate) uses: usize,
    /// Whether a machine may put it there unasked.
    pub(crate) may_fix: bool,
}

pub(crate) fn unknown(sources: &Sources, slip: &Unknown<'_>) -> Diagnostic {
    let message = match slip.inside {
        "" => format!("there is no {} `{}`", slip.wanted, slip.name),
        inside => format!("`{inside}` has no {} `{}`", slip.wanted, slip.name),
    };
    let first = slip.places.first().copied().unwrap_or(Span::at(FileId(0), 0));
    let found = also(Diagnostic::new(&UNKNOWN_NAME, first, message), slip.places);
    match slip.meant {
        None => found.help(format!("declare `{}`, or name one that exists", slip.name)),
        Some(meant) => corrected(sources, found, slip.places, meant),
    }
}

/// Says that the places behind the first are the same mistake.
pub(crate) fn also(found: Diagnostic, places: &[Span]) -> Diagnostic {
    let more = places.get(1..).unwrap_or_default();
    let found = more
        .iter()
        .take(SHOWN)
        .fold(found, |found, place| found.label(*place, "and here"));
    match more.len().saturating_sub(SHOWN) {
        0 => found,
        left => found.note(format!("and at {left} more places")),
    }
}

/// So many other places of a mistake are shown.
const SHOWN: usize = 3;

/// Offers the name that was probably meant at every place.
pub(crate) fn corrected(
    sources: &Sources,
    found: Diagnostic,
    places: &[Span],
    meant: Meant<'_>,
) -> Diagnostic {
    let name = meant.name;
    let found = match meant.declared {
        None => found.help(format!("did you mean `{name}`?")),
        Some(span) if meant.uses == 0 => found
            .label(span, format!("`{name}` is declared here, and used nowhere"))
            .help(format!("did you mean `{name}`, or is that the slip?")),
        Some(span) => found.help(format!(
            "did you mean `{name}`, declared in {}?",
            sources.place(span)
        )),
    };
    let title = format!("write `{name}`");
    let edits: Vec<Edit> = places.iter().map(|place| Edit::replace(*place, name)).collect();
    if meant.may_fix {
        found.fix(title, edits)
    } else {
        found.suggestion(title, edits)
    }
}

/// A declaration that nothing names, while every place that should names it by another name: that one is the slip.
pub(crate) fn misdeclared(slip: &Unknown<'_>, declared: &str, at: Span) -> Diagnostic {
    let (name, count) = (slip.name, slip.places.len());
    let inside = match slip.inside {
        "" => String::new(),
        inside => format!(" in `{inside}`"),
    };
    let message = format!(
        "`{declared}` is used nowhere{inside}, and `{name}` in {count} places without being declared"
    );
    let found = Diagnostic::new(&UNKNOWN_NAME, at, message)
        .primary_label(format!("is `{name}` meant?"))
        .help(format!(
            "declare `{name}` here, or write `{declared}` in all those places"
        ))
        .suggestion(format!("write `{name}`"), [Edit::replace(at, name)]);
    let places = slip.places.iter().take(SHOWN);
    places.fold(found, |found, place| {
        found.label(*place, format!("`{name}` is used here"))
    })
}
