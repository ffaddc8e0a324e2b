//! `groma fmt`

use crate::support::{Folder, NOTES, groma};

fn crooked() -> Folder {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  title: text(1..100)", "     title  :text( 1..100 )  # kept"),
    );
    folder
}

#[test]
fn formatting_twice_is_formatting_once_and_prose_and_comments_stay() {
    let folder = crooked();
    let ran = groma(&folder, &["fmt"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out, "formatted specs/notes.md\n1 file, 1 formatted\n");
    let once = folder.read("specs/notes.md");
    assert!(once.contains("  title: text(1..100) # kept\n"), "{once}");
    assert!(once.starts_with("# Notes\n\nWhat people write down.\n"), "{once}");
    assert_eq!(groma(&folder, &["fmt"]).out, "1 file, 0 formatted\n");
    assert_eq!(folder.read("specs/notes.md"), once);
}

#[test]
fn check_says_what_would_change_and_changes_nothing() {
    let folder = crooked();
    let before = folder.read("specs/notes.md");
    let ran = groma(&folder, &["fmt", "--check"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "would change specs/notes.md\n1 file, 1 would change\n");
    assert_eq!(folder.read("specs/notes.md"), before);
    groma(&folder, &["fmt"]);
    assert_eq!(groma(&folder, &["fmt", "--check"]).code, Some(0));
}

#[test]
fn what_has_an_error_stays_and_is_shown() {
    let folder = Folder::new();
    let broken = NOTES.replace("resource /notes for Note", "resource for /notes");
    folder.write("specs/notes.md", &broken);
    let ran = groma(&folder, &["fmt"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("error[E"), "{}", ran.err);
    assert_eq!(folder.read("specs/notes.md"), broken);
}
