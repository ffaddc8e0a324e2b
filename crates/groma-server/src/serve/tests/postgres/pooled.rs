//! Everything that is tested of requests, through a pooler in transaction mode.

use super::site::Pooled as Site;
use super::{Got, json};

#[path = "../put.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests on another database")]
mod put;
#[path = "../resources.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests on another database")]
mod resources;
#[path = "../retries.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests on another database")]
mod retries;
