//! E020.

use groma_diag::{Diagnostic, Edit, Sources, Span};

use super::page::rule;
use super::reserved_name::TYPES;

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

/// A name that means nothing where it stands.
pub(crate) struct Unknown<'n> {
    /// The name.
    pub(crate) name: &'n str,
    /// Where it stands.
    pub(crate) span: Span,
    /// What it should be: `field`.
    pub(crate) wanted: &'n str,
    /// In what it was looked for: `Task`; empty where that is the whole design.
    pub(crate) inside: &'n str,
    /// The one that was probably meant, and where it is declared, if it is declared in a file.
    pub(crate) meant: Option<(&'n str, Option<Span>)>,
    /// Whether a machine may put that one there, if it is a slip of the pen away: not where it would open something.
    pub(crate) may_fix: bool,
}

pub(crate) fn unknown(sources: &Sources, slip: &Unknown<'_>) -> Diagnostic {
    let inside = match slip.inside {
        "" => String::new(),
        inside => format!(" in `{inside}`"),
    };
    let message = format!("there is no {} `{}`{inside}", slip.wanted, slip.name);
    let found = Diagnostic::new(&UNKNOWN_NAME, slip.span, message);
    let Some((meant, declared)) = slip.meant else {
        return found.help(format!("declare `{}`, or name one that exists", slip.name));
    };
    let place = declared.map_or_else(String::new, |span| {
        format!(", declared in {}", sources.place(span))
    });
    let found = found.help(format!("did you mean `{meant}`{place}?"));
    let title = format!("write `{meant}`");
    let edit = [Edit::replace(slip.span, meant)];
    if slip.may_fix && is_slip(slip.name, meant) {
        found.fix(title, edit)
    } else {
        found.suggestion(title, edit)
    }
}

/// Whether one or two keys were hit wrong, or the word is that of another language for the same.
fn is_slip(name: &str, meant: &str) -> bool {
    let most = match name.len() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    };
    TYPES.contains(&meant) || strsim::damerau_levenshtein(name, meant) <= most
}
