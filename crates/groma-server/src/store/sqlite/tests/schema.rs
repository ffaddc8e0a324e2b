use expect_test::{Expect, expect};
use rusqlite::Connection;

use super::super::{OpenError, Opened};
use super::{Folder, fitted};
use crate::serve::tests::logs::Lines;

const DESIGN: &[&str] = &[
    r#"CREATE TABLE IF NOT EXISTS "projects" ("id" TEXT PRIMARY KEY NOT NULL, "name" TEXT NOT NULL) STRICT"#,
    r#"CREATE TABLE IF NOT EXISTS "tasks" (
        "id" TEXT PRIMARY KEY NOT NULL,
        "title" TEXT NOT NULL,
        "project_id" TEXT REFERENCES "projects" ("id") ON DELETE SET NULL,
        CHECK (length("title") <= 200)
    ) STRICT"#,
    r#"CREATE INDEX IF NOT EXISTS "tasks_project_id_idx" ON "tasks" ("project_id")"#,
    r#"CREATE UNIQUE INDEX IF NOT EXISTS "tasks_title_key" ON "tasks" ("title") WHERE "project_id" IS NULL"#,
];

/// Opens a database that was made by other statements with the tables above.
fn check(there: &str, expect: &Expect) {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    Connection::open(folder.file())
        .unwrap()
        .execute_batch(there)
        .unwrap();
    let result = fitted(&folder.file(), DESIGN).and_then(|opened| opened.start(1));
    let text = match result {
        Ok(_) => String::from("opened"),
        Err(OpenError::Schema { differences, .. }) => differences
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        Err(other) => panic!("{other}"),
    };
    expect.assert_eq(&text);
}

fn all() -> String {
    DESIGN.join(";")
}

#[test]
fn an_empty_database_gets_the_tables_and_opens_again() {
    let folder = Folder::new();
    for _ in 0..2 {
        let store = fitted(&folder.file(), DESIGN)
            .and_then(|opened| opened.start(1))
            .unwrap();
        store.check().unwrap();
        store.close();
    }
    let there = Connection::open(folder.file()).unwrap();
    let has = |name: &str| there.prepare(&format!("SELECT 1 FROM {name}")).is_ok();
    assert!(has("tasks") && !has("user"));
}

#[test]
fn tables_of_others_are_left_alone() {
    check("CREATE TABLE \"user\" (id TEXT PRIMARY KEY)", &expect!["opened"]);
    check(&format!("{}; CREATE TABLE other (id)", all()), &expect!["opened"]);
}

#[test]
fn spelling_and_added_indexes_are_no_difference() {
    check(
        &format!("{}; CREATE INDEX mine ON tasks (title)", all()),
        &expect!["opened"],
    );
    check(&all().replace("        ", " "), &expect!["opened"]);
}

#[test]
fn a_missing_index_is_made() {
    let there = all().replace(DESIGN[2], "").replace(";;", ";");
    check(&there, &expect!["opened"]);
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    Connection::open(folder.file())
        .unwrap()
        .execute_batch(&there)
        .unwrap();
    fitted(&folder.file(), DESIGN)
        .and_then(|opened| opened.start(1))
        .unwrap()
        .close();
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'tasks_project_id_idx'";
    let count: u32 = Connection::open(folder.file())
        .unwrap()
        .query_row(sql, [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn each_difference_is_named() {
    check(
        &all().replace(r#""title" TEXT NOT NULL"#, r#""title" TEXT"#),
        &expect![[r#"column "title" of table "tasks" is `TEXT` where the design says `TEXT not null`"#]],
    );
    check(
        &all().replace("SET NULL", "CASCADE"),
        &expect![[
            r#"foreign key of "project_id" of table "tasks" is `projects(id) on delete cascade` where the design says `projects(id) on delete set null`"#
        ]],
    );
    check(
        &all().replace("CREATE UNIQUE INDEX", "CREATE INDEX"),
        &expect![[r#"unique index "tasks_title_key" of table "tasks" is missing"#]],
    );
    check(
        &all().replace(
            r#""name" TEXT NOT NULL"#,
            r#""name" INTEGER, "colour" TEXT NOT NULL"#,
        ),
        &expect![[r#"
            column "name" of table "projects" is `INTEGER` where the design says `TEXT not null`
            column "colour" of table "projects", which every new row must have a value in, is not in the design"#]],
    );
    check(
        &all().replace("200", "300"),
        &expect![[
            r#"check "tasks_title_check" of table "tasks" is `length("title") <= 300` where the design says `length("title") <= 200`"#
        ]],
    );
    check(DESIGN[0], &expect![[r#"table "tasks" is missing"#]]);
    check(
        "CREATE VIEW Tasks AS SELECT 1 AS id",
        &expect![[r#"
        table "projects" is missing
        table "tasks" is missing
        "Tasks" is `view` where the design says `table`"#]],
    );
}

/// Tables of the design's form in which other letters are the same, rows take each other's place, or values are made up.
#[test]
fn what_does_otherwise_than_it_says_is_named() {
    check(
        &all().replace("REFERENCES", "COLLATE NOCASE REFERENCES").replace(
            r#""name" TEXT NOT NULL"#,
            r#""name" TEXT NOT NULL ON CONFLICT IGNORE"#,
        ),
        &expect![[r#"
            `ON CONFLICT` at "name" of table "projects" does not refuse a row that breaks the constraint
            the collation of column "project_id" of table "tasks" takes texts of different letters for the same"#]],
    );
    check(
        &all().replace(r#""name" TEXT NOT NULL"#, r#""name" TEXT NOT NULL AS ('x')"#),
        &expect![[r#"column "name" of table "projects" is computed by the database"#]],
    );
    check(
        &all().replace(
            "CHECK (length(\"title\") <= 200)",
            "CHECK (length(\"title\") <= 200), UNIQUE (\"id\", \"title\") ON CONFLICT REPLACE",
        ),
        &expect![[
            r#"`ON CONFLICT` at "tasks" of table "tasks" does not refuse a row that breaks the constraint"#
        ]],
    );
    check(
        &format!(
            "{}; CREATE TRIGGER lost BEFORE INSERT ON projects WHEN new.name = 'x' BEGIN SELECT CASE WHEN 1 THEN (SELECT raise ( ignore )) END; END",
            all()
        ),
        &expect![[
            r#"trigger "lost" of table "projects" may change or drop a row before it is written: drop it"#
        ]],
    );
    // It has no number of its own, and gets none.
    for odd in [
        "\"id\" INTEGER PRIMARY KEY DESC)",
        "\"id\" INTEGER PRIMARY KEY) WITHOUT ROWID",
    ] {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
        Connection::open(folder.file())
            .unwrap()
            .execute_batch(&format!("CREATE TABLE notes ({odd}"))
            .unwrap();
        let wanted = "CREATE TABLE notes (\"id\" INTEGER PRIMARY KEY)";
        let why = fitted(&folder.file(), &[wanted]).unwrap_err().to_string();
        assert!(
            why.contains("- key \"id\" of table \"notes\" is not counted up"),
            "{why}"
        );
    }
    check(
        &all().replace("REFERENCES", "COLLATE binary REFERENCES").replace(
            r#""name" TEXT NOT NULL"#,
            r#""name" TEXT NOT NULL ON CONFLICT ABORT"#,
        ),
        &expect!["opened"],
    );
}

/// What generators, other tools and people make of the same tables.
#[test]
fn tables_of_somebody_s_own_hand_are_served_as_they_are() {
    check(
        "CREATE TABLE Projects (owner TEXT, \"NAME\" VARCHAR(200) NOT NULL UNIQUE, id VARCHAR PRIMARY KEY);
         CREATE TABLE tasks (
           project_id TEXT CONSTRAINT fk_project REFERENCES projects ON DELETE SET NULL,
           colour TEXT NOT NULL DEFAULT 'red',
           title text NOT NULL CONSTRAINT ck_length CHECK ((length( title )<=200)),
           id TEXT NOT NULL,
           CONSTRAINT pk PRIMARY KEY (id)
         );
         CREATE TABLE other (id);
         CREATE UNIQUE INDEX ux_title ON tasks (title) WHERE project_id is null",
        &expect!["opened"],
    );
}

#[test]
fn what_happens_beside_the_server_is_said() {
    let (lines, _guard) = Lines::of_warnings();
    let beside = "CREATE TRIGGER told AFTER INSERT ON tasks BEGIN INSERT OR IGNORE INTO projects VALUES ('a', 'b'); END";
    check(
        &format!(
            "{}; {beside}; CREATE TABLE other (id)",
            all().replace("\n    ) STRICT", ")")
        ),
        &expect!["opened"],
    );
    let said = lines.text();
    for line in [
        "trigger \"told\" of table \"tasks\" does things of its own when rows are written",
        "tables that are not `STRICT` take values of any type, and a row with one of another type is answered with 500: \"tasks\";",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn what_can_be_done_is_said() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    let connection = Connection::open(folder.file()).unwrap();
    connection.execute_batch(&all().replace("200", "300")).unwrap();
    let text = fitted(&folder.file(), DESIGN).unwrap_err().to_string();
    assert!(text.contains("`groma migrate adopt` takes it over"), "{text}");
    assert!(text.contains("remove the file if its data can go"), "{text}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    std::fs::write(
        folder.file(),
        "this is a text and no database at all, however long it is".repeat(100),
    )
    .unwrap();
    let error = Opened::open(&folder.file()).unwrap_err();
    assert!(matches!(error, OpenError::Open { .. }), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let store = fitted(&folder.file(), DESIGN)
        .and_then(|opened| opened.start(1))
        .unwrap();
    store.check().unwrap();
    for name in ["db", "db-wal", "db-shm"] {
        let file = folder.file().with_extension(name);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", file.display());
    }
}
