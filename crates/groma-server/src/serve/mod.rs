//! From a request to its answer: everything around the decisions, which are made elsewhere.
//!
//! Knows HTTP, callers, limits and headers. What a request means and may do is decided by `groma_plan`; which
//! statements run, by `groma_sql`; here they only meet. The order of the steps is that of the HTTP contract.

mod accept;
mod answer;
mod app;
mod body;
mod client;
mod connection;
mod cors;
mod crowd;
mod handle;
mod headers;
mod identity;
mod listener;
mod panic;
mod rate;
mod request_id;
mod retries;
mod route;
mod stream;
mod system;
mod trace;
mod watch;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use answer::{Answer, Refusal};
pub(crate) use app::{App, RouteFacts};
pub(crate) use client::Clients;
pub(crate) use cors::Cors;
pub(crate) use listener::serve;
pub(crate) use rate::Limits;
pub(crate) use retries::Retries;
