//! The verifier against a service that is right, and against services that are wrong in one way each.

mod bed;
mod clean;
mod designs;
mod let_in;
mod mutants;
mod parts;
mod reach;
mod room;
mod rules;
