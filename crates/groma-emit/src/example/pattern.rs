//! A short text that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest text that is made; a pattern that needs a longer one gets none.
const LONGEST: usize = 4096;

/// The most memory that a pattern of a design may need.
const LARGEST: usize = 1 << 20;

/// Whether the pattern matches somewhere; a pattern that cannot be read matches nothing.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    regex::RegexBuilder::new(pattern)
        .size_limit(LARGEST)
        .build()
        .is_ok_and(|regex| regex.is_match(text))
}

/// A text that the pattern matches, or `None` where the pattern cannot be read or met so simply.
pub(super) fn matching(pattern: &str) -> Option<String> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, &mut text)?;
    Some(text)
}

/// Writes the simplest text for a node. Anchors and word boundaries are taken as met. The parser bounds how
/// deep a pattern nests, so this recursion is bounded too.
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
            out.push(pick(class)?);
            Some(())
        }
        HirKind::Repetition(repetition) => {
            let times = if repetition.max == Some(0) {
                0
            } else {
                repetition.min.max(1)
            };
            (0..times).try_for_each(|_| write(&repetition.sub, out))
        }
        HirKind::Capture(capture) => write(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out)),
        HirKind::Alternation(parts) => write(parts.first()?, out),
    }
}

/// A character of the class, one that reads well where there is one.
fn pick(class: &Class) -> Option<char> {
    const LIKED: [char; 8] = ['a', 'A', '1', '0', '-', '_', '.', ' '];
    match class {
        Class::Unicode(class) => {
            let holds = |c: char| {
                class
                    .ranges()
                    .iter()
                    .any(|range| range.start() <= c && c <= range.end())
            };
            LIKED.into_iter().find(|c| holds(*c)).or_else(|| {
                class
                    .ranges()
                    .first()
                    .map(regex_syntax::hir::ClassUnicodeRange::start)
            })
        }
        Class::Bytes(class) => class.ranges().first().map(|range| char::from(range.start())),
    }
}
