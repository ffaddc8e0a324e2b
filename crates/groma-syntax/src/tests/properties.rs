//! What holds for every text.

use groma_diag::FileId;
use proptest::prelude::*;

use super::format::format;
use super::read::{JOURNAL, TASKS, TEAMS};
use crate::ast::AstNode;
use crate::{format_file, parse_file};

/// Reads and lays out a text of which nothing is known.
fn survives(path: &str, text: &str) {
    let parsed = parse_file(FileId(0), path, text);
    assert_eq!(parsed.syntax().text().to_string(), text, "the tree is the text");
    for declaration in parsed.declarations() {
        let span = declaration.span();
        assert_eq!(
            text.get(span.start as usize..span.end as usize),
            Some(declaration.source().as_str())
        );
        let _ = declaration.doc();
    }
    for found in &parsed.diagnostics {
        let spans = found.labels.iter().map(|label| label.span).chain([found.primary]);
        for span in spans.chain(
            found
                .fixes
                .iter()
                .flat_map(|fix| fix.edits.iter().map(|edit| edit.span)),
        ) {
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "{found:?}"
            );
        }
    }
    let once = format_file(FileId(0), path, text);
    let twice = format_file(FileId(0), path, &once.text);
    assert_eq!(twice.text, once.text, "formatting twice is formatting once");
    if once.errors.is_empty() {
        assert!(twice.errors.is_empty(), "{}", once.text);
    }
}

/// Words and signs of the language, blanks, line ends and things that do not belong.
fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = "entity tenant enum access resource service auth question decision A B a b id key uuid text date \
        = == != < <= > >= -> - + * / . .. , ; : ? ( ) [ ] { } {} # ## \n \n \n when except and or not in over because affects \
        allow deny guarantee read create to only can now none caller TBD true 1 20 1.5 7d 256KB 2026-11-21 09:30 \"x\" \" ' /r/ \
        matches was column trim unique via on delete update set null cascade shared with as members states unique index check list filter sort page max \
        action report input from error find by handled for /a/{b} public limit 10/min per env claim roles default @ é \u{feff} \
        ``` ```groma ~~~ > - \t \r\n"
        .split(' ')
        .collect();
    let written = (proptest::sample::select(words), 0_u8..12).prop_map(|(word, dice)| slipped(word, dice));
    proptest::collection::vec(written, 0..60).prop_map(|words| words.join(" "))
}

/// A word, now and then with a slip.
fn slipped(word: &str, dice: u8) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match (dice, letters.len()) {
        (0, 3..) => letters.swap(1, 2),
        (1, 3..) => drop(letters.pop()),
        (2, 3..) => letters.insert(1, 'z'),
        _ => {}
    }
    letters.into_iter().collect()
}

/// A right program in which blanks, line ends and comments stand at random where they may.
fn shaken(program: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec(0_u8..40, 200).prop_map(move |dice| {
        let mut dice = dice.iter().cycle();
        let mut out = String::new();
        for line in program.split_inclusive('\n') {
            let body = line.trim_end_matches('\n');
            match dice.next() {
                Some(0) => out.push_str("\n\n"),
                Some(1) => out.push_str("# a comment\n"),
                Some(2) => out.push_str("\t "),
                _ => {}
            }
            out.push_str(body);
            let has_comment = body.contains('#');
            match dice.next() {
                Some(0) if !has_comment => out.push_str(" # behind"),
                Some(1) => out.push_str("   "),
                _ => {}
            }
            out.push('\n');
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_kept(text in "\\PC*") {
        survives("a.groma", &text);
        survives("a.md", &format!("```groma\n{text}\n```\n"));
        survives("a.md", &text);
    }

    #[test]
    fn any_words_are_read_and_kept(text in soup()) {
        survives("a.groma", &text);
        survives("a.md", &text);
        survives("a.md", &format!("> ```groma\n> {}\n", text.replace('\n', "\n> ")));
    }

    #[test]
    fn any_cut_of_a_program_is_read_and_kept(from in 0_usize..TASKS.len(), to in 0_usize..TASKS.len()) {
        let cut = |at: usize| TASKS.floor_char_boundary(at);
        survives("a.groma", &TASKS[cut(from.min(to))..cut(from.max(to))]);
        let without = format!("{}{}", &TASKS[..cut(from.min(to))], &TASKS[cut(from.max(to))..]);
        survives("a.groma", &without);
    }

    #[test]
    fn any_cut_of_a_markdown_file_is_read_and_kept(from in 0_usize..JOURNAL.len(), to in 0_usize..JOURNAL.len()) {
        let cut = |at: usize| JOURNAL.floor_char_boundary(at);
        survives("a.md", &JOURNAL[cut(from.min(to))..cut(from.max(to))]);
        let without = format!("{}{}", &JOURNAL[..cut(from.min(to))], &JOURNAL[cut(from.max(to))..]);
        survives("a.md", &without);
    }

    #[test]
    fn comments_and_blank_lines_anywhere_keep_every_token(tasks in shaken(TASKS), teams in shaken(TEAMS)) {
        format("a.groma", &tasks);
        format("a.groma", &teams);
    }
}
