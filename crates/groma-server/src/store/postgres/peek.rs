//! One value of one row of a server's database, for who verifies a service.

use std::time::Duration;

use groma_database::postgres::{Connection, Connector, Url};
use groma_sql::schema::quoted;
use tokio_postgres::types::Type;

use super::fault::Fault;
use crate::store::sqlite::peek::Cell;
use crate::store::{OpenError, StoreError};

/// How long a server that sleeps is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one read may take.
const TIME: Duration = Duration::from_secs(5);

/// A database that is read beside the service that writes it.
#[derive(Debug)]
pub struct Remote {
    connection: Connection,
}

impl Remote {
    /// Reaches a database to read it.
    pub async fn open(url: &Url) -> Result<Self, OpenError> {
        let connection = Connector::new(url)?.connect_within(PATIENCE).await?;
        Ok(Self { connection })
    }

    /// Reads a value: text or a whole number. Nothing where there is no such row, or another kind of value.
    pub async fn value(&self, cell: Cell<'_>) -> Result<Option<serde_json::Value>, StoreError> {
        let key = match cell.key {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let sql = format!(
            "SELECT to_jsonb({})::text FROM {} WHERE {}::text = $1",
            quoted(cell.column),
            quoted(cell.table),
            quoted(cell.key_column)
        );
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 1] = [(&key, Type::TEXT)];
        let asked = self.connection.query_typed(&sql, &parameters);
        let rows = tokio::time::timeout(TIME, asked).await;
        let rows = rows.map_err(|_| StoreError::TooSlow)?;
        let rows = rows.map_err(|error| StoreError::from(Fault::of(&error)))?;
        let text: Option<String> = rows.first().and_then(|row| row.get(0));
        let value = text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        Ok(value.filter(|value| value.is_string() || value.is_i64()))
    }
}
