//! Outputs: Markdown specification, OpenAPI, diagrams. Pure functions from the design to files.
//!
//! Each emitter takes the lowered design and gives a [`FileSet`]: no clock, no disk, the same input gives the
//! same bytes. Emitters do not know each other; [`EMITTERS`] knows them all.

pub mod matrix;
pub mod openapi;
pub mod spec;

mod example;
mod files;
mod literal;
mod markdown;
mod options;

pub use files::{Drift, DriftKind, FileSet, MARK};
pub use options::{DatabaseOperation, Options};

use groma_ir::Model;

/// One kind of output.
#[derive(Clone, Copy, Debug)]
pub struct Emitter {
    /// Its name on the command line: `openapi`.
    pub name: &'static str,
    /// What it writes, as a short phrase.
    pub about: &'static str,
    /// Writes it.
    pub emit: fn(&Model, &Options) -> FileSet,
}

/// Every emitter, in the order in which they run.
pub const EMITTERS: [Emitter; 2] = [
    Emitter {
        name: "openapi",
        about: "an OpenAPI 3.1 document",
        emit: openapi::emit,
    },
    Emitter {
        name: "spec",
        about: "the API specification in Markdown",
        emit: spec::emit,
    },
];

/// The files of every emitter.
pub fn emit_all(model: &Model, options: &Options) -> FileSet {
    let mut files = FileSet::default();
    for emitter in EMITTERS {
        files.extend((emitter.emit)(model, options));
    }
    files
}

#[cfg(test)]
mod tests;
