//! Remembers tokens that were verified, so that a signature is checked once and not at every request.
//!
//! An entry is found by the SHA-256 of the whole token: no token is kept, and no other token finds it. It counts only
//! before its `exp` and only while the keys are the ones that verified it.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::claims::Claims;

/// Room for claims, in bytes of the tokens that they came from.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;
/// What an entry counts at least, which bounds the number of entries to 16,384.
const MIN_ENTRY_BYTES: u64 = 1024;
/// Claims in memory are larger than in a token.
const GROWTH: u64 = 4;

type Digest = [u8; 32];

/// The verified tokens.
#[derive(Debug)]
pub(super) struct TokenCache {
    entries: Cache<Digest, Entry, ByBytes>,
}

#[derive(Debug, Clone)]
struct Entry {
    claims: Arc<Claims>,
    generation: u64,
    bytes: u64,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Digest, Entry> for ByBytes {
    fn weight(&self, _: &Digest, entry: &Entry) -> u64 {
        entry.bytes
    }
}

impl TokenCache {
    pub(super) fn new() -> Self {
        let usual_entries = 4096;
        Self {
            entries: Cache::with_weighter(usual_entries, CAPACITY_BYTES, ByBytes),
        }
    }

    /// The claims of a token that keys of this generation verified. Whether they have expired is not asked here.
    pub(super) fn get(&self, token: &[u8], generation: u64) -> Option<Arc<Claims>> {
        let key = key(token);
        let entry = self.entries.get(&key)?;
        if entry.generation == generation {
            return Some(entry.claims);
        }
        self.entries.remove(&key);
        None
    }

    /// Remembers a token that keys of this generation verified.
    pub(super) fn insert(&self, token: &[u8], generation: u64, claims: Arc<Claims>) {
        let bytes = (token.len() as u64 * GROWTH).max(MIN_ENTRY_BYTES);
        self.entries.insert(
            key(token),
            Entry {
                claims,
                generation,
                bytes,
            },
        );
    }

    /// Forgets a token, because it has expired.
    pub(super) fn remove(&self, token: &[u8]) {
        self.entries.remove(&key(token));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

fn key(token: &[u8]) -> Digest {
    let mut key = Digest::default();
    for (to, from) in key.iter_mut().zip(digest(&SHA256, token).as_ref()) {
        *to = *from;
    }
    key
}
