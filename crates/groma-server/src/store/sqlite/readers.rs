//! Connections for reading, one a worker thread.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::Connection;

use super::StoreError;
use super::connection::{Guarded, Purpose};

/// Reading connections. Each thread has a favourite and takes another only when that is in use, so that
/// a worker finds its own statements prepared and its own pages cached.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Box<[Mutex<Guarded>]>,
    time: Duration,
}

static NEXT_LANE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static LANE: Cell<usize> = Cell::new(NEXT_LANE.fetch_add(1, Ordering::Relaxed));
}

impl Readers {
    /// Opens so many connections, each of which may be held for `time`.
    pub(super) fn open(path: &Path, count: usize, time: Duration) -> Result<Self, StoreError> {
        let slots: Result<Vec<_>, _> = (0..count.max(1))
            .map(|_| Guarded::open(path, Purpose::Read).map(Mutex::new))
            .collect();
        Ok(Self {
            slots: slots?.into_boxed_slice(),
            time,
        })
    }

    /// Runs `work` on a free connection, on this thread. It must be short: the thread is a worker.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> Result<T, StoreError> {
        let reader = self.take()?;
        let connection = reader.plain();
        if !connection.is_autocommit() {
            // Work that panicked left its transaction open.
            connection.execute_batch("ROLLBACK")?;
        }
        Ok(reader.within(self.time, work))
    }

    fn take(&self) -> Result<MutexGuard<'_, Guarded>, StoreError> {
        let lane = LANE.with(Cell::get);
        let (before, after) = self.slots.split_at(lane % self.slots.len());
        for slot in after.iter().chain(before) {
            match slot.try_lock() {
                Ok(reader) => return Ok(reader),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let slot = after.first().or(before.first()).ok_or(StoreError::Closed)?;
        Ok(slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
