//! What is looked for in statements that were written by hand before any of them runs, told by their words alone: so it
//! holds on every database.

use crate::split::words;

/// What a statement does that is the runner's to do: beginning and ending transactions, and holding the lock by which runs
/// take turns. Its own then hold no longer what they should.
pub fn of_the_runner(statement: &str) -> Option<&'static str> {
    const TRANSACTION: &str = "begins or ends a transaction itself";
    const LOCK: &str = "gives up the lock by which runs take turns";
    let words = words(statement);
    let mut head = words.iter().map(String::as_str);
    match (head.next(), head.next()) {
        (Some("BEGIN" | "COMMIT" | "END" | "ABORT"), _)
        | (Some("START" | "PREPARE"), Some("TRANSACTION")) => {
            return Some(TRANSACTION);
        }
        (Some("ROLLBACK"), second) => {
            let is_to = second == Some("TO") || second == Some("TRANSACTION") && head.next() == Some("TO");
            return (!is_to).then_some(TRANSACTION);
        }
        (Some("DISCARD"), Some("ALL")) => return Some(LOCK),
        _ => {}
    }
    let gives_up = |word: &String| word == "PG_ADVISORY_UNLOCK_ALL";
    words.iter().any(gives_up).then_some(LOCK)
}

#[cfg(test)]
mod tests {
    use super::of_the_runner;

    #[test]
    fn what_begins_or_ends_a_transaction_is_seen_behind_comments_too() {
        for sql in [
            "commit",
            "/* c */ BEGIN",
            "-- x\nEND",
            "start transaction",
            "ROLLBACK",
            "ABORT",
            "discard all",
            "SELECT pg_catalog.pg_advisory_unlock_all()",
        ] {
            assert!(of_the_runner(sql).is_some(), "{sql}");
        }
        for sql in [
            "ROLLBACK TO here",
            "SAVEPOINT here",
            "SELECT 'COMMIT'",
            "PREPARE q AS SELECT 1",
            "DISCARD PLANS",
            "SELECT pg_advisory_unlock(7)",
        ] {
            assert!(of_the_runner(sql).is_none(), "{sql}");
        }
    }
}
