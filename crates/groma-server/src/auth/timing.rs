//! When keys are asked for again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// How often keys are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// Between two refreshes in the background.
    pub(super) refresh: Duration,
    /// Between two refreshes for unknown keys.
    pub(super) cool_down: Duration,
    /// After a first failure; doubled with each further one, up to `refresh`.
    pub(super) retry: Duration,
    /// A set not confirmed for this long is not used any more.
    pub(super) max_stale: Duration,
}

impl Timing {
    pub(super) fn new(max_stale: Duration) -> Self {
        let refresh = Duration::from_mins(5).min(max_stale / 3);
        Self {
            refresh,
            cool_down: Duration::from_secs(10),
            retry: Duration::from_secs(1),
            max_stale,
        }
    }

    /// The pause after so many failures in a row, a tenth longer or shorter so that servers do not march in step.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let base = match failures {
            0 => self.refresh,
            some => self
                .retry
                .saturating_mul(2_u32.saturating_pow(some - 1))
                .min(self.refresh),
        };
        let per_mille = 900 + RandomState::new().hash_one(failures) % 200;
        base.mul_f64(f64::from(u16::try_from(per_mille).unwrap_or(1000)) / 1000.0)
    }
}
