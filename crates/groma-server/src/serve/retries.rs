//! Requests with an `Idempotency-Key` that are being answered: the same one at the same time is refused, not done twice
//! and not waited for.
//!
//! What other processes answer at the same time the database tells: one of the two is run anew then, and finds the
//! answer of the other.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use groma_ir::http::Problem;
use groma_plan::Retry;

use super::answer::Refusal;

/// The keys in use: whose, of which route, which.
#[derive(Debug, Default)]
pub(crate) struct Retries(Mutex<HashSet<[String; 3]>>);

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
            let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !keys.insert(key.clone()) {
                return Err(Refusal::of(Problem::KeyInUse));
            }
        }
        Ok(InUse { all: self, key })
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            let mut keys = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
            keys.remove(key);
        }
    }
}
