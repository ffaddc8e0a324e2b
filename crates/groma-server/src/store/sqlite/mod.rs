//! SQLite in WAL mode with one writer and many readers.
//!
//! Reads run on the thread that asks, on a connection of their own. Writes go to one thread, which commits all
//! that wait in one transaction and answers after the commit: an answer means that the change is on the disk.
//! Knows statements and rows; knows nothing of routes, callers or HTTP.

mod aside;
mod connection;
mod external;
mod job;
pub(super) mod peek;
mod readers;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use groma_ir::Model;
use groma_sql::ExternalTable;
use groma_sql::schema::Schema;
use rusqlite::Connection;

use super::{Found, OpenError, SchemaDifference, StoreError};
use aside::Aside;
use connection::{Guarded, Purpose};
use readers::Readers;
use writer::Writer;

/// How long one read may hold a worker thread.
const READ_TIME: Duration = Duration::from_secs(1);
/// How long one write may hold the writer.
const WRITE_TIME: Duration = Duration::from_secs(3);

/// A database file that is open for writing and whose tables were not looked at yet.
#[derive(Debug)]
pub(crate) struct Opened {
    path: PathBuf,
    writer: Guarded,
}

/// An open database with the tables of the design. Cheap to clone; [`Store::close`] ends it for all clones.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    readers: Arc<Readers>,
    aside: Arc<Aside>,
    writer: Arc<Writer>,
}

/// What becomes of a write once its work is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// The changes are kept.
    Keep,
    /// The changes are undone; the answer is sent all the same.
    Undo,
}

impl Opened {
    /// Opens the file, and makes it and its folder when they are not there.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        }
        make_private(path);
        let writer = Guarded::open(path, Purpose::Write).map_err(|error| cannot_open(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
        })
    }

    /// Looks at what is in the place of a table that somebody else owns.
    pub(crate) fn look_at(&self, table: &ExternalTable) -> Result<Found, OpenError> {
        external::look(self.writer.plain(), table).map_err(|error| cannot_open(&self.path, error))
    }

    /// Makes a stand-in for a table that somebody else owns, by name, where nothing or an older stand-in was found.
    pub(crate) fn stand_in(&self, place: (&str, &Found), statement: &str) -> Result<(), OpenError> {
        external::stand_in(self.writer.plain(), place, statement)
            .map_err(|error| cannot_open(&self.path, error))
    }

    /// Creates the design's tables in a database that has none of them; otherwise they must be as the
    /// design has them.
    pub(crate) fn fitted(self, model: &Model, wanted: &Schema) -> Result<Self, OpenError> {
        let place = self.path.display().to_string();
        schema::fitted(self.writer.plain(), (model, wanted), &place)?;
        Ok(self)
    }

    /// Starts the writer and so many readers.
    pub(crate) fn start(self, readers: usize) -> Result<Store, OpenError> {
        let cannot = |error| cannot_open(&self.path, error);
        let readers = Readers::open(&self.path, readers, READ_TIME).map_err(cannot)?;
        let aside = Aside::open(&self.path).map_err(cannot)?;
        let writer = Writer::start(self.writer)
            .map_err(|error| cannot_open(&self.path, StoreError::Defect(error.to_string())))?;
        Ok(Store {
            readers: Arc::new(readers),
            aside: Arc::new(aside),
            writer: Arc::new(writer),
        })
    }
}

impl Store {
    /// Reads on this thread. `work` must be short, and is stopped when it is not.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.with(work)?
    }

    /// Reads beside the workers: for work that may look at many rows. Clients, by whatever number, take turns.
    pub(crate) async fn read_aside<T: Send + 'static>(
        &self,
        client: u64,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.aside.run(client, work).await
    }

    /// Writes in a transaction; the answer comes after the commit. `work` must be fit to run a second time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<(Verdict, T), StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await
    }

    /// Whether the database answers.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT count(*) FROM sqlite_schema")?
                .query_row([], |_| Ok(()))?;
            Ok(())
        })
    }

    /// Finishes the writes that wait, empties the log into the file and closes it. Blocks.
    pub(crate) fn close(&self) {
        self.writer.close();
    }
}

/// Makes the file so that only its owner can read it; SQLite's other files take over its mode. When it cannot be
/// made, opening it says why.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

fn cannot_open(path: &Path, source: StoreError) -> OpenError {
    OpenError::Open {
        place: path.display().to_string(),
        source,
    }
}
