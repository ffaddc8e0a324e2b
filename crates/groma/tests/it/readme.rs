//! What README.md and docs/ show is true.

use std::path::Path;

use crate::support::{Folder, groma};

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).unwrap()
}

#[test]
fn the_smallest_project_is_a_whole_one_without_a_finding_and_formatted() {
    let readme = readme();
    let design = readme
        .split("````markdown\n")
        .find(|part| part.starts_with("# Notes"))
        .unwrap();
    let folder = Folder::new();
    folder.write("specs/notes.md", design.split("````").next().unwrap());
    let ran = groma(&folder, &["check", "--deny-warnings"]);
    assert!(ran.out.ends_with("no findings\n"), "{ran:?}");
    assert_eq!(groma(&folder, &["fmt", "--check"]).code, Some(0));
}

#[test]
fn the_rules_that_it_shows_are_those_of_the_example() {
    let readme = readme();
    let rules = readme
        .split("```groma\n")
        .find(|part| part.starts_with("access Task"))
        .unwrap();
    let page = std::fs::read_to_string(repository().join("examples/tasks/specs/auth/access.md")).unwrap();
    assert!(page.contains(rules.split("```").next().unwrap()), "{page}");
}

#[test]
fn the_slip_that_it_shows_is_found_as_shown() {
    let folder = Folder::new();
    folder.copy(&repository().join("examples/tasks/specs"), "specs");
    let page = folder.read("specs/auth/access.md");
    folder.write(
        "specs/auth/access.md",
        &page.replacen("can read project", "can read projekt", 1),
    );
    let ran = groma(&folder, &["check"]);
    let shown = readme();
    let shown = shown
        .split("$ groma check\n")
        .nth(1)
        .unwrap()
        .split("\nquestion[")
        .next()
        .unwrap()
        .trim_end();
    assert!(ran.out.contains(shown), "{}\nis not in\n{}", shown, ran.out);
}

#[test]
fn the_page_about_the_language_is_a_design_with_nothing_but_its_own_question() {
    let folder = Folder::new();
    folder.write(
        "language.md",
        &std::fs::read_to_string(repository().join("docs/language.md")).unwrap(),
    );
    let ran = groma(&folder, &["check", "--deny-warnings", "language.md"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains(": 1 question\n"), "{}", ran.out);
    assert_eq!(groma(&folder, &["fmt", "--check", "language.md"]).code, Some(0));
}

/// Every command that the page about migrations has people type is one, with the options that it gives.
#[test]
fn the_commands_of_the_page_about_migrations_are_there() {
    let page = std::fs::read_to_string(repository().join("docs/migrations.md")).unwrap();
    let mut tried = 0;
    let blocks = page.split("```").skip(1).step_by(2);
    for line in blocks.flat_map(str::lines) {
        let Some(words) = line.trim_start_matches("$ ").strip_prefix("groma ") else {
            continue;
        };
        let words: Vec<&str> = words.split(' ').collect();
        let verbs = if words[0] == "migrate" { 2 } else { 1 };
        let help = groma(&Folder::new(), &[&words[..verbs], &["--help"]].concat());
        assert_eq!(help.code, Some(0), "{line}: {help:?}");
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(
                help.out.contains(option),
                "{line}: {option} is not in {}",
                help.out
            );
        }
        tried += 1;
    }
    assert!(tried > 12, "{tried}");
}

#[test]
fn which_release_serves_is_said_as_the_planner_says_it() {
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).unwrap();
    let (page, planner) = (
        read("docs/migrations.md"),
        read("crates/groma-migrate/src/plan.rs"),
    );
    let rows: Vec<&str> = planner
        .lines()
        .filter_map(|line| line.strip_prefix("//! |"))
        .collect();
    assert!(
        rows.len() > 10 && page.contains(&format!("|{}", rows.join("\n|"))),
        "{rows:#?}"
    );
}
