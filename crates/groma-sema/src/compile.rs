//! The whole way from texts to a design or to what is wrong with it.

use groma_diag::{Diagnostic, Sources};
use groma_ir::Design;
use groma_syntax::Parsed;

use crate::{resolve, rules};

/// What became of a set of files.
#[derive(Debug)]
pub struct Compiled {
    /// The design, if no error was found.
    pub design: Option<Design>,
    /// Everything that was found, by file and place, each once.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses every file, resolves them together and checks the result.
///
/// The order of the files and of the declarations in them means nothing.
pub fn compile(sources: &Sources) -> Compiled {
    let parsed: Vec<Parsed> = sources
        .iter()
        .map(|(id, source)| groma_syntax::parse_file(id, source.path(), source.text()))
        .collect();
    let mut diagnostics: Vec<Diagnostic> = parsed
        .iter()
        .flat_map(|file| file.diagnostics.iter().cloned())
        .collect();
    let (resolved, found) = resolve::resolve(sources, &parsed);
    diagnostics.extend(found);
    let found = rules::check(&resolved);
    diagnostics.extend(found);
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()).then_with(|| a.message.cmp(&b.message)));
    diagnostics.dedup();
    let is_whole = !diagnostics.iter().any(Diagnostic::is_error);
    Compiled {
        design: is_whole.then_some(resolved.design),
        diagnostics,
    }
}
