use crate::markdown::{Page, Table, anchor, code, fence, prose, sentence};

#[test]
fn a_cell_cannot_leave_its_place() {
    let mut table = Table::new(["a", "b"]);
    table.row(["x | y", "one\ntwo"]);
    table.row(["`p|q`"]);
    assert_eq!(
        table.render(),
        "| a | b |\n| --- | --- |\n| x \\| y | one two |\n| `p\\|q` |  |"
    );
}

#[test]
fn a_table_without_rows_is_nothing() {
    assert_eq!(Table::new(["a"]).render(), "");
}

#[test]
fn code_may_hold_backticks() {
    assert_eq!(code("a"), "`a`");
    assert_eq!(code("a`b"), "`` a`b ``");
    assert_eq!(fence("", "```\nx\n```"), "````\n```\nx\n```\n````");
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(anchor("Who may do what?"), "who-may-do-what");
    assert_eq!(anchor("States of Task.status"), "states-of-taskstatus");
    assert_eq!(anchor("Ändern (`x_y`)"), "ändern-x_y");
}

#[test]
fn prose_cannot_open_a_heading_or_leave_a_fence_open() {
    assert_eq!(prose("one\n## two\n"), "one\n\\## two");
    assert_eq!(prose("one\n==="), "one\n\\===");
    assert_eq!(prose("a <!-- b"), "a \\<!-- b");
    assert_eq!(prose("```js\n# x"), "```js\n# x\n```");
    assert_eq!(prose("```\n# x\n```\n# y"), "```\n# x\n```\n\\# y");
}

#[test]
fn sentences_end() {
    assert_eq!(sentence("who owns\n it"), "Who owns it.");
    assert_eq!(sentence("Really?"), "Really?");
    assert_eq!(sentence(""), "");
}

#[test]
fn blocks_have_one_blank_line_between_them() {
    let mut page = Page::new("<!-- x -->");
    page.heading(1, "A\nB");
    page.block("");
    page.list(["one", "two\nthree"]);
    assert_eq!(page.finish(), "<!-- x -->\n\n# A B\n\n- one\n- two three\n");
}
