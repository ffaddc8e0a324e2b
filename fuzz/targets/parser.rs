//! Any text parses to a tree that holds exactly that text, without a panic.

#![no_main]

use groma_diag::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for path in ["design.groma", "design.md"] {
        let parsed = groma_syntax::parse_file(FileId(0), path, text);
        assert_eq!(parsed.syntax().text().to_string(), text, "the tree is lossless");
        for diagnostic in &parsed.diagnostics {
            let span = diagnostic.primary;
            assert!(
                span.start <= span.end && span.end as usize <= text.len(),
                "{} lies outside the file",
                diagnostic.code
            );
            assert!(
                text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize),
                "{} cuts a character",
                diagnostic.code
            );
        }
        for declaration in parsed.declarations() {
            let _ = format!("{declaration:?}");
        }
    }
});
