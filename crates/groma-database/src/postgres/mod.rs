//! How a Postgres server is reached: what `DATABASE_URL` says, TLS, signing in, waiting while it wakes, and whether
//! something stands before it that shares its connections among many.
//!
//! Knows no table and no request.

mod connect;
mod error;
mod pooler;
mod secret;
mod tls;
mod url;

pub use connect::{Connection, Connector};
pub use error::ConnectError;
pub use url::{ChannelBinding, Encryption, Root, Url, UrlError};

#[cfg(test)]
mod tests;
