//! Texts that a regular expression matches and does not match, for fields that demand a pattern.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest text that is made.
const LONGEST: usize = 1_000;

/// A text that the expression matches, if it is simple enough.
pub(crate) fn example(pattern: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut out = String::new();
    write(&hir, &mut out)?;
    Some(out)
}

/// A text of so many characters that the expression does not match.
pub(crate) fn counter_example(pattern: &str, length: usize) -> Option<String> {
    let expression = regex::Regex::new(pattern).ok()?;
    let texts = ["~", "a", "1", "A", "-", "\u{e9}"]
        .into_iter()
        .map(|unit| unit.repeat(length));
    texts.into_iter().find(|text| !expression.is_match(text))
}

fn write(hir: &Hir, out: &mut String) -> Option<()> {
    if out.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            out.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            out.push(member(class)?);
            Some(())
        }
        HirKind::Repetition(repetition) => {
            let count = if repetition.max == Some(0) {
                0
            } else {
                repetition.min.max(1)
            };
            (0..count).try_for_each(|_| write(&repetition.sub, out))
        }
        HirKind::Capture(capture) => write(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out)),
        HirKind::Alternation(parts) => write(parts.first()?, out),
    }
}

/// A member of a class: a letter or digit where it has one.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|range| (char::from(range.start()), char::from(range.end())))
            .collect(),
    };
    let has = |letter: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&letter));
    ['a', 'A', '1', '0', '-', ' ']
        .into_iter()
        .find(|letter| has(letter))
        .or_else(|| ranges.first().map(|(start, _)| *start))
}
