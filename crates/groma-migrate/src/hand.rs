//! What is looked for in statements that were written by hand before any of them runs, told by their words alone: so it
//! holds on every database.

use crate::split::words;

/// Whether a statement begins or ends a transaction: the runner's own then holds no longer what it should.
pub fn is_of_transactions(statement: &str) -> bool {
    let words = words(statement);
    let mut head = words.iter().map(String::as_str);
    match (head.next(), head.next()) {
        (Some("BEGIN" | "COMMIT" | "END" | "ABORT"), _) => true,
        (Some("START" | "PREPARE"), second) => second == Some("TRANSACTION"),
        (Some("ROLLBACK"), second) => {
            second != Some("TO") && !(second == Some("TRANSACTION") && head.next() == Some("TO"))
        }
        _ => false,
    }
}

/// What a statement throws away, where its words say so.
pub fn loss(statement: &str) -> Option<&'static str> {
    let words = words(statement);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |word: &str| words.contains(&word);
    match words.as_slice() {
        ["DROP", "TABLE", ..] => Some("the table's rows are gone"),
        ["DROP", "SCHEMA" | "DATABASE", ..] => Some("all that is in it is gone"),
        ["TRUNCATE", ..] => Some("every row of the table is gone"),
        ["DELETE" | "WITH", ..]
            if words.windows(2).any(|pair| pair == ["DELETE", "FROM"]) && !has("WHERE") =>
        {
            Some("every row of the table is gone")
        }
        ["UPDATE" | "WITH", ..] if has("UPDATE") && has("SET") && !has("WHERE") => {
            Some("a value of every row is overwritten")
        }
        ["ALTER", "TABLE", ..] if words.windows(2).any(drops_column) => Some("the column's values are gone"),
        _ => None,
    }
}

/// A `DROP` that is not of what holds no values.
fn drops_column(pair: &[&str]) -> bool {
    const HOLDS_NONE: [&str; 5] = ["CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"];
    matches!(pair, ["DROP", what] if !HOLDS_NONE.contains(what))
}

#[cfg(test)]
mod tests {
    use super::{is_of_transactions, loss};

    #[test]
    fn what_begins_or_ends_a_transaction_is_seen_behind_comments_too() {
        for sql in [
            "commit",
            "/* c */ BEGIN",
            "-- x\nEND",
            "start transaction",
            "ROLLBACK",
            "ABORT",
        ] {
            assert!(is_of_transactions(sql), "{sql}");
        }
        for sql in [
            "ROLLBACK TO here",
            "SAVEPOINT here",
            "SELECT 'COMMIT'",
            "PREPARE q AS SELECT 1",
        ] {
            assert!(!is_of_transactions(sql), "{sql}");
        }
    }

    #[test]
    fn what_throws_rows_or_values_away_is_seen() {
        for sql in [
            "DELETE FROM tasks",
            "drop /* c */ table x",
            "UPDATE tasks SET title = ''",
            "ALTER TABLE tasks DROP COLUMN title",
            "ALTER TABLE tasks DROP \"title\"",
            "WITH t AS (SELECT 1) DELETE FROM tasks",
        ] {
            assert!(loss(sql).is_some(), "{sql}");
        }
        for sql in [
            "DELETE FROM tasks WHERE done",
            "DROP INDEX i",
            "CREATE TABLE t (a INTEGER REFERENCES u ON DELETE CASCADE)",
            "ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL",
            "INSERT INTO log VALUES ('DELETE FROM tasks')",
        ] {
            assert!(loss(sql).is_none(), "{sql}");
        }
    }
}
