//! Revisions, read by the `git` program: only what it has stored, by commands that run nothing of the repository's.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

/// The largest file that is taken for a text of ours.
const LARGEST: u64 = 128 * 1024 * 1024;

/// A revision cannot be read.
#[derive(Debug, Error)]
pub(crate) enum GitError {
    /// The program is not there, or does not start.
    #[error("cannot run `git` to read the revision `{revision}`")]
    Program {
        /// Which.
        revision: String,
        /// Why not.
        source: io::Error,
    },
    /// The folder is in no repository.
    #[error("`{}` is in no git repository: {said}", folder.display())]
    NoRepository {
        /// Which.
        folder: PathBuf,
        /// What git said.
        said: String,
    },
    /// There is no such revision.
    #[error("there is no revision, file or folder `{revision}`")]
    NoRevision {
        /// Which.
        revision: String,
    },
    /// It stopped half-way.
    #[error("git cannot read `{path}` of `{revision}`: {said}")]
    Failed {
        /// Which revision.
        revision: String,
        /// Which file, or folder.
        path: String,
        /// What git said.
        said: String,
    },
    /// A file is not text, or far too large.
    #[error("`{path}` of `{revision}` is no text that a person wrote")]
    NotText {
        /// Which revision.
        revision: String,
        /// Which file.
        path: String,
    },
}

impl GitError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            GitError::Program { .. } => "install git, or compare with a folder or with the lock",
            GitError::NoRepository { .. } => "compare with a folder, or with the lock",
            GitError::NoRevision { .. } => "give a branch, a tag or a commit; `./NAME` is a file or a folder",
            GitError::Failed { .. } => "check that the repository is whole: `git fsck`",
            GitError::NotText { .. } => "compare with a revision in which it is text",
        }
    }
}

/// A file as a revision has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Its path from the folder that was asked for.
    pub(crate) path: String,
    /// What it is stored as.
    blob: String,
    size: u64,
}

/// A revision of the repository that a folder lies in.
#[derive(Debug)]
pub(crate) struct Revision {
    folder: PathBuf,
    name: String,
    commit: String,
}

impl Revision {
    /// The revision of this name.
    pub(crate) fn find(folder: &Path, name: &str) -> Result<Revision, GitError> {
        let inside = run(folder, name, &["rev-parse", "--git-dir"])?;
        if let Err(said) = inside {
            return Err(GitError::NoRepository {
                folder: folder.to_owned(),
                said,
            });
        }
        // A name is never an option, whatever it begins with.
        let commit = format!("{name}^{{commit}}");
        let words = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        match run(folder, name, &words)? {
            Ok(commit) => Ok(Revision {
                folder: folder.to_owned(),
                name: name.to_owned(),
                commit: String::from_utf8_lossy(&commit).trim().to_owned(),
            }),
            Err(_) => Err(GitError::NoRevision {
                revision: name.to_owned(),
            }),
        }
    }

    /// The files that the folder has in this revision; links are no files.
    pub(crate) fn files(&self) -> Result<Vec<Kept>, GitError> {
        let words = ["ls-tree", "-r", "-l", "-z", &self.commit, "--", "."];
        let listed = self.run(&words, ".")?;
        let listed = String::from_utf8_lossy(&listed);
        let files = listed.split('\0').filter_map(|line| {
            let (facts, path) = line.split_once('\t')?;
            let mut facts = facts.split_ascii_whitespace();
            let (mode, _kind, blob, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
            mode.starts_with("100").then(|| Kept {
                path: path.to_owned(),
                blob: blob.to_owned(),
                size: size.parse().unwrap_or(u64::MAX),
            })
        });
        Ok(files.collect())
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: &Kept) -> Result<String, GitError> {
        let no_text = || GitError::NotText {
            revision: self.name.clone(),
            path: file.path.clone(),
        };
        if file.size > LARGEST {
            return Err(no_text());
        }
        let bytes = self.run(&["cat-file", "blob", &file.blob], &file.path)?;
        String::from_utf8(bytes).map_err(|_| no_text())
    }

    fn run(&self, words: &[&str], path: &str) -> Result<Vec<u8>, GitError> {
        run(&self.folder, &self.name, words)?.map_err(|said| GitError::Failed {
            revision: self.name.clone(),
            path: path.to_owned(),
            said,
        })
    }
}

/// What git prints; otherwise what it says about why not.
fn run(folder: &Path, revision: &str, words: &[&str]) -> Result<Result<Vec<u8>, String>, GitError> {
    let ran = Command::new("git")
        .args(words)
        .current_dir(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| GitError::Program {
            revision: revision.to_owned(),
            source,
        })?;
    if ran.status.success() {
        return Ok(Ok(ran.stdout));
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    Ok(Err(said
        .lines()
        .next()
        .unwrap_or("it does not say why")
        .to_owned()))
}
