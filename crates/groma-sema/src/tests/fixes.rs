//! What a finding offers mends it: every fix and every answer of every rule's bad example is made.

use groma_diag::{Diagnostic, Edit, apply};

use super::{compile_text, line};
use crate::catalogue;

/// What a finding offers, by its words.
fn offers(found: &Diagnostic) -> Vec<(&str, &[Edit])> {
    let fixes = found
        .fixes
        .iter()
        .map(|fix| (fix.title.as_str(), fix.edits.as_slice()));
    let answers = found
        .options
        .iter()
        .map(|it| (it.text.as_str(), it.edits.as_slice()));
    fixes
        .chain(answers)
        .filter(|(_, edits)| !edits.is_empty())
        .collect()
}

#[test]
fn what_a_finding_offers_mends_it() {
    let mut wrong = Vec::new();
    let mut made = 0;
    for rule in catalogue() {
        let Some(bad) = rule.section("Bad") else { continue };
        let path = if bad.contains("```") {
            "page.md"
        } else {
            "page.groma"
        };
        let (_, before) = compile_text(path, bad);
        for found in before.diagnostics.iter().filter(|found| found.code == rule.code) {
            for (title, edits) in offers(found) {
                made += 1;
                let applied = apply(bad, edits);
                let (sources, after) = compile_text(path, &applied.text);
                let is_left = |it: &&Diagnostic| it.code == "E001" || it.code == rule.code;
                let left: Vec<String> = after
                    .diagnostics
                    .iter()
                    .filter(is_left)
                    .map(|it| line(&sources, it))
                    .collect();
                if !left.is_empty() || !applied.skipped.is_empty() {
                    wrong.push(format!("{} {title}: {left:#?}\n{}", rule.code, applied.text));
                }
            }
        }
    }
    assert!(made > 20, "{made}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
