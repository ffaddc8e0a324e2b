//! The database of the service, for what never leaves it.

use groma_server::peek::{Cell, Peek};
use groma_server::settings::database;
use groma_verify::{Hidden, Wanted};

use crate::failure::Failure;

/// An open database.
pub(super) struct Database(Peek);

impl Database {
    /// Opens what `--database` names.
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let cannot = |why: String| {
            Failure::usage(
                format!("`{url}` cannot be read as the service's database: {why}"),
                "give its SQLite file, as `--database .groma/dev.db`",
            )
        };
        let file = database::file(url).map_err(|why| cannot(why.to_owned()))?;
        let peek = Peek::open(&file).map_err(|error| cannot(error.to_string()))?;
        Ok(Self(peek))
    }
}

impl Hidden for Database {
    fn value(&self, wanted: &Wanted<'_>) -> Result<Option<serde_json::Value>, String> {
        let cell = Cell {
            table: wanted.table,
            column: wanted.column,
            key_column: wanted.key_column,
            key: wanted.key,
        };
        self.0.value(cell).map_err(|error| error.to_string())
    }
}
