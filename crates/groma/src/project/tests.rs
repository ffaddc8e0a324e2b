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

#[test]
fn what_tools_put_into_folders_is_no_design_but_for_what_lies_in_specs() {
    for ours in [
        "task.md",
        "specs/db/task.md",
        "specs/target/goal.md",
        "api/specs/dist/a.md",
    ] {
        assert!(Project::is_design(ours), "{ours}");
    }
    for theirs in [
        "node_modules/a/README.md",
        "target/doc/a.md",
        ".venv/a.md",
        "x/dist/specs/a.md",
        "specs/.b/a.md",
    ] {
        assert!(!Project::is_design(theirs), "{theirs}");
    }

    let folder = testkit::Folder::new();
    let names = |at: &str| -> Vec<String> {
        let found = texts_below(&folder.path().join(at)).unwrap();
        let name = |path: &PathBuf| slashes(path.strip_prefix(folder.path()).unwrap());
        found.iter().map(name).collect()
    };
    for name in [
        "a.md",
        "node_modules/a/README.md",
        "target/a.md",
        "dist/a.md",
        "specs/target/a.md",
    ] {
        folder.write(name, "x");
    }
    assert_eq!(names(""), ["a.md"]);
    assert_eq!(names("specs"), ["specs/target/a.md"]);
}
