//! All connections together: who makes room when there are too many, or too much waits to be sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::watch::Watch;

/// Bytes of answers that clients have not taken yet. Beyond this, whoever takes least is cut off.
const MOST_OWED: u64 = 256 * 1024 * 1024;

/// The connections that are open.
#[derive(Debug)]
pub(crate) struct Crowd {
    start: Instant,
    next: AtomicU64,
    owed: AtomicU64,
    most_owed: u64,
    members: Mutex<HashMap<u64, Arc<Watch>>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Member {
    crowd: Arc<Crowd>,
    number: u64,
    pub(crate) watch: Arc<Watch>,
}

impl Crowd {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            next: AtomicU64::new(0),
            owed: AtomicU64::new(0),
            most_owed: MOST_OWED,
            members: Mutex::default(),
        }
    }

    /// Takes in a new connection.
    pub(crate) fn join(self: &Arc<Self>) -> Member {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let watch = Arc::new(Watch::new(self.start));
        self.members().insert(number, Arc::clone(&watch));
        Member {
            crowd: Arc::clone(self),
            number,
            watch,
        }
    }

    /// Ends the connection for which nothing has been done for longest.
    pub(crate) fn make_room(&self) {
        let members = self.members();
        let resting = members
            .values()
            .filter_map(|watch| Some((watch.is_resting_since()?, watch)));
        if let Some((_, watch)) = resting.min_by_key(|(since, _)| *since) {
            watch.end(watch.has_no_request());
        }
    }

    /// Cuts off the client that leaves most of its answer here.
    fn relieve(&self) {
        let members = self.members();
        let stalled = members.values().map(|watch| (watch.stalled_bytes(), watch));
        if let Some((bytes @ 1.., watch)) = stalled.max_by_key(|(bytes, _)| *bytes) {
            tracing::warn!(
                bytes,
                "a client was cut off: it did not take its answer, and too much waits to be sent"
            );
            watch.end(true);
        }
    }

    fn members(&self) -> MutexGuard<'_, HashMap<u64, Arc<Watch>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// An answer of so many bytes was handed over.
    pub(crate) fn owes(&self, bytes: u64) {
        let more = self.watch.at_rest(bytes);
        if self.crowd.owed.fetch_add(more, Ordering::Relaxed) + more > self.crowd.most_owed {
            self.crowd.relieve();
        }
    }

    /// Everything that was handed over is sent.
    pub(crate) fn has_flushed(&self) {
        let less = self.watch.has_flushed();
        if less > 0 {
            self.crowd.owed.fetch_sub(less, Ordering::Relaxed);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.has_flushed();
        self.crowd.members().remove(&self.number);
    }
}
