//! What one connection is doing, and whether its client has had all the time that it gets.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::settings::Patience;

/// How long a connection may rest between two requests. Longer than the balancers in front of us keep theirs.
const IDLE: Duration = Duration::from_secs(75);
/// A client that takes its answer more slowly than this, in bytes a second, has less and less time left.
const LEAST_RATE: u64 = 16 * 1024;

/// What a connection is doing, shared by its stream, its requests and whoever may end it. Times are
/// milliseconds after `start`, plus one; zero stands for "not now".
#[derive(Debug)]
pub(crate) struct Watch {
    start: Instant,
    /// Between two requests.
    resting_since: AtomicU64,
    /// With a part of a request's head, or nothing yet.
    head_since: AtomicU64,
    /// With an answer that its client did not take at once.
    stalled_since: AtomicU64,
    /// What the client took of that answer since.
    taken: AtomicU64,
    /// The bytes of an answer that are still here.
    owed: AtomicU64,
    must_end: AtomicBool,
    told: Notify,
}

impl Watch {
    /// A new connection, from which the first request is awaited.
    pub(crate) fn new(start: Instant) -> Self {
        let never = || AtomicU64::new(0);
        let watch = Self {
            start,
            resting_since: never(),
            head_since: never(),
            stalled_since: never(),
            taken: never(),
            owed: never(),
            must_end: AtomicBool::new(false),
            told: Notify::new(),
        };
        watch.begin(&watch.head_since);
        watch
    }

    /// A request was read; the server is at work.
    pub(crate) fn at_work(&self) {
        self.resting_since.store(0, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
    }

    /// The request is answered, with so many bytes; says how many more are here than before.
    pub(crate) fn at_rest(&self, bytes: u64) -> u64 {
        self.begin(&self.resting_since);
        self.owed.fetch_add(bytes, Ordering::Relaxed);
        bytes
    }

    /// Bytes came: at rest, they begin a request.
    pub(super) fn has_read(&self) {
        if self.resting_since.swap(0, Ordering::Relaxed) != 0 {
            self.begin(&self.head_since);
        }
    }

    /// The client took so many bytes, or (`None`) would not take any for now.
    pub(super) fn has_written(&self, taken: Option<usize>) {
        let is_stalled = self.stalled_since.load(Ordering::Relaxed) != 0;
        match taken {
            Some(bytes) if is_stalled => {
                self.taken
                    .fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            None if !is_stalled => {
                self.taken.store(0, Ordering::Relaxed);
                self.begin(&self.stalled_since);
            }
            Some(_) | None => {}
        }
    }

    /// Nothing waits to be written any more; says how many bytes are here no longer.
    pub(super) fn has_flushed(&self) -> u64 {
        if self.owed.load(Ordering::Relaxed) == 0 && self.stalled_since.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        self.stalled_since.store(0, Ordering::Relaxed);
        self.owed.swap(0, Ordering::Relaxed)
    }

    /// Whether the client has had all the time that it gets.
    pub(crate) fn is_over(&self, patience: &Patience) -> bool {
        let earned = Duration::from_secs(self.taken.load(Ordering::Relaxed) / LEAST_RATE);
        self.is_longer(&self.resting_since, IDLE)
            || self.is_longer(&self.head_since, patience.head)
            || self.is_longer(&self.stalled_since, patience.stalled + earned)
    }

    /// Since when nothing is done for this connection.
    pub(super) fn is_resting_since(&self) -> Option<u64> {
        let (resting, head) = (&self.resting_since, &self.head_since);
        [resting, head]
            .map(|since| since.load(Ordering::Relaxed))
            .into_iter()
            .find(|since| *since != 0)
    }

    /// How much its client does not take.
    pub(super) fn stalled_bytes(&self) -> u64 {
        let is_stalled = self.stalled_since.load(Ordering::Relaxed) != 0;
        if is_stalled {
            self.owed.load(Ordering::Relaxed)
        } else {
            0
        }
    }

    /// Ends the connection: at once, or after the request that may just have come.
    pub(super) fn end(&self, at_once: bool) {
        self.must_end.fetch_or(at_once, Ordering::Relaxed);
        self.told.notify_one();
    }

    /// Waits until somebody ends the connection; says whether at once.
    pub(super) async fn told(&self) -> bool {
        self.told.notified().await;
        self.must_end.load(Ordering::Relaxed)
    }

    /// Whether bytes of a head are awaited, so that no request can be cut.
    pub(super) fn has_no_request(&self) -> bool {
        self.head_since.load(Ordering::Relaxed) != 0
    }

    fn begin(&self, since: &AtomicU64) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        since.store(now + 1, Ordering::Relaxed);
    }

    fn is_longer(&self, since: &AtomicU64, time: Duration) -> bool {
        let since = since.load(Ordering::Relaxed);
        since != 0 && self.start.elapsed().saturating_sub(Duration::from_millis(since)) > time
    }
}
