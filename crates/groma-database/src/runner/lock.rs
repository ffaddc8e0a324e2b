//! One runner at a time.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::{Event, Patience, RunError, Tell};
use crate::error::postgres;

/// What tells the lock from those of others: the letters `groma.mi`.
const SEED: i64 = i64::from_be_bytes(*b"groma.mi");
const PAUSE: Duration = Duration::from_millis(300);

/// Asks for the lock of a schema until it is there: each has a record of its own.
pub(super) async fn acquire(
    (client, here): (&Client, &str),
    patience: &Patience,
    tell: Tell<'_>,
) -> Result<(), RunError> {
    let since = Instant::now();
    let mut is_told = false;
    loop {
        let row = client
            .query_one(
                "SELECT pg_try_advisory_lock(hashtextextended($1, $2))",
                &[&here, &SEED],
            )
            .await
            .map_err(postgres("ask for the lock of migrations"))?;
        if row.get(0) {
            return Ok(());
        }
        let holder = holder(client, here).await;
        if since.elapsed() >= patience.turn {
            return Err(RunError::Busy {
                holder: holder.unwrap_or_else(|| String::from("nobody says who")),
                waited: since.elapsed(),
            });
        }
        if !is_told {
            tell(Event::Waits { holder });
            is_told = true;
        }
        tokio::time::sleep(jittered(PAUSE)).await;
    }
}

/// Lets the next one in. The end of the connection does it too.
pub(super) async fn release(client: &Client, here: &str) {
    let unlock = "SELECT pg_advisory_unlock(hashtextextended($1, $2))";
    let _ = client.query(unlock, &[&here, &SEED]).await;
}

/// Whether it is still this connection's: a step may have given it up.
pub(super) async fn is_held(client: &Client, here: &str) -> Result<bool, RunError> {
    let row = client
        .query_one(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND pid = pg_backend_pid() AND (classid::int8 << 32) | objid::int8 = hashtextextended($1, $2))",
            &[&here, &SEED],
        )
        .await
        .map_err(postgres("look whether the lock of migrations is held"))?;
    Ok(row.get(0))
}

async fn holder(client: &Client, here: &str) -> Option<String> {
    let row = client
        .query_opt(
            "SELECT format('process %s, %s, since %s', a.pid, coalesce(nullif(a.application_name, ''), a.usename),
               to_char(a.backend_start, 'HH24:MI:SS'))
             FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND (l.classid::int8 << 32) | l.objid::int8 = hashtextextended($1, $2)
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             LIMIT 1",
            &[&here, &SEED],
        )
        .await;
    row.ok().flatten().map(|row| row.get(0))
}

/// About so long, so that those who wait do not come at once.
pub(super) fn jittered(pause: Duration) -> Duration {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let odd = now.map_or(0, |now| now.subsec_nanos() % 1_000);
    pause / 2 + pause * odd / 1_000
}
