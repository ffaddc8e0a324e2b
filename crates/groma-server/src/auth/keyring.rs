//! The current keys, kept fresh behind the requests.
//!
//! A key set that was had once is used until a newer one comes, at most `max_stale` after it was last confirmed. A
//! token with an unknown `kid` asks for a newer set: one request at a time, and not again before a pause is over,
//! so that tokens with invented names cannot make this server hammer the issuer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::config::Algorithm;
use super::fetch::{FetchError, Place};
use super::jwk::{JwkSet, SkippedKey, is_development_key};
use super::keys::KeySet;
use super::timing::Timing;

/// The keys and what keeps them fresh.
#[derive(Debug)]
pub(super) struct Keyring {
    current: RwLock<Option<Current>>,
    /// INVARIANT: `current`'s generation; 0 while there is none. Read without the lock on every request.
    generation: AtomicU64,
    /// INVARIANT: milliseconds after `started` until which `current` may be used; `u64::MAX` for keys that do not age.
    good_until: AtomicU64,
    started: Instant,
    renewal: Option<Renewal>,
}

#[derive(Debug, Clone)]
struct Current {
    generation: u64,
    keys: Arc<KeySet>,
    /// What `keys` were made from, to see whether a refresh brought anything new.
    document: Option<JwkSet>,
}

/// How keys that can change are brought again.
#[derive(Debug)]
struct Renewal {
    place: Place,
    allowed: Vec<Algorithm>,
    timing: Timing,
    /// One load at a time, so that an older answer never replaces a newer one.
    loading: tokio::sync::Mutex<()>,
    flight: Mutex<Flight>,
}

/// The refresh for unknown keys.
#[derive(Debug, Default)]
struct Flight {
    last: Option<Instant>,
    running: Option<watch::Receiver<bool>>,
}

impl Keyring {
    /// Keys that never change.
    pub(super) fn fixed(keys: KeySet, document: Option<JwkSet>) -> Self {
        let current = Current {
            generation: 1,
            keys: Arc::new(keys),
            document,
        };
        Self {
            current: RwLock::new(Some(current)),
            generation: AtomicU64::new(1),
            good_until: AtomicU64::new(u64::MAX),
            started: Instant::now(),
            renewal: None,
        }
    }

    /// No keys yet; [`Keyring::load`] brings them.
    pub(super) fn renewed(place: Place, allowed: Vec<Algorithm>, timing: Timing) -> Self {
        let loading = tokio::sync::Mutex::new(());
        let renewal = Renewal {
            place,
            allowed,
            timing,
            loading,
            flight: Mutex::default(),
        };
        Self {
            current: RwLock::new(None),
            generation: AtomicU64::new(0),
            good_until: AtomicU64::new(0),
            started: Instant::now(),
            renewal: Some(renewal),
        }
    }

    /// The generation of the current keys; `None` when there are none, or none that may still be used.
    pub(super) fn generation(&self) -> Option<u64> {
        let until = self.good_until.load(Ordering::Acquire);
        let usable = until == u64::MAX || self.elapsed() < until;
        let generation = self.generation.load(Ordering::Acquire);
        (usable && generation > 0).then_some(generation)
    }

    /// The current keys and their generation.
    pub(super) fn keys(&self) -> Option<(u64, Arc<KeySet>)> {
        self.generation()?;
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current
            .as_ref()
            .map(|current| (current.generation, Arc::clone(&current.keys)))
    }

    /// Whether a development key is among the current keys.
    pub(super) fn has_development_key(&self) -> bool {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let document = current.as_ref().and_then(|current| current.document.as_ref());
        document.is_some_and(is_development_key)
    }

    fn elapsed(&self) -> u64 {
        millis(self.started.elapsed())
    }

    /// Brings the keys once; says what was left out, or why nothing came.
    pub(super) async fn load(&self) -> Result<Vec<SkippedKey>, LoadError> {
        let Some(renewal) = &self.renewal else {
            return Ok(Vec::new());
        };
        let _one = renewal.loading.lock().await;
        let asked = self.elapsed();
        let place = renewal.place.clone();
        let document = tokio::task::spawn_blocking(move || place.read())
            .await
            .map_err(|_| LoadError::Stopped)??;
        let (keys, skipped) = KeySet::public(&document, &renewal.allowed);
        let is_empty = keys.is_empty();
        let is_new = self.install(
            keys,
            document,
            asked.saturating_add(millis(renewal.timing.max_stale)),
        );
        if is_new {
            log_new_keys(is_empty, &skipped);
        }
        Ok(skipped)
    }

    /// Puts the keys in use; whether they are others than before.
    fn install(&self, keys: KeySet, document: JwkSet, good_until: u64) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = current
            .as_ref()
            .is_none_or(|current| current.document.as_ref() != Some(&document));
        if is_new {
            let generation = current.as_ref().map_or(1, |current| current.generation + 1);
            *current = Some(Current {
                generation,
                keys: Arc::new(keys),
                document: Some(document),
            });
            self.generation.store(generation, Ordering::Release);
        }
        self.good_until.store(good_until, Ordering::Release);
        is_new
    }

    /// Asks for newer keys because a token names one that `seen`, a generation, does not have. True when there are.
    pub(super) async fn refresh_for_unknown_key(self: &Arc<Self>, seen: u64) -> bool {
        if let Some(mut flight) = self.join_flight() {
            // An error means that the flight ended without landing; then there is nothing newer.
            let _ended = flight.wait_for(|landed| *landed).await;
        }
        self.generation().is_some_and(|generation| generation != seen)
    }

    /// The refresh under way, or a new one when the last is long enough ago.
    fn join_flight(self: &Arc<Self>) -> Option<watch::Receiver<bool>> {
        let renewal = self.renewal.as_ref()?;
        let mut flight = lock(&renewal.flight);
        if let Some(running) = flight.running.as_ref().filter(|running| is_in_the_air(running)) {
            return Some(running.clone());
        }
        if flight
            .last
            .is_some_and(|last| last.elapsed() < renewal.timing.cool_down)
        {
            return None;
        }
        flight.last = Some(Instant::now());
        let (landed, running) = watch::channel(false);
        flight.running = Some(running.clone());
        let ring = Arc::clone(self);
        // A task of its own: the refresh goes on when the caller that asked for it hangs up.
        tokio::spawn(async move {
            log_failure(&ring.load().await);
            landed.send_replace(true);
        });
        Some(running)
    }

    /// Refreshes in the background until the returned guard is dropped.
    pub(super) fn keep_fresh(self: &Arc<Self>, failures: u32) -> Option<Background> {
        let timing = self.renewal.as_ref()?.timing;
        let task = tokio::spawn(refresh_forever(Arc::downgrade(self), timing, failures));
        Some(Background(task.abort_handle()))
    }
}

/// Why a load brought no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the runtime is shutting down")]
    Stopped,
}

/// Ends the background task with its verifier.
#[derive(Debug)]
pub(super) struct Background(AbortHandle);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn refresh_forever(ring: Weak<Keyring>, timing: Timing, mut failures: u32) {
    loop {
        tokio::time::sleep(timing.pause(failures)).await;
        let Some(ring) = ring.upgrade() else {
            return;
        };
        let loaded = ring.load().await;
        log_failure(&loaded);
        failures = if loaded.is_ok() {
            0
        } else {
            failures.saturating_add(1)
        };
    }
}

fn log_new_keys(is_empty: bool, skipped: &[SkippedKey]) {
    for key in skipped {
        tracing::debug!(
            kid = key.kid.as_deref(),
            why = key.why,
            "a key of the issuer is not used"
        );
    }
    if is_empty {
        tracing::warn!("the issuer publishes no key that can be used, so every token is refused");
    } else {
        tracing::info!("the issuer's keys were taken over");
    }
}

/// Tells the operator when a load failed.
pub(super) fn log_failure(loaded: &Result<Vec<SkippedKey>, LoadError>) {
    if let Err(error) = loaded {
        let error: &dyn std::error::Error = error;
        tracing::warn!(
            error,
            "the issuer's keys could not be had; those from before, if any, stay in use for now"
        );
    }
}

fn is_in_the_air(flight: &watch::Receiver<bool>) -> bool {
    !*flight.borrow() && flight.has_changed().is_ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX - 1)
}
