//! Rows that are in the way of steps to come, looked for before the first of them: no migration stops half way for rows
//! that were there from the start.

use groma_migrate::lint::Ahead;
use tokio_postgres::Client;

use super::ask::ask;
use super::{Applied, InTheWay, RunError, Script};
use crate::error::postgres;

/// That no row of now is in the way of migrations, as far as that can be asked before they are applied.
pub(super) async fn look(client: &Client, scripts: &[Script], applied: &[Applied]) -> Result<(), RunError> {
    let mut ahead = Ahead::default();
    let mut found = Vec::new();
    let mut is_begun = false;
    for script in scripts {
        let done = applied.iter().find(|applied| applied.name == script.name);
        let done = done.map_or(0, |applied| applied.steps);
        is_begun |= done > 0;
        for (at, step) in script.steps.iter().enumerate().skip(done) {
            for (what, count) in &step.obstacles {
                let rows = match ahead.asked(count) {
                    Some(query) => counted(client, &query).await?,
                    None => 0,
                };
                if rows > 0 {
                    found.push(InTheWay::of((script, at), (rows, what)));
                }
            }
            for sql in &step.sql {
                ahead.follow(sql);
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(RunError::InTheWay { found, is_begun })
}

/// How many rows there are; none where the database does not take the question yet: its own step asks it again.
async fn counted(client: &Client, query: &str) -> Result<i64, RunError> {
    match ask::<i64>(client, query).await {
        Ok(rows) => Ok(rows.unwrap_or_default()),
        Err(error) if error.as_db_error().is_some() => Ok(0),
        Err(error) => Err(postgres("count the rows that are in the way")(error).into()),
    }
}
