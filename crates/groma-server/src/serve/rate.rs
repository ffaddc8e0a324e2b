//! How often each may call: a token bucket each, as one number (the generic cell rate algorithm).
//!
//! The service has one limit for all routes together, and a route may have one of its own beside it. In this process
//! only: several processes share nothing, so each gives the whole rate.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use groma_ir::Id;
use groma_ir::design::{Per, Rate};
use groma_ir::http::{Http, Problem, RouteId};
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};

use super::answer::Refusal;
use super::client::{Client, Origin};

const SHARDS: usize = 16;
/// Clients remembered in one shard; the ones that have their whole quota again are forgotten first.
const MOST_IN_SHARD: usize = 16_384;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Every limit of a service.
#[derive(Debug)]
pub(crate) struct Limits {
    service: Option<Limiter>,
    /// By the index of the route.
    routes: Vec<Option<Limiter>>,
}

/// What a request was counted by: the whole service, then its route.
#[derive(Debug)]
pub(crate) struct Counted<'l> {
    service: Option<(&'l Limiter, Quota)>,
    route: Option<(&'l Limiter, Quota)>,
}

/// A limit, and how much of it each has used.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// What answers call it.
    name: String,
    rate: Rate,
    policy: String,
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

impl Limits {
    /// The limit of the whole service, and those of the routes if they are to hold.
    pub(crate) fn new(service: Option<Rate>, http: &Http, of_routes: bool) -> Self {
        let of_route = |route: &groma_ir::http::Route| {
            let limit = route.limit.filter(|_| of_routes)?;
            Some(Limiter::new(&route.operation_id, limit))
        };
        Self {
            service: service.map(|rate| Limiter::new(rate.per.name(), rate)),
            routes: http.routes.iter().map(of_route).collect(),
        }
    }

    /// Counts a request; what the service does not admit is not counted by the route.
    pub(crate) fn count(&self, route: RouteId, origin: Origin) -> Counted<'_> {
        let count = |limiter: &'_ Limiter| limiter.count(origin);
        let service = self.service.as_ref().map(|limiter| (limiter, count(limiter)));
        let is_open = service.is_none_or(|(_, quota)| quota.admitted);
        let route = self.routes.get(route.index()).and_then(Option::as_ref);
        let route = route.filter(|_| is_open);
        Counted {
            service,
            route: route.map(|limiter| (limiter, count(limiter))),
        }
    }
}

impl Counted<'_> {
    /// 429 with the time to wait, where it is over a limit.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let mut over = self.quotas().filter(|(_, quota)| !quota.admitted);
        over.next().map(|(_, quota)| quota.refusal())
    }

    /// Says what is left, in the words of the IETF draft on `RateLimit` fields.
    pub(crate) fn fields(&self) -> Vec<(HeaderName, HeaderValue)> {
        let (mut policies, mut limits) = (String::new(), String::new());
        for (limiter, quota) in self.quotas() {
            let comma = if limits.is_empty() { "" } else { ", " };
            policies = policies + comma + &limiter.policy;
            let Quota { left, seconds, .. } = quota;
            limits = format!("{limits}{comma}\"{}\";r={left};t={seconds}", limiter.name);
        }
        let fields = [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, limits)];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let fields = fields.map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)));
        fields.flatten().collect()
    }

    fn quotas(&self) -> impl Iterator<Item = (&Limiter, Quota)> {
        self.service.into_iter().chain(self.route)
    }
}

impl Limiter {
    pub(crate) fn new(name: &str, rate: Rate) -> Self {
        let rate = Rate {
            requests: rate.requests.max(1),
            window: rate.window.max(1),
            per: rate.per,
        };
        Self {
            name: name.to_owned(),
            rate,
            policy: format!("\"{name}\";q={};w={}", rate.requests, rate.window),
            start: Instant::now(),
            callers: Buckets::default(),
            addresses: Buckets::default(),
        }
    }

    /// Counts a request.
    fn count(&self, origin: Origin) -> Quota {
        let client = match self.rate.per {
            Per::Caller => origin.client,
            Per::Address => origin.address,
        };
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
