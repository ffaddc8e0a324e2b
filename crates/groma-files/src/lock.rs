//! What was generated last, file by file: the base against which an owner's edits are told from the generator's.
//!
//! One file in the project, kept in its repository. Texts are lists of lines, so that version control shows what
//! changed in them and merges them as it does any text.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::FileSet;

/// What was generated last.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lock {
    /// What wrote it: `groma 0.1.0`.
    pub generator: String,
    /// What was chosen for it: `async`.
    pub options: Vec<String>,
    /// Files of the owner's that stand where generated ones would be: what would have been generated when that was told.
    pub yours: FileSet,
    /// Files that are the owner's for good, or stay away: nothing is generated there, and nothing is said of them.
    pub without: BTreeSet<String>,
    /// The files as they were written.
    pub files: FileSet,
}

/// A lock that cannot be read.
#[derive(Debug, Error)]
pub enum LockError {
    /// It is not JSON of this form.
    #[error("it is no lock of generated files: {0}")]
    Form(#[from] serde_json::Error),
    /// A path leads out of the project.
    #[error("`{0}` is no path inside the project")]
    Path(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    generator: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    yours: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    without: BTreeSet<String>,
    files: BTreeMap<String, Vec<String>>,
}

impl Lock {
    /// Its name in the folder of the project.
    pub const NAME: &str = ".groma-generated.json";

    /// Reads it.
    ///
    /// # Errors
    /// When it is not what [`Lock::text`] writes, or names a file outside the project.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let form: Form = serde_json::from_str(text)?;
        Ok(Self {
            generator: form.generator,
            options: form.options,
            yours: texts(form.yours)?,
            without: form.without,
            files: texts(form.files)?,
        })
    }

    /// Writes it.
    pub fn text(&self) -> String {
        let form = Form {
            generator: self.generator.clone(),
            options: self.options.clone(),
            yours: lines(&self.yours),
            without: self.without.clone(),
            files: lines(&self.files),
        };
        match serde_json::to_string_pretty(&form) {
            Ok(text) => text + "\n",
            Err(_) => unreachable!("maps and lists of text have a form in JSON"),
        }
    }
}

fn lines(files: &FileSet) -> BTreeMap<String, Vec<String>> {
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect();
    let files = files.iter();
    files.map(|(path, text)| (path.to_owned(), lines(text))).collect()
}

fn texts(files: BTreeMap<String, Vec<String>>) -> Result<FileSet, LockError> {
    let mut texts = FileSet::default();
    for (path, lines) in files {
        if !is_inside(&path) {
            return Err(LockError::Path(path));
        }
        texts.insert(path, lines.join("\n"));
    }
    Ok(texts)
}

/// Whether a path names a file below the folder that it starts from, on every system, and none of git's own.
fn is_inside(path: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
    !path.contains(['\\', ':', '\0']) && path.split('/').all(is_plain)
}
