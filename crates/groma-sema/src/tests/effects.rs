//! Nothing is left aside in silence: whatever is added to a design changes what it comes to, or is spoken of.

use std::collections::BTreeSet;
use std::ops::Range;

use groma_ir::canonical::to_json;
use groma_syntax::{SyntaxElement, SyntaxKind};

use super::{compile_text, line};
use additions::{ADDITIONS, DESIGN, SAYS_WHAT_IS};

mod additions;

/// The design with something added at a place, and the range of what was added.
fn with(place: &str, addition: &str) -> (String, Range<usize>) {
    let others = ADDITIONS.iter().filter(|(other, _)| *other != place);
    let text = others.fold(DESIGN.to_owned(), |text, (other, _)| {
        text.replace(&format!("<{other}>"), "")
    });
    let marker = format!("<{place}>");
    let at = text.find(&marker).unwrap_or(0);
    (text.replace(&marker, addition), at..at + addition.len())
}

/// What a design comes to, and what is said about it, places apart.
fn outcome(path: &str, text: &str) -> (Option<String>, BTreeSet<String>) {
    let (sources, compiled) = compile_text(path, text);
    let found = compiled.diagnostics.iter().map(|found| {
        let line = line(&sources, found);
        line.split_once(": ")
            .map_or_else(String::new, |it| it.1.to_owned())
    });
    let found = found.collect();
    (compiled.design.as_ref().map(to_json), found)
}

#[test]
fn whatever_is_added_changes_the_design_or_is_spoken_of() {
    let (base, said) = outcome("page.groma", &with("", "").0);
    assert!(base.is_some(), "{said:?}");
    let mut silent = Vec::new();
    let mut effects = 0;
    for (place, additions) in ADDITIONS {
        assert!(DESIGN.contains(&format!("<{place}>")), "{place}");
        for addition in *additions {
            let (design, found) = outcome("page.groma", &with(place, addition).0);
            let speaks = found.difference(&said).next().is_some();
            assert!(
                design.is_some() || speaks,
                "{place} {addition}: no design, and no word"
            );
            if speaks || design != base {
                effects += 1;
            } else if !SAYS_WHAT_IS.contains(addition) {
                silent.push(format!("{place} {addition}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(effects > 250, "{effects}");
}

/// The literals and names of what was added, each changed: what it says then is something else.
fn changed(path: &str, text: &str, added: &Range<usize>) -> Vec<(String, String)> {
    let parsed = groma_syntax::parse_file(groma_diag::FileId(0), path, text);
    let tokens = parsed.syntax().descendants_with_tokens();
    let mut changed = Vec::new();
    for token in tokens.filter_map(SyntaxElement::into_token) {
        let (start, end) = (
            usize::from(token.text_range().start()),
            usize::from(token.text_range().end()),
        );
        if start < added.start || end > added.end {
            continue;
        }
        if let Some(other) = other(token.kind(), token.text()) {
            let text = format!("{}{other}{}", &text[..start], &text[end..]);
            changed.push((format!("`{}` -> `{other}`", token.text()), text));
        }
    }
    changed
}

/// Another word of the same kind.
fn other(kind: SyntaxKind, text: &str) -> Option<String> {
    let number: Option<u32> = text.parse().ok();
    Some(match kind {
        SyntaxKind::INT => (number? + 1).to_string(),
        SyntaxKind::IDENT => format!("{text}z"),
        SyntaxKind::STRING => format!("{}z\"", text.strip_suffix('"')?),
        SyntaxKind::REGEX => format!("{}z/", text.strip_suffix('/')?),
        SyntaxKind::DECIMAL | SyntaxKind::DURATION | SyntaxKind::SIZE => format!("1{text}"),
        SyntaxKind::DATE => text.replace("2026", "2027"),
        _ => return None,
    })
}

#[test]
fn every_word_of_what_is_added_counts() {
    let mut idle = Vec::new();
    let mut changes = 0;
    for (place, additions) in ADDITIONS {
        for addition in *additions {
            let (text, added) = with(place, addition);
            let whole = outcome("page.groma", &text);
            if whole.0.is_none() {
                continue;
            }
            for (what, text) in changed("page.groma", &text, &added) {
                changes += 1;
                if outcome("page.groma", &text) == whole {
                    idle.push(format!("{place} {addition}: {what}"));
                }
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
    assert!(changes > 250, "{changes}");
}

#[test]
fn every_word_of_the_language_page_counts() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    let text = std::fs::read_to_string(path).unwrap();
    let whole = outcome("page.md", &text);
    assert!(whole.0.is_some(), "{:?}", whole.1);
    let changed = changed("page.md", &text, &(0..text.len()));
    assert!(changed.len() > 200, "{}", changed.len());
    let idle = changed
        .into_iter()
        .filter(|(_, text)| outcome("page.md", text) == whole);
    assert_eq!(
        idle.map(|(what, _)| what).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}
