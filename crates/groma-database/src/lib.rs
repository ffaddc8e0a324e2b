//! The door to databases for whatever is not a request: how a Postgres server is reached, what a database holds, and
//! the runner that applies migrations to it, one recorded step after the other.
//!
//! The server's store takes its connections from here. Knows no design, no syntax and no HTTP.

pub mod catalog;
mod door;
mod error;
pub mod postgres;
pub mod runner;

pub use door::Door;
pub use error::DatabaseError;
