//! Formatting twice is formatting once, and changes neither the meaning of a file nor what is outside its fences.

#![no_main]

use groma_diag::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for path in ["design.groma", "design.md"] {
        let once = groma_syntax::format_file(FileId(0), path, text);
        let twice = groma_syntax::format_file(FileId(0), path, &once.text);
        assert_eq!(once.text, twice.text, "formatting is stable");
    }
});
