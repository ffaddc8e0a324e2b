//! Texts that a regular expression matches and does not match, for fields that demand a pattern.
//!
//! A pattern matches somewhere in a text, so a text that is too short may be filled up behind the match. Every
//! text is held to the expression itself before it is given out.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use groma_ir::scalar::Text;

use crate::rng::Rng;

/// The longest text that is made.
const LONGEST: usize = 5_000;

/// How often a text is tried for before there is none.
const TRIES: u64 = 48;

/// A pattern and the lengths that a text may have.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    hir: Hir,
    expression: Regex,
    min: usize,
    max: usize,
    trim: bool,
}

impl Pattern {
    /// The pattern of a text, with its bounds; nothing where it has none, or one that cannot be read.
    pub(crate) fn of(text: &Text) -> Option<Self> {
        let pattern = text.pattern.as_deref()?;
        Some(Self {
            hir: regex_syntax::parse(pattern).ok()?,
            expression: regex::RegexBuilder::new(pattern)
                .size_limit(1 << 20)
                .build()
                .ok()?,
            min: text.min as usize,
            max: text.max.map_or(LONGEST, |max| max as usize),
            trim: text.trim,
        })
    }

    /// A text that fits, another one for another seed where there are several.
    pub(crate) fn example(&self, seed: u64) -> Option<String> {
        (0..TRIES).find_map(|attempt| {
            // The first texts are short; later ones repeat more, up to the least length.
            let mut writer = Writer {
                rng: Rng::new(seed.wrapping_mul(TRIES).wrapping_add(attempt)),
                more: more(attempt, self.min),
                is_plain: seed == 0 && attempt == 0,
                out: String::new(),
            };
            writer.write(&self.hir)?;
            self.fitted(&writer.out)
        })
    }

    /// The text, filled up where it is too short, if it fits.
    fn fitted(&self, text: &str) -> Option<String> {
        let length = text.chars().count();
        let missing = self.min.saturating_sub(length);
        let fillers = ["", "a", "0", "A", " "]
            .into_iter()
            .filter(|filler| missing == 0 || !filler.is_empty());
        let mut filled = fillers.flat_map(|filler| {
            let more = filler.repeat(missing);
            [format!("{text}{more}"), format!("{more}{text}")]
        });
        filled.find(|text| self.fits(text))
    }

    fn fits(&self, text: &str) -> bool {
        let length = text.chars().count();
        let is_trimmed = !self.trim || text.trim() == text;
        is_trimmed && length >= self.min && length <= self.max && self.expression.is_match(text)
    }

    /// A text of a fitting length that does not match.
    pub(crate) fn counter_example(&self) -> Option<String> {
        let length = self.min.max(1).min(self.max);
        let texts = ["~", "a", "1", "A", "-", "\u{e9}"]
            .into_iter()
            .map(|unit| unit.repeat(length));
        texts.into_iter().find(|text| !self.expression.is_match(text))
    }
}

/// How often a part may be repeated beyond its least.
fn more(attempt: u64, min: usize) -> usize {
    match attempt {
        0..8 => 1,
        8..16 => 3,
        16..32 => 8,
        _ => min.max(16),
    }
}

struct Writer {
    rng: Rng,
    more: usize,
    /// Whether the plainest text is wanted.
    is_plain: bool,
    out: String,
}

impl Writer {
    /// Writes a text for a node. Anchors and word boundaries are taken as met. The parser bounds how deep a
    /// pattern nests, so this recursion is bounded too.
    fn write(&mut self, hir: &Hir) -> Option<()> {
        if self.out.len() > LONGEST {
            return None;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Some(()),
            HirKind::Literal(literal) => {
                self.out.push_str(std::str::from_utf8(&literal.0).ok()?);
                Some(())
            }
            HirKind::Class(class) => {
                let letter = self.member(class)?;
                self.out.push(letter);
                Some(())
            }
            HirKind::Repetition(repetition) => {
                let least = repetition.min as usize;
                let most = repetition.max.map_or(usize::MAX, |max| max as usize);
                let most = most.min(least.saturating_add(self.more));
                let count = if self.is_plain {
                    least.max(1).min(most)
                } else {
                    least + self.rng.below(most - least + 1)
                };
                (0..count).try_for_each(|_| self.write(&repetition.sub))
            }
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part)),
            HirKind::Alternation(parts) => {
                let at = if self.is_plain {
                    0
                } else {
                    self.rng.below(parts.len())
                };
                self.write(parts.get(at)?)
            }
        }
    }

    /// A member of a class: a letter, a digit or a usual sign where it has one.
    fn member(&mut self, class: &Class) -> Option<char> {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
            Class::Bytes(class) => class
                .iter()
                .map(|range| (char::from(range.start()), char::from(range.end())))
                .collect(),
        };
        let has = |letter: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&letter));
        let liked: Vec<char> = ('a'..='z')
            .chain('A'..='Z')
            .chain('0'..='9')
            .filter(has)
            .collect();
        let first = ['-', ' ']
            .into_iter()
            .find(has)
            .or_else(|| ranges.first().map(|(start, _)| *start));
        match (self.is_plain, liked.first()) {
            (true, Some(letter)) => Some(*letter),
            _ => self.rng.pick(&liked).copied().or(first),
        }
    }
}

#[cfg(test)]
mod tests;
