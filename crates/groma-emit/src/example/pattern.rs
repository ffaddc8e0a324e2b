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

/// A part of a text that a pattern matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Must be so.
    Fixed(String),
    /// Any digits.
    Digits(u32),
    /// Any of ten letters.
    Letters {
        /// How many.
        count: u32,
        /// The first of the ten.
        from: char,
    },
}

/// Texts that the pattern matches, with parts that may vary; none where nothing may, or no such text is that short.
pub(crate) fn pieces(pattern: &str, max: Option<u32>) -> Option<Vec<Piece>> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let attempts = [9, 1].into_iter().filter_map(|wished| {
        let mut pieces = Vec::new();
        vary(&hir, wished, &mut pieces)?;
        Some(pieces)
    });
    let mut attempts = attempts.filter(|pieces| {
        let sample: String = pieces.iter().map(sample).collect();
        let length = u32::try_from(sample.chars().count()).unwrap_or(u32::MAX);
        let varies = pieces.iter().any(|piece| !matches!(piece, Piece::Fixed(_)));
        varies && max.is_none_or(|max| length <= max) && is_match(pattern, &sample)
    });
    attempts.next()
}

fn sample(piece: &Piece) -> String {
    match piece {
        Piece::Fixed(text) => text.clone(),
        Piece::Digits(count) => "7".repeat(*count as usize),
        Piece::Letters { count, from } => from.to_string().repeat(*count as usize),
    }
}

/// As [`write`], with repetitions as long as wished where the pattern leaves it open.
fn vary(hir: &Hir, wished: u32, out: &mut Vec<Piece>) -> Option<()> {
    match hir.kind() {
        HirKind::Class(class) => match varying(class, 1) {
            Some(piece) => out.push(piece),
            None => out.push(Piece::Fixed(pick(class)?.to_string())),
        },
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let count = wished.max(repetition.min).min(most).min(32);
            match repetition.sub.kind() {
                HirKind::Class(class) if varying(class, count).is_some() => out.extend(varying(class, count)),
                _ => {
                    let mut text = String::new();
                    write(hir, &mut text)?;
                    out.push(Piece::Fixed(text));
                }
            }
        }
        HirKind::Capture(capture) => vary(&capture.sub, wished, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| vary(part, wished, out))?,
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Alternation(_) => {
            let mut text = String::new();
            write(hir, &mut text)?;
            out.push(Piece::Fixed(text));
        }
    }
    Some(())
}

/// Members of a class that may vary: its digits, or ten of its letters.
fn varying(class: &Class, count: u32) -> Option<Piece> {
    let Class::Unicode(class) = class else { return None };
    let holds = |from: char, to: char| {
        let mut ranges = class.ranges().iter();
        ranges.any(|range| range.start() <= from && to <= range.end())
    };
    match () {
        () if count == 0 => None,
        () if holds('0', '9') => Some(Piece::Digits(count)),
        () if holds('A', 'J') => Some(Piece::Letters { count, from: 'A' }),
        () if holds('a', 'j') => Some(Piece::Letters { count, from: 'a' }),
        () => None,
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
