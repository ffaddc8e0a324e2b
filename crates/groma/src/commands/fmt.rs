//! `groma fmt`: one written form for every fence.

use std::fmt::Write as _;

use groma_diag::Diagnostic;

use crate::Exit;
use crate::cli::FmtArgs;
use crate::compile::shown;
use crate::failure::Failure;
use crate::project::Project;
use crate::{words, world};

pub(super) fn run(args: &FmtArgs) -> Result<Exit, Failure> {
    let project = Project::find(&args.paths)?;
    let sources = project.load()?;
    let mut errors: Vec<Diagnostic> = Vec::new();
    let mut changed = Vec::new();
    for (file, source) in sources.iter() {
        let formatted = groma_syntax::format_file(file, source.path(), source.text());
        errors.extend(formatted.errors);
        if formatted.text != source.text() {
            if !args.check {
                world::write(&project.path_of(source.path()), &formatted.text)?;
            }
            changed.push(source.path());
        }
    }
    world::say(&shown(&project, &sources, &errors, world::stderr_style()));
    world::print(&summary(&changed, sources.len(), args.check));
    Ok(Exit::when(
        !errors.is_empty() || args.check && !changed.is_empty(),
    ))
}

fn summary(changed: &[&str], files: usize, is_check: bool) -> String {
    let mut text = String::new();
    let word = if is_check { "would change" } else { "formatted" };
    for path in changed {
        let _ = writeln!(text, "{word} {path}");
    }
    let _ = writeln!(
        text,
        "{}, {} {word}",
        words::count(files, "file", "files"),
        changed.len()
    );
    text
}
