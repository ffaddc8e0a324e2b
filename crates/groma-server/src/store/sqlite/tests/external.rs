use expect_test::{Expect, expect};
use groma_ir::Id;
use groma_sql::{ExternalColumn, ExternalTable, STAND_IN};
use rusqlite::Connection;

use super::super::{Found, Opened};
use super::Folder;

fn people() -> ExternalTable {
    let column = |name: &str, column_type: &str, nullable| ExternalColumn {
        name: String::from(name),
        column_type: String::from(column_type),
        nullable,
        is_link: name == "id",
    };
    ExternalTable {
        entity: groma_ir::design::EntityId::new(0),
        name: String::from("user"),
        columns: vec![
            column("id", "TEXT", false),
            column("name", "TEXT", false),
            column("age", "INTEGER", true),
            column("weight", "REAL", true),
        ],
    }
}

/// What is found in the place of a table of people in a database that these statements made.
fn check(there: &str, expect: &Expect) {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    Connection::open(folder.file())
        .unwrap()
        .execute_batch(there)
        .unwrap();
    let opened = Opened::open(&folder.file()).unwrap();
    expect.assert_debug_eq(&opened.look_at(&people()).unwrap());
}

#[test]
fn a_table_that_is_not_there_is_nothing() {
    check(
        "CREATE TABLE other (id TEXT)",
        &expect![[r#"
        Nothing
    "#]],
    );
}

#[test]
fn more_columns_other_names_of_types_and_a_view_are_fine() {
    check(
        r#"CREATE TABLE "User" (ID VARCHAR(36) PRIMARY KEY, name CHARACTER(20) NOT NULL, age BIGINT, weight DOUBLE, born DATE)"#,
        &expect![[r#"
            Theirs {
                differences: [],
                loose: [],
            }
        "#]],
    );
    check(
        r#"CREATE TABLE p (id, name TEXT NOT NULL); CREATE VIEW "user" AS SELECT id, name, 3 AS age, 1 AS weight FROM p"#,
        &expect![[r#"
            Theirs {
                differences: [],
                loose: [],
            }
        "#]],
    );
}

#[test]
fn what_is_missing_or_of_another_kind_is_named() {
    check(
        r#"CREATE TABLE "user" (id INTEGER PRIMARY KEY, age TEXT, weight BLOB)"#,
        &expect![[r#"
            Theirs {
                differences: [
                    Differs {
                        what: "column \"id\" of table \"user\"",
                        found: "INTEGER",
                        wanted: "TEXT",
                    },
                    Missing(
                        "column \"name\" of table \"user\"",
                    ),
                    Differs {
                        what: "column \"age\" of table \"user\"",
                        found: "TEXT",
                        wanted: "INTEGER",
                    },
                ],
                loose: [],
            }
        "#]],
    );
}

#[test]
fn a_stand_in_is_known_and_can_be_made_anew() {
    let folder = Folder::new();
    let opened = Opened::open(&folder.file()).unwrap();
    let make = |found: &Found, columns: &str| {
        let statement = format!(r#"CREATE TABLE "user" ({STAND_IN} {columns})"#);
        opened.stand_in(("user", found), &statement).unwrap();
        opened.look_at(&people()).unwrap()
    };
    let first = make(&Found::Nothing, "id TEXT");
    let Found::StandIn {
        differences,
        is_empty: true,
    } = &first
    else {
        panic!("{first:?}")
    };
    assert_eq!(differences.len(), 3);
    let second = make(&first, "id TEXT, name TEXT, age INTEGER, weight REAL");
    let fits = |is_empty| Found::StandIn {
        differences: Vec::new(),
        is_empty,
    };
    assert_eq!(second, fits(true));
    let insert = r#"INSERT INTO "user" (id) VALUES ('ann')"#;
    Connection::open(folder.file())
        .unwrap()
        .execute_batch(insert)
        .unwrap();
    assert_eq!(opened.look_at(&people()).unwrap(), fits(false));
}
