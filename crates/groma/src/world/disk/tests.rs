//! The disk as users have it: links, modes, files that are not text.

use testkit::Folder;

use super::*;

fn names(folder: &Folder) -> Vec<String> {
    let found = texts_below(folder.path(), &["md", "groma"], &["node_modules"]).unwrap();
    let name = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
    found.iter().map(name).collect()
}

#[test]
fn design_files_are_found_in_order_and_nothing_hidden_is() {
    let folder = Folder::new();
    for name in [
        "b/Z.MD",
        "a.groma",
        "b/a.md",
        ".git/x.md",
        "node_modules/x.md",
        "b/node_modules/y/x.md",
        "b/.draft.md",
        "notes.txt",
        "README",
    ] {
        folder.write(name, "x");
    }
    assert_eq!(names(&folder), ["a.groma", "b/Z.MD", "b/a.md"]);
    assert_eq!(
        texts_below(&folder.path().join("missing"), &["md"], &[]).unwrap(),
        Vec::<PathBuf>::new()
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_not_followed_and_a_link_to_a_file_is() {
    let folder = Folder::new();
    folder.write("specs/a.md", "x");
    let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, folder.path().join(from)).unwrap();
    link("..", "specs/loop");
    link("a.md", "specs/b.md");
    link("gone.md", "specs/c.md");
    assert_eq!(names(&folder), ["specs/a.md", "specs/b.md", "specs/c.md"]);
    assert!(
        read(&folder.path().join("specs/c.md")).is_err(),
        "it leads nowhere, and that is said"
    );
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_as_a_whole_through_its_link_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("kept/a.md", "old");
    let (file, link) = (folder.path().join("kept/a.md"), folder.path().join("a.md"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("kept/a.md", &link).unwrap();
    write(&link, "new").unwrap();
    assert_eq!(folder.read("kept/a.md"), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(
        folder.files(),
        ["a.md", "kept/a.md"],
        "nothing is left of the way there"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_waits_where_a_file_is_written_first_is_left_alone() {
    let folder = Folder::new();
    folder.write("outside.md", "theirs");
    let waiting = folder
        .path()
        .join(format!("p/.a.md.{}-0.new", std::process::id()));
    fs::create_dir(folder.path().join("p")).unwrap();
    std::os::unix::fs::symlink("../outside.md", &waiting).unwrap();
    write(&folder.path().join("p/a.md"), "ours").unwrap();
    assert_eq!(folder.read("outside.md"), "theirs");
    assert_eq!(folder.read("p/a.md"), "ours");
    assert!(
        !fs::symlink_metadata(folder.path().join("p/a.md"))
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn what_is_not_there_is_nothing_and_what_is_not_text_is_an_error() {
    let folder = Folder::new();
    assert_eq!(read_if_there(&folder.path().join("a.md")).unwrap(), None);
    fs::write(folder.path().join("b.md"), b"a\nb\xff").unwrap();
    let error = read_if_there(&folder.path().join("b.md")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is not UTF-8: line 2 has a byte that belongs to no character"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_and_a_pipe_are_refused() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    elsewhere.write("secret.md", "x");
    folder.write("specs/a.md", "x");
    std::os::unix::fs::symlink(
        elsewhere.path().join("secret.md"),
        folder.path().join("specs/b.md"),
    )
    .unwrap();
    let found = texts_below(&folder.path().join("specs"), &["md"], &[]);
    assert!(matches!(found, Err(WorldError::Outside { .. })), "{found:?}");
    let device = read(Path::new("/dev/zero"));
    assert!(
        matches!(device, Err(WorldError::NotAFile { .. })),
        "a device has no end"
    );
}
