//! One form of a schema that means the same wherever it comes from: its fingerprint, and the file that keeps it.
//!
//! In which order tables, columns and constraints stand means nothing here: a column that was added stands last in a
//! database and where its field does in the design.

use std::fmt;

use groma_sql::schema::{Schema, Table};
use xxhash_rust::xxh3::xxh3_128;

/// Which state of a schema something is about. Nothing rests on it being hard to forge.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fingerprint(String);

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the snapshot of the schema cannot be read; bring `migrations/schema.json` back from version control"
)]
pub struct SnapshotError(#[from] serde_json::Error);

impl Fingerprint {
    /// Reads what [`Fingerprint`] was written as.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// Of any text.
    pub fn of(text: &str) -> Self {
        Self(format!("{:032x}", xxh3_128(text.as_bytes())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The fingerprint of a schema: the same for two that hold the same.
pub fn fingerprint(schema: &Schema) -> Fingerprint {
    let text = serde_json::to_string(&canonical(schema)).unwrap_or_default();
    Fingerprint::of(&text)
}

/// Whether two schemas hold the same.
pub fn same(one: &Schema, other: &Schema) -> bool {
    canonical(one) == canonical(other)
}

/// A schema as the file that keeps it.
pub fn snapshot(schema: &Schema) -> String {
    let mut text = serde_json::to_string_pretty(&canonical(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema that a file keeps.
pub fn read_snapshot(text: &str) -> Result<Schema, SnapshotError> {
    Ok(serde_json::from_str(text)?)
}

/// The schema with everything in the order of its names, and without what a database does not hold.
pub(crate) fn canonical(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.tables.iter_mut().for_each(order);
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema
}

pub(crate) fn order(table: &mut Table) {
    for column in &mut table.columns {
        column.fill = None;
    }
    table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    table.functions.sort_by(|a, b| a.name.cmp(&b.name));
    table.policies.sort_by(|a, b| a.name.cmp(&b.name));
}
