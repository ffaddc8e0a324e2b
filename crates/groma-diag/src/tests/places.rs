use crate::{LineColumn, Sources, Span, nearest};

#[test]
fn columns_count_characters_and_lines_count_from_one() {
    let mut sources = Sources::new();
    let file = sources.add("a.md", "é😀x\r\ny");
    let at = |offset| sources.line_column(file, offset);
    assert_eq!(at(0), LineColumn { line: 1, column: 1 });
    assert_eq!(at(6), LineColumn { line: 1, column: 3 });
    assert_eq!(at(9), LineColumn { line: 2, column: 1 });
    assert_eq!(at(1), at(0), "inside a character is that character");
    assert_eq!(
        at(u32::MAX),
        LineColumn { line: 2, column: 2 },
        "behind the end is the end"
    );
}

#[test]
fn places_are_path_and_line() {
    let mut sources = Sources::new();
    let file = sources.add("specs/db/task.md", "a\nb\nc");
    assert_eq!(sources.place(Span::new(file, 2, 3)), "specs/db/task.md:2");
    assert_eq!(sources.slice(Span::new(file, 2, 3)), "b");
    assert_eq!(sources.slice(Span::new(file, 4, 99)), "c");
    assert_eq!(sources.find("specs/db/task.md"), Some(file));
}

#[test]
fn the_nearest_name_is_one_that_was_probably_meant() {
    let names = ["owner", "status", "due", "created_at"];
    assert_eq!(nearest("stauts", names), Some("status"));
    assert_eq!(nearest("Owner", names), Some("owner"));
    assert_eq!(nearest("created", names), Some("created_at"));
    assert_eq!(nearest("payload", names), None);
    assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
}

#[test]
fn explanations_are_read_by_section() {
    assert_eq!(
        super::DECLARED_TWICE.section("Bad"),
        Some("email: email\nemail: email")
    );
    assert_eq!(super::DECLARED_TWICE.section("Good"), Some("email: email"));
    assert_eq!(super::DECLARED_TWICE.section("Else"), None);
}
