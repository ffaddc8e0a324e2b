//! Why a database does not do what is asked.

use std::error::Error as _;

use thiserror::Error;

use crate::postgres::ConnectError;

/// The database did not do what it was asked for.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It was not reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Something stands before it that shares its connections among many: a lock or a setting would be anybody's.
    #[error(
        "`{place}` is a pooler, which migrations cannot go through; give the direct address (on Neon, the host without \
         `-pooler`)"
    )]
    Pooled {
        /// Where.
        place: String,
    },
    /// Postgres said no, or is not there.
    #[error("cannot {doing}: {}", said(error))]
    Postgres {
        /// What we were doing.
        doing: String,
        /// What it said; no cause of its own to show, since the message says it all.
        error: tokio_postgres::Error,
    },
    /// SQLite said no.
    #[error("cannot {doing}: {error}")]
    Sqlite {
        /// What we were doing.
        doing: String,
        /// What it said.
        error: rusqlite::Error,
    },
}

/// An error of Postgres with what we were doing when it came.
pub(crate) fn postgres(doing: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> DatabaseError {
    let doing = doing.into();
    |error| DatabaseError::Postgres { doing, error }
}

/// An error of SQLite with what we were doing when it came.
pub(crate) fn sqlite(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> DatabaseError {
    let doing = doing.into();
    |error| DatabaseError::Sqlite { doing, error }
}

/// What the server said, which the driver's own words leave out.
fn said(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => {
            let detail = said.detail().map(|detail| format!(" ({detail})"));
            format!("{}{}", said.message(), detail.unwrap_or_default())
        }
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}
