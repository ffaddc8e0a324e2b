//! Three texts to one, and two to what differs.

use diffy::{ConflictStyle, DiffOptions, MergeOptions};

/// What stands above the owner's side of a conflict, as git marks it.
const YOURS: &str = "<<<<<<< yours";
/// What stands below the generator's side.
const GENERATED: &str = ">>>>>>> generated";

/// What two people made of one text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Merged {
    /// Both changes stand in it.
    Clean(String),
    /// So many places were changed by both; they are marked.
    Conflicts(String, usize),
}

/// Merges what the owner and the generator made of a text.
pub(crate) fn merge(base: &str, yours: &str, generated: &str) -> Merged {
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Merge);
    match options.merge(base, yours, generated) {
        Ok(text) => Merged::Clean(text),
        Err(text) => {
            let text = relabelled(&text);
            let conflicts = text.lines().filter(|line| *line == YOURS).count();
            Merged::Conflicts(text, conflicts)
        }
    }
}

/// Whether a text still has marks of a conflict.
pub(crate) fn has_conflicts(text: &str) -> bool {
    text.lines()
        .any(|line| matches!(line.trim_end_matches('\r'), YOURS | GENERATED))
}

/// What has to change in one text to be the other, as a unified diff with these names.
pub fn diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => String::from("/dev/null"),
    };
    let mut options = DiffOptions::new();
    options
        .set_original_filename(name("a", before))
        .set_modified_filename(name("b", after));
    let patch = options.create_patch(before.unwrap_or_default(), after.unwrap_or_default());
    patch.to_string()
}

/// Says whose sides they are.
fn relabelled(text: &str) -> String {
    let line = |line: &str| match line.trim_end_matches('\n') {
        "<<<<<<< ours" => format!("{YOURS}\n"),
        ">>>>>>> theirs" => format!("{GENERATED}\n"),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}
