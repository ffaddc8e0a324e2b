//! The examples of each rule's manual page, and the example project.

use std::path::{Path, PathBuf};

use groma_diag::{Level, Sources};

use super::{compile_text, line};
use crate::{catalogue, compile};

/// The codes found in an example: plain, or Markdown if it has fences.
fn codes(text: &str) -> Vec<(&'static str, String)> {
    let path = if text.contains("```") {
        "page.md"
    } else {
        "page.groma"
    };
    let (sources, compiled) = compile_text(path, text);
    let found = compiled.diagnostics.iter();
    found.map(|found| (found.code, line(&sources, found))).collect()
}

#[test]
fn bad_examples_are_found_and_good_ones_are_silent() {
    let mut wrong = Vec::new();
    for rule in crate::rules::RULES {
        if let Some(bad) = rule.section("Bad") {
            let found = codes(bad);
            let only: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
            if only != [rule.code] {
                wrong.push(format!("{} bad: {found:#?}", rule.code));
            }
        }
        let good = rule.section("Good").map(codes).unwrap_or_default();
        if !good.is_empty() {
            wrong.push(format!("{} good: {good:#?}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_is_whole() {
    let all = catalogue();
    assert!(all.len() >= 40, "{}", all.len());
    for pair in all.windows(2) {
        assert_ne!(pair[0].code, pair[1].code);
        assert!(pair[0].code[1..] <= pair[1].code[1..]);
    }
    for rule in all {
        let letter = match rule.level {
            Level::Error => 'E',
            Level::Warning => 'W',
            Level::Question => 'Q',
        };
        assert!(rule.code.starts_with(letter), "{}", rule.code);
        assert!(rule.section("Why").is_some(), "{}", rule.code);
        assert!(rule.summary.ends_with(['.', '?']), "{}", rule.code);
    }
}

/// All Markdown files below a folder, sorted, as a run would read them.
pub(super) fn folder(root: &Path) -> Sources {
    let mut files = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut sources = Sources::new();
    for file in files {
        let shown = file.strip_prefix(root.parent().unwrap()).unwrap();
        sources.add(
            shown.display().to_string(),
            std::fs::read_to_string(&file).unwrap(),
        );
    }
    sources
}

#[test]
fn the_example_project_is_a_design() {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tasks/specs");
    let sources = folder(&root);
    let compiled = compile(&sources);
    let errors: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .map(|found| line(&sources, found))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    for found in &compiled.diagnostics {
        println!("{}", line(&sources, found));
    }
    let design = compiled.design.unwrap();
    assert!(design.entities.iter().any(|entity| entity.name == "Task"));
}
