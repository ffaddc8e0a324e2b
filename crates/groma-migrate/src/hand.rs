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

#[cfg(test)]
mod tests {
    use super::is_of_transactions;

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
}
