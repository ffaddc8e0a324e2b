//! What a server says of work that takes its time. The runner's own connection waits for the end of it, so that another
//! one asks.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_postgres::{Client, Error, Row};

use super::{Event, Tell};
use crate::postgres::{Connection, Connector};

/// How often it is asked.
const PAUSE: Duration = Duration::from_secs(1);

/// What one process does: how long its statement has been running, who holds the lock that it waits for, and how far an
/// index is that it builds.
const QUERY: &str = "
SELECT extract(epoch FROM clock_timestamp() - a.query_start)::int8,
  CASE WHEN a.wait_event_type = 'Lock' THEN (pg_blocking_pids(a.pid))[1] END,
  i.phase, i.lockers_done, i.lockers_total, i.blocks_done, i.blocks_total, i.tuples_done, i.tuples_total
FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index i ON i.pid = a.pid
WHERE a.pid = $1 AND a.state = 'active'";

/// Does something with a connection, while another one asks what becomes of it.
pub(crate) async fn watched<T>(
    (connection, connector): (&Connection, &Connector),
    tell: Tell<'_>,
    work: impl AsyncFnOnce(Tell<'_>) -> T,
) -> T {
    let (told, mut events) = unbounded_channel();
    let watcher = connection.served_by().await.ok().map(|process| {
        let watching = watch(connector.clone(), process, told.clone());
        tokio::spawn(watching)
    });
    let outcome = {
        let mut send = |event| {
            // Who listens stays until the work is done.
            let _ = told.send(event);
        };
        let mut work = std::pin::pin!(work(&mut send));
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => tell(event),
                outcome = &mut work => break outcome,
            }
        }
    };
    if let Some(watcher) = watcher {
        watcher.abort();
    }
    while let Ok(event) = events.try_recv() {
        tell(event);
    }
    outcome
}

/// Tells what a process does, as long as the server answers.
async fn watch(connector: Connector, process: i32, told: UnboundedSender<Event>) {
    tokio::time::sleep(PAUSE).await;
    let Ok(client) = connector.connect().await else {
        return;
    };
    while let Ok(now) = look(&client, process).await {
        if let Some(said) = now.and_then(|now| now.said()) {
            let _ = told.send(Event::Progress { said });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(client: &Client, process: i32) -> Result<Option<Now>, Error> {
    let rows = client
        .query_typed(QUERY, &[(&process, tokio_postgres::types::Type::INT4)])
        .await?;
    rows.first().map(Now::of).transpose()
}

/// What a process does now.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Now {
    seconds: i64,
    /// The process that holds what it waits for.
    blocked_by: Option<i32>,
    index: Option<Index>,
}

/// How far an index is: what is done now, and how much of it out of how much.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Index {
    phase: String,
    lockers: (i64, i64),
    blocks: (i64, i64),
    tuples: (i64, i64),
}

impl Now {
    fn of(row: &Row) -> Result<Self, Error> {
        let pair = |at: usize| Ok::<(i64, i64), Error>((row.try_get(at)?, row.try_get(at + 1)?));
        let phase: Option<String> = row.try_get(2)?;
        let index = match phase {
            Some(phase) => Some(Index {
                phase,
                lockers: pair(3)?,
                blocks: pair(5)?,
                tuples: pair(7)?,
            }),
            None => None,
        };
        Ok(Self {
            seconds: row.try_get(0)?,
            blocked_by: row.try_get(1)?,
            index,
        })
    }

    /// In words; nothing of what is over soon.
    fn said(&self) -> Option<String> {
        let by = self.blocked_by.map(|process| format!(", for process {process}"));
        let by = by.unwrap_or_default();
        if let Some(index) = &self.index {
            return Some(format!("{}{by}", index.said()));
        }
        let waits = if by.is_empty() { "" } else { ", waits for a lock" };
        (self.seconds > 1).then(|| format!("{} seconds{waits}{by}", self.seconds))
    }
}

impl Index {
    fn said(&self) -> String {
        let (done, total) = self.lockers;
        if self.phase.starts_with("waiting") && total > 0 {
            return format!("{}: {done} of {total}", self.phase);
        }
        // Each phase counts the one or the other, and some keep what the one before it counted.
        let is_of_tuples = self.phase.contains("tuples");
        let (done, total) = if is_of_tuples { self.tuples } else { self.blocks };
        match (done * 100).checked_div(total) {
            Some(share) => format!("{}: {} %", self.phase, share.min(100)),
            None => self.phase.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, Now};

    #[test]
    fn what_the_server_says_is_told_in_words() {
        let index = |phase: &str| Index {
            phase: String::from(phase),
            blocks: (422, 1000),
            tuples: (1, 3),
            lockers: (1, 2),
        };
        let said = |now: &Now| now.said().unwrap_or_default();
        let of = |index| Now {
            index: Some(index),
            ..Now::default()
        };
        for (phase, words) in [
            (
                "building index: scanning table",
                "building index: scanning table: 42 %",
            ),
            (
                "building index: loading tuples in tree",
                "building index: loading tuples in tree: 33 %",
            ),
            (
                "waiting for writers before build",
                "waiting for writers before build: 1 of 2",
            ),
        ] {
            assert_eq!(said(&of(index(phase))), words);
        }
        let unknown = Index {
            blocks: (0, 0),
            ..index("initializing")
        };
        assert_eq!(said(&of(unknown)), "initializing");
        let mut now = Now {
            seconds: 1,
            ..Now::default()
        };
        assert_eq!(now.said(), None, "it is over soon");
        now.seconds = 7;
        assert_eq!(said(&now), "7 seconds");
        now.blocked_by = Some(4711);
        assert_eq!(said(&now), "7 seconds, waits for a lock, for process 4711");
        now.index = Some(index("waiting for old snapshots"));
        assert_eq!(said(&now), "waiting for old snapshots: 1 of 2, for process 4711");
    }
}
