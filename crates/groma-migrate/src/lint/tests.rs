//! What people see of the lint; that it is right about a database is tested where there is one.

use super::{Danger, Ground, Table, lint};

fn names(text: &str, ground: &Ground) -> Vec<String> {
    lint(text, ground)
        .into_iter()
        .map(|finding| finding.name)
        .collect()
}

fn with_rows(table: &str, rows: u64) -> Ground {
    let known = Table {
        rows: Some(rows),
        ..Table::default()
    };
    Ground {
        tables: [(table.to_owned(), known)].into(),
        ..Ground::default()
    }
}

#[test]
fn a_finding_says_where_why_and_what_to_do() {
    let text = "ALTER TABLE tasks ADD COLUMN a text;\nCREATE INDEX i ON tasks (a);";
    let findings = lint(text, &Ground::default());
    let [finding] = findings.as_slice() else {
        panic!("one finding, not {findings:?}");
    };
    assert_eq!(&text[finding.range.clone()], "CREATE INDEX i ON tasks (a);");
    assert_eq!(finding.danger, Danger::Blocks);
    assert!(finding.help.contains("CONCURRENTLY"), "{}", finding.help);
}

#[test]
fn a_table_without_rows_blocks_nobody() {
    let text = "CREATE INDEX i ON tasks (a)";
    assert_eq!(
        names(text, &with_rows("tasks", 5)),
        ["require-concurrent-index-creation"]
    );
    assert_eq!(names(text, &with_rows("tasks", 0)), Vec::<String>::new());
    assert_eq!(
        names("DROP TABLE tasks", &with_rows("tasks", 0)),
        ["ban-drop-table"]
    );
}

#[test]
fn what_an_author_allows_is_silent_for_one_statement() {
    let text = "-- groma: allow ban-drop-column, its values moved to `b`\nALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN b;";
    let findings = lint(text, &Ground::default());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(text[findings[0].range.clone()].contains(" b"));
}

#[test]
fn a_key_from_a_new_table_reaches_one_in_use() {
    let text = "CREATE TABLE a (id int); CREATE TABLE b (id int REFERENCES a, c int REFERENCES busy (id))";
    let ground = with_rows("busy", 1_000);
    assert_eq!(names(text, &ground), ["reference-in-new-table"]);
}

#[test]
fn hostile_text_is_a_finding() {
    let deep = format!("SELECT {}", "(".repeat(100_000));
    assert_eq!(names(&deep, &Ground::default()), ["unreadable"]);
    assert_eq!(names("ALTER TABEL x", &Ground::default())[0], "unreadable");
    assert_eq!(names("", &Ground::default()), Vec::<String>::new());
}

#[test]
fn transactions_are_the_runners() {
    assert!(
        names("BEGIN; BEGIN; COMMIT;", &Ground::default()).contains(&String::from("transaction-nesting"))
    );
}
