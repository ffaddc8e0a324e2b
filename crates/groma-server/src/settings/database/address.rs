//! What people write to say which database they mean.
//!
//! It may hold a password wherever it is not understood, so that no message shows more of it than its scheme.

use std::path::PathBuf;

use groma_database::postgres::{Url, UrlError};
use thiserror::Error;

/// A database, by the words that somebody has for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// A server of Postgres.
    Postgres(Url),
    /// A file of SQLite.
    Sqlite(PathBuf),
}

/// Why a text names no database.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AddressError {
    /// It names a server of Postgres, and not how that is reached.
    #[error(transparent)]
    Server(#[from] UrlError),
    /// Libraries of other languages write their own name into the scheme.
    #[error(
        "`{known}+{driver}` names a driver of another language; leave it out: `{known}://` and the rest as it is"
    )]
    Driver {
        /// `postgresql`.
        known: String,
        /// `asyncpg`.
        driver: String,
    },
    /// Another kind of database, or none.
    #[error("its scheme {0}is not known; give {GIVE}")]
    Scheme(String),
    /// A slip in an address.
    #[error("it is meant to be an address of a server and is none; give {GIVE}")]
    Slip,
    /// No file.
    #[error("it names no file; give one, as `sqlite:data/tasks.db`")]
    NoFile,
    /// SQLite's own word for a database without a file.
    #[error("a database in memory has one connection only; give a file in a temporary folder")]
    Memory,
    /// SQLite's own parameters.
    #[error("it has parameters, and there are none; give a file, as `sqlite:data/tasks.db`")]
    Parameters,
}

const GIVE: &str =
    "`postgresql://USER:PASSWORD@HOST/DATABASE`, or a file of SQLite, as `sqlite:data/tasks.db`";

impl Address {
    /// Reads an address. A file is as it is written, relative or not; behind `sqlite:` it may have the slashes of
    /// `SQLAlchemy`, where three are not part of it: a generated project and this tool go by one `DATABASE_URL`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if Url::is_one(text) {
            return Ok(Self::Postgres(Url::parse(text)?));
        }
        let path = match text.split_once(':') {
            Some(("sqlite", rest)) => {
                let rest_of = |slashes| rest.strip_prefix(slashes);
                rest_of("///").or_else(|| rest_of("//")).unwrap_or(rest)
            }
            Some(("file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((scheme, rest)) if is_scheme(scheme) => return Err(of_scheme(scheme, rest)),
            _ => text,
        };
        match path {
            "" => Err(AddressError::NoFile),
            ":memory:" => Err(AddressError::Memory),
            _ if path.contains('?') => Err(AddressError::Parameters),
            // Whoever says that it is a file knows its name.
            path if path == text && looks_like_a_server(path) => Err(AddressError::Slip),
            path => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

/// Whether it is more than the letter of a drive.
fn is_scheme(text: &str) -> bool {
    let mut letters = text.chars();
    text.len() > 1 && letters.all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

fn of_scheme(scheme: &str, rest: &str) -> AddressError {
    match scheme.split_once('+') {
        Some((known @ ("postgresql" | "postgres" | "sqlite"), driver)) => AddressError::Driver {
            known: known.to_owned(),
            driver: driver.to_owned(),
        },
        // Without the slashes it may be a user before a password, or the password.
        _ if rest.starts_with("//") => AddressError::Scheme(format!("`{scheme}` ")),
        _ => AddressError::Scheme(String::new()),
    }
}

/// Whether a text is no name of a file that anybody wants: a slip in an address would make one, with a password in it.
fn looks_like_a_server(path: &str) -> bool {
    path.contains("//") || path.contains('=') || path.contains('@') || path.starts_with("postgres")
}
