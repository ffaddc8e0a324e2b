//! Pages of the manual: fences in, the expected findings in comments beside them.
//!
//! A page has sections (`## ..`), each a design of its own. A line that something is found on ends in
//! `# error[E021]`, in prose in `<!-- warning[W023] -->`; several stand one after the other. `#### path` begins another
//! file of the same design, and what stands before the first section belongs to each.

use std::collections::BTreeSet;
use std::path::Path;

use groma_diag::Sources;

use super::line;
use crate::compile;

#[test]
fn every_page_finds_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/pages");
    let mut wrong = Vec::new();
    let mut sections = 0;
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    pages.sort();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let mut parts = text.split("\n## ");
        let common = parts.next().unwrap_or_default();
        for section in parts {
            sections += 1;
            wrong.extend(check(&name, common, section));
        }
    }
    assert!(sections > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_file_with_twenty_mistakes_has_twenty_of_different_kinds() {
    let text = include_str!("pages/twenty.md");
    let codes: Vec<String> = text.lines().flat_map(expected_on).collect();
    let different: BTreeSet<&String> = codes.iter().collect();
    assert_eq!((codes.len(), different.len()), (20, 20), "{codes:?}");
}

/// What is expected and not found, or found and not expected.
fn check(page: &str, common: &str, section: &str) -> Option<String> {
    let title = section.lines().next().unwrap_or_default();
    let sources = files(common, section);
    let mut expected: Vec<(String, u32, String)> = Vec::new();
    for (_, source) in sources.iter() {
        for (at, text) in source.text().lines().enumerate() {
            let codes = expected_on(text);
            expected
                .extend(codes.map(|code| (source.path().to_owned(), u32::try_from(at).unwrap() + 1, code)));
        }
    }
    let compiled = compile(&sources);
    let mut found: Vec<(String, u32, String)> = Vec::new();
    for it in &compiled.diagnostics {
        let at = sources.line_column(it.primary.file, it.primary.start).line;
        let shown = format!("{}[{}]", it.level.as_str(), it.code);
        found.push((sources.path(it.primary.file).to_owned(), at, shown));
    }
    expected.sort();
    found.sort();
    if expected == found {
        return None;
    }
    let all: Vec<String> = compiled.diagnostics.iter().map(|it| line(&sources, it)).collect();
    Some(format!("{page}, {title}\nexpected {expected:?}\nfound {all:#?}"))
}

fn files(common: &str, section: &str) -> Sources {
    let mut sources = Sources::new();
    sources.add("common.md", common);
    for (at, part) in section.split("\n#### ").enumerate() {
        if at == 0 {
            sources.add("page.md", format!("## {part}"));
        } else {
            let (path, text) = part.split_once('\n').unwrap();
            sources.add(path.trim(), text);
        }
    }
    sources
}

/// `error[E021]` and the like behind the start of a comment.
fn expected_on(text: &str) -> impl Iterator<Item = String> {
    let comment = text
        .split_once("# ")
        .or_else(|| text.split_once("<!-- "))
        .map_or("", |it| it.1);
    comment
        .split_whitespace()
        .filter(|word| {
            ["error[", "warning[", "question["]
                .iter()
                .any(|start| word.starts_with(start))
        })
        .map(|word| word[..=word.find(']').unwrap()].to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}
