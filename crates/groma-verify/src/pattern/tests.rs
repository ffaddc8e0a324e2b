use std::collections::BTreeSet;

use groma_ir::scalar::Text;

use super::Pattern;

fn pattern(pattern: &str, min: u32, max: Option<u32>) -> Pattern {
    let text = Text {
        min,
        max,
        trim: true,
        pattern: Some(pattern.to_owned()),
    };
    Pattern::of(&text).unwrap()
}

#[test]
fn texts_match_and_have_a_fitting_length() {
    for (expression, min, max) in [
        ("[A-Z]+", 4, 20),
        ("^[A-Z]+$", 4, 20),
        ("^[0-9]+$", 4, 8),
        ("[A-Z]{2}[0-9]+", 1, 40),
        ("^(draft|final)-[0-9]{1,3}$", 0, 20),
        ("^\\+?[0-9 ]{7,15}$", 0, 20),
        ("^[^a-zA-Z0-9]{3}$", 3, 3),
        ("^[\\p{L} ]+$", 2, 10),
        ("^(97(8|9))?[0-9]{9}[0-9X]$", 10, 13),
    ] {
        let made = pattern(expression, min, Some(max));
        for seed in 0..20 {
            let text = made
                .example(seed)
                .unwrap_or_else(|| panic!("no text for {expression}"));
            assert!(
                regex::Regex::new(expression).unwrap().is_match(&text),
                "{expression}: {text}"
            );
            let length = text.chars().count();
            assert!(
                length >= min as usize && length <= max as usize,
                "{expression}: {text}"
            );
        }
    }
}

#[test]
fn seeds_bring_different_texts() {
    let pattern = pattern("^[A-Z]{3}-[0-9]{4}$", 0, Some(8));
    let texts: BTreeSet<String> = (0..50).filter_map(|seed| pattern.example(seed)).collect();
    assert!(texts.len() > 40, "{texts:?}");
}

#[test]
fn a_text_that_does_not_match_is_no_longer_than_fits() {
    let letters = pattern("^[a-z]+$", 2, Some(5));
    assert_eq!(letters.counter_example().as_deref(), Some("~~"));
    assert_eq!(pattern(".*", 0, None).counter_example(), None);
}

#[test]
fn a_pattern_that_cannot_fit_has_no_text() {
    assert_eq!(pattern("^[a-z]{8}$", 0, Some(4)).example(0), None);
}
