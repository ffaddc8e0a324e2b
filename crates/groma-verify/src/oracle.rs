//! The simplest service that obeys the design: rows in memory, rules evaluated as they stand.
//!
//! For each request that a check makes, [`World::decide`] says what a right server answers and what the rows
//! are afterwards. It shares no code with the servers: it plans nothing, knows no SQL and parses no body.
//! Values that only a server can make (keys, times) are left open as [`Slot`]s and adopted from the answer.

mod apply;
mod below;
mod beside;
mod checks;
mod cond;
mod decide;
mod found;
mod images;
mod list;
mod report;
mod slot;
mod value;
mod world;
mod write;

pub(crate) use cond::{Scene, holds_pred};
pub(crate) use decide::{Effect, Ground, Outcome, Verdict};
pub(crate) use images::Images;
pub(crate) use list::matches_filters;
pub(crate) use report::Figure;
pub(crate) use slot::Slot;
pub(crate) use value::{decimal_text, from_value, in_form, key_text, same_json};
pub(crate) use world::{Row, RowId, World};
