//! `groma migrate`, as people use it.

use testkit::postgres::Database;

use crate::support::{Folder, NOTES, Ran, Serving, groma_with, notes};

fn migrate(folder: &Folder, database: &str, words: &[&str]) -> Ran {
    let words = [&["migrate"], words].concat();
    groma_with(folder, &words, &[("DATABASE_URL", database)])
}

fn fine(folder: &Folder, database: &str, words: &[&str]) -> String {
    let ran = migrate(folder, database, words);
    assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
    ran.out
}

fn with_rank() -> String {
    NOTES.replace("  owner: User", "  rank: int = 3\n  owner: User")
}

/// From nothing to a first and a second state, and back.
fn there_and_back(database: &str, rows: impl Fn(&str) -> String) {
    let folder = notes();
    let said = fine(&folder, database, &["plan", "--name", "first"]);
    assert!(said.contains("make the table `notes`"), "{said}");
    assert!(fine(&folder, database, &["status"]).starts_with("pending"));
    assert!(fine(&folder, database, &["apply"]).starts_with("applied "));
    rows(
        "INSERT INTO notes (id, title, owner_id) VALUES ('018f0000-0000-7000-8000-000000000001', 'kept', 'alice')",
    );
    assert_eq!(fine(&folder, database, &["apply"]), "nothing to apply\n");
    assert_eq!(
        fine(&folder, database, &["drift"]),
        "the tables are what the last migration left\n"
    );
    folder.write("specs/notes.md", &with_rank());
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let said = fine(&folder, database, &["plan", "--name", "rank"]);
    assert!(said.contains("rank"), "{said}");
    fine(&folder, database, &["apply"]);
    assert_eq!(rows("SELECT title, rank FROM notes"), "kept|3");
    assert_eq!(
        fine(&folder, database, &["plan"]),
        "nothing to do: the migrations lead to the design\n"
    );
    let ran = migrate(&folder, database, &["down"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("`--yes` does it"), "{}", ran.err);
    let undone = fine(&folder, database, &["down", "--yes", "--json"]);
    assert!(
        undone.contains("\"is_done\": true") && undone.contains("_rank.sql\""),
        "{undone}"
    );
    assert_eq!(
        rows("SELECT * FROM notes WHERE title = 'kept'")
            .matches('|')
            .count(),
        2
    );
    let status = fine(&folder, database, &["status"]);
    assert!(
        status.starts_with("applied") && status.contains("\npending"),
        "{status}"
    );
}

#[test]
fn a_database_of_postgres_goes_there_and_back() {
    let database = Database::new();
    there_and_back(&database.url(), |sql| database.sql(sql));
}

#[test]
fn a_database_of_sqlite_goes_there_and_back() {
    let folder = Folder::new();
    let file = folder.path().join("notes.db");
    let connection = || rusqlite::Connection::open(&file).unwrap();
    there_and_back(&format!("sqlite:{}", file.display()), |sql| {
        let connection = connection();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let texts = (0..columns).map(|at| {
                let value: rusqlite::types::Value = row.get(at).unwrap();
                match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => format!("{other:?}"),
                }
            });
            Ok(texts.collect::<Vec<_>>().join("|"))
        });
        rows.unwrap().map(Result::unwrap).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn what_somebody_else_changes_is_shown_and_can_be_taken_back() {
    let (database, folder) = (Database::new(), notes());
    let url = database.url();
    fine(&folder, &url, &["plan"]);
    fine(&folder, &url, &["apply"]);
    database.sql("CREATE TABLE theirs (id int); ALTER TABLE notes ADD COLUMN late text");
    let ran = migrate(&folder, &url, &["drift"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out
            .starts_with("`notes`, column late: is there, and nobody asked for it\n"),
        "{}",
        ran.out
    );
    let ran = migrate(&folder, &url, &["plan"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("`notes`, column late: is there") && ran.out.contains("nothing was written"),
        "{}",
        ran.out
    );
    let back = fine(&folder, &url, &["drift", "--revert"]);
    assert!(back.contains("DROP COLUMN") && !back.contains("theirs"), "{back}");
    fine(&folder, &url, &["drift", "--revert", "--yes"]);
    fine(&folder, &url, &["drift"]);
    // What stands beside a table is seen too, keeps nobody from applying, and is meant so once somebody says it.
    database.sql(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER t BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
         CREATE RULE r AS ON DELETE TO notes DO INSTEAD NOTHING; GRANT SELECT (title) ON notes TO PUBLIC;
         CREATE FUNCTION groma_internal.caller() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    let said = migrate(&folder, &url, &["drift"]).out;
    for part in ["trigger t", "rule r", "grants to public", "function caller()"] {
        assert!(
            said.contains(&format!(", {part}: is there, and nobody asked for it")),
            "{part}: {said}"
        );
    }
    let ran = migrate(&folder, &url, &["drift", "--revert"]);
    assert!(
        ran.out.contains("-- not taken back: `notes`, trigger t"),
        "{ran:?}"
    );
    fine(&folder, &url, &["apply"]);
    fine(&folder, &url, &["drift", "--ignore"]);
    database.sql("ALTER TABLE notes ADD COLUMN late text");
    fine(&folder, &url, &["drift", "--ignore"]);
    fine(&folder, &url, &["drift"]);
    fine(&folder, &url, &["plan"]);
}

#[test]
fn what_somebody_else_changes_is_taken_over_into_the_design() {
    let (database, folder) = (Database::new(), notes());
    let url = database.url();
    fine(&folder, &url, &["plan"]);
    fine(&folder, &url, &["apply"]);
    database.sql("ALTER TABLE notes ADD COLUMN rank bigint");
    let said = refused(&folder, &url, &["adopt"]);
    assert!(
        said.contains("the design says nothing of what was changed"),
        "{said}"
    );
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  owner: User", "  rank: int?\n  owner: User"),
    );
    let said = fine(&folder, &url, &["adopt"]);
    assert!(said.starts_with("taken over by migrations/"), "{said}");
    assert_eq!(
        fine(&folder, &url, &["plan"]),
        "nothing to do: the migrations lead to the design\n"
    );
    // What is in the way of a new check is counted as the rows are now.
    database.sql(
        "INSERT INTO notes (id, title, owner_id, rank) SELECT gen_random_uuid(), repeat('t', i), 'alice', i FROM generate_series(1, 9) i",
    );
    folder.write(
        "specs/notes.md",
        &NOTES
            .replace("text(1..100)", "text(1..5)")
            .replace("  owner: User", "  rank: int?\n  owner: User"),
    );
    let said = fine(&folder, &url, &["plan", "--name", "low"]);
    assert!(said.contains("in 4 rows"), "{said}");
    folder.write("specs/notes.md", "# Notes\n\n```groma\nentity {\n```\n");
    assert!(fine(&folder, &url, &["status"]).contains("\npending"));
    database.sql("ALTER TABLE notes DROP COLUMN rank");
    let said = migrate(&folder, &url, &["drift"]).out;
    assert!(said.contains("column rank: is not there"), "{said}");
}

#[test]
fn a_database_whose_tables_fit_is_taken_over() {
    let (database, folder) = (Database::new(), notes());
    let url = database.url();
    fine(&folder, &url, &["plan"]);
    fine(&folder, &url, &["apply"]);
    // One of before answers were kept: the next plan makes the table for them.
    database.sql("DROP SCHEMA groma_internal CASCADE; DROP TABLE groma_replies");
    let other = notes();
    let said = fine(&other, &url, &["adopt"]);
    assert!(said.starts_with("1 table taken over"), "{said}");
    assert!(
        said.contains("`groma migrate plan`: table `groma_replies`"),
        "{said}"
    );
    assert!(fine(&other, &url, &["status"]).starts_with("applied"));
    let ran = groma_with(&other, &["serve", "--port", "0"], &[("DATABASE_URL", &url)]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("- table \"groma_replies\" is missing"),
        "{}",
        ran.err
    );
    let said = fine(&other, &url, &["plan", "--name", "replies"]);
    assert!(said.contains("make the table `groma_replies`"), "{said}");
    fine(&other, &url, &["apply"]);
    assert_eq!(
        fine(&other, &url, &["plan"]),
        "nothing to do: the migrations lead to the design\n"
    );
    let third = notes();
    third.write("specs/notes.md", &with_rank());
    database.sql("DROP SCHEMA groma_internal CASCADE");
    let ran = migrate(&third, &url, &["adopt"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("`notes`, column rank: is not there"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_written_by_hand_is_linted_and_applied() {
    let (database, folder) = (Database::new(), notes());
    let url = database.url();
    fine(&folder, &url, &["plan"]);
    fine(&folder, &url, &["apply"]);
    database.sql(
        "INSERT INTO notes (id, title, owner_id)
         SELECT gen_random_uuid(), 't', 'alice' FROM generate_series(1, 100); ANALYZE",
    );
    folder.write(
        "migrations/99990101T000000Z_hand.sql",
        "CREATE INDEX by_title ON notes (title);\n",
    );
    let ran = migrate(&folder, &url, &["lint"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("[require-concurrent-index-creation]"),
        "{}",
        ran.out
    );
    folder.write(
        "migrations/99990101T000000Z_hand.sql",
        "-- groma: allow require-concurrent-index-creation\nCREATE INDEX by_title ON notes (title);\n",
    );
    fine(&folder, &url, &["lint"]);
    fine(&folder, &url, &["apply"]);
    assert_eq!(database.sql("SELECT to_regclass('by_title')"), "by_title");
    // What `apply` would ask about is said before; what the database knows to read alone is none of it.
    for (sql, name) in [
        ("SELECT inet_client_addr();", None),
        ("SELECT tidy_up();", Some("may lose [opaque-code]")),
        (
            "UPDATE notes SET title = 'x' WHERE title = 'y';",
            Some("may lose [update-values]"),
        ),
        (
            "ALTER TABLE a RENAME TO b; CREATE TABLE a (id int);",
            Some("loses [swap-by-name]"),
        ),
    ] {
        folder.write("migrations/99990102T000000Z_hand.sql", &format!("{sql}\n"));
        let lint = migrate(&folder, &url, &["lint"]);
        assert_eq!(lint.code, Some(i32::from(name.is_some())), "{sql}: {lint:?}");
        let Some(name) = name else { continue };
        assert!(lint.out.contains(name), "{sql}: {lint:?}");
        let apply = migrate(&folder, &url, &["apply"]);
        assert!(
            apply.err.contains("this loses rows or values, or may"),
            "{sql}: {apply:?}"
        );
    }
    std::fs::remove_file(folder.path().join("migrations/99990102T000000Z_hand.sql")).unwrap();
    // What a plan could not avoid stands in its file, and is said until it is applied or allowed.
    folder.write(
        "specs/notes.md",
        &NOTES.replace("title: text(1..100)", "head: text(1..100) was title"),
    );
    let said = fine(&folder, &url, &["plan"]);
    let name = said.split_whitespace().next().unwrap();
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(
        text.contains("-- lint: danger, PG33, the release that runs asks for `notes.title`"),
        "{text}"
    );
    let ran = migrate(&folder, &url, &["lint"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("danger [PG33]: the release that runs asks for"),
        "{}",
        ran.out
    );
    folder.write(
        name,
        &text.replacen("-- run: ", "-- groma: allow PG33\n-- run: ", 1),
    );
    fine(&folder, &url, &["lint"]);
}

#[test]
fn a_pooler_is_refused_with_the_direct_address() {
    let database = Database::new();
    let pooler = testkit::pgbouncer::Pooler::before(&database);
    let ran = migrate(&notes(), pooler.url(), &["apply"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("is a pooler, which migrations cannot go through"),
        "{}",
        ran.err
    );
}

fn refused(folder: &Folder, database: &str, words: &[&str]) -> String {
    let ran = migrate(folder, database, words);
    assert_ne!(ran.code, Some(0), "{words:?}: {ran:?}");
    ran.err
}

/// Tables that were there before are taken over and forgotten again, and keep their rows.
fn taken_over_and_forgotten(url: &str, forget: impl Fn(), rows: impl Fn() -> i64) {
    let folder = notes();
    assert!(fine(&folder, url, &["drift"]).starts_with("no migration is applied"));
    fine(&folder, url, &["plan"]);
    fine(&folder, url, &["apply"]);
    forget();
    let other = notes();
    let said = fine(&other, url, &["plan"]);
    assert!(
        said.contains("making it fails: `notes`") && said.contains("groma migrate adopt"),
        "{said}"
    );
    fine(&other, url, &["adopt"]);
    assert!(fine(&other, url, &["status"]).starts_with("applied"));
    let ran = migrate(&other, url, &["down", "--yes"]);
    assert!(
        ran.err.contains("taken over, and stay as they are") && ran.out.starts_with("forgotten "),
        "{ran:?}"
    );
    assert_eq!(rows(), 0, "the table is there");
    fine(&other, url, &["adopt"]);
}

/// A file that is gone while the state that it led to is still recorded: a plan would begin elsewhere.
#[test]
fn a_plan_is_withdrawn_with_its_state_and_what_is_dropped_is_said_to_be_gone() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.path().join("notes.db").display());
    folder.write("specs/notes.md", &with_rank());
    fine(&folder, &url, &["plan", "--name", "first"]);
    fine(&folder, &url, &["apply"]);
    let state = std::fs::read_to_string(folder.path().join("migrations/schema.json")).unwrap();
    folder.write("specs/notes.md", NOTES);
    fine(&folder, &url, &["plan", "--name", "second"]);
    let files = std::fs::read_dir(folder.path().join("migrations")).unwrap();
    let seconds = files
        .map(|it| it.unwrap().path())
        .filter(|it| it.to_string_lossy().contains("_second"));
    for path in seconds {
        std::fs::remove_file(path).unwrap();
    }
    let said = refused(&folder, &url, &["plan"]);
    assert!(
        said.contains("is not the state that the files beside it lead to"),
        "{said}"
    );
    let said = refused(&folder, &url, &["adopt"]);
    assert!(
        said.contains("is not the state that the files beside it lead to"),
        "{said}"
    );
    folder.write("migrations/schema.json", &state);
    fine(&folder, &url, &["plan", "--name", "third"]);
    fine(&folder, &url, &["apply", "--contract", "--yes"]);
    let ran = migrate(&folder, &url, &["down"]);
    assert!(
        ran.err
            .contains("does not come back: every value of `notes.rank`"),
        "{ran:?}"
    );
}

/// What a person writes by hand is asked about, and undone only where it says how.
fn by_hand(url: &str) {
    const HAND: &str = "migrations/99990101T000000Z_hand.sql";
    let folder = notes();
    fine(&folder, url, &["plan"]);
    fine(&folder, url, &["apply"]);
    folder.write(HAND, "CREATE TABLE x (a int); COMMIT; SELECT nonsense;");
    let said = refused(&folder, url, &["apply"]);
    assert!(said.contains("begins or ends a transaction itself"), "{said}");
    folder.write(HAND, "CREATE TABLE x (a int);\nSELECT nonsense;\n");
    let said = refused(&folder, url, &["apply"]);
    assert!(said.contains("nonsense") && !said.contains("because"), "{said}");
    folder.write(HAND, "DELETE FROM notes;\n");
    let said = refused(&folder, url, &["apply"]);
    assert!(
        said.contains("every row of the table is gone") && said.contains("`--yes`"),
        "{said}"
    );
    fine(&folder, url, &["apply", "--yes"]);
    let said = refused(&folder, url, &["down", "--yes"]);
    assert!(
        said.contains("does not say how it is undone") && said.contains("-- down:"),
        "{said}"
    );
    folder.write(HAND, "DELETE FROM notes;\n-- down:\n--   DROP TABLE notes;\n");
    let said = refused(&folder, url, &["down", "--yes"]);
    assert!(said.contains("its file says something else now"), "{said}");
}

#[test]
fn what_was_taken_over_is_only_forgotten() {
    let database = Database::new();
    let forget = || {
        database.sql("DROP SCHEMA groma_internal CASCADE");
    };
    taken_over_and_forgotten(&database.url(), forget, || {
        database.sql("SELECT count(*) FROM notes").parse().unwrap()
    });
    let folder = Folder::new();
    let file = folder.path().join("notes.db");
    let open = || rusqlite::Connection::open(&file).unwrap();
    let forget = || open().execute_batch("DROP TABLE groma_migrations").unwrap();
    taken_over_and_forgotten(&format!("sqlite:{}", file.display()), forget, || {
        open()
            .query_row("SELECT count(*) FROM notes", [], |row| row.get(0))
            .unwrap()
    });
}

/// What hand-written SQL takes away and the design still has is said, with the SQL that brings it back.
fn taken_by_hand(url: &str) {
    let folder = notes();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  owner: User", "  rank: int?\n  owner: User"),
    );
    fine(&folder, url, &["plan"]);
    folder.write(
        "migrations/99990101T000000Z_hand.sql",
        "ALTER TABLE notes DROP COLUMN rank;\n",
    );
    fine(&folder, url, &["apply", "--yes"]);
    let said = fine(&folder, url, &["plan"]);
    assert!(said.contains("column rank: is not there"), "{said}");
    let back = "a file of your own in `migrations/` brings it back:\n";
    let sql = said.split_once(back).map_or("", |(_, sql)| sql);
    let sql: Vec<&str> = sql.lines().take_while(|line| line.starts_with("  ")).collect();
    folder.write("migrations/99990102T000000Z_back.sql", &sql.join("\n"));
    fine(&folder, url, &["apply"]);
    let said = fine(&folder, url, &["plan"]);
    assert_eq!(said, "nothing to do: the migrations lead to the design\n");
}

#[test]
fn what_is_written_by_hand_on_postgres_is_asked_about() {
    by_hand(&Database::new().url());
    taken_by_hand(&Database::new().url());
}

#[test]
fn what_is_written_by_hand_on_sqlite_is_asked_about() {
    let folder = Folder::new();
    by_hand(&format!("sqlite:{}", folder.path().join("notes.db").display()));
    taken_by_hand(&format!("sqlite:{}", folder.path().join("taken.db").display()));
}

/// What a migration leaves behind on SQLite is what a server starts on.
#[test]
fn a_server_starts_on_a_file_that_was_migrated() {
    let folder = Folder::new();
    let file = "sqlite:notes.db";
    for fields in ["", "  rank: int?\n", "  rank: int?\n  done: bool = false\n"] {
        let changed = NOTES.replace("  owner: User", &format!("{fields}  owner: User"));
        folder.write("specs/notes.md", &changed);
        fine(&folder, file, &["plan"]);
        fine(&folder, file, &["apply"]);
        drop(Serving::start(&folder, &["dev"], &[("DATABASE_URL", file)]));
    }
}

#[test]
fn which_database_was_meant_and_which_was_taken_is_said() {
    let folder = notes();
    let plan = groma_with(&folder, &["migrate", "plan", "--database", "sqlite:new.db"], &[]);
    let note = "note: not checked against a database: there is no file `new.db` yet\n";
    assert!(plan.out.contains(note), "{plan:?}");
    let apply = groma_with(&folder, &["migrate", "apply", "--database", "sqlite:new.db"], &[]);
    assert!(apply.err.contains(": 2 steps\n"), "{apply:?}");
    let other = migrate(&folder, "postgresql://me:secret@127.0.0.1/shop", &["status"]);
    let said = "is for SQLite, and the database is `postgresql://me@127.0.0.1:5432/shop`";
    assert!(other.code == Some(2) && other.err.contains(said), "{other:?}");

    let folder = notes();
    let database = Database::new();
    fine(&folder, &database.url(), &["plan"]);
    let unset = groma_with(&folder, &["migrate", "status"], &[]);
    let said = "is for Postgres, and `DATABASE_URL` is set neither in the environment nor in `.env`";
    assert!(unset.code == Some(2) && unset.err.contains(said), "{unset:?}");
    assert!(unset.err.contains("dev.db`"), "{unset:?}");
}

#[test]
fn an_index_that_somebody_changed_is_told_as_sql() {
    let folder = notes();
    let file = folder.path().join("notes.db");
    let database = format!("sqlite:{}", file.display());
    fine(&folder, &database, &["plan"]);
    fine(&folder, &database, &["apply"]);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let (name, sql): (String, String) = connection
        .query_row(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL AND tbl_name = 'notes'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let other = format!("DROP INDEX {name}; CREATE INDEX {name} ON notes (title, id DESC)");
    connection.execute_batch(&other).unwrap();
    let drift = migrate(&folder, &database, &["drift"]);
    assert_eq!(drift.code, Some(1), "{drift:?} {sql}");
    assert!(
        drift
            .out
            .contains("(\"title\", \"id\" DESC)`, and not `CREATE INDEX"),
        "{drift:?}"
    );
}

/// Two services in one database: each in its own schema, with a record of its own; two in one schema are refused.
#[test]
fn a_second_service_wants_a_schema_of_its_own() {
    let database = Database::new();
    let url = database.url();
    let (one, other) = (notes(), Folder::new());
    other.write("specs/notes.md", &with_rank());
    fine(&one, &url, &["plan"]);
    fine(&one, &url, &["apply"]);
    // A plan would go on from tables that are not its own.
    let planned = refused(&other, &url, &["plan"]);
    let said = refused(&other, &url, &["apply"]);
    assert_eq!(planned, said);
    assert!(!other.path().join("migrations").exists());
    assert!(
        said.contains("neither its file is there nor any other that was")
            && said.contains("give this one a schema of its own"),
        "{said}"
    );
    database.sql("CREATE SCHEMA app");
    let app = format!("{url}&options=-csearch_path%3Dapp");
    fine(&other, &app, &["plan"]);
    assert!(fine(&other, &app, &["apply"]).starts_with("applied "));
    for (folder, url) in [(&one, &url), (&other, &app)] {
        assert!(fine(folder, url, &["status"]).starts_with("applied "));
        fine(folder, url, &["drift"]);
    }
    assert_eq!(
        database.sql(
            "SELECT count(*) FROM pg_attribute WHERE attname = 'rank' AND attrelid = 'app.notes'::regclass"
        ),
        "1"
    );
}
