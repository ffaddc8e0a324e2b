//! The canonical JSON of a design: its resolved meaning, without places in files, with names instead of ids.
//!
//! The same design gives the same bytes, wherever and however its sources are laid out, so the text can be
//! compared, hashed and kept. [`schema`] is the published JSON Schema of it.

mod form;
mod write;

use crate::Design;

/// The version of the form; it grows when a reader of the old form could misread the new one.
pub const VERSION: u32 = 1;

/// The canonical JSON of a design, with a final newline.
pub fn to_json(design: &Design) -> String {
    let form = write::design(design);
    let mut text = match serde_json::to_string_pretty(&form) {
        Ok(text) => text,
        Err(error) => unreachable!("the form has text keys and finite numbers only: {error}"),
    };
    text.push('\n');
    text
}

/// The JSON Schema (2020-12) of the canonical JSON, with a final newline.
pub fn schema() -> String {
    let schema = schemars::schema_for!(form::Design);
    let mut text = match serde_json::to_string_pretty(&schema) {
        Ok(text) => text,
        Err(error) => unreachable!("a schema has text keys only: {error}"),
    };
    text.push('\n');
    text
}
