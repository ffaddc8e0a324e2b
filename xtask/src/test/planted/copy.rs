//! The copy of the workspace in which bugs are planted.

use std::path::{Path, PathBuf};

use super::bugs::Bug;
use crate::run::{self, Outcome, failure};

/// Where the copy is built.
pub(super) fn target() -> PathBuf {
    run::target().join("planted/target")
}

/// Brings the copy up to date. Only files that differ are written, so that a second run builds little.
pub(super) fn tree() -> Outcome<PathBuf> {
    let tree = run::target().join("planted/tree");
    let mut git = run::in_root("git");
    git.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
    ]);
    let listed = run::output(git.args([
        "Cargo.toml",
        "Cargo.lock",
        "docs",
        "crates",
        "bench",
        "xtask",
        ".cargo",
    ]))?;
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A file that is deleted and not yet committed is still listed.
        if let Ok(bytes) = std::fs::read(run::root().join(path)) {
            put(&tree.join(path), &bytes)?;
        }
    }
    Ok(tree)
}

fn put(path: &Path, bytes: &[u8]) -> Outcome {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| failure(format!("cannot write `{}`: {error}", path.display())))
}

/// Takes over what cargo has built of the dependencies: they are the same, and building them is most of the work.
pub(super) fn built_dependencies() -> Outcome {
    let (from, to) = (run::target().join("debug"), target().join("debug"));
    if to.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&to)
        .map_err(|error| failure(format!("cannot make `{}`: {error}", to.display())))?;
    for part in ["deps", "build", ".fingerprint"] {
        run::run(
            run::in_root("cp")
                .args(["-a", "--reflink=auto"])
                .arg(from.join(part))
                .arg(&to),
        )?;
    }
    // Our own crates are other ones here, though cargo would think them the same.
    let ours = std::fs::read_dir(to.join(".fingerprint"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    for entry in ours.filter(|entry| entry.file_name().to_string_lossy().starts_with("groma")) {
        std::fs::remove_dir_all(entry.path())
            .map_err(|error| failure(format!("cannot remove `{}`: {error}", entry.path().display())))?;
    }
    Ok(())
}

/// Plants a bug, does something, and puts the right text back whatever came of it.
pub(super) fn with<T>(tree: &Path, bug: &Bug, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let path = tree.join(bug.file);
    let right = run::read(&path)?;
    if right.matches(bug.right).count() != 1 {
        return Err(failure(format!(
            "the bug `{}` fits `{}` not exactly once; bring xtask/src/test/planted/bugs.rs up to date",
            bug.what, bug.file
        )));
    }
    put(&path, right.replacen(bug.right, bug.wrong, 1).as_bytes())?;
    let outcome = work();
    put(&path, right.as_bytes())?;
    outcome
}
