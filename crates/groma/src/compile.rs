//! From a project to a design: read, compile, and show what was found.

use std::time::Duration;

use groma_diag::render::{self, Counts};
use groma_diag::{Diagnostic, Sources};
use groma_ir::{Design, Model};

use crate::failure::Failure;
use crate::project::Project;
use crate::world::{self, Stopwatch, Style};

/// What became of a project.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The files, under their names in the project.
    pub(crate) sources: Sources,
    /// The design, unless there are errors.
    pub(crate) design: Option<Design>,
    /// Everything that was found.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How long it took, reading included.
    pub(crate) took: Duration,
}

/// Reads and compiles a project.
pub(crate) fn compile(project: &Project) -> Result<Compiled, Failure> {
    let watch = Stopwatch::start();
    let sources = project.load()?;
    let compiled = groma_sema::compile(&sources);
    if compiled.diagnostics.is_empty() && is_mere_prose(&sources) {
        return Err(Failure::NoDeclaration {
            folder: project.root.clone(),
            files: sources.len(),
        });
    }
    Ok(Compiled {
        sources,
        design: compiled.design,
        diagnostics: compiled.diagnostics,
        took: watch.elapsed(),
    })
}

/// Whether no file declares anything.
fn is_mere_prose(sources: &Sources) -> bool {
    // The first file with a declaration ends the search, so a design costs no more than its first file again.
    !sources.iter().any(|(id, file)| {
        !groma_syntax::parse_file(id, file.path(), file.text())
            .declarations()
            .is_empty()
    })
}

impl Compiled {
    /// How many findings there are of each level.
    pub(crate) fn counts(&self) -> Counts {
        Counts::of(&self.diagnostics)
    }
}

/// The findings as a person reads them, at paths that lead there from where the user stands.
pub(crate) fn shown(project: &Project, sources: &Sources, found: &[Diagnostic], style: Style) -> String {
    let terminal = render::terminal::Terminal {
        colour: style.colour,
        width: style.width,
    };
    render::terminal::render(&project.as_seen(sources), found, terminal)
}

/// The model of a project, or nothing after its errors have been shown: what every command but `check` starts with.
pub(crate) fn model(project: &Project) -> Result<Option<Model>, Failure> {
    let mut compiled = compile(project)?;
    if let Some(design) = compiled.design.take() {
        return Ok(Some(Model::new(design)));
    }
    show_errors(project, compiled);
    Ok(None)
}

/// Shows the errors of a design, of which nothing is made.
pub(crate) fn show_errors(project: &Project, mut compiled: Compiled) {
    compiled.diagnostics.retain(Diagnostic::is_error);
    world::say(&shown(
        project,
        &compiled.sources,
        &compiled.diagnostics,
        world::stderr_style(),
    ));
    world::say(&format!(
        "the design has {}; nothing was made from it\n",
        compiled.counts()
    ));
}
