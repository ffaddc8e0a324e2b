//! Reading: what is accepted, and what is said of what is not.

use crate::parse_file;

/// The diagnostics of a text, one line each: code, line, message.
pub(super) fn findings(path: &str, text: &str) -> String {
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

#[test]
fn a_whole_program_reads_without_a_word() {
    let text = "auth { issuer env ISSUER; caller User from claim sub }\nentity Note { id: uuid key; owner: User = caller readonly on delete cascade }\naccess Note { allow all to owner }\nresource /notes for Note\n";
    assert_eq!(findings("note.groma", text), "");
}
