//! The design that another one is compared with: a lock, a folder, a file or a revision.

use std::path::Path;

use groma_diag::Sources;
use groma_ir::Model;

use crate::failure::Failure;
use crate::lock::{self, Lock};
use crate::project::Project;
use crate::world::{self, Revision};

/// The word for the project's own lock.
pub(crate) const LOCK: &str = "lock";

/// A design of another time or place.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// Where it comes from, in words.
    pub(crate) name: String,
    /// The design.
    pub(crate) model: Model,
}

/// The design that a word means: nothing or `lock` the project's lock, a path what lies there, all else a revision.
pub(crate) fn find(word: Option<&str>, project: &Project) -> Result<Earlier, Failure> {
    let word = match word {
        None | Some(LOCK) => return of_lock(&lock::of(project)?, String::from(lock::PLACE)),
        Some(word) => word,
    };
    let path = Path::new(word);
    if world::is_folder(path) || world::is_file(path) && is_design(path) {
        let sources = Project::find(&[path.to_owned()])?.load()?;
        return compiled(&sources, format!("`{word}`"));
    }
    if world::is_file(path) {
        let lock = lock::read(&world::read(path)?, word)?;
        return of_lock(&lock, format!("`{word}`"));
    }
    let revision = Revision::find(&project.root, word)?;
    compiled(&stored(&revision, word)?, format!("the revision `{word}`"))
}

/// The design that a lock was made from, as the compiler that is there reads it.
pub(crate) fn of_lock(lock: &Lock, name: String) -> Result<Earlier, Failure> {
    compiled(&lock.sources, name)
}

fn compiled(sources: &Sources, name: String) -> Result<Earlier, Failure> {
    let compiled = groma_sema::compile(sources);
    if let Some(design) = compiled.design {
        let model = Model::new(design);
        return Ok(Earlier { name, model });
    }
    let error = compiled
        .diagnostics
        .into_iter()
        .find(groma_diag::Diagnostic::is_error);
    let first = error.map_or_else(String::new, |error| {
        format!(
            "{}: {} [{}]",
            sources.place(error.primary),
            error.message,
            error.code
        )
    });
    Err(Failure::EarlierBroken { name, first })
}

fn is_design(path: &Path) -> bool {
    Project::is_design(&path.to_string_lossy())
}

/// The files of the design in a revision.
fn stored(revision: &Revision, name: &str) -> Result<Sources, Failure> {
    let mut files = revision.files()?;
    files.retain(|file| Project::is_design(&file.path));
    if files.iter().any(|file| Project::is_specs(&file.path)) {
        files.retain(|file| Project::is_specs(&file.path));
    }
    let mut sources = Sources::new();
    for file in &files {
        let text = revision.text(file)?;
        if !text.starts_with(groma_emit::MARK) {
            sources.add(file.path.as_str(), text);
        }
    }
    if sources.is_empty() {
        return Err(Failure::usage(
            format!("the revision `{name}` has no design here"),
            "compare with a revision in which there was one",
        ));
    }
    Ok(sources)
}
