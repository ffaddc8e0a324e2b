//! What authors see: pages of the manual, goldens of designs, and the examples of every rule.

mod assign;
mod chains;
mod deletions;
mod designs;
mod effects;
mod examples;
mod fixes;
mod hostile;
mod mutations;
mod pages;
mod planted;
mod routes;
mod sorts;

use groma_diag::{Diagnostic, Sources};

use crate::{Compiled, compile};

/// Compiles one Markdown file.
fn compile_text(path: &str, text: &str) -> (Sources, Compiled) {
    let mut sources = Sources::new();
    sources.add(path, text);
    let compiled = compile(&sources);
    (sources, compiled)
}

/// A finding on one line: `a.md:3: error[E020]: there is no ..`.
fn line(sources: &Sources, found: &Diagnostic) -> String {
    format!(
        "{}: {}[{}]: {}",
        sources.place(found.primary),
        found.level.as_str(),
        found.code,
        found.message
    )
}
