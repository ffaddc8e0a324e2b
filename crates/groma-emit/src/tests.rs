//! What a reader of the files could see: nothing is left out, nothing contradicts, every link leads somewhere.

mod example;
mod hostile;
mod markdown;
mod matrix;
mod models;
mod openapi;
mod schema_check;
mod shell;
mod spec;

use groma_ir::{Model, sample};

use crate::{FileSet, Options};

fn tasks() -> Model {
    sample::tasks()
}

/// Whether a path is a Markdown page's.
fn is_page(path: &str) -> bool {
    path.starts_with("specs/")
}

fn emitted(model: &Model) -> FileSet {
    crate::emit_all(model, &Options::default())
}

#[test]
fn the_same_design_gives_the_same_bytes() {
    assert_eq!(emitted(&tasks()), emitted(&tasks()));
}

#[test]
fn every_emitter_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        crate::EMITTERS.iter().map(|emitter| emitter.name).collect();
    assert_eq!(names.len(), crate::EMITTERS.len());
}
