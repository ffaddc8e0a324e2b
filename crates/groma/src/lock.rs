//! The agreed design: `specs/groma.lock`, as `groma freeze` writes it and `--frozen` holds a design to it.
//!
//! A lock holds the canonical JSON of the design and its SHA-256, which is what `groma ir | sha256sum` prints, and the
//! texts that the design was made from. Whoever wants the agreed design back compiles those texts again by the compiler
//! that is there: a second reader, from canonical JSON to a design, would have to follow every change of the form and
//! could disagree with the first one. That both parts of a lock belong together is checked, and that neither was
//! changed by hand. It is no signature: who may write the file can write another lock.

use std::fmt::Write as _;

use groma_diag::Sources;
use groma_ir::{Model, canonical};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::failure::Failure;
use crate::project::Project;
use crate::world;

/// Where a lock lies, below the project.
pub(crate) const PLACE: &str = "specs/groma.lock";
/// The version of the form that this program writes and reads.
const FORMAT: u32 = 1;

/// The form of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Form {
    /// The version of the form.
    format: u32,
    /// The version of the program that froze the design.
    groma: String,
    /// The SHA-256 of the design's canonical JSON.
    sha256: String,
    /// The SHA-256 of the texts.
    sources_sha256: String,
    /// The design's canonical JSON.
    design: Value,
    /// What it was made from.
    sources: Vec<Text>,
}

/// A file of the design, by lines, so that two locks can be compared by eye.
#[derive(Debug, Serialize, Deserialize)]
struct Text {
    path: String,
    lines: Vec<String>,
}

/// Only the version: what every form of a lock begins with.
#[derive(Debug, Deserialize)]
struct Version {
    format: u32,
}

/// An agreed design.
#[derive(Debug)]
pub(crate) struct Lock {
    /// The version of the program that froze it.
    pub(crate) groma: String,
    /// The SHA-256 of its canonical JSON.
    pub(crate) sha256: String,
    /// What it was made from.
    pub(crate) sources: Sources,
}

/// A lock that says nothing that can be relied on.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// There is none.
    #[error("no design is agreed: there is no `{path}`")]
    Missing {
        /// Where one would lie.
        path: String,
    },
    /// It is no lock.
    #[error("`{path}` is no lock")]
    Unreadable {
        /// Which.
        path: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// It is of another form.
    #[error("`{path}` has format {found}, and this groma reads format {FORMAT}")]
    Format {
        /// Which.
        path: String,
        /// Its version.
        found: u32,
    },
    /// Its parts do not belong together.
    #[error("`{path}` was changed by hand: its {part} is not what was frozen")]
    Changed {
        /// Which.
        path: String,
        /// What does not fit its hash.
        part: &'static str,
    },
}

impl LockError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            LockError::Missing { .. } => "`groma freeze` records the design as agreed",
            LockError::Unreadable { .. } | LockError::Changed { .. } => {
                "take it back from version control, or look at the design and run `groma freeze`"
            }
            LockError::Format { .. } => "take the groma that wrote it, or run `groma freeze` with this one",
        }
    }
}

/// The lock of a design: the same design and texts give the same bytes.
pub(crate) fn text(model: &Model, sources: &Sources) -> Result<String, serde_json::Error> {
    let canonical = canonical::to_json(&model.design);
    let texts: Vec<Text> = sources
        .iter()
        .map(|(_, source)| Text {
            path: source.path().to_owned(),
            lines: source.text().split('\n').map(str::to_owned).collect(),
        })
        .collect();
    let form = Form {
        format: FORMAT,
        groma: env!("CARGO_PKG_VERSION").to_owned(),
        sha256: sha256(&canonical),
        sources_sha256: sources_sha256(&texts)?,
        design: serde_json::from_str(&canonical)?,
        sources: texts,
    };
    Ok(pretty(&form)? + "\n")
}

/// The SHA-256 of a design's canonical JSON.
pub(crate) fn hash(model: &Model) -> String {
    sha256(&canonical::to_json(&model.design))
}

/// The agreed design of a project.
pub(crate) fn of(project: &Project) -> Result<Lock, Failure> {
    let path = project.path_of(PLACE);
    let shown = path.display().to_string();
    match world::read_if_there(&path)? {
        Some(text) => Ok(read(&text, &shown)?),
        None => Err(LockError::Missing { path: shown }.into()),
    }
}

/// Whether a project has a lock at all.
pub(crate) fn is_there(project: &Project) -> bool {
    world::is_file(&project.path_of(PLACE))
}

/// Reads a lock, and checks that its parts belong together.
pub(crate) fn read(text: &str, path: &str) -> Result<Lock, LockError> {
    let unreadable = |source| LockError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let Version { format } = serde_json::from_str(text).map_err(unreadable)?;
    if format != FORMAT {
        return Err(LockError::Format {
            path: path.to_owned(),
            found: format,
        });
    }
    let form: Form = serde_json::from_str(text).map_err(unreadable)?;
    let changed = |part| LockError::Changed {
        path: path.to_owned(),
        part,
    };
    let canonical = pretty(&form.design).map_err(unreadable)? + "\n";
    if sha256(&canonical) != form.sha256 {
        return Err(changed("design"));
    }
    if sources_sha256(&form.sources).map_err(unreadable)? != form.sources_sha256 {
        return Err(changed("source"));
    }
    let mut sources = Sources::new();
    for text in &form.sources {
        sources.add(text.path.as_str(), text.lines.join("\n"));
    }
    Ok(Lock {
        groma: form.groma,
        sha256: form.sha256,
        sources,
    })
}

fn pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(value)
}

fn sources_sha256(texts: &[Text]) -> Result<String, serde_json::Error> {
    Ok(sha256(&serde_json::to_string(texts)?))
}

/// The SHA-256 of a text, in hexadecimal digits.
pub(crate) fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests;
