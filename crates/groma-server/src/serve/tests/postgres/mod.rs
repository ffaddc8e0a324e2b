//! The same server on Postgres: what a client sees is what it sees on SQLite, and more can go wrong.

mod breaks;
mod directly;
mod fenced;
mod pooled;
mod site;
mod starts;
mod together;

use super::{Got, json};
