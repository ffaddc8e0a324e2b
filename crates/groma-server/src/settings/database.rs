//! `DATABASE_URL` and its like: which database, and how it is reached.

use std::path::{Path, PathBuf};

use groma_database::postgres::Url;

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

/// The file that a database URL names, or why it names none.
pub fn file(url: &str) -> Result<PathBuf, &'static str> {
    let path = match url.split_once(':') {
        Some(("sqlite" | "file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some((scheme, _))
            if scheme.len() > 1
                && scheme
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) =>
        {
            return Err(
                "its scheme is not known; give `postgresql://USER:PASSWORD@HOST/DATABASE`, or a file of SQLite, as \
                 `sqlite:data/tasks.db`",
            );
        }
        _ => url,
    };
    match path {
        "" => Err("it names no file; give one, as `sqlite:data/tasks.db`"),
        ":memory:" => Err("a database in memory has one connection only; give a file in a temporary folder"),
        _ if path.contains('?') => {
            Err("it has parameters, and there are none; give a file, as `sqlite:data/tasks.db`")
        }
        // Whoever says that it is a file knows its name.
        path if path == url && looks_like_a_server(path) => Err(
            "it is meant to be an address of a server and is none; give `postgresql://USER:PASSWORD@HOST/DATABASE`, or a \
             file of SQLite, as `sqlite:data/tasks.db`",
        ),
        path => Ok(PathBuf::from(path)),
    }
}

/// Whether a text is no name of a file that anybody wants: a slip in an address would make one, with a password in it.
fn looks_like_a_server(path: &str) -> bool {
    path.contains("//") || path.contains('=') || path.contains('@') || path.starts_with("postgres")
}

/// Reads the settings of the database. A relative file is taken from `folder`.
pub(super) fn read(reader: &mut Reader<'_>, folder: &Path) -> Database {
    if reader.mode == Mode::Production && reader.given(&DATABASE_URL).is_none() {
        reader.missing(DATABASE_URL.name);
    }
    let text = reader.text(&DATABASE_URL);
    if Url::is_one(text) {
        return postgres(reader, text);
    }
    if reader.given(&DATABASE_READ_URL).is_some() {
        let why = format!(
            "`{}` is no server of Postgres, and only that has copies",
            DATABASE_URL.name
        );
        reader.wrong(DATABASE_READ_URL.name, why);
    }
    let file = file(text).unwrap_or_else(|why| {
        reader.wrong(DATABASE_URL.name, why.to_owned());
        PathBuf::new()
    });
    Database::Sqlite(folder.join(file))
}

fn postgres(reader: &mut Reader<'_>, text: &str) -> Database {
    let read_url = reader
        .given(&DATABASE_READ_URL)
        .and_then(|text| url(reader, DATABASE_READ_URL.name, text));
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
    match url(reader, DATABASE_URL.name, text) {
        Some(url) => Database::Postgres(Box::new(PostgresSettings {
            url,
            read_url,
            connections,
        })),
        None => Database::Sqlite(PathBuf::new()),
    }
}

fn url(reader: &mut Reader<'_>, name: &str, text: &str) -> Option<Url> {
    Url::parse(text)
        .map_err(|error| reader.wrong(name, error.to_string()))
        .ok()
}

/// As many as keep the cores busy while answers are on their way, and few enough that several servers fit the smallest
/// database that hosts offer. Writes wait for the disk: with 8 connections 16 clients made 0.6 as many as with 16.
fn default_connections() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    (cores * 4).clamp(16, 32)
}
