//! Whether connections that look apart are one: a pooler in transaction mode lends its few to many, for a transaction
//! each. What a session keeps (settings, prepared statements, locks) would then be somebody else's a moment later.

use tokio_postgres::{Client, Error};

/// Which of two connections is asked who serves it, one after the other. A pooler that lends the one that rested least
/// gives both the same; one that lends them in turn gives one connection another one when it asks twice. No number of
/// lent ones makes both look direct: the order does not repeat itself.
const ORDER: [bool; 11] = [
    false, false, true, true, false, true, false, false, false, true, false,
];

/// Whether one process of the server has served both of two connections that live at the same time, or one connection
/// was served by two.
pub(super) async fn is_shared(one: &Client, other: &Client) -> Result<bool, Error> {
    let mut served: [Option<i32>; 2] = [None, None];
    for is_other in ORDER {
        let by = served_by(if is_other { other } else { one }).await?;
        let [first, second] = &mut served;
        let (own, others) = if is_other {
            (second, first)
        } else {
            (first, second)
        };
        if own.is_some_and(|before| before != by) || *others == Some(by) {
            return Ok(true);
        }
        *own = Some(by);
    }
    Ok(false)
}

/// The process of the server that serves a connection now.
pub(super) async fn served_by(client: &Client) -> Result<i32, Error> {
    let rows = client.query_typed("SELECT pg_backend_pid()", &[]).await?;
    rows.first().map_or(Ok(0), |row| row.try_get(0))
}
