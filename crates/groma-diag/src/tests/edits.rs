use crate::{Diagnostic, Edit, FileId, Span, apply, safe_fixes};

const FILE: FileId = FileId(0);

fn edit(start: u32, end: u32, insert: &str) -> Edit {
    Edit::replace(Span::new(FILE, start, end), insert)
}

fn check(edits: &[Edit], text: &str, skipped: usize) {
    let applied = apply("0123456789", edits);
    assert_eq!((applied.text.as_str(), applied.skipped.len()), (text, skipped));
}

#[test]
fn edits_are_made_by_place_whatever_their_order() {
    check(&[edit(8, 9, "B"), edit(2, 4, "A")], "01A4567B9", 0);
    check(&[edit(2, 4, "A"), edit(4, 6, "B")], "01AB6789", 0);
    check(&[edit(3, 3, "A"), edit(3, 3, "A")], "012A3456789", 0);
}

#[test]
fn of_two_that_collide_the_first_is_made() {
    check(&[edit(3, 6, "B"), edit(2, 4, "A")], "01A456789", 1);
    check(&[edit(3, 3, "B"), edit(3, 3, "A")], "012A3456789", 1);
    check(&[edit(2, 8, "A"), edit(5, 5, "B")], "01A89", 1);
}

#[test]
fn edits_that_do_not_fit_the_text_are_left_out() {
    check(&[edit(9, 12, "A")], "0123456789", 1);
    let applied = apply("ü", &[edit(1, 1, "A")]);
    assert_eq!((applied.text.as_str(), applied.skipped.len()), ("ü", 1));
}

#[test]
fn a_fix_is_made_whole_or_not_at_all() {
    let found = |title: &str, edits: Vec<Edit>| {
        Diagnostic::new(&super::DECLARED_TWICE, Span::at(FILE, 0), "x").fix(title, edits)
    };
    let plan = safe_fixes(&[
        found("first", vec![edit(2, 4, "A")]),
        found(
            "collides with its second edit",
            vec![edit(0, 1, "B"), edit(3, 5, "C")],
        ),
        found("the same as the first", vec![edit(2, 4, "A")]),
        found("free", vec![edit(6, 7, "D")]),
    ]);
    assert_eq!((plan.fixes, plan.postponed), (3, 1));
    assert_eq!(plan.edits[&FILE], vec![edit(2, 4, "A"), edit(6, 7, "D")]);
}

#[test]
fn only_safe_fixes_are_made_unasked() {
    let found = Diagnostic::new(&super::DECLARED_TWICE, Span::at(FILE, 0), "x")
        .suggestion("maybe", [edit(1, 2, "A")]);
    assert_eq!(safe_fixes(&[found]).fixes, 0);
}
