//! Workflow commands, which the hosting service shows beside the changed lines.

use std::fmt::Write;

use crate::{Diagnostic, Level, Sources};

/// One line a finding: `::error file=..,line=..,col=..,title=..::message`.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for found in diagnostics {
        line(&mut out, sources, found);
    }
    out
}

fn line(out: &mut String, sources: &Sources, found: &Diagnostic) {
    let (start, end) = (found.primary.start, found.primary.end);
    let start = sources.line_column(found.primary.file, start);
    let end = sources.line_column(found.primary.file, end);
    let path = property(sources.path(found.primary.file));
    let title = property(&format!("{}: {}", found.code, found.name));
    let command = match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Question => "notice",
    };
    // Columns are only understood where the range stays on one line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let place = format!("file={path},line={},endLine={}{columns}", start.line, end.line);
    let _ = writeln!(out, "::{command} {place},title={title}::{}", data(&text(found)));
}

/// The message with what to do, a line each.
fn text(found: &Diagnostic) -> String {
    let options = found.options.iter().enumerate();
    let options = options.map(|(at, option)| format!("{}: {} ({})", at + 1, option.text, option.consequence));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    std::iter::once(found.message.clone())
        .chain(help)
        .chain(options)
        .collect::<Vec<_>>()
        .join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
