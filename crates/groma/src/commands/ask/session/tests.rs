use groma_diag::{FileId, Span};

use super::Reply;
use crate::open::{Choice, Kind, Open, Radius};

fn point(kind: Kind) -> Open {
    let option = |answer: &str| Choice {
        answer: answer.to_owned(),
        consequence: String::new(),
        edits: Vec::new(),
    };
    Open {
        id: String::from("Note.book.on_delete"),
        subject: String::from("Note.book.on_delete"),
        code: "Q103",
        question: String::from("what happens?"),
        place: String::from("specs/notes.md:1"),
        span: Span::at(FileId(0), 0),
        notes: Vec::new(),
        options: vec![option("set null"), option("cascade")],
        kind,
        radius: Radius::default(),
    }
}

#[track_caller]
fn check(line: &str, kind: Kind, expected: &Reply) {
    assert_eq!(Reply::read(line, &point(kind)), *expected, "{line}");
}

#[test]
fn a_number_or_the_words_of_an_option_are_an_answer() {
    let cascade = Reply::Answer(String::from("cascade"));
    check("2", Kind::Asked, &cascade);
    check("cascade", Kind::Asked, &cascade);
}

#[test]
fn skipping_and_quitting_are_one_letter_and_nothing_is_taken_unsaid() {
    check("s", Kind::Asked, &Reply::Skip);
    check("quit", Kind::Asked, &Reply::Quit);
    for line in ["", "0", "3", "restrict"] {
        check(line, Kind::Asked, &Reply::Unclear);
    }
}

#[test]
fn what_is_open_takes_words_of_ones_own_but_no_number_that_is_no_option() {
    let hole = Kind::Hole(Span::at(FileId(0), 0));
    check("restrict", hole, &Reply::Answer(String::from("restrict")));
    check("7", hole, &Reply::Unclear);
}
