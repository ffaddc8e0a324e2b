//! What is applied is applied once and whole, whoever is killed and whoever else is at work.

mod back;
mod beside;
mod killed;
mod lite;
mod pairs;
mod planned;
mod schemas;
mod watched;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use groma_migrate::Run;
use testkit::postgres::Database;

use super::{Event, Orders, Patience, RunError, Script, Work, apply};
use crate::catalog::tests::kit::connect;

pub(crate) fn quick() -> Patience {
    Patience {
        turn: Duration::from_secs(20),
        lock: Duration::from_millis(100),
        tries: 50,
        ..Patience::default()
    }
}

/// Tables that tests make.
pub(crate) fn ours() -> BTreeSet<String> {
    ["a", "b", "p", "c", "items", "owners", "notes"]
        .map(String::from)
        .into()
}

pub(crate) fn together(group: u32, sql: &str) -> Work {
    Work {
        title: format!(
            "run `{}`",
            sql.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
        ),
        sql: vec![sql.to_owned()],
        run: Run::Together(group),
        done: None,
        obstacles: Vec::new(),
        is_long: false,
        table: None,
    }
}

pub(crate) fn alone(sql: &str, done: &str) -> Work {
    Work {
        run: Run::Alone,
        done: Some(done.to_owned()),
        is_long: true,
        ..together(0, sql)
    }
}

pub(crate) fn batches(sql: &str, done: &str) -> Work {
    Work {
        run: Run::Batches,
        ..alone(sql, done)
    }
}

pub(crate) fn script(name: &str, steps: Vec<Work>) -> Script {
    Script {
        name: name.to_owned(),
        hash: format!("hash of {name}"),
        states: None,
        steps,
    }
}

fn is_index(name: &str) -> String {
    format!("SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND indisvalid)")
}

/// Applies, and gives what was told.
async fn run(database: &Database, scripts: &[Script]) -> (Result<Vec<String>, RunError>, Vec<Event>) {
    let client = connect(database).await;
    let told = Mutex::new(Vec::new());
    let orders = Orders {
        scripts,
        ours: &ours(),
        patience: &quick(),
    };
    let outcome = apply(&client, &orders, &mut |event| told.lock().unwrap().push(event)).await;
    (outcome, told.into_inner().unwrap())
}

#[tokio::test]
async fn what_was_applied_is_not_applied_again() {
    let database = Database::new();
    let first = script("0001", vec![together(1, "CREATE TABLE a (id int)")]);
    let second = script("0002", vec![together(1, "CREATE TABLE b (id int)")]);
    assert_eq!(
        run(&database, std::slice::from_ref(&first)).await.0.unwrap(),
        ["0001"]
    );
    let both = [first, second];
    assert_eq!(run(&database, &both).await.0.unwrap(), ["0002"]);
    assert_eq!(run(&database, &both).await.0.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn files_that_say_something_else_than_what_was_done_are_refused() {
    let database = Database::new();
    let first = script("0001", vec![together(1, "CREATE TABLE a (id int)")]);
    run(&database, std::slice::from_ref(&first)).await.0.unwrap();
    let changed = Script {
        hash: String::from("another"),
        ..first.clone()
    };
    let error = run(&database, &[changed]).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`0001` was applied to this database, and its file says something else now"
    );
    let error = run(&database, &[]).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`0001` was applied to this database, and neither its file is there nor any other that was"
    );
    assert!(
        error
            .help()
            .unwrap()
            .contains("give this one a schema of its own")
    );
    let before = script("0000", vec![together(1, "CREATE TABLE z (id int)")]);
    let error = run(&database, &[before, first]).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`0000` comes before `0001`, which was applied without it"
    );
}

#[tokio::test]
async fn a_migration_for_another_state_is_refused() {
    let database = Database::new();
    let of = |name: &str, from: &str, to: &str| Script {
        states: Some((from.to_owned(), to.to_owned())),
        ..script(name, vec![together(1, &format!("CREATE TABLE {name} (id int)"))])
    };
    let scripts = [of("m1", "empty", "one"), of("m2", "two", "three")];
    let error = run(&database, &scripts).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`m2` was planned for another state than the one that this database is in"
    );
    assert_eq!(database.sql("SELECT to_regclass('m1'), to_regclass('m2')"), "m1|");
}

#[tokio::test]
async fn a_failing_step_says_which_and_leaves_those_before_it() {
    let database = Database::new();
    let steps = vec![
        together(1, "CREATE TABLE a (id int)"),
        together(2, "CREATE TABLE b (id int)"),
        together(2, "ALTER TABLE nothing ADD COLUMN c int"),
    ];
    let error = run(&database, &[script("0001", steps)]).await.0.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("step 2 of `0001`"), "{said}");
    assert!(said.contains("relation \"nothing\" does not exist"), "{said}");
    assert_eq!(database.sql("SELECT to_regclass('a'), to_regclass('b')"), "a|");
}

#[tokio::test]
async fn one_runner_waits_for_the_other() {
    let database = Database::new();
    let scripts = [script(
        "0001",
        vec![together(1, "CREATE TABLE a AS SELECT 1 AS b FROM pg_sleep(1)")],
    )];
    let (one, other) = tokio::join!(run(&database, &scripts), run(&database, &scripts));
    let waited = |events: &[Event]| events.iter().any(|event| matches!(event, Event::Waits { .. }));
    assert!(
        waited(&one.1) != waited(&other.1),
        "one of them waits: {one:?} {other:?}"
    );
    let finished: Vec<String> = [one.0.unwrap(), other.0.unwrap()].concat();
    assert_eq!(finished, ["0001"]);
}

#[tokio::test]
async fn a_lock_that_is_not_granted_is_asked_for_again() {
    let database = Database::new();
    database.sql("CREATE TABLE a (id int)");
    let reader = connect(&database).await;
    reader.batch_execute("BEGIN; SELECT * FROM a").await.unwrap();
    let scripts = [script(
        "0001",
        vec![together(1, "ALTER TABLE a ADD COLUMN b int")],
    )];
    let reads = async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let ((outcome, told), ()) = tokio::join!(run(&database, &scripts), reads);
    outcome.unwrap();
    assert!(
        told.iter().any(|event| matches!(event, Event::Again { .. })),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_half_built_index_is_built_anew() {
    let database = Database::new();
    database.sql("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)");
    let index = alone(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_id ON a (id)",
        &is_index("a_id"),
    );
    let scripts = [script("0001", vec![index])];
    let said = run(&database, &scripts).await.0.unwrap_err().to_string();
    assert!(said.contains("could not create unique index"), "{said}");
    assert_eq!(
        database.sql("SELECT to_regclass('a_id') IS NULL"),
        "t",
        "what was left of it is taken away"
    );
    database.sql("DELETE FROM a WHERE ctid = '(0,2)'");
    run(&database, &scripts).await.0.unwrap();
    assert_eq!(
        database.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"),
        "t"
    );
}

#[tokio::test]
async fn rows_that_others_write_are_filled_in_a_later_pass() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, b int); INSERT INTO a SELECT i FROM generate_series(1, 500) i",
    );
    let writer = connect(&database).await;
    writer
        .batch_execute("BEGIN; UPDATE a SET b = NULL WHERE id = 250")
        .await
        .unwrap();
    let fill = "WITH batch AS (
        SELECT id FROM a WHERE b IS NULL AND ($1::text IS NULL OR id > $1::text::int)
        ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
      ), written AS (UPDATE a SET b = 7 WHERE id IN (SELECT id FROM batch))
      SELECT id::text FROM batch ORDER BY id DESC LIMIT 1";
    let done = "SELECT NOT EXISTS (SELECT FROM a WHERE b IS NULL)";
    let scripts = [script("0001", vec![batches(fill, done)])];
    let writes = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        writer.batch_execute("COMMIT").await.unwrap();
    };
    let ((outcome, _), ()) = tokio::join!(run(&database, &scripts), writes);
    outcome.unwrap();
    assert_eq!(database.sql("SELECT count(*), sum(b) FROM a"), "500|3500");
}

#[tokio::test]
async fn what_somebody_else_changed_is_said_and_stops_it() {
    let database = Database::new();
    let first = script(
        "0001",
        vec![together(
            1,
            "CREATE TABLE a (id int PRIMARY KEY, t text CHECK (t <> ''))",
        )],
    );
    let second = script("0002", vec![together(1, "CREATE TABLE b (id int)")]);
    run(&database, std::slice::from_ref(&first)).await.0.unwrap();
    database.sql("CREATE TABLE theirs (id int)");
    database.sql("ALTER TABLE a ADD COLUMN late int, ALTER COLUMN t SET NOT NULL");
    let both = [first, second];
    let error = run(&database, &both).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database was changed since `0001`: `a`, column late: is there, and nobody asked for it; `a`, column t: \
         `\"t\" text NOT NULL`, and not `\"t\" text`"
    );
    let client = connect(&database).await;
    super::accept(&client, &ours()).await.unwrap();
    assert_eq!(run(&database, &both).await.0.unwrap(), ["0002"]);
}

#[tokio::test]
async fn the_last_one_is_undone_and_can_be_applied_again() {
    let database = Database::new();
    let scripts =
        ["a", "b"].map(|name| script(name, vec![together(1, &format!("CREATE TABLE {name} (id int)"))]));
    run(&database, &scripts).await.0.unwrap();
    let back = |name: &str| script(name, vec![together(1, &format!("DROP TABLE {name}"))]);
    let client = connect(&database).await;
    let orders = Orders {
        scripts: &scripts,
        ours: &ours(),
        patience: &quick(),
    };
    let error = super::undo(&client, &back("a"), (&orders, &mut |_| {}))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "`a` is not the last one that was applied");
    super::undo(&client, &back("b"), (&orders, &mut |_| {}))
        .await
        .unwrap();
    assert_eq!(database.sql("SELECT to_regclass('b') IS NULL"), "t");
    assert_eq!(run(&database, &scripts).await.0.unwrap(), ["b"]);
}

#[tokio::test]
async fn what_was_begun_and_not_done_may_say_something_else_or_go() {
    let database = Database::new();
    let failing = [
        together(1, "SELECT nonsense"),
        alone("CREATE INDEX CONCURRENTLY i ON nothing (id)", &is_index("i")),
    ];
    for step in failing {
        run(&database, &[script("0001", vec![step])]).await.0.unwrap_err();
        assert_eq!(run(&database, &[]).await.0.unwrap(), Vec::<String>::new());
    }
    run(&database, &[script("0001", vec![together(1, "SELECT nonsense")])])
        .await
        .0
        .unwrap_err();
    let mended = Script {
        hash: String::from("another"),
        ..script("0001", vec![together(1, "CREATE TABLE a (id int)")])
    };
    assert_eq!(run(&database, &[mended]).await.0.unwrap(), ["0001"]);
}

/// `-- count:` and `-- done:` of a file are questions, whatever stands there.
#[tokio::test]
async fn a_question_changes_nothing() {
    let database = Database::new();
    database.sql("CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
    let count = "WITH gone AS (DELETE FROM a RETURNING 1) SELECT count(*) FROM gone";
    let counted = Work {
        obstacles: vec![(String::from("rows"), count.to_owned())],
        ..together(1, "CREATE TABLE b (id int)")
    };
    let done = alone(
        "CREATE INDEX CONCURRENTLY i ON a (id)",
        "DELETE FROM a RETURNING true",
    );
    for step in [counted, done] {
        let error = run(&database, &[script("0001", vec![step])]).await.0.unwrap_err();
        let why = std::error::Error::source(&error).map(ToString::to_string);
        assert!(
            why.is_some_and(|why| why.contains("read-only transaction")),
            "{error:?}"
        );
        assert_eq!(database.sql("SELECT count(*) FROM a"), "1");
        database.sql("DROP SCHEMA groma_internal CASCADE");
    }
}
