//! "Did you mean": the closest of the names that exist.

/// The candidate that is most like `word`, if any is like it at all; of equals the first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let asked = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = likeness(&asked, &candidate.to_lowercase());
        if score >= THRESHOLD && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Whether one or two keys were hit wrong: then a word may be read as what it was meant to be.
pub fn is_slip(word: &str, meant: &str) -> bool {
    let most = match word.len() {
        0..=2 => 0,
        3..=7 => 1,
        8..=LONGEST => 2,
        _ => return false,
    };
    // Each key makes a word at most one letter longer or shorter.
    let differs = word.chars().count().abs_diff(meant.chars().count());
    differs <= most && strsim::damerau_levenshtein(word, meant) <= most
}

/// The candidate that a word is a slip of, if there is only one: then even a machine may put it there.
pub fn only_slip<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let mut near = candidates.into_iter().filter(|meant| is_slip(word, meant));
    let first = near.next()?;
    (near.all(|other| other == first) && !is_another_word(word, first)).then_some(first)
}

/// Whether a short word has another letter than a word of its length: `nope` is not meant to be `note`.
fn is_another_word(word: &str, other: &str) -> bool {
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    word.len() <= 4 && word.len() == other.len() && letters(word) != letters(other)
}

/// Below this two words have little to do with each other: `owner` and `order` are 0.6, `state` and `status` 0.67.
const THRESHOLD: f64 = 0.6;

/// Words longer than this are no slip of the pen, and comparing them costs the product of their lengths.
const LONGEST: usize = 100;

/// Likeness from 0 to 1; a transposed pair of letters counts as one slip, and a prefix or plural as near.
fn likeness(a: &str, b: &str) -> f64 {
    if a.len() > LONGEST || b.len() > LONGEST {
        return if a == b { 1.0 } else { 0.0 };
    }
    let near = strsim::normalized_damerau_levenshtein(a, b);
    let starts = a.len() >= 3 && b.len() >= 3 && (b.starts_with(a) || a.starts_with(b));
    if starts { near.max(0.7) } else { near }
}
