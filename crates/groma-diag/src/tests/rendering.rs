use expect_test::{expect, expect_file};

use super::example;
use crate::render::{Counts, github, json, sarif, terminal};
use crate::{Diagnostic, Sources, Span};

#[test]
fn people_see_the_source_with_both_places() {
    let (sources, found) = example();
    expect![[r#"
        error[E021]: field `email` is declared twice in `Task`
         --> specs/db/task.md:7:3
          |
        6 |   email: email
          |   ------------ first declared here
        7 |   email: email
          |   ^^^^^^^^^^^^ again here
          |
         ::: specs/db/user, old.md:2:3
          |
        2 |   email: email
          |   ----- and `User` has one too
          |
          = note: names are compared exactly
          = help: rename one of them, or remove the second
          = fix: remove the second  (apply with --fix)

        question[Q103]: what happens to tasks when their project is deleted?
         --> specs/db/task.md:8:31
          |
        8 |   project: Project? on delete TBD(set null)
          |                               ^^^^^^^^^^^^^ provisional: set null
          |
          = 1: set null  task stays, project becomes empty  (recommended)
          = 2: cascade   tasks and their shares are deleted too

    "#]]
    .assert_eq(&terminal::render(&sources, &found, terminal::Terminal::default()));
}

#[test]
fn colour_is_ansi_escapes_and_nothing_else_changes() {
    let (sources, found) = example();
    let coloured = terminal::Terminal {
        colour: true,
        ..terminal::Terminal::default()
    };
    let coloured = terminal::render(&sources, &found, coloured);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    assert_eq!(
        plain,
        terminal::render(&sources, &found, terminal::Terminal::default())
    );
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let mut sources = Sources::new();
    let file = sources.add("a\u{1b}.md", "a\u{1b}[31m b\u{7}\u{202e}c\n");
    let found = Diagnostic::new(&super::DECLARED_TWICE, Span::new(file, 0, 3), "odd \u{1b}[2J")
        .primary_label("\u{1b}]0;title\u{7}")
        .help("\u{9b}31m");
    let shown = terminal::render(&sources, &[found], terminal::Terminal::default());
    let steering = |char: &char| char.is_control() && *char != '\n';
    assert_eq!(shown.chars().filter(steering).count(), 0, "{shown:?}");
}

#[test]
fn places_outside_the_text_are_shown_at_its_end() {
    let mut sources = Sources::new();
    let empty = sources.add("empty.md", "");
    let short = sources.add("short.md", "ü");
    for span in [
        Span::new(empty, 0, 0),
        Span::new(empty, 7, 9),
        Span::new(short, 1, 1),
        Span::new(short, 9, 9),
    ] {
        let found = [Diagnostic::new(&super::DECLARED_TWICE, span, "x")];
        assert!(terminal::render(&sources, &found, terminal::Terminal::default()).contains("error[E021]: x"));
        assert!(json::render(&sources, &found).contains("E021"));
    }
}

#[test]
fn programs_get_everything_in_one_document() {
    let (sources, found) = example();
    expect_file!["golden/findings.json"].assert_eq(&json::render(&sources, &found));
}

#[test]
fn sarif_carries_rules_places_and_fixes() {
    let (sources, found) = example();
    expect_file!["golden/findings.sarif"].assert_eq(&sarif::render(
        &sources,
        &found,
        &[&super::DECLARED_TWICE],
    ));
}

#[test]
fn workflow_commands_are_escaped() {
    let (sources, found) = example();
    expect![[r#"
        ::error file=specs/db/task.md,line=7,endLine=7,col=3,endColumn=15,title=E021%3A declared-twice::field `email` is declared twice in `Task`%0Ahelp: rename one of them, or remove the second
        ::notice file=specs/db/task.md,line=8,endLine=8,col=31,endColumn=44,title=Q103%3A on-delete-unsaid::what happens to tasks when their project is deleted?%0A1: set null (task stays, project becomes empty)%0A2: cascade (tasks and their shares are deleted too)
    "#]].assert_eq(&github::render(&sources, &found));
    let mut sources = Sources::new();
    let file = sources.add("a,b:c%.md", "x");
    let odd = Diagnostic::new(
        &super::DECLARED_TWICE,
        Span::new(file, 0, 1),
        "100%\r\n::error::injected",
    );
    expect![[r#"
        ::error file=a%2Cb%3Ac%25.md,line=1,endLine=1,col=1,endColumn=2,title=E021%3A declared-twice::100%25%0D%0A::error::injected
    "#]].assert_eq(&github::render(&sources, &[odd]));
}

#[test]
fn counts_read_as_words() {
    let (_, found) = example();
    assert_eq!(Counts::of(&found).to_string(), "1 error, 1 question");
    assert_eq!(Counts::of(&[]).to_string(), "no findings");
}
