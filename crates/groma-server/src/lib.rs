//! The native server: HTTP, tokens, and the one door to databases.
//!
//! [`Server::start`] takes a model and [`settings`] and answers requests until it is told to stop. It knows no
//! syntax, no diagnostics and no document: the OpenAPI document is handed in as bytes.

pub mod auth;
mod database;
mod docs;
mod forget;
pub mod observe;
mod serve;
mod server;
pub mod settings;
mod store;

pub use server::{Running, Server, StartError};
pub use store::{OpenError, SchemaDifference, StoreError, peek};
