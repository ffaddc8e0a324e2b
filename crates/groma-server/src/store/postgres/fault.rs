//! What can go wrong with a statement, sorted by what is known afterwards.

use std::error::Error as _;

use groma_database::postgres::ConnectError;
use tokio_postgres::error::{DbError, Severity};

use crate::store::StoreError;

/// A statement that did not end well.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server refused it, and nothing of it was kept. The connection is as good as before.
    Said(Box<DbError>),
    /// The connection broke: whether it was done is not known.
    Broken(String),
    /// It was stopped after its time: whether it was done is not known.
    TooSlow,
    /// It could not be sent.
    Defect(String),
}

/// What a server's refusal means for the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Others were in the way: the same request may succeed at once.
    Collision,
    /// A statement that was kept prepared is not there, or another one of its name is: something stands between that
    /// shares connections.
    NotPrepared,
    /// A statement that was kept prepared no longer fits the tables.
    Outdated,
    /// The server takes no writes (any longer): it has become a replica, or its disk is full.
    ReadOnly,
    /// Anything else.
    Other,
}

impl Fault {
    /// What the driver's error means for the statement that got it.
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // The server is about to close the connection, and may have said so after the statement.
            Some(said) if is_last(said) => Self::Broken(said.message().to_owned()),
            Some(said) => Self::Said(Box::new(said.clone())),
            None if is_ours(error) => Self::Defect(whole(error)),
            None => Self::Broken(whole(error)),
        }
    }

    pub(super) fn meaning(&self) -> Meaning {
        let Self::Said(said) = self else {
            return Meaning::Other;
        };
        match said.code().code() {
            "40001" | "40P01" => Meaning::Collision,
            "26000" | "42P05" => Meaning::NotPrepared,
            "0A000" => Meaning::Outdated,
            "25006" => Meaning::ReadOnly,
            _ => Meaning::Other,
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Said(said) => refused(&said),
            Fault::Broken(why) => Self::Lost(why),
            Fault::TooSlow => Self::TooSlow,
            Fault::Defect(why) => Self::Defect(why),
        }
    }
}

impl From<ConnectError> for StoreError {
    fn from(error: ConnectError) -> Self {
        Self::Away(error.to_string())
    }
}

/// What a refusal is for who asked.
fn refused(said: &DbError) -> StoreError {
    let text = format!("{} ({})", said.message(), said.code().code());
    match said.code().code() {
        "57014" => StoreError::TooSlow,
        "40001" | "40P01" | "55P03" | "25006" | "53300" | "53400" => StoreError::Busy(text),
        "53000" | "53100" | "53200" | "58030" => StoreError::Disk(text),
        "XX001" | "XX002" => StoreError::Corrupt(text),
        _ => StoreError::Defect(text),
    }
}

/// Whether the server closes the connection behind this. A pooler says so in one field, which a server translates,
/// and not in the other, which it does not.
fn is_last(said: &DbError) -> bool {
    match said.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        None => matches!(said.severity(), "FATAL" | "PANIC"),
    }
}

/// Whether it is about what we wanted to send, of which nothing was sent.
fn is_ours(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    let ours = [
        "error serializing parameter",
        "error encoding message to server",
        "expected ",
    ];
    ours.iter().any(|start| text.starts_with(start))
}

fn whole(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
