//! What holds for every text file of the repository.

/// No Rust file is longer.
const LONGEST: usize = 600;
/// ARCHITECTURE.md is a map, and a map has to be seen at once.
const LONGEST_MAP: usize = 200;
/// The first folders of somebody's own machine.
const PRIVATE: [&str; 3] = ["home", "root", "Users"];

/// Everything wrong with one file.
pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let is_rust = has_extension(path, "rs");
    let lines = text.lines().count();
    if is_rust && lines > LONGEST {
        out.push(format!("{path}: {lines} lines; split it before {LONGEST}"));
    }
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{path}:{}", at + 1);
        if is_rust && is_attribute(line, "allow") {
            out.push(format!(
                "{}: use `#[expect(lint, reason = \"...\")]` instead of `allow`",
                place()
            ));
        }
        if is_rust && is_attribute(line, "ignore") {
            out.push(format!("{}: a test runs or goes; `ignore` hides it", place()));
        }
        if !has_extension(path, "lock") && names_a_machine(line) {
            out.push(format!("{}: a path of one machine", place()));
        }
    }
    out
}

/// A complaint when the map of the repository has grown too long.
pub(super) fn architecture_is_short(text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONGEST_MAP).then(|| format!("ARCHITECTURE.md: {lines} lines; a map has at most {LONGEST_MAP}"))
}

fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

fn is_attribute(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let inner = line.strip_prefix("#[").or_else(|| line.strip_prefix("#!["));
    inner
        .and_then(|inner| inner.strip_prefix(name))
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Whether an absolute path into somebody's home, or into this very checkout, stands in the line.
fn names_a_machine(line: &str) -> bool {
    PRIVATE.iter().any(|folder| names_folder(line, folder)) || {
        let here = crate::run::root();
        here.components().count() > 2 && here.to_str().is_some_and(|here| line.contains(here))
    }
}

/// The folder at the start of a path, with something in it.
fn names_folder(line: &str, folder: &str) -> bool {
    let needle = format!("/{folder}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line
            .get(at + needle.len()..)
            .and_then(|after| after.chars().next());
        let starts = !before.is_some_and(|before| before.is_alphanumeric() || "_-.}*".contains(before));
        starts && after.is_some_and(char::is_alphanumeric)
    })
}
