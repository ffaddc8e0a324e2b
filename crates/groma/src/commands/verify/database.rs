//! The database of the service, for what never leaves it.

use std::fmt::Display;

use groma_database::postgres::Url;
use groma_server::peek::{Cell, Peek, Remote};
use groma_server::settings::database::Address;
use groma_verify::{Hidden, Wanted};
use tokio::runtime::Runtime;

use crate::failure::Failure;

/// An open database.
pub(super) enum Database {
    /// A file.
    File(Peek),
    /// A server, and what carries its answers.
    Server(Remote, Runtime),
}

impl Database {
    /// Opens what `--database` names.
    pub(super) fn open(text: &str) -> Result<Self, Failure> {
        // The text may hold a password.
        match Address::parse(text).map_err(|why| cannot("--database", why))? {
            Address::Postgres(url) => Self::server(&url),
            Address::Sqlite(file) => {
                let peek = Peek::open(&file).map_err(|why| cannot(file.display(), why))?;
                Ok(Self::File(peek))
            }
        }
    }

    fn server(url: &Url) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| Failure::Threads { source })?;
        let remote = runtime.block_on(Remote::open(url));
        Ok(Self::Server(remote.map_err(|why| cannot(url, why))?, runtime))
    }
}

fn cannot(url: impl Display, why: impl Display) -> Failure {
    Failure::usage(
        format!("`{url}` cannot be read as the service's database: {why}"),
        "give its address, as `--database postgresql://USER:PASSWORD@HOST/DATABASE`, or its SQLite file, as \
         `--database .groma/dev.db`",
    )
}

impl Hidden for Database {
    fn value(&self, wanted: &Wanted<'_>) -> Result<Option<serde_json::Value>, String> {
        let cell = Cell {
            table: wanted.table,
            column: wanted.column,
            key_column: wanted.key_column,
            key: wanted.key,
        };
        let value = match self {
            Self::File(peek) => peek.value(cell),
            Self::Server(remote, runtime) => runtime.block_on(remote.value(cell)),
        };
        value.map_err(|error| error.to_string())
    }
}
