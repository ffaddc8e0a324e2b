//! One slip in a design that is right: it is said where it was made, and nothing else with it.
//!
//! Every so many words of the example, a word is left out, doubled, misspelt, or changes places with the next one.
//! Neither is promised of every single slip: what is left out at the end of a line can be missed anywhere. So rates are
//! held, and the slips that fall behind are shown when a rate does.

use std::path::{Path, PathBuf};

use groma_diag::{FileId, Sources, Span};

use crate::compile;

/// Of so many slips one is tried: a prime, so that all kinds of slips and places come up.
const EVERY: usize = 3;

/// A text of a design.
struct File {
    path: String,
    text: String,
}

/// One slip: a line of a file and what it becomes.
struct Mutant<'f> {
    file: usize,
    /// Counted from 1.
    line: u32,
    /// Where the line stands in the text.
    start: usize,
    old: &'f str,
    new: String,
}

#[test]
fn a_slip_is_said_where_it_was_made_and_once() {
    let files = example();
    let mutants = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| mutants(at, &file.text));
    let (mut wrong, mut away, mut several) = (0, Vec::new(), Vec::new());
    for mutant in mutants.step_by(EVERY) {
        let said = said(&files, &mutant);
        wrong += usize::from(said.errors > 0);
        if said.errors > 0 && !said.is_at_its_line {
            away.push(format!("{} => {}", mutant.old, mutant.new));
        }
        if said.errors > 1 {
            several.push(format!("{} => {}", mutant.old, mutant.new));
        }
    }
    assert!(wrong > 100, "{wrong} of the slips are errors");
    assert!(
        away.len() * 100 <= wrong * 2,
        "of {wrong}, said elsewhere: {away:#?}"
    );
    assert!(
        several.len() * 100 <= wrong * 5,
        "of {wrong}, said several times: {several:#?}"
    );
}

/// The example's design.
fn example() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tasks");
    let mut paths = Vec::new();
    gather(&root.join("specs"), &mut paths);
    paths.sort();
    let file = |path: &PathBuf| File {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    paths.iter().map(file).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("api") {
            gather(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            paths.push(path);
        }
    }
}

/// Every slip in the fences of a text.
fn mutants(file: usize, text: &str) -> impl Iterator<Item = Mutant<'_>> {
    let mut is_inside = false;
    let mut start = 0;
    let lines = text
        .split_inclusive('\n')
        .zip(1..)
        .filter_map(move |(line, number)| {
            let at = start;
            start += line.len();
            let is_mark = line.starts_with("```");
            if is_mark {
                is_inside = line.contains("groma");
            }
            (is_inside && !is_mark).then_some((at, number, line.trim_end()))
        });
    lines.flat_map(move |(start, line, old)| {
        slips(old).into_iter().map(move |new| Mutant {
            file,
            line,
            start,
            old,
            new,
        })
    })
}

/// What one slip makes of a line.
fn slips(line: &str) -> Vec<String> {
    let words = words(line);
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (before, behind) = (&line[..word.start], &line[word.end..]);
        let word = &line[word.clone()];
        all.push(format!("{before}{behind}"));
        all.push(format!("{before}{word} {word}{behind}"));
        if let Some(next) = words.get(at + 1) {
            let (gap, rest) = (&line[words[at].end..next.start], &line[next.end..]);
            all.push(format!("{before}{}{gap}{word}{rest}", &line[next.clone()]));
        }
        if word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let (head, tail) = word.split_at(word.len() / 2);
            all.push(format!("{before}{head}{}{behind}", &tail[1..]));
            all.push(format!("{before}{head}x{}{behind}", &tail[1..]));
        }
    }
    all.retain(|new| new != line);
    all
}

/// Words, texts in quotes, and signs; comments are none.
fn words(line: &str) -> Vec<std::ops::Range<usize>> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = line[at..].chars().next().filter(|first| *first != '#') {
        let rest = &line[at + first.len_utf8()..];
        let len = match first {
            '"' => rest.find('"').map_or(rest.len(), |end| end + 1),
            _ if is_word(first) => rest.find(|char| !is_word(char)).unwrap_or(rest.len()),
            _ => 0,
        };
        let end = at + first.len_utf8() + len;
        if !first.is_whitespace() {
            found.push(at..end);
        }
        at = end;
    }
    found
}

struct Said {
    errors: usize,
    /// Whether the first error stands on the line of the slip, or names it.
    is_at_its_line: bool,
}

fn said(files: &[File], mutant: &Mutant<'_>) -> Said {
    let mut sources = Sources::new();
    for (at, file) in files.iter().enumerate() {
        if at == mutant.file {
            let (before, behind) = file.text.split_at(mutant.start);
            let text = format!("{before}{}{}", mutant.new, &behind[mutant.old.len()..]);
            sources.add(&*file.path, text);
        } else {
            sources.add(&*file.path, &*file.text);
        }
    }
    let compiled = compile(&sources);
    let is_here = |span: Span| {
        let line = sources.line_column(span.file, span.start).line;
        let is_near = mutant.new.trim().is_empty() && line.abs_diff(mutant.line) == 1;
        span.file == FileId(u32::try_from(mutant.file).unwrap()) && (line == mutant.line || is_near)
    };
    let mut errors = compiled.diagnostics.iter().filter(|found| found.is_error());
    let first = errors.next();
    let place = format!("{}:{}", files[mutant.file].path, mutant.line);
    Said {
        errors: first.iter().count() + errors.count(),
        is_at_its_line: first.is_some_and(|found| {
            let mut places = found.labels.iter().map(|label| label.span).chain([found.primary]);
            places.any(is_here) || found.help.iter().any(|help| help.contains(&place))
        }),
    }
}
