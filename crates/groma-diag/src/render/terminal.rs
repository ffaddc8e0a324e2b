//! The form for people: the source with the places marked, as rustc shows it.
//!
//! Everything that comes from the library that draws it stays in this file.

use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level as Drawn, Renderer, Snippet};

use crate::{Diagnostic, FileId, Level, Sources, Span};

/// How to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Whether to colour with ANSI escapes.
    pub colour: bool,
    /// How many columns there are.
    pub width: usize,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal {
            colour: false,
            width: 120,
        }
    }
}

/// The findings one after another, a blank line behind each.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], terminal: Terminal) -> String {
    let renderer = if terminal.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(terminal.width.max(40));
    let mut out = String::new();
    for found in diagnostics {
        out.push_str(&renderer.render(&[group(sources, found)]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(sources: &'a Sources, found: &'a Diagnostic) -> Group<'a> {
    let level = match found.level {
        Level::Error => Drawn::ERROR,
        Level::Warning => Drawn::WARNING,
        Level::Question => Drawn::INFO.with_name("question"),
    };
    let mut group = Group::with_title(level.primary_title(clean(&found.message)).id(found.code));
    for snippet in snippets(sources, found) {
        group = group.element(snippet);
    }
    for (name, text) in lines_below(found) {
        group = group.element(Drawn::NOTE.with_name(name).message(text));
    }
    group
}

/// What stands below the source: notes, help, answers and fixes.
fn lines_below(found: &Diagnostic) -> Vec<(String, String)> {
    let named = |name: &str, text: &str| (name.to_owned(), clean(text));
    let mut lines: Vec<(String, String)> = found.notes.iter().map(|note| named("note", note)).collect();
    lines.extend(found.help.iter().map(|help| named("help", help)));
    let widest = found
        .options
        .iter()
        .map(|option| option.text.chars().count())
        .max()
        .unwrap_or(0);
    for (at, option) in found.options.iter().enumerate() {
        let recommended = if at == 0 { "  (recommended)" } else { "" };
        let text = format!("{:widest$}  {}{recommended}", option.text, option.consequence);
        lines.push(named(&(at + 1).to_string(), &text));
    }
    for fix in &found.fixes {
        let how = if fix.safe { "  (apply with --fix)" } else { "" };
        lines.push(named("fix", &format!("{}{how}", fix.title)));
    }
    lines
}

/// One snippet a file, that of the finding itself first.
fn snippets<'a>(sources: &'a Sources, found: &'a Diagnostic) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut others: BTreeMap<FileId, Vec<Mark<'a>>> = BTreeMap::new();
    let mut own = vec![Mark {
        span: found.primary,
        label: found.primary_label.as_deref(),
        is_primary: true,
    }];
    for label in &found.labels {
        let mark = Mark {
            span: label.span,
            label: Some(&label.text),
            is_primary: false,
        };
        if label.span.file == found.primary.file {
            own.push(mark);
        } else {
            others.entry(label.span.file).or_default().push(mark);
        }
    }
    let own = snippet(sources, found.primary.file, &own);
    own.into_iter()
        .chain(
            others
                .iter()
                .filter_map(|(file, marks)| snippet(sources, *file, marks)),
        )
        .collect()
}

/// One marked place.
struct Mark<'a> {
    span: Span,
    label: Option<&'a str>,
    is_primary: bool,
}

/// The lines of a file from the first mark to the last.
fn snippet<'a>(
    sources: &'a Sources,
    file: FileId,
    marks: &[Mark<'a>],
) -> Option<Snippet<'a, Annotation<'a>>> {
    let source = sources.get(file)?;
    let first = marks
        .iter()
        .map(|mark| source.line_column(mark.span.start).line)
        .min()?;
    let last = marks
        .iter()
        .map(|mark| source.line_column(mark.span.end).line)
        .max()?;
    let window = source.line_range(first)?.start..source.line_range(last)?.end;
    let text = source.text().get(window.clone())?;
    let annotations = marks.iter().map(|mark| annotation(mark, text, window.start));
    let snippet = Snippet::source(text)
        .line_start(first as usize)
        .path(clean(source.path()));
    Some(snippet.annotations(annotations))
}

/// A mark in the window, which begins at `start` of the file.
fn annotation<'a>(mark: &Mark<'a>, window: &str, start: usize) -> Annotation<'a> {
    let within = |at: u32| window.floor_char_boundary((at as usize).saturating_sub(start));
    let kind = if mark.is_primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    kind.span(within(mark.span.start)..within(mark.span.end))
        .label(mark.label.map(clean))
}

/// A text without characters that could steer the terminal or turn the direction of writing.
fn clean(text: &str) -> String {
    text.chars()
        .map(|char| if steers(char) { '\u{FFFD}' } else { char })
        .collect()
}

fn steers(char: char) -> bool {
    char.is_control() && char != '\n' || matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
