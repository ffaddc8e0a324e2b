//! What was answered is on the disk, whatever happens to the process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use rusqlite::Connection;

use super::super::Verdict;
use super::{Folder, NOTES, fitted};

const CHILD: &str = "GROMA_STORE_TEST_FILE";

#[test]
fn what_was_answered_survives_kill_nine() {
    if let Ok(file) = std::env::var(CHILD) {
        return write_until_killed(&file);
    }
    let folder = Folder::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "store::sqlite::tests::durability::what_was_answered_survives_kill_nine",
        ])
        .env(CHILD, folder.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let answered: Vec<String> = lines
        .map_while(Result::ok)
        .filter(|line| line.starts_with("note "))
        .take(300)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answered.len(), 300);

    let connection = Connection::open(folder.file()).unwrap();
    for text in answered {
        let sql = "SELECT count(*) FROM notes WHERE text = ?1";
        let count: u32 = connection.query_row(sql, [&text], |row| row.get(0)).unwrap();
        assert_eq!(count, 1, "{text}");
    }
    let state: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(state, "ok");
}

/// The child: many writers at once; a line for each answer, until the parent has seen enough.
fn write_until_killed(file: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let store = fitted(file.as_ref(), &[NOTES])
        .and_then(|opened| opened.start(1))
        .unwrap();
    runtime.block_on(async {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for index in 0..100_000 {
                        let text = format!("note {writer}-{index}");
                        let copy = text.clone();
                        let insert = move |connection: &Connection| {
                            connection.execute("INSERT INTO notes (text) VALUES (?1)", [&copy])?;
                            Ok((Verdict::Keep, ()))
                        };
                        store.write(insert).await.unwrap();
                        writeln!(std::io::stdout().lock(), "\n{text}").unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}
