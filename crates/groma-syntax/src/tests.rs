//! What the users of this room rely on.

mod format;
mod properties;
mod read;
mod recover;

use crate::parse_file;

/// The diagnostics of a text, one line each: place, code, message.
fn findings(path: &str, text: &str) -> String {
    let mut sources = groma_diag::Sources::new();
    let file = sources.add(path, text);
    let parsed = parse_file(file, path, text);
    assert_eq!(parsed.syntax().text().to_string(), text, "the tree is the text");
    let line = |found: &groma_diag::Diagnostic| {
        let place = sources.line_column(file, found.primary.start);
        format!(
            "{}:{} {} {}\n",
            place.line, place.column, found.code, found.message
        )
    };
    parsed.diagnostics.iter().map(line).collect()
}
