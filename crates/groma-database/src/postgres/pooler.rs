//! Whether connections that look apart are one: a pooler in transaction mode lends its few to many, for a transaction
//! each. What a session keeps (settings, prepared statements, locks) would then be somebody else's a moment later.

use tokio_postgres::{Client, Error};

/// How often two connections are compared. A pooler that rests lends the same one each time.
const TIMES: usize = 3;

/// Whether one process of the server has served both of two connections that live at the same time, or one connection
/// was served by two.
pub(super) async fn is_shared(one: &Client, other: &Client) -> Result<bool, Error> {
    let (first, second) = (served_by(one).await?, served_by(other).await?);
    if first == second {
        return Ok(true);
    }
    for _ in 1..TIMES {
        let (again, other_again) = (served_by(one).await?, served_by(other).await?);
        if again != first || other_again != second {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The process of the server that serves a connection now.
pub(super) async fn served_by(client: &Client) -> Result<i32, Error> {
    let rows = client.query_typed("SELECT pg_backend_pid()", &[]).await?;
    rows.first().map_or(Ok(0), |row| row.try_get(0))
}
