//! What a finding offers mends it: every fix and every answer of every rule's bad example is made.

use groma_diag::{Diagnostic, Edit, Sources, apply, safe_fixes};

use super::{compile_text, line};
use crate::{catalogue, compile};

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

/// The text of the first file after everything safe was made.
fn fixed(files: &[(&str, &str)]) -> String {
    let mut sources = Sources::new();
    let ids: Vec<_> = files
        .iter()
        .map(|(path, text)| sources.add(*path, *text))
        .collect();
    let plan = safe_fixes(&compile(&sources).diagnostics);
    let none = Vec::new();
    apply(files[0].1, plan.edits.get(&ids[0]).unwrap_or(&none)).text
}

#[test]
fn a_reference_is_put_right_only_if_one_file_is_a_slip_away() {
    let of = |text: &str, others: &[&str]| {
        let mut files = vec![("specs/a.md", text)];
        files.extend(others.iter().map(|path| (*path, "# Note\n")));
        fixed(&files)
    };
    for left in [
        "@specs/nope.md",
        "@specs/zz/xx/ww.md",
        "@specs/db/note.md",
        "@specs/notes.md#nope",
    ] {
        assert_eq!(of(left, &["specs/notes.md", "specs/b.md"]), left);
    }
    assert_eq!(of("@specs/ntoes.md", &["specs/notes.md"]), "@specs/notes.md");
    assert_eq!(
        of("@specs/notes.md#noet", &["specs/notes.md"]),
        "@specs/notes.md#note"
    );
    assert_eq!(
        of("@specs/note.md", &["specs/notes.md", "specs/nota.md"]),
        "@specs/note.md"
    );
}

#[test]
fn between_two_that_are_named_equally_often_nobody_chooses_unasked() {
    let page = |body: &str| {
        format!(
            "enum Priority {{ high, {body}, low }}\nentity Note {{ id: uuid key; p: Priority = medium }}\n"
        )
    };
    let (wrong, right) = (page("meduim"), page("medium"));
    assert_eq!(fixed(&[("a.groma", &wrong)]), wrong);
    let uses = "entity B { id: uuid key; p: Priority = medium; q: Priority = medum }\n";
    let (wrong, right) = (
        format!("{right}{uses}"),
        format!("{right}{}", uses.replace("medum", "medium")),
    );
    assert_eq!(fixed(&[("a.groma", &wrong)]), right);
}

#[test]
fn what_could_mean_two_things_is_left_alone() {
    for left in [
        "enum Unit { kg, g }\nentity Note { id: uuid key; n: nit; u: Unit = kg }\n",
        "entity Note { id: uuid; title: text(1..9) }\n",
        "entity Note { id: uuid key; n: int(9) }\n",
        "```gromma\nenum Unit { kg, g }\n```\n",
    ] {
        let path = if left.starts_with('`') { "a.md" } else { "a.groma" };
        assert_eq!(fixed(&[(path, left)]), left);
    }
}
