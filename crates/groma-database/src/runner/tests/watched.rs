//! What is told while a step takes its time.

use std::sync::Mutex;
use std::time::Duration;

use groma_migrate::file::File;
use testkit::postgres::Database;

use super::{alone, is_index, ours, quick, script};
use crate::Door;
use crate::catalog::tests::kit::connect;
use crate::postgres::Url;
use crate::runner::{Event, Orders, Script};

/// Applies by the door, and gives what progress was told; `told` may look at each.
async fn progress(database: &Database, scripts: &[Script], mut told: impl FnMut(&str) + Send) -> Vec<String> {
    let door = Door::postgres(&Url::parse(&database.url()).unwrap())
        .await
        .unwrap();
    let orders = Orders {
        scripts,
        ours: &ours(),
        patience: &quick(),
    };
    let all = Mutex::new(Vec::new());
    let mut tell = |event| {
        if let Event::Progress { said } = event {
            told(&said);
            all.lock().unwrap().push(said);
        }
    };
    door.apply(&orders, &mut tell).await.unwrap();
    all.into_inner().unwrap()
}

#[tokio::test]
async fn how_far_an_index_is_and_whom_it_waits_for_is_told() {
    let database = Database::new();
    database.sql("CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
    let writer = connect(&database).await;
    writer
        .batch_execute("BEGIN; INSERT INTO a VALUES (2)")
        .await
        .unwrap();
    let pid: i32 = writer
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let index = alone("CREATE INDEX CONCURRENTLY i ON a (id)", &is_index("i"));
    let (seen, mut is_seen) = tokio::sync::mpsc::unbounded_channel();
    let scripts = [script("0001", vec![index])];
    let lets_go = async {
        // It would wait for ever; nobody has to look at a clock.
        let waited = tokio::time::timeout(Duration::from_secs(30), is_seen.recv()).await;
        writer.batch_execute("COMMIT").await.unwrap();
        waited.unwrap()
    };
    let (all, _) = tokio::join!(
        progress(&database, &scripts, |said| drop(seen.send(said.to_owned()))),
        lets_go
    );
    assert_eq!(
        all.first().map(String::as_str),
        Some(format!("waiting for writers before build: 0 of 1, for process {pid}").as_str()),
        "{all:?}"
    );
}

#[tokio::test]
async fn how_many_rows_are_filled_is_told() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, b int); INSERT INTO a SELECT i FROM generate_series(1, 250) i; ANALYZE a",
    );
    let text = "-- step: fill b
-- run: in batches
-- lock: ROW EXCLUSIVE on a
-- done: SELECT NOT EXISTS (SELECT FROM a WHERE b IS NULL)
WITH batch AS (SELECT id FROM a WHERE b IS NULL AND ($1::text IS NULL OR id > $1::text::int) ORDER BY id LIMIT 100),
written AS (UPDATE a SET b = 7 WHERE id IN (SELECT id FROM batch))
SELECT id::text, count(*) OVER () FROM batch ORDER BY id DESC LIMIT 1;
";
    let scripts = [Script::of("0001", &File::parse(text).unwrap())];
    let said = progress(&database, &scripts, |_| {}).await;
    let words = |rows: u32| format!("{rows} rows written; `a` has about 250");
    assert_eq!(said, [words(100), words(200), words(250)]);
}
