//! A folder for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new, empty folder that is removed when this is dropped.
///
/// Everything that goes wrong with it ends the test, with a sentence that says what.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a folder that no other test has.
    #[expect(
        clippy::new_without_default,
        reason = "it touches the disk, which a default should not"
    )]
    pub fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("groma-test-{}-{number}", std::process::id()));
        // An earlier process of the same number may have been killed before it could clean up.
        let _ = fs::remove_dir_all(&path);
        done("make", &path, fs::create_dir_all(&path));
        Folder { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a file into it, `/` between the parts of its name; folders on the way are made.
    pub fn write(&self, name: &str, text: &str) -> &Folder {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            done("make", folder, fs::create_dir_all(folder));
        }
        done("write", &path, fs::write(&path, text));
        self
    }

    /// The text of a file in it.
    pub fn read(&self, name: &str) -> String {
        let path = self.path.join(name);
        done("read", &path, fs::read_to_string(&path))
    }

    /// Whether there is a file of that name in it.
    pub fn has(&self, name: &str) -> bool {
        self.path.join(name).is_file()
    }

    /// Copies a folder, with all that is in it, to `name`.
    pub fn copy(&self, from: &Path, name: &str) -> &Folder {
        for entry in done("list", from, fs::read_dir(from)) {
            let entry = done("list", from, entry);
            let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                self.copy(&entry.path(), &inner);
            } else {
                self.write(
                    &inner,
                    &done("read", &entry.path(), fs::read_to_string(entry.path())),
                );
            }
        }
        self
    }

    /// The names of all files in it, in order.
    pub fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![self.path.clone()];
        while let Some(folder) = open.pop() {
            for entry in done("list", &folder, fs::read_dir(&folder)) {
                let path = done("list", &folder, entry).path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    names.push(
                        path.strip_prefix(&self.path)
                            .unwrap_or(&path)
                            .to_string_lossy()
                            .replace('\\', "/"),
                    );
                }
            }
        }
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind lies in the folder for temporary files, where the system looks after it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[expect(
    clippy::panic,
    reason = "a test whose folder cannot be used has no other way out"
)]
fn done<T>(what: &str, path: &Path, outcome: std::io::Result<T>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("cannot {what} `{}`: {error}", path.display()),
    }
}
