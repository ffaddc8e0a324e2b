//! What people see of the lint; that it is right about a database is tested where there is one.

use groma_sql::Dialect;

use super::{Danger, Ground, Table, lint, losses};

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

#[test]
fn steps_of_one_transaction_are_judged_together() {
    let known = Ground::default();
    let enums = |run: &str| {
        format!(
            "ALTER TYPE mood ADD VALUE 'fine';\n\n-- step: use it\n-- run: {run}\nUPDATE t SET m = 'fine' WHERE id = 1;"
        )
    };
    assert_eq!(
        names(&enums("in transaction 1"), &known),
        ["enum-value-used-at-once"]
    );
    assert_eq!(names(&enums("in transaction 2"), &known), Vec::<String>::new());
    let locked = |run: &str| {
        format!(
            "ALTER TABLE t ADD COLUMN a int;\n-- step: fill it\n-- run: {run}\nUPDATE t SET a = 1 WHERE a IS NULL;"
        )
    };
    assert_eq!(names(&locked("in transaction 1"), &known), ["work-under-lock"]);
    assert_eq!(names(&locked("in batches"), &known), Vec::<String>::new());
    // What an edited plan proves itself is believed, and what it made itself it may drop.
    let proved = "-- run: in transaction 1\nALTER TABLE t ADD CONSTRAINT p CHECK (\"a\" IS NOT NULL) NOT VALID;
-- step: look\n-- run: in transaction 2\nALTER TABLE t VALIDATE CONSTRAINT p;
-- step: want\n-- run: in transaction 3\nALTER TABLE t ALTER COLUMN a SET NOT NULL;\nALTER TABLE t DROP CONSTRAINT p;";
    assert_eq!(names(proved, &known), Vec::<String>::new());
    let unproved = proved.replace("VALIDATE", "RENAME CONSTRAINT q TO r; --");
    assert!(names(&unproved, &known).contains(&String::from("adding-not-nullable-field")));
    let volatile = "-- step: add\n-- run: in transaction 1\nALTER TABLE t ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid();";
    assert_eq!(names(volatile, &known), ["adding-field-with-default"]);
}

/// What is asked about before it is run, on either database.
#[test]
fn what_may_throw_rows_or_values_away_is_seen_by_how_it_is_parsed() {
    let lost = |sql: &str, dialect| {
        let found = losses(sql, Some(dialect), &Ground::default()).into_iter();
        found.map(|loss| loss.name).collect::<Vec<_>>().join(" ")
    };
    for (sql, name) in [
        ("DELETE FROM tasks", "delete-without-where"),
        ("DELETE FROM tasks WHERE done", "delete-rows"),
        (
            "WITH d AS (DELETE FROM tasks WHERE done RETURNING id) SELECT id FROM d",
            "delete-rows",
        ),
        ("drop /* c */ table x", "ban-drop-table"),
        ("UPDATE tasks SET title = ''", "update-values"),
        ("UPDATE tasks SET title = '' WHERE id = 1", "update-values"),
        ("ALTER TABLE tasks DROP COLUMN title", "ban-drop-column"),
        ("ALTER TABLE tasks DROP \"title\"", "ban-drop-column"),
        (
            "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2",
            "update-values",
        ),
    ] {
        assert_eq!(lost(sql, Dialect::Postgres), name, "{sql}");
        assert_eq!(lost(sql, Dialect::Sqlite), name, "{sql}");
    }
    for (sql, name) in [
        ("DO $$ BEGIN DELETE FROM tasks; END $$", "opaque-code"),
        ("CALL tidy_up()", "opaque-code"),
        ("ALTER TABLE t ALTER a TYPE int USING a::int", "change-values"),
        ("DROP TYPE mood CASCADE", "drop-cascade"),
        ("TRUNCATE t", "truncate"),
        ("SELEKT 1", "unreadable"),
    ] {
        assert_eq!(lost(sql, Dialect::Postgres), name, "{sql}");
    }
    for sql in [
        "DROP INDEX i",
        "CREATE TABLE t (a INTEGER REFERENCES u ON DELETE CASCADE)",
        "INSERT INTO log VALUES ('DELETE FROM tasks')",
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a",
        "UPDATE t SET b = a WHERE b IS NULL",
        "CREATE TABLE t (a int); DELETE FROM t",
        "-- groma: allow delete-rows\nDELETE FROM t WHERE a = 1",
    ] {
        assert_eq!(lost(sql, Dialect::Postgres), "", "{sql}");
        assert_eq!(lost(sql, Dialect::Sqlite), "", "{sql}");
    }
    assert_eq!(
        lost(
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
            Dialect::Sqlite
        ),
        ""
    );
    assert_eq!(lost("REPLACE INTO t VALUES (1)", Dialect::Sqlite), "unreadable");
}

/// Nothing is dropped, and who asks by the name finds something else.
#[test]
fn a_swap_of_names_is_a_loss_that_has_to_be_allowed() {
    let lost = |sql: &str| {
        let lost = |dialect| {
            let found = losses(sql, Some(dialect), &Ground::default()).into_iter();
            found.map(|loss| loss.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(lost(Dialect::Postgres), lost(Dialect::Sqlite), "{sql}");
        lost(Dialect::Postgres)
    };
    for sql in [
        "ALTER TABLE a RENAME TO b; CREATE TABLE a (id int)",
        "ALTER TABLE a RENAME TO b; CREATE TABLE IF NOT EXISTS \"a\" (id int)",
        "ALTER TABLE a RENAME TO b; SELECT 1; CREATE TABLE a AS SELECT 1 AS id",
        "CREATE TABLE n (id int); ALTER TABLE a RENAME TO b; ALTER TABLE n RENAME TO a",
        "ALTER TABLE main.a RENAME TO b; CREATE TABLE a (id int)",
        "ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t ADD COLUMN a text",
        "ALTER TABLE t RENAME a TO z; ALTER TABLE t RENAME b TO a",
    ] {
        assert_eq!(lost(sql), "swap-by-name", "{sql}");
        let certain = names(sql, &Ground::default());
        assert!(
            certain.iter().any(|name| name == "swap-by-name"),
            "{sql}: {certain:?}"
        );
        let (before, last) = sql.rsplit_once("; ").unwrap();
        assert_eq!(
            lost(&format!("{before};\n-- groma: allow swap-by-name\n{last}")),
            "",
            "{sql}"
        );
    }
    for sql in [
        "ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME TO a",
        "ALTER TABLE a RENAME TO b; CREATE TABLE c (id int)",
        "ALTER TABLE a RENAME TO b; CREATE VIEW a AS SELECT * FROM b",
        "CREATE TABLE a (id int); ALTER TABLE a RENAME TO b; CREATE TABLE a (id int)",
        "ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t RENAME COLUMN b TO a",
        "ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE u ADD COLUMN a text",
    ] {
        assert_eq!(lost(sql), "", "{sql}");
    }
}

/// What looks new, empty or harmless, and is not.
const NOT_UNDERSTOOD: &[(&str, &str)] = &[
    (
        "CREATE TABLE IF NOT EXISTS t (a int); DELETE FROM t",
        "delete-without-where",
    ),
    (
        "CREATE TABLE IF NOT EXISTS t (a int); DROP TABLE t",
        "ban-drop-table",
    ),
    ("CREATE TEMP TABLE t (a int); DROP TABLE main.t", "ban-drop-table"),
    (
        "CREATE TEMP TABLE t (a int); DROP TABLE t; DELETE FROM t",
        "ban-drop-table delete-without-where",
    ),
    (
        "CREATE TABLE o.t (a int); DELETE FROM public.t",
        "delete-without-where",
    ),
    (
        "CREATE TABLE n (a int); WITH d AS (DELETE FROM t RETURNING a) DELETE FROM n",
        "delete-without-where",
    ),
    ("CREATE TABLE n (a int); DROP TABLE n, t", "ban-drop-table"),
    (
        "CREATE TABLE k (a int); ALTER TABLE k RENAME TO l; ALTER TABLE t RENAME TO k; DROP TABLE k",
        "ban-drop-table",
    ),
    (
        "CREATE TABLE n (a int PRIMARY KEY); ALTER TABLE t ADD COLUMN b int REFERENCES n ON DELETE CASCADE; \
             UPDATE t SET b = 1; DELETE FROM n",
        "delete-without-where",
    ),
    (
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS b text; UPDATE t SET b = 'x'",
        "update-values",
    ),
    (
        "ALTER TABLE t ADD COLUMN n text; ALTER TABLE t RENAME n TO m; ALTER TABLE t RENAME b TO n; UPDATE t SET n = ''",
        "update-values",
    ),
    ("UPDATE t SET b = 'x' WHERE NOT b IS NULL", "update-values"),
    (
        "UPDATE t SET b = 'x' WHERE (b IS NULL) IS NOT NULL",
        "update-values",
    ),
    ("UPDATE t SET b = 'x' WHERE b IS NULL = false", "update-values"),
    ("UPDATE t SET b = 'x' WHERE 'b is null' <> ''", "update-values"),
    (
        "UPDATE t SET b = 'x' WHERE a BETWEEN 1 AND b IS NULL",
        "update-values",
    ),
    (
        "UPDATE t SET b = 'x' WHERE CASE WHEN a AND b IS NULL AND c THEN 1 ELSE 2 END = 2",
        "update-values",
    ),
    (
        "UPDATE t SET b = u.b FROM u WHERE u.b IS NULL AND t.id = u.id",
        "update-values",
    ),
    ("SELECT tidy_up()", "opaque-code"),
    ("SELECT * FROM tidy_up()", "opaque-code"),
    ("INSERT INTO log SELECT other.count(1)", "opaque-code"),
    (
        "CREATE FUNCTION count() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; SELECT count()",
        "opaque-code",
    ),
    (
        "CREATE FUNCTION w() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; CREATE TABLE u (a int DEFAULT w())",
        "opaque-code",
    ),
    (
        "CREATE FUNCTION w() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; CREATE VIEW v AS SELECT w(); TABLE v",
        "opaque-code",
    ),
    (
        "CREATE RULE r AS ON INSERT TO u DO ALSO DELETE FROM t; INSERT INTO u VALUES (1)",
        "opaque-code",
    ),
    (
        "CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION w(); INSERT INTO u VALUES (1)",
        "opaque-code",
    ),
    (
        "CREATE TABLE t (a int); SET search_path TO o; DROP TABLE t",
        "ban-drop-table",
    ),
    (
        "SELECT query_to_xml('DELETE FROM t RETURNING 1', true, false, '')",
        "opaque-code",
    ),
    ("COPY (SELECT 1) TO PROGRAM 'psql'", "opaque-code"),
    ("SET standard_conforming_strings = off", "opaque-code"),
    ("SELECT dblink_exec('', 'DELETE FROM t')", "opaque-code"),
    ("ALTER TABLE t ADD COLUMN n int DEFAULT w()", "opaque-code"),
    ("CREATE TABLE n AS SELECT w()", "opaque-code"),
    ("DROP FUNCTION w CASCADE", "drop-cascade"),
    ("ALTER TYPE comp DROP ATTRIBUTE b", "change-values"),
    ("ALTER TYPE comp DROP ATTRIBUTE b CASCADE", "change-values"),
];

/// What is new, empty and harmless.
const UNDERSTOOD: &[&str] = &[
    "CREATE TABLE n (a int); CREATE INDEX i ON n (a); INSERT INTO n SELECT count(*) FROM t; DELETE FROM n; DROP TABLE n",
    "CREATE TABLE o.n (a int); DELETE FROM o.n",
    "UPDATE t SET b = lower(a) WHERE (a > 1 OR a < 0) AND (b IS NULL)",
    "UPDATE t AS x SET b = coalesce(u.a, '') FROM u WHERE x.b IS NULL AND u.id = x.id",
    "INSERT INTO t (a, b) SELECT a, max(b) FROM u GROUP BY a",
    "SELECT setval('s', 1)",
    "ALTER TABLE t ADD COLUMN n timestamptz DEFAULT now()",
    "ALTER TABLE t ADD COLUMN n text CHECK (length(n) < 3), ADD CHECK (is_fine(n))",
    "INSERT INTO t SELECT x.a FROM unnest(ARRAY[1]) AS x(a)",
    "CREATE FUNCTION w() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION w()",
];

#[test]
fn what_cannot_be_understood_counts_as_a_loss() {
    let lost = |sql: &str, dialect| {
        let found = losses(sql, Some(dialect), &Ground::default()).into_iter();
        found.map(|loss| loss.name).collect::<Vec<_>>().join(" ")
    };
    for (sql, name) in NOT_UNDERSTOOD {
        assert_eq!(lost(sql, Dialect::Postgres), *name, "{sql}");
    }
    for sql in UNDERSTOOD {
        assert_eq!(lost(sql, Dialect::Postgres), "", "{sql}");
    }
    let replaced = "REPLACE INTO t SELECT * FROM t";
    assert_eq!(lost(replaced, Dialect::Sqlite), "unreadable");
}
