//! Files and folders. What goes wrong says what we were doing and keeps the cause.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The largest file that is taken for a text of ours.
const LARGEST: u64 = 128 * 1024 * 1024;
/// The deepest folder that is looked into.
const DEEPEST: usize = 32;

/// The disk did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum WorldError {
    /// A file or a folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not text.
    #[error("`{}` is not UTF-8: line {line} has a byte that belongs to no character", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
    },
    /// A name leads to a device, a pipe or a socket.
    #[error("`{}` is no file", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// A link leads to a file of somebody else's.
    #[error("`{}` is a link that leads out of the project", path.display())]
    Outside {
        /// Which.
        path: PathBuf,
    },
    /// A file is far too large to be written by a person.
    #[error("`{}` is larger than 128 MiB", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
}

impl WorldError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            WorldError::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "check the spelling, and that you are in the folder you think you are in"
            }
            WorldError::Read { source, .. } | WorldError::Write { source, .. }
                if source.kind() == io::ErrorKind::NotADirectory =>
            {
                "a file stands on the way where a folder is meant: move it away"
            }
            WorldError::Read { .. } => "check that you may read it",
            WorldError::Write { .. } => "check that you may write there, and that the disk has room",
            WorldError::NotText { .. } => "save it as UTF-8",
            WorldError::NotAFile { .. } => "put a file there, or move it away",
            WorldError::Outside { .. } => {
                "put a copy there instead, or move what it leads to into the repository"
            }
            WorldError::TooLarge { .. } => "split it, or move it away",
        }
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, WorldError> {
    Ok(read_unless(path, None)?.unwrap_or_default())
}

/// The text of a file, but for one that begins so: of that no more is read.
pub(crate) fn read_unless(path: &Path, mark: Option<&str>) -> Result<Option<String>, WorldError> {
    let failed = |source| WorldError::Read {
        path: path.to_owned(),
        source,
    };
    // A pipe would be waited for, and a device has no end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(WorldError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path).map_err(failed)?.take(LARGEST + 1);
    if let Some(mark) = mark {
        let mut head = (&mut file).take(mark.len() as u64);
        head.read_to_end(&mut bytes).map_err(failed)?;
        if bytes == mark.as_bytes() {
            return Ok(None);
        }
    }
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(WorldError::TooLarge {
            path: path.to_owned(),
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        WorldError::NotText {
            path: path.to_owned(),
            line: 1 + good.filter(|byte| **byte == b'\n').count(),
        }
    })?;
    Ok(Some(text))
}

/// The text of a file, or nothing when there is no such file.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, WorldError> {
    match read(path) {
        Err(WorldError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Puts a text in place of a file, all of it or none of it; folders on the way are made.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), WorldError> {
    let failed = |source| WorldError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // A link is written through: what it points at is the file that the user keeps.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (beside, mut file) = beside(&target).map_err(failed)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| keep_permissions(&target, &beside))
        .and_then(|()| fs::rename(&beside, &target));
    written.map_err(|source| {
        // The original is untouched; what is left of the attempt only disturbs.
        let _ = fs::remove_file(&beside);
        failed(source)
    })
}

/// Refuses files that cannot be written or removed where they are, before any of them is.
pub(crate) fn can_be_written(paths: &[PathBuf]) -> Result<(), WorldError> {
    let mut asked = BTreeSet::new();
    for path in paths {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let Some(folder) = target.ancestors().skip(1).find(|folder| folder.is_dir()) else {
            continue;
        };
        if asked.insert(folder.to_owned()) {
            let tried = beside(&folder.join("try")).and_then(|(there, _)| fs::remove_file(there));
            tried.map_err(|source| WorldError::Write {
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

fn keep_permissions(from: &Path, to: &Path) -> io::Result<()> {
    match fs::metadata(from) {
        Ok(found) => fs::set_permissions(to, found.permissions()),
        Err(_) => Ok(()),
    }
}

/// A new file beside another. One that is there already is left alone: it may be a link that leads elsewhere.
fn beside(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut turn = 0;
    loop {
        let beside = path.with_file_name(format!(".{name}.{}-{turn}.new", std::process::id()));
        match fs::OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && turn < 1000 => turn += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> Result<(), WorldError> {
    fs::remove_file(path).map_err(|source| WorldError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Removes a file, and the folders above it that are empty then, up to this one.
pub(crate) fn remove_with_empty_folders(path: &Path, top: &Path) -> Result<(), WorldError> {
    remove(path)?;
    let above = path.ancestors().skip(1);
    for folder in above.take_while(|folder| *folder != top) {
        // It is not empty, then.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Refuses a path that a link leads out of a folder.
pub(crate) fn stays_below(folder: &Path, path: &Path) -> Result<(), WorldError> {
    let Ok(home) = folder.canonicalize() else {
        return Ok(());
    };
    let nearest = path.ancestors().find_map(|there| there.canonicalize().ok());
    match nearest {
        Some(there) if !there.starts_with(&home) => Err(WorldError::Outside {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Whether a path is a file.
pub(crate) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether a path is a folder.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Every file below a folder whose name ends in one of `extensions`, in the order of their paths. Hidden
/// folders, those of the names `skipped` and links to folders are left alone; a link that leads nowhere is found, so that reading it says so. One
/// that leads out of the repository, or where there is none out of what the folder lies in, is refused: a design
/// from elsewhere must not show what else is on this machine. A folder that is not there holds nothing.
pub(crate) fn texts_below(
    folder: &Path,
    extensions: &[&str],
    skipped: &[&str],
) -> Result<Vec<PathBuf>, WorldError> {
    let mut found = Vec::new();
    let home = home(folder);
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in entries(&folder)? {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_skipped = skipped.iter().any(|name| entry.file_name() == *name);
            if is_folder && !is_hidden && !is_skipped && depth < DEEPEST {
                open.push((path, depth + 1));
            } else if !is_folder && !is_hidden && has_extension(&path, extensions) && !path.is_dir() {
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                if is_link && leads_out(&path, home.as_deref()) {
                    return Err(WorldError::Outside { path });
                }
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What files of a folder may lie in.
fn home(folder: &Path) -> Option<PathBuf> {
    super::repository(folder).or_else(|| Some(folder.canonicalize().ok()?.parent()?.to_owned()))
}

fn leads_out(link: &Path, home: Option<&Path>) -> bool {
    match (link.canonicalize(), home) {
        (Ok(target), Some(home)) => !target.starts_with(home),
        // It leads nowhere, which reading it says.
        _ => false,
    }
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, WorldError> {
    let failed = |source| WorldError::Read {
        path: folder.to_owned(),
        source,
    };
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<_>>().map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let is_one = |found: &std::ffi::OsStr| {
        extensions
            .iter()
            .any(|extension| found.eq_ignore_ascii_case(extension))
    };
    path.extension().is_some_and(is_one)
}

#[cfg(test)]
mod tests;
