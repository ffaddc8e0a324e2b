//! Reads that may look at many rows: beside the workers, a few at a time, on connections of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::StoreError;
use super::readers::Readers;

/// Reads that run at once. More would only slow each other and everybody else down.
const AT_ONCE: usize = 2;
/// Reads that wait; one more is refused at once.
const QUEUE: usize = 64;
/// How long one read may run.
const TIME: Duration = Duration::from_secs(5);
/// How long a read waits for its turn.
const WAIT: Duration = Duration::from_secs(5);

/// The lane of reads that may take their time.
#[derive(Debug)]
pub(super) struct Aside {
    readers: Arc<Readers>,
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Aside {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            readers: Arc::new(Readers::open(path, AT_ONCE, TIME)?),
            running: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(QUEUE),
        })
    }

    /// Runs `work` on a thread that is no worker, when its turn comes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _waiting = self
            .waiting
            .try_acquire()
            .map_err(|_| busy("many long reads wait"))?;
        let place = tokio::time::timeout(WAIT, Arc::clone(&self.running).acquire_owned())
            .await
            .map_err(|_| busy("long reads take all places"))?;
        let readers = Arc::clone(&self.readers);
        let done = tokio::task::spawn_blocking(move || {
            let result = readers.with(work);
            drop(place);
            result
        });
        done.await
            .map_err(|error| StoreError::Defect(error.to_string()))??
    }
}

fn busy(why: &str) -> StoreError {
    StoreError::Busy(why.to_owned())
}
