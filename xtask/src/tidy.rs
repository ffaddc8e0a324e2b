//! What the compiler cannot hold: arrows between crates, lengths, and words that belong to one machine.
//!
//! Each check is a pure function from texts to complaints; reading the files is done once, here.

mod arrows;
mod manifest;
mod texts;

use std::path::PathBuf;

use crate::run::{self, Outcome, failure};
use manifest::Manifest;

/// A file of the repository: its path from the root, and its text.
#[derive(Debug)]
struct File {
    path: String,
    text: String,
}

/// Runs every check and says all that is wrong.
pub(crate) fn run() -> Outcome {
    let files = tracked_files()?;
    let complaints = complaints(&files);
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    if complaints.is_empty() {
        eprintln!("tidy: {} files in order", files.len());
        Ok(())
    } else {
        Err(failure(format!(
            "tidy found {} things to put in order",
            complaints.len()
        )))
    }
}

fn complaints(files: &[File]) -> Vec<String> {
    let manifests: Vec<Manifest> = files
        .iter()
        .filter_map(|file| Manifest::of(&file.path, &file.text))
        .collect();
    let root = text_of(files, "Cargo.toml");
    let architecture = text_of(files, "ARCHITECTURE.md");
    let mut out = arrows::check(&manifests, architecture);
    out.extend(arrows::dependencies_have_reasons(root, architecture));
    out.extend(texts::architecture_is_short(architecture));
    for manifest in &manifests {
        out.extend(manifest.opts_into_lints());
    }
    for file in files {
        out.extend(texts::check(&file.path, &file.text));
    }
    out
}

fn text_of<'f>(files: &'f [File], path: &str) -> &'f str {
    files
        .iter()
        .find(|file| file.path == path)
        .map_or("", |file| &file.text)
}

/// Every text file that git knows or would add.
fn tracked_files() -> Outcome<Vec<File>> {
    let mut git = run::in_root("git");
    let listed = run::output(git.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let root = run::root();
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full: PathBuf = root.join(path);
        // Binary files (fonts, pictures) and files deleted but not yet committed have nothing to say here.
        if let Ok(text) = std::fs::read_to_string(&full) {
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
