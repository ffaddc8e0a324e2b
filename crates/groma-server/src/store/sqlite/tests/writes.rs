use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::super::{Store, StoreError, Verdict};
use super::{Folder, notes, texts};

fn insert(connection: &Connection, text: &str) -> Result<i64, StoreError> {
    connection
        .prepare_cached("INSERT INTO notes (text) VALUES (?1)")?
        .execute([text])?;
    Ok(connection.last_insert_rowid())
}

async fn add(store: &Store, text: String) -> Result<i64, StoreError> {
    store
        .write(move |connection| Ok((Verdict::Keep, insert(connection, &text)?)))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_write_is_seen_by_the_next_read() {
    let folder = Folder::new();
    let store = notes(&folder);
    for index in 0..50 {
        add(&store, format!("note {index}")).await.unwrap();
        assert_eq!(texts(&store).len(), index + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_one_group_do_not_disturb_each_other() {
    let folder = Folder::new();
    let store = notes(&folder);
    let tasks: Vec<_> = (0..300)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let result = store
                    .write(move |connection| {
                        let id = insert(connection, &format!("note {index}"))?;
                        match index % 3 {
                            0 => Ok((Verdict::Keep, id)),
                            1 => Ok((Verdict::Undo, id)),
                            _ => Err(StoreError::Defect(format!("number {index}"))),
                        }
                    })
                    .await;
                (index, result)
            })
        })
        .collect();
    for task in tasks {
        let (index, result) = task.await.unwrap();
        assert_eq!(result.is_ok(), index % 3 != 2, "{index}: {result:?}");
    }
    let mut kept = texts(&store);
    kept.sort();
    let mut wanted: Vec<_> = (0..300).step_by(3).map(|index| format!("note {index}")).collect();
    wanted.sort();
    assert_eq!(kept, wanted);
}

/// Holds the writer, so that what is written meanwhile comes as one group.
async fn as_one_group(store: &Store, writes: Vec<tokio::task::JoinHandle<bool>>) -> Vec<bool> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut results = Vec::new();
    for write in writes {
        results.push(write.await.unwrap());
    }
    store.check().unwrap();
    results
}

fn hold(store: &Store) {
    let store = store.clone();
    tokio::spawn(async move {
        store
            .write(|_| {
                std::thread::sleep(Duration::from_millis(60));
                Ok((Verdict::Keep, ()))
            })
            .await
    });
    std::thread::sleep(Duration::from_millis(20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_whole_group_is_rolled_back_the_others_run_again() {
    let folder = Folder::new();
    let store = notes(&folder);
    hold(&store);
    let mut writes = Vec::new();
    for index in 0..10 {
        let store = store.clone();
        writes.push(tokio::spawn(async move {
            store
                .write(move |connection| {
                    insert(connection, &format!("note {index}"))?;
                    if index == 5 {
                        // What SQLite does by itself when the disk is full.
                        connection.execute_batch("ROLLBACK")?;
                        return Err(StoreError::Disk("full".to_owned()));
                    }
                    Ok((Verdict::Keep, ()))
                })
                .await
                .is_ok()
        }));
    }
    let results = as_one_group(&store, writes).await;
    assert_eq!(results.iter().filter(|ok| **ok).count(), 9);
    assert_eq!(texts(&store).len(), 9);
    assert!(!texts(&store).contains(&"note 5".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_panics_is_undone_and_the_writer_goes_on() {
    let folder = Folder::new();
    let store = notes(&folder);
    let result: Result<(), _> = store
        .write(|connection| {
            insert(connection, "lost")?;
            panic!("on purpose")
        })
        .await;
    assert!(matches!(result, Err(StoreError::Defect(_))), "{result:?}");
    add(&store, "kept".to_owned()).await.unwrap();
    assert_eq!(texts(&store), ["kept"]);
}

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn a_read_that_takes_too_long_is_stopped_and_the_connection_works_on() {
    let folder = Folder::new();
    let store = notes(&folder);
    let start = Instant::now();
    let result = store.read(|connection| Ok(connection.query_row(ENDLESS, [], |_| Ok(()))?));
    assert!(matches!(result, Err(StoreError::TooSlow)), "{result:?}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    store.check().unwrap();
}

#[tokio::test]
async fn long_reads_hold_up_nobody_else() {
    let folder = Folder::new();
    let store = notes(&folder);
    let endless = |connection: &Connection| Ok(connection.query_row(ENDLESS, [], |_| Ok(()))?);
    let long: Vec<_> = (0..4)
        .map(|client| {
            let store = store.clone();
            tokio::spawn(async move { store.read_aside(client, endless).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    for _ in 0..100 {
        store.check().unwrap();
    }
    add(&store, "meanwhile".to_owned()).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    for read in long {
        let result = read.await.unwrap();
        assert!(
            matches!(result, Err(StoreError::TooSlow | StoreError::Busy(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn one_client_cannot_take_all_turns() {
    let folder = Folder::new();
    let store = notes(&folder);
    let endless = |connection: &Connection| Ok(connection.query_row(ENDLESS, [], |_| Ok(()))?);
    let greedy: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.read_aside(1, endless).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    for other in 2..20 {
        store
            .read_aside(other, |connection| {
                Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)
            })
            .await
            .unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let refused = greedy.iter().filter(|read| read.is_finished()).count();
    assert_eq!(refused, 12, "more than eight reads of one client wait");
}

#[test]
fn a_read_that_panics_leaves_no_transaction_behind() {
    let folder = Folder::new();
    let store = notes(&folder);
    for _ in 0..4 {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.read::<()>(|connection| {
                connection.execute_batch("BEGIN")?;
                panic!("on purpose")
            })
        }));
        assert!(panicked.is_err());
    }
    for _ in 0..4 {
        store
            .read(|connection| {
                assert!(connection.is_autocommit());
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_reader_cannot_write() {
    let folder = Folder::new();
    let store = notes(&folder);
    assert!(store.read(|connection| insert(connection, "no")).is_err());
    assert!(texts(&store).is_empty());
}

#[tokio::test]
async fn after_the_end_writes_are_refused() {
    let folder = Folder::new();
    let store = notes(&folder);
    add(&store, "before".to_owned()).await.unwrap();
    store.close();
    let result = add(&store, "after".to_owned()).await;
    assert!(matches!(result, Err(StoreError::Closed)), "{result:?}");
    assert_eq!(
        std::fs::metadata(folder.file().with_extension("db-wal")).map_or(0, |file| file.len()),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_fails_one_write_and_the_rest_goes_on() {
    let folder = Folder::new();
    let store = notes(&folder);
    let full = store
        .write(|connection| {
            connection.query_row("PRAGMA max_page_count = 8", [], |_| Ok(()))?;
            for index in 0..100_000 {
                insert(connection, &format!("filler {index}"))?;
            }
            Ok((Verdict::Keep, ()))
        })
        .await;
    assert!(
        matches!(&full, Err(error @ StoreError::Disk(_)) if error.is_passing()),
        "{full:?}"
    );
    add(&store, "small".to_owned()).await.unwrap();
    assert_eq!(texts(&store), ["small"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_waits_for_another_process_and_readers_do_not() {
    let folder = Folder::new();
    let store = notes(&folder);
    let other = Connection::open(folder.file()).unwrap();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO notes (text) VALUES ('theirs')")
        .unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move { add(&store, "ours".to_owned()).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!writing.is_finished());
    assert!(texts(&store).is_empty());
    other.execute_batch("COMMIT").unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(texts(&store), ["theirs", "ours"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_wait_together_for_another_process_give_up_together() {
    let folder = Folder::new();
    let store = notes(&folder);
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    hold(&store);
    let writes = ["a", "b", "c"].map(|text| {
        let store = store.clone();
        tokio::spawn(async move { add(&store, text.to_owned()).await })
    });
    let mut given_up = Vec::new();
    for write in writes {
        given_up.push(matches!(write.await.unwrap(), Err(StoreError::Busy(_))));
        // Who would still wait would be done now.
        if !other.is_autocommit() {
            other.execute_batch("ROLLBACK").unwrap();
        }
    }
    assert_eq!(given_up, [true; 3]);
    add(&store, "d".to_owned()).await.unwrap();
    assert_eq!(texts(&store), ["d"]);
}

#[test]
fn statistics_do_not_make_statements_be_prepared_again() {
    let folder = Folder::new();
    let store = notes(&folder);
    let other = Connection::open(folder.file()).unwrap();
    for index in 0..500 {
        insert(&other, &format!("note {index}")).unwrap();
    }
    other.execute_batch("ANALYZE").unwrap();
    drop(other);
    let prepared = |text: &'static str| {
        let run = |connection: &Connection| {
            let sql = "SELECT id FROM notes WHERE text > ?1 AND id < ?2 LIMIT 3";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map((text, 400), |_| Ok(()))?.for_each(drop);
            Ok(statement.reset_status(rusqlite::StatementStatus::RePrepare))
        };
        store.read(run).unwrap()
    };
    // The statistics themselves are a change of the schema, which is noticed once.
    prepared("first");
    for text in ["a", "note 7", "z"] {
        assert_eq!(prepared(text), 0, "{text}");
    }
}
