//! A service on the oracle itself, in this process, with bugs that can be switched on.

mod body;
mod bug;
mod carry;
mod http;
mod jwt;
mod query;
mod reply;
mod serve;

pub(super) use bug::Bug;
pub(super) use jwt::{AUDIENCE, ISSUER, Issuer};
pub(super) use serve::Bed;
