//! `DATABASE_URL` and its like: which database, and how it is reached.

mod address;

use std::path::{Path, PathBuf};

use groma_database::postgres::Url;

pub use address::{Address, AddressError};

use super::Mode;
use super::reader::Reader;
use super::variable::{DATABASE_CONNECTIONS, DATABASE_READ_URL, DATABASE_URL};

/// Where the data are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Database {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A server of Postgres.
    Postgres(Box<PostgresSettings>),
}

/// A server of Postgres.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostgresSettings {
    /// Where it is.
    pub url: Url,
    /// Where a copy of it is that reads go to.
    pub read_url: Option<Url>,
    /// How many connections this process has to each.
    pub connections: usize,
}

impl Database {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

/// Where it is, without a password.
impl std::fmt::Display for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(file) => file.display().fmt(formatter),
            Self::Postgres(settings) => settings.url.fmt(formatter),
        }
    }
}

/// Reads the settings of the database. A relative file is taken from `folder`.
pub(super) fn read(reader: &mut Reader<'_>, folder: &Path) -> Database {
    if reader.mode == Mode::Production && reader.given(&DATABASE_URL).is_none() {
        reader.missing(DATABASE_URL.name);
    }
    let file = match address(reader, DATABASE_URL.name, reader.text(&DATABASE_URL)) {
        Some(Address::Postgres(url)) => return postgres(reader, url),
        Some(Address::Sqlite(file)) => file,
        None => return Database::Sqlite(PathBuf::new()),
    };
    if reader.given(&DATABASE_READ_URL).is_some() {
        let why = format!(
            "`{}` is no server of Postgres, and only that has copies",
            DATABASE_URL.name
        );
        reader.wrong(DATABASE_READ_URL.name, why);
    }
    Database::Sqlite(folder.join(file))
}

fn postgres(reader: &mut Reader<'_>, url: Url) -> Database {
    let read_url = reader.given(&DATABASE_READ_URL).and_then(|text| {
        let read = Url::parse(text);
        read.map_err(|error| reader.wrong(DATABASE_READ_URL.name, error.to_string()))
            .ok()
    });
    let connections = match reader.given(&DATABASE_CONNECTIONS) {
        None => default_connections(),
        Some(_) => reader.number(&DATABASE_CONNECTIONS, 1),
    };
    if connections == 0 {
        reader.wrong(
            DATABASE_CONNECTIONS.name,
            "at least one connection is needed".to_owned(),
        );
    }
    Database::Postgres(Box::new(PostgresSettings {
        url,
        read_url,
        connections,
    }))
}

fn address(reader: &mut Reader<'_>, name: &str, text: &str) -> Option<Address> {
    Address::parse(text)
        .map_err(|error| reader.wrong(name, error.to_string()))
        .ok()
}

/// As many as keep the cores busy while answers are on their way, and few enough that several servers fit the smallest
/// database that hosts offer. Writes wait for the disk: with 8 connections 16 clients made 0.6 as many as with 16.
fn default_connections() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    (cores * 4).clamp(16, 32)
}
