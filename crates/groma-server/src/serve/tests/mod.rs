//! What a client sees, over loopback: every promise of the HTTP contract that this crate keeps.

mod client;
mod cors;
mod crowd;
mod foreign;
mod headers;
mod hostile;
mod identity;
mod lifecycle;
mod limits;
pub(crate) mod logs;
mod media;
mod panic;
mod peer;
mod postgres;
mod public;
mod put;
mod rate;
mod resources;
mod retries;
mod routing;
mod site;
mod start;
mod system;
mod trace;

use client::Got;
use site::Site;

/// Members of a JSON object, for short assertions.
fn json(got: &Got) -> serde_json::Value {
    serde_json::from_slice(&got.body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&got.body)))
}
