//! W123.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A pattern says whether it is about all of the text.
    ///
    /// ## Why
    /// `matches` looks for the pattern anywhere in the text, as JSON Schema does: `/[A-Z]{2}[0-9]+/` also takes
    /// `xxDE12yy`. Who means all of the text writes `^` and `$`; who means a part of it can say so by `.*`.
    ///
    /// ## Bad
    /// entity Part {
    ///   id: uuid key
    ///   code: text(3..12) matches /[A-Z]{2}[0-9]+/
    /// }
    ///
    /// ## Good
    /// entity Part {
    ///   id: uuid key
    ///   code: text(3..12) matches /^[A-Z]{2}[0-9]+$/
    ///   note: text(..100) matches /.*[0-9]{3}/
    /// }
    Warning LOOSE_PATTERN "W123" "loose-pattern"
}

/// Whether a pattern leaves open how much of the text it is about.
///
/// An anchor at one end says that somebody has thought of it, and so does `.*`. One character or class alone is what
/// text has to contain: `/[0-9]/`.
pub(crate) fn is_loose(pattern: &str) -> bool {
    let is_anchored = pattern.starts_with('^') || ends_in_dollar(pattern);
    let is_part = pattern.starts_with(".*") || pattern.ends_with(".*");
    !is_anchored && !is_part && !is_one(pattern)
}

fn ends_in_dollar(pattern: &str) -> bool {
    let escapes = |before: &str| before.len() - before.trim_end_matches('\\').len();
    pattern
        .strip_suffix('$')
        .is_some_and(|before| escapes(before) % 2 == 0)
}

/// Whether the pattern is one character, escape or class.
fn is_one(pattern: &str) -> bool {
    if pattern.starts_with('[') {
        let inner = pattern.strip_suffix(']').unwrap_or_default();
        return !inner.is_empty() && !inner.replace("\\]", "").contains(']');
    }
    let bare = pattern.strip_prefix('\\').unwrap_or(pattern);
    bare.chars().count() == 1
}

/// `span` is all of `matches /re/`.
pub(crate) fn loose_pattern(span: Span, pattern: &str) -> Diagnostic {
    let whole = if pattern.contains('|') {
        format!("^(?:{pattern})$")
    } else {
        format!("^{pattern}$")
    };
    let written = format!("matches /{}/", whole.replace('/', "\\/"));
    Diagnostic::new(
        &LOOSE_PATTERN,
        span,
        "this pattern is looked for anywhere in the text",
    )
    .note("text before and behind what matches is let through")
    .help(format!(
        "write `{written}` for all of the text, or begin with `.*` to say that a part is meant"
    ))
    .suggestion("match all of the text", [Edit::replace(span, written)])
}

#[cfg(test)]
mod tests {
    use super::is_loose;

    #[test]
    fn who_says_how_much_is_meant_is_not_asked() {
        for pattern in [
            "^a+$", "^a+", "a+$", ".*a+", "a+.*", "[0-9]", "\\d", "@", "[^a\\]]", "a\\\\$",
        ] {
            assert!(!is_loose(pattern), "{pattern}");
        }
        for pattern in [
            "a+",
            "[a-z]+",
            "[A-Z]{2}[0-9]+",
            "a\\$",
            "ab",
            "(a|b)",
            "\\d{3}",
            "[a][b]",
        ] {
            assert!(is_loose(pattern), "{pattern}");
        }
    }
}
