//! How often one caller may call: a token bucket each, as one number (the generic cell rate algorithm).
//!
//! In this process only: several processes share nothing, so each gives the whole rate.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use groma_ir::design::Rate;
use groma_ir::http::Problem;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};

use super::answer::Refusal;
use super::client::Client;

const SHARDS: usize = 16;
/// Clients remembered in one shard; the ones that have their whole quota again are forgotten first.
const MOST_IN_SHARD: usize = 16_384;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The rate limit of every caller.
#[derive(Debug)]
pub(crate) struct Limiter {
    rate: Rate,
    policy: HeaderValue,
    start: Instant,
    callers: Buckets,
    /// Apart from the callers, so that a flood of addresses makes nobody's use of their quota forgotten.
    addresses: Buckets,
}

/// For each client, the moment at which the whole quota is there again, in nanoseconds after the start.
#[derive(Debug, Default)]
struct Buckets([Mutex<HashMap<u64, u64>>; SHARDS]);

/// What is left of a caller's quota.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Quota {
    /// Whether this request is within it.
    pub(crate) admitted: bool,
    /// Requests that may follow at once.
    pub(crate) left: u64,
    /// Seconds until more are there: all of them, or the next one when none is left.
    pub(crate) seconds: u64,
}

impl Limiter {
    pub(crate) fn new(rate: Rate) -> Self {
        let rate = Rate {
            requests: rate.requests.max(1),
            window: rate.window.max(1),
        };
        let policy = format!("\"caller\";q={};w={}", rate.requests, rate.window);
        let policy =
            HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("\"caller\""));
        Self {
            rate,
            policy,
            start: Instant::now(),
            callers: Buckets::default(),
            addresses: Buckets::default(),
        }
    }

    /// Counts a request of a client.
    pub(crate) fn count(&self, client: Client) -> Quota {
        self.count_at(client, self.start.elapsed())
    }

    pub(super) fn count_at(&self, client: Client, now: Duration) -> Quota {
        let now = nanoseconds(now);
        let window = u64::from(self.rate.window).saturating_mul(1_000_000_000);
        let each = (window / u64::from(self.rate.requests)).max(1);
        let buckets = match client {
            Client::Caller(_) => &self.callers,
            Client::Address(_) => &self.addresses,
        };
        let mut shard = buckets
            .shard(client.number())
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= MOST_IN_SHARD {
            forget(&mut shard, now);
        }
        let full_at = shard.entry(client.number()).or_insert(now);
        let used = (*full_at).max(now).saturating_add(each).saturating_sub(now);
        if used > window {
            return Quota {
                admitted: false,
                left: 0,
                seconds: seconds_up(used - window),
            };
        }
        *full_at = now.saturating_add(used);
        let left = (window - used) / each;
        let wait = if left == 0 {
            used.saturating_add(each).saturating_sub(window)
        } else {
            used
        };
        Quota {
            admitted: true,
            left,
            seconds: seconds_up(wait),
        }
    }

    /// How many callers and addresses are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> [usize; 2] {
        let count = |buckets: &Buckets| {
            buckets
                .0
                .iter()
                .map(|shard| shard.lock().map_or(0, |shard| shard.len()))
                .sum()
        };
        [count(&self.callers), count(&self.addresses)]
    }

    /// Says what is left, in the words of the IETF draft on `RateLimit` fields.
    pub(crate) fn fields(&self, quota: Quota) -> [(HeaderName, HeaderValue); 2] {
        [
            (RATE_LIMIT_POLICY, self.policy.clone()),
            (RATE_LIMIT, limit(quota)),
        ]
    }
}

impl Buckets {
    fn shard(&self, client: u64) -> &Mutex<HashMap<u64, u64>> {
        let index = usize::try_from(client % SHARDS as u64).unwrap_or_default();
        match self.0.get(index) {
            Some(shard) => shard,
            None => unreachable!("an index below the number of shards"),
        }
    }
}

impl Quota {
    /// 429 with the time to wait.
    pub(crate) fn refusal(self) -> Refusal {
        Refusal::of(Problem::TooManyRequests).with(RETRY_AFTER, HeaderValue::from(self.seconds))
    }
}

fn limit(quota: Quota) -> HeaderValue {
    let text = format!("\"caller\";r={};t={}", quota.left, quota.seconds);
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"caller\""))
}

/// Makes room: first those who have their whole quota again, then, against a flood of clients, everybody.
fn forget(shard: &mut HashMap<u64, u64>, now: u64) {
    shard.retain(|_, full_at| *full_at > now);
    // Not just below the limit: the next request would look through all of them again.
    if shard.len() >= MOST_IN_SHARD / 2 {
        shard.clear();
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn seconds_up(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000)
}
