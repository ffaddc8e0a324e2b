//! Undoing: what was done and nothing else, from wherever it was broken off, and forward again.

use std::sync::atomic::Ordering;

use testkit::postgres::Database;
use tokio_postgres::Client;

use super::killed::Relay;
use super::{Orders, alone, batches, is_index, ours, quick, run, script, together};
use crate::catalog::tests::kit::connect;
use crate::runner::{RunError, Script, undo};

/// A migration of every kind of step, the last of which fails where two rows are alike.
fn on() -> Script {
    let fill = "WITH batch AS (SELECT id FROM items WHERE rank IS NULL AND ($1::text IS NULL OR id > $1::text::int) ORDER BY id LIMIT 2),
       written AS (UPDATE items SET rank = 1 WHERE id IN (SELECT id FROM batch))
       SELECT id::text FROM batch ORDER BY id DESC LIMIT 1";
    let steps = vec![
        together(1, "ALTER TABLE items ADD COLUMN rank int"),
        together(1, "ALTER TABLE items RENAME COLUMN title TO name"),
        batches(fill, "SELECT NOT EXISTS (SELECT FROM items WHERE rank IS NULL)"),
        alone(
            "CREATE INDEX CONCURRENTLY ranks ON items (rank)",
            &is_index("ranks"),
        ),
        together(2, "ALTER TABLE items ALTER COLUMN rank SET NOT NULL"),
        together(3, "SELECT 1"),
        alone(
            "CREATE UNIQUE INDEX CONCURRENTLY names ON items (name)",
            &is_index("names"),
        ),
        together(
            4,
            "ALTER TABLE items ADD CONSTRAINT names UNIQUE USING INDEX names",
        ),
    ];
    script("0001", steps)
}

/// What undoes it.
fn back() -> Script {
    let mut back = on();
    let sql = [
        "ALTER TABLE items DROP CONSTRAINT names",
        "DROP INDEX CONCURRENTLY names",
        "",
        "ALTER TABLE items ALTER COLUMN rank DROP NOT NULL",
        "DROP INDEX CONCURRENTLY ranks",
        "UPDATE items SET rank = NULL",
        "ALTER TABLE items RENAME COLUMN name TO title",
        "ALTER TABLE items DROP COLUMN rank",
    ];
    back.steps.reverse();
    for (step, sql) in back.steps.iter_mut().zip(sql) {
        step.sql = Vec::from_iter((!sql.is_empty()).then(|| sql.to_owned()));
    }
    back
}

pub(super) async fn undone(client: &Client) -> Result<(), RunError> {
    let orders = Orders {
        scripts: &[on()],
        ours: &ours(),
        patience: &quick(),
    };
    undo(client, &back(), (&orders, &mut |_| {})).await
}

const BEFORE: &str = "DROP SCHEMA IF EXISTS groma_internal CASCADE; DROP TABLE IF EXISTS items CASCADE;
  CREATE TABLE items (id int PRIMARY KEY, title text); INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c')";
const COLUMNS: &str = "SELECT string_agg(attname, ' ' ORDER BY attname) || (SELECT count(*) FROM pg_index
  WHERE indrelid = 'items'::regclass) FROM pg_attribute WHERE attrelid = 'items'::regclass AND attnum > 0 AND NOT attisdropped";
const APPLIED: &str = "id name rank3";
const UNDONE: &str = "id title1";

/// A step fails in the middle, and then one on the way back: both ways lead on from there.
#[tokio::test]
async fn only_what_was_done_is_undone() {
    let database = Database::new();
    database.sql(BEFORE);
    database.sql("UPDATE items SET title = 'a'");
    let error = run(&database, &[on()]).await.0.unwrap_err().to_string();
    assert!(error.starts_with("step 7 of `0001`"), "{error}");
    database.sql("CREATE VIEW v AS SELECT rank FROM items");
    let client = connect(&database).await;
    let error = undone(&client).await.unwrap_err();
    assert!(error.to_string().starts_with("step 2 of `0001`"), "{error}");
    assert!(
        error
            .help()
            .unwrap()
            .contains("`groma migrate down` goes on from here")
    );
    database.sql("UPDATE items SET name = 'x' || id");
    assert_eq!(
        run(&database, &[on()]).await.0.unwrap(),
        ["0001"],
        "forward again"
    );
    assert_eq!(database.sql(COLUMNS), APPLIED);
    undone(&client).await.unwrap_err();
    database.sql("DROP VIEW v");
    undone(&client).await.unwrap();
    assert_eq!(database.sql(COLUMNS), UNDONE);
    assert_eq!(
        run(&database, &[]).await.0.unwrap(),
        Vec::<String>::new(),
        "nothing is left in the record"
    );
}

#[tokio::test]
async fn whenever_it_is_killed_while_it_undoes_both_ways_lead_on() {
    let database = Database::new();
    let applied = async || {
        database.sql(BEFORE);
        run(&database, &[on()]).await.0.unwrap();
    };
    applied().await;
    let relay = Relay::before(&database, usize::MAX);
    assert!(relay.run(&database, "back"), "nobody killed it");
    assert_eq!(database.sql(COLUMNS), UNDONE);
    // With the last answers it is over: it is forgotten, and the lock is let go of.
    let answers = relay.answers.load(Ordering::SeqCst);
    assert!(answers > 40, "the relay sees what is said: {answers}");
    for at in (1..answers - 4).step_by(13) {
        applied().await;
        assert!(
            !Relay::before(&database, at).run(&database, "back"),
            "{at} was not killed"
        );
        if at % 2 == 0 {
            run(&database, &[on()])
                .await
                .0
                .unwrap_or_else(|error| panic!("{at} of {answers}: {error}"));
            assert_eq!(database.sql(COLUMNS), APPLIED, "{at} of {answers}");
        } else {
            let client = connect(&database).await;
            let outcome = undone(&client).await;
            outcome.unwrap_or_else(|error| panic!("{at} of {answers}: {error}"));
            assert_eq!(database.sql(COLUMNS), UNDONE, "{at} of {answers}");
        }
    }
}

/// A statement that gives up the lock lets another run in: it is refused, or found out before the next step.
#[tokio::test]
async fn the_lock_is_kept() {
    let database = Database::new();
    for (sql, said) in [
        (
            "DISCARD ALL",
            "step 1 of `0001` (run `DISCARD ALL`) gives up the lock by which runs take turns",
        ),
        (
            "DO $$BEGIN PERFORM pg_advisory_unlock(objid::int8 + (classid::int8 << 32)) FROM pg_locks
               WHERE locktype = 'advisory' AND pid = pg_backend_pid(); END$$",
            "step 1 of `0001` was run, and gave up the lock that keeps other runs away",
        ),
    ] {
        let steps = vec![alone(sql, "SELECT true"), together(1, "CREATE TABLE a (id int)")];
        let error = run(&database, &[script("0001", steps)]).await.0.unwrap_err();
        assert_eq!(error.to_string(), said);
        assert_eq!(database.sql("SELECT to_regclass('a') IS NULL"), "t");
    }
}
