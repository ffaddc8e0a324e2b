//! Three texts to one, and two to what differs.

use std::fmt::Write as _;

use diffy::{ConflictStyle, DiffOptions, Hunk, Line, MergeOptions};

/// What stands above the owner's side of a conflict, as git marks it.
const YOURS: &str = "<<<<<<< yours";
/// What stands between the sides.
const BETWEEN: &str = "=======";
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

/// Merges what the owner and the generator made of a text. Where there was none, every difference is a conflict.
pub(crate) fn merge(base: &str, yours: &str, generated: &str) -> Merged {
    if base.is_empty() {
        return both(yours, generated);
    }
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

/// Both texts in one: once where they agree, both marked where they do not.
fn both(yours: &str, generated: &str) -> Merged {
    let mut options = DiffOptions::new();
    options.set_context_len(yours.lines().count());
    let patch = options.create_patch(yours, generated);
    let (mut text, mut conflicts) = (String::new(), 0);
    let (mut mine, mut ours) = (String::new(), String::new());
    let lines = patch.hunks().iter().flat_map(Hunk::lines);
    for line in lines.copied().chain([Line::Context("")]) {
        match line {
            Line::Delete(line) => mine += &ended(line),
            Line::Insert(line) => ours += &ended(line),
            Line::Context(line) => {
                if mine == ours {
                    text += &mine;
                } else {
                    conflicts += 1;
                    let _ = write!(text, "{YOURS}\n{mine}{BETWEEN}\n{ours}{GENERATED}\n");
                }
                mine.clear();
                ours.clear();
                text += line;
            }
        }
    }
    match conflicts {
        0 => Merged::Clean(yours.to_owned()),
        _ => Merged::Conflicts(text, conflicts),
    }
}

/// A mark begins a line: so what stands before it ends one.
fn ended(line: &str) -> String {
    format!("{}\n", line.strip_suffix('\n').unwrap_or(line))
}

/// The lines at which a text has marks of a conflict, git's or ours: where each pair of them begins, and where one of
/// ours stands alone. Each stands at the left edge, and what is said behind it does not matter.
pub fn unsettled(text: &str) -> Vec<usize> {
    let is_mark = |line: &str, mark| {
        let rest = line.strip_prefix(mark);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (line, number) in text.lines().zip(1..) {
        if is_mark(line, "<<<<<<<") {
            open.push((line, number));
        } else if is_mark(line, ">>>>>>>") {
            match open.pop() {
                Some((_, begin)) => found.push(begin),
                None if line == GENERATED => found.push(number),
                None => {}
            }
        }
    }
    found.extend(
        open.iter()
            .filter(|(line, _)| *line == YOURS)
            .map(|(_, number)| number),
    );
    found.sort_unstable();
    found
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
