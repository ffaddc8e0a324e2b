//! Requests with an `Idempotency-Key` that are being answered: the same one at the same time is refused, not done twice
//! and not waited for.
//!
//! What other processes answer at the same time Postgres tells; on SQLite one of the two waits for the other, and finds
//! its answer.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use groma_ir::http::Problem;
use groma_plan::Retry;
use tokio::sync::Notify;

use super::answer::Refusal;

/// The keys in use.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    /// Whose, of which route, which.
    keys: Mutex<HashSet<[String; 3]>>,
    /// Told each time that one is used.
    used: Notify,
}

/// A key in use, for as long as this lives.
#[derive(Debug)]
pub(crate) struct InUse<'r> {
    all: &'r Retries,
    key: Option<[String; 3]>,
}

impl Retries {
    /// Takes the key of a request into use.
    pub(crate) fn begin(&self, retry: Option<&Retry>) -> Result<InUse<'_>, Refusal> {
        let key = retry.map(|retry| [retry.caller.clone(), retry.operation.clone(), retry.key.clone()]);
        if let Some(key) = &key {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if !keys.insert(key.clone()) {
                return Err(Refusal::of(Problem::KeyInUse));
            }
            self.used.notify_one();
        }
        Ok(InUse { all: self, key })
    }

    /// Waits until a key is used, if none was since the last time.
    pub(crate) async fn used(&self) {
        self.used.notified().await;
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            let mut keys = self.all.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.remove(key);
        }
    }
}
