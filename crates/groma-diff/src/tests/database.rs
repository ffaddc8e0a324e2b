use expect_test::{Expect, expect};

use super::{changed, database};

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written where it is passed"
)]
fn check(words: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&database(&changed(words)));
}

#[test]
fn columns_that_go_lose_data_and_those_that_come_need_a_value() {
    check(
        &[
            (
                "  body: text(..5000)?\n",
                "  rank: int\n  stars: int = 0\n  link: url?\n",
            ),
            (
                "title, body, status }\n  read",
                "title, rank, stars, link, status }\n  read",
            ),
            ("update { accept title, body, status }", "update { accept title }"),
        ],
        expect![[r#"
            loses data: notes: the column `body` is dropped
            may fail: notes: the column `rank` is added; rows that are there have no value for it
            safe: notes: the column `stars` is added
            safe: notes: the column `link` is added
        "#]],
    );
}

#[test]
fn a_column_of_another_name_is_renamed() {
    check(
        &[("title: text(1..100)", "title: text(1..100) column \"head\"")],
        expect![[r#"
            safe: notes: the column `title` is renamed to `head`
        "#]],
    );
}

#[test]
fn constraints_may_meet_rows_that_break_them() {
    check(
        &[(
            "  index owner\n",
            "  index owner, status\n  unique owner, title\n  check status != done or body != none\n",
        )],
        expect![[r#"
            may fail: notes: `owner_id`, `title` is unique
            may fail: notes: `status` is not `done` or `body` is set must hold
            safe: notes: `owner_id`, `title`, `id` is no index any more
            safe: notes: `owner_id`, `status` is indexed
        "#]],
    );
}

#[test]
fn types_are_converted() {
    check(
        &[
            ("body: text(..5000)?", "body: int?"),
            ("text(1..100)", "text(1..40)"),
            ("draft, open, done", "draft, open"),
        ],
        expect![[r#"
            may fail: notes: the column `title` holds 40 characters at most
            may fail: notes: the column `body` holds whole numbers, not text
            may fail: notes: the column `status` may not be `done`
        "#]],
    );
}

#[test]
fn a_table_is_made_or_dropped() {
    check(
        &[(
            "enum Status",
            "entity Tag { id: uuid key; name: text(1..20) }\nenum Status",
        )],
        expect![[r#"
            safe: tags: the table is created
        "#]],
    );
}

#[test]
fn what_was_called_otherwise_is_renamed_and_not_lost() {
    check(
        &[
            ("title: text(1..100)", "head: text(1..100) was title"),
            ("title, body", "head, body"),
            ("sort title", "sort head"),
            ("draft, open, done", "draft, running was open, done"),
            ("entity Note {", "entity Memo was Note {"),
            ("access Note", "access Memo"),
            ("for Note", "for Memo"),
        ],
        expect![[r#"
            safe: memos: the table `notes` is renamed
            safe: memos: the column `title` is renamed to `head`
            safe: memos: the column `status` is `running` where it was `open`
        "#]],
    );
}
