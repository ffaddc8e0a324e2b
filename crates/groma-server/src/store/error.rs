//! What can go wrong with the database, sorted by what the caller can do about it.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// The database could not do what was asked of it. `Display` is for the log, never for a reply.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// Another process holds the lock, or too many writes wait: worth a try later.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A statement ran longer than it may and was stopped.
    #[error("a statement was stopped: it ran longer than it may")]
    TooSlow,
    /// The disk is full, or cannot be read or written.
    #[error("the disk does not take or give the data: {0}")]
    Disk(String),
    /// The file is damaged, or is no database.
    #[error("the database file is damaged: {0}")]
    Corrupt(String),
    /// The database server cannot be reached; nothing was asked of it.
    #[error("the database is away: {0}")]
    Away(String),
    /// The connection to the database broke while something was done: whether it was is not known.
    #[error("the connection to the database broke, and whether it was done is not known: {0}")]
    Lost(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// A mistake in this program: a statement that does not fit the schema, a panic.
    #[error("defect: {0}")]
    Defect(String),
}

impl StoreError {
    /// Whether the same request may succeed later: 503 with `Retry-After` instead of 500.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy(_) | Self::TooSlow | Self::Disk(_) | Self::Away(_) | Self::Lost(_) | Self::Closed => {
                true
            }
            Self::Corrupt(_) | Self::Defect(_) => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(text),
            Some(ErrorCode::OperationInterrupted) => Self::TooSlow,
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::NoLargeFileSupport
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::PermissionDenied,
            ) => Self::Disk(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(text),
            _ => Self::Defect(text),
        }
    }
}

/// The database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder of the file could not be made.
    #[error("the folder `{}` for the database could not be made: create it, or change DATABASE_URL", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A database server cannot be used.
    #[error("the database cannot be used: {0}; DATABASE_URL says where it is")]
    Connect(#[from] groma_database::postgres::ConnectError),
    /// The database could not be opened.
    #[error("the database `{place}` could not be opened: {source}")]
    Open {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// It could not be asked what it holds.
    #[error("the database `{place}` could not be read: {source}")]
    Read {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: groma_database::DatabaseError,
    },
    /// The role under which requests run may not do what they have to, or may do more.
    #[error("no request can be let into the database `{place}`: {why}; {remedy}")]
    Rights {
        /// Where it is.
        place: String,
        /// What is wrong.
        why: String,
        /// What helps.
        remedy: String,
    },
    /// Tables that somebody else owns are not there, or not as the design reads them.
    #[error("{}", external_message(.place, .differences))]
    External {
        /// Where they should be.
        place: String,
        /// Each difference.
        differences: Vec<SchemaDifference>,
    },
    /// The tables there are not those of the design.
    #[error("{}", schema_message(.place, .remedy, .differences))]
    Schema {
        /// Where they are.
        place: String,
        /// What can be done about it.
        remedy: Remedy,
        /// Each difference.
        differences: Vec<SchemaDifference>,
    },
}

/// What can be done about tables that do not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// None of them is there: a migration makes them.
    Make,
    /// Somebody made them, and no migration is recorded.
    TakeOver {
        /// Whether the database is a file, which can be removed.
        is_file: bool,
    },
    /// Migrations made them.
    Migrate {
        /// The last one, where the record can be read.
        last: Option<String>,
    },
}

/// One difference between the tables of the design and those that are there.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SchemaDifference {
    /// A table, an index or a column of the design is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// In the place of a table that somebody else owns is a stand-in for development.
    #[error("{0} is a stand-in that a development server made")]
    StandIn(String),
    /// Something of one of the design's tables is not of the design.
    #[error("{0} is not in the design")]
    Extra(String),
    /// A table has the form that the design says, and does otherwise.
    #[error("{0}")]
    Otherwise(String),
    /// Both have it, and not alike.
    #[error("{what} is `{found}` where the design says `{wanted}`")]
    Differs {
        /// What differs: `column "title" of table "tasks"`.
        what: String,
        /// How it is there.
        found: String,
        /// How the design has it.
        wanted: String,
    },
}

fn schema_message(place: &str, remedy: &Remedy, differences: &[SchemaDifference]) -> String {
    let what = format!("the database `{place}` does not fit the design");
    listed(&what, differences, &remedy.to_string())
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Make => out.write_str(
                "`groma migrate plan` says what makes it fit, and `groma migrate apply` does it; or use another database",
            ),
            Self::TakeOver { is_file } => {
                out.write_str(
                    "it has no record of migrations: with the design that it fits, `groma migrate adopt` takes it over, \
                     and with this one `groma migrate plan` and `groma migrate apply` make it fit from then on; or use \
                     another database",
                )?;
                out.write_str(if *is_file {
                    ", or remove the file if its data can go"
                } else {
                    ""
                })
            }
            Self::Migrate { last } => {
                if let Some(last) = last {
                    write!(out, "the last migration that was applied to it is `{last}`: ")?;
                }
                out.write_str(
                    "`groma migrate status` says which are pending, `groma migrate apply` does them (with `--contract` also \
                     those that wait until the release before runs no more), and `groma migrate plan` writes what is \
                     missing; or start the release that it was migrated for",
                )
            }
        }
    }
}

fn external_message(place: &str, differences: &[SchemaDifference]) -> String {
    let what = format!(
        "the database `{place}` lacks what the design declares as somebody else's (`external table`)"
    );
    let remedy = "set DATABASE_URL to the database that their owner keeps them in, let the owner make them, give a field \
                  the type that its column has, or declare the entity `external` without a table when its rows live \
                  elsewhere";
    listed(&what, differences, remedy)
}

fn listed(what: &str, differences: &[SchemaDifference], remedy: &str) -> String {
    let lines: Vec<String> = differences
        .iter()
        .map(|difference| format!("\n  - {difference}"))
        .collect();
    format!("{what}:{}\n{remedy}", lines.concat())
}
