//! Reads that may look at many rows: beside the workers, a few at a time, on connections of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::readers::Readers;
use crate::store::StoreError;
use crate::store::turns::Turns;

/// Reads that run at once. More would only slow each other and everybody else down.
const AT_ONCE: usize = 4;
/// How long one read may run.
const TIME: Duration = Duration::from_secs(5);

/// The lane of reads that may take their time.
#[derive(Debug)]
pub(super) struct Aside {
    readers: Arc<Readers>,
    turns: Turns,
}

impl Aside {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            readers: Arc::new(Readers::open(path, AT_ONCE, TIME)?),
            turns: Turns::new(AT_ONCE),
        })
    }

    /// Runs `work` of a client on a thread that is no worker, when its turn comes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: u64,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.turns.take(client).await?;
        let readers = Arc::clone(&self.readers);
        // What the work holds it keeps to its end, even when its client has gone away by then.
        let done = tokio::task::spawn_blocking(move || {
            let result = readers.with(work);
            drop(turn);
            result
        });
        done.await
            .map_err(|error| StoreError::Defect(error.to_string()))??
    }
}
