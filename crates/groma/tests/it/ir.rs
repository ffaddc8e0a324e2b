//! `groma ir`

use crate::support::{Folder, NOTES, groma, notes};

#[test]
fn the_canonical_json_does_not_depend_on_the_layout_of_the_files() {
    let (top, rest) = NOTES.split_once("entity Note {").unwrap();
    let folder = Folder::new();
    folder.write("specs/b.md", &format!("{top}```\n"));
    folder.write(
        "specs/a.md",
        &format!("# Notes, in two files\n\n```groma\nentity Note {{{rest}"),
    );
    let parts = groma(&folder, &["ir"]);
    assert_eq!(parts.code, Some(0), "{parts:?}");
    assert_eq!(parts.out, groma(&notes(), &["ir"]).out);
}

#[test]
fn the_schema_is_json_schema() {
    let ran = groma(&Folder::new(), &["ir", "--schema"]);
    let schema: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn nothing_is_made_from_a_design_with_errors() {
    let folder = Folder::new();
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "txt"));
    let ran = groma(&folder, &["ir"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "");
    assert!(
        ran.err
            .contains("the design has 1 error; nothing was made from it"),
        "{}",
        ran.err
    );
}
