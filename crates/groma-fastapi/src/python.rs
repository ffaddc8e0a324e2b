//! Python text, laid out as `ruff format` lays it out: what we write, the formatter leaves as it is.
//!
//! A statement that fits its line stands on one; otherwise its outermost brackets are opened, an item a line, each with
//! its comma, and so on inwards. Imports are sorted as isort sorts them.
//!
//! Knows Python's layout. Does not know designs.

mod doc;
mod imports;
mod literal;
mod module;
mod read;
pub(crate) mod waiting;

pub(crate) use doc::Doc;
pub(crate) use imports::{Imports, import};
pub(crate) use literal::{comment, first_sentence, string};
pub(crate) use module::{Block, Module};

/// How wide a line may be.
pub(crate) const WIDTH: usize = 100;
