//! The files that a generator writes, and how they differ from those that are there.

use std::collections::BTreeMap;

/// Files by path, in the order of their paths; `/` stands between the parts of a path.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FileSet {
    files: BTreeMap<String, String>,
}

/// A file that is not as a generator would write it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Drift {
    /// The path, as in the file set.
    pub path: String,
    /// How it differs.
    pub kind: DriftKind,
}

/// How a file differs from what a generator would write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DriftKind {
    /// It should be there and is not.
    Missing,
    /// It is there with another text.
    Changed,
    /// It was generated once, and nothing writes it any more.
    Stale,
}

impl FileSet {
    /// Adds a file; one that has the same path is replaced.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// Puts a file back to what it was, or out of the set.
    pub(crate) fn restore(&mut self, path: &str, text: Option<&str>) {
        match text {
            Some(text) => self.insert(path, text),
            None => drop(self.files.remove(path)),
        }
    }

    /// Takes a file out of the set; whether it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        self.files.remove(path).is_some()
    }

    /// The text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every path with its text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes over the files of another set.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
    }

    /// How the files that are there differ from these. `present` are the paths in the folders that are
    /// written to, for finding stale files: those that begin with `mark`. `read` gives a file's text, or nothing
    /// when it is not there.
    /// Line ends are compared as `\n`, so that a checkout on Windows does not count as a change.
    pub fn compare<'a>(
        &self,
        mark: &str,
        present: impl IntoIterator<Item = &'a str>,
        read: impl Fn(&str) -> Option<String>,
    ) -> Vec<Drift> {
        let mut drifts = Vec::new();
        for (path, text) in &self.files {
            match read(path) {
                None => drifts.push(Drift {
                    path: path.clone(),
                    kind: DriftKind::Missing,
                }),
                Some(found) if found.replace("\r\n", "\n") != *text => {
                    drifts.push(Drift {
                        path: path.clone(),
                        kind: DriftKind::Changed,
                    });
                }
                Some(_) => {}
            }
        }
        for path in present {
            if !self.files.contains_key(path) && read(path).is_some_and(|text| text.starts_with(mark)) {
                drifts.push(Drift {
                    path: path.to_owned(),
                    kind: DriftKind::Stale,
                });
            }
        }
        drifts.sort();
        drifts.dedup();
        drifts
    }
}
