//! One value of one row, for who verifies a service and has its database: what the service hands out by other ways
//! than its answers, as an invitation's token by e-mail.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use groma_sql::schema::quoted;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::StoreError;

/// Virtual machine steps between two looks, and how many looks one value may take: a second or two.
const STEPS: i32 = 10_000;
const MOST_LOOKS: u32 = 20_000;

/// A database that is read beside the service that writes it.
#[derive(Debug)]
pub struct Peek {
    connection: Connection,
    /// How often it was looked whether a read is through.
    looks: Arc<AtomicU32>,
}

/// Which value: that of a column, in the row with this key.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'c> {
    /// The table.
    pub table: &'c str,
    /// The column.
    pub column: &'c str,
    /// The column of the key.
    pub key_column: &'c str,
    /// The key.
    pub key: &'c serde_json::Value,
}

impl Peek {
    /// Opens a database to read it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Disk(String::from("it is no file")));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        let is_over = move || counted.fetch_add(1, Ordering::Relaxed) > MOST_LOOKS;
        connection.progress_handler(STEPS, Some(is_over))?;
        // Whatever stands there: it is read before anything is asked of it, and no read takes long.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Self { connection, looks })
    }

    /// Reads a value: text or a whole number. Nothing where there is no such row, or another kind of value.
    pub fn value(&self, cell: Cell<'_>) -> Result<Option<serde_json::Value>, StoreError> {
        let key = match cell.key {
            serde_json::Value::String(text) => Value::Text(text.clone()),
            other => other.as_i64().map_or(Value::Null, Value::Integer),
        };
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = ?1",
            quoted(cell.column),
            quoted(cell.table),
            quoted(cell.key_column)
        );
        self.looks.store(0, Ordering::Relaxed);
        let read = self.connection.query_row(&sql, [key], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into()),
                ValueRef::Integer(number) => Some(number.into()),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
            })
        });
        Ok(read.optional()?.flatten())
    }
}
