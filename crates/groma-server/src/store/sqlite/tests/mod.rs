//! What a user of the store sees: answers, files after a crash, and messages about tables that do not fit.

mod durability;
mod external;
mod schema;
mod writes;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Opened, Store};

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

pub(super) fn statements(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn notes(folder: &Folder) -> Store {
    Opened::open(&folder.file())
        .unwrap()
        .fitted(&statements(&[NOTES]))
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
