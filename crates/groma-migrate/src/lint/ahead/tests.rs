//! Which questions can be asked before the statements that stand before them are run, and as what.

use super::Ahead;

const QUESTION: &str = "SELECT count(*) FROM \"notes\" WHERE \"state\" IS NULL";

/// The question of notes behind some statements.
fn asked(statements: &[&str]) -> Option<String> {
    let mut ahead = Ahead::default();
    for sql in statements {
        ahead.follow(sql);
    }
    ahead.asked(QUESTION)
}

#[test]
fn what_leaves_rows_as_they_are_is_asked_across() {
    for sql in [
        "ALTER TABLE notes ADD CONSTRAINT c CHECK (rank > 0) NOT VALID",
        "ALTER TABLE notes VALIDATE CONSTRAINT c",
        "ALTER TABLE notes ALTER COLUMN rank SET NOT NULL, DROP COLUMN late",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON notes (rank)",
        "CREATE TABLE others (id uuid PRIMARY KEY)",
        "UPDATE others SET state = NULL",
        "WITH batch AS (SELECT id FROM others WHERE id > $1::text::uuid LIMIT 9 FOR UPDATE SKIP LOCKED),
         written AS (UPDATE others SET rank = 1 WHERE id IN (SELECT id FROM batch))
         SELECT id::text FROM batch ORDER BY id DESC LIMIT 1",
    ] {
        assert_eq!(asked(&[sql]).as_deref(), Some(QUESTION), "{sql}");
    }
}

#[test]
fn what_may_write_the_rows_is_waited_for() {
    for sql in [
        "UPDATE notes SET state = 'open' WHERE state IS NULL",
        "WITH written AS (UPDATE public.notes SET state = 'open') SELECT 1",
        "INSERT INTO notes SELECT * FROM old",
        "DELETE FROM owners",
        "ALTER TABLE notes ALTER COLUMN state TYPE int USING state::int",
        "ALTER TABLE notes ADD COLUMN state text GENERATED ALWAYS AS (title) STORED",
        "DROP TABLE notes",
        "SELECT mend()",
        "DO $$BEGIN UPDATE notes SET state = ''; END$$",
        "SET search_path = other",
        "this is no SQL",
    ] {
        assert_eq!(asked(&[sql]), None, "{sql}");
    }
}

#[test]
fn names_and_columns_to_come_are_seen_through() {
    let view = |columns: &str, table: &str| {
        Some(format!(
            "WITH \"notes\" AS (SELECT *, {columns} FROM \"{table}\") SELECT * FROM ({QUESTION}) AS asked"
        ))
    };
    assert_eq!(
        asked(&["ALTER TABLE notes RENAME COLUMN status TO state"]),
        view("\"status\" AS \"state\"", "notes")
    );
    assert_eq!(
        asked(&[
            "ALTER TABLE old RENAME COLUMN status TO s",
            "ALTER TABLE old RENAME TO notes",
            "ALTER TABLE notes RENAME s TO state",
        ]),
        view("\"status\" AS \"state\"", "old")
    );
    assert_eq!(
        asked(&["ALTER TABLE notes ADD COLUMN state text NOT NULL DEFAULT 'open'"]),
        view("CAST('open' AS text) AS \"state\"", "notes")
    );
    let swapped = [
        "ALTER TABLE notes RENAME TO n",
        "ALTER TABLE tasks RENAME TO notes",
        "ALTER TABLE n RENAME TO tasks",
    ];
    let mut ahead = Ahead::default();
    for sql in swapped {
        ahead.follow(sql);
    }
    assert_eq!(
        ahead.asked("SELECT count(*) FROM notes, tasks"),
        None,
        "each name hides the other's table"
    );
}
