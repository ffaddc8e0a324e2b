//! Paths, without a disk.

use super::*;

#[test]
fn tidy_paths_have_no_dots() {
    let of = |path: &str| slashes(&tidy(Path::new(path)));
    assert_eq!(of("./specs/./db.md"), "specs/db.md");
    assert_eq!(of("/a/specs/../specs/db.md"), "/a/specs/db.md");
    assert_eq!(of("../specs/db.md"), "../specs/db.md");
}

#[test]
fn a_file_below_specs_belongs_to_the_project_that_holds_specs() {
    assert_eq!(root_of(Path::new("app/specs/db/task.md")), Path::new("app"));
    assert_eq!(root_of(Path::new("specs/db/task.md")), Path::new("."));
    assert_eq!(root_of(Path::new("note.groma")), Path::new("."));
    assert_eq!(root_of(Path::new("designs/note.groma")), Path::new("designs"));
}
