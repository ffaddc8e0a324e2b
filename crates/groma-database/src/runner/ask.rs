//! Questions of a file: they are asked, and change nothing whatever they say.

use rusqlite::{Connection, OptionalExtension as _};
use tokio_postgres::Client;
use tokio_postgres::types::FromSqlOwned;

/// What a query answers in the first column of its first row, where it has one that is known. It is asked by itself, in a
/// transaction that writes nothing.
pub(crate) async fn ask<T: FromSqlOwned>(
    client: &Client,
    query: &str,
) -> Result<Option<T>, tokio_postgres::Error> {
    client.batch_execute("BEGIN READ ONLY").await?;
    let rows = client.query_typed(query, &[]).await;
    let ended = client.batch_execute("ROLLBACK").await;
    let rows = rows?;
    ended?;
    match rows.first() {
        Some(row) => row.try_get(0),
        None => Ok(None),
    }
}

/// The same of a file. It may be asked within a transaction.
pub(crate) fn ask_file(connection: &Connection, query: &str) -> Result<Option<i64>, rusqlite::Error> {
    let read = |is_only: &str| connection.execute_batch(&format!("PRAGMA query_only = {is_only}"));
    read("ON")?;
    let answer = connection.query_row(query, [], |row| row.get(0)).optional();
    read("OFF")?;
    answer.map(Option::flatten)
}
