//! Plans as people read them, and what holds of every plan.

mod danger;
mod file;
mod postgres;
mod property;
