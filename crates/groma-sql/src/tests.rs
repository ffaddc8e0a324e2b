//! Requests through the whole of it, on a database in memory: what a client could see.

mod apart;
mod below;
mod branches;
mod change;
mod checks;
mod fuzz;
mod get;
mod harness;
mod list;
mod plan;
mod pred;
mod put;
mod ranges;
mod retry;
mod security;
mod tables;
mod types;
mod walk;
mod wide;
