//! What a user of the store sees: answers, files after a crash, and messages about tables that do not fit.

mod durability;
mod external;
mod schema;
mod writes;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use groma_database::catalog::of_sqlite;
use groma_sql::schema::Schema;
use rusqlite::Connection;

use super::{OpenError, Opened, Store};

/// A folder that goes away with the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "groma-store-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("data").join("test.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) const NOTES: &str = r#"CREATE TABLE "notes" ("id" INTEGER PRIMARY KEY, "text" TEXT NOT NULL UNIQUE CHECK (length("text") < 50)) STRICT"#;

/// The tables that statements make, as a design would want them.
pub(super) fn wanted(statements: &[&str]) -> Schema {
    let memory = Connection::open_in_memory().unwrap();
    memory.execute_batch(&statements.join(";")).unwrap();
    of_sqlite(&memory).unwrap().schema
}

/// A file with the tables of such a design.
pub(super) fn fitted(file: &Path, statements: &[&str]) -> Result<Opened, OpenError> {
    // Which checks are those of types is no matter here: the design has none of these.
    let model = groma_ir::sample::tasks();
    Opened::open(file)?.fitted(&model, &wanted(statements))
}

pub(super) fn notes(folder: &Folder) -> Store {
    fitted(&folder.file(), &[NOTES])
        .and_then(|opened| opened.start(2))
        .unwrap()
}

pub(super) fn texts(store: &Store) -> Vec<String> {
    store
        .read(|connection| {
            let mut statement = connection.prepare("SELECT text FROM notes ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        })
        .unwrap()
}
