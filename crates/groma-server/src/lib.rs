//! The native server: HTTP, tokens, and the one door to databases.

pub mod auth;
