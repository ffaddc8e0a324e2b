//! The whole way from texts to a design or to what is wrong with it.

use std::thread;

use groma_diag::{Diagnostic, FileId, Source, Sources};
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
    let parsed = parse(sources);
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

/// Less text than this is parsed before a second thread has started.
const WORTH_A_THREAD: usize = 64 * 1024;

/// Parses every file, in parts side by side where that pays.
fn parse(sources: &Sources) -> Vec<Parsed> {
    let files: Vec<(FileId, &Source)> = sources.iter().collect();
    let size: usize = files.iter().map(|(_, source)| source.text().len()).sum();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = cores.min(size / WORTH_A_THREAD).clamp(1, 8);
    let share = files.len().div_ceil(parts).max(1);
    thread::scope(|scope| {
        let mut shares = files.chunks(share);
        let first = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|share| scope.spawn(|| parse_all(share))).collect();
        let mut parsed = parse_all(first);
        for other in others {
            match other.join() {
                Ok(more) => parsed.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parsed
    })
}

fn parse_all(files: &[(FileId, &Source)]) -> Vec<Parsed> {
    let files = files.iter();
    files
        .map(|(id, source)| groma_syntax::parse_file(*id, source.path(), source.text()))
        .collect()
}
