//! What prose says that can be checked: references, inline code and headings.

use std::ops::Range;

use groma_diag::{FileId, Span};
use pulldown_cmark::{Event, Tag, TagEnd};

use crate::islands;

/// What stands before the path of a reference.
const MARK: &str = "@specs/";

/// A reference such as `@specs/db/task.md#Task`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The path without the sign: `specs/db/task.md`.
    pub path: String,
    /// What stands behind `#`.
    pub anchor: Option<String>,
    /// All of it.
    pub span: Span,
    /// The part behind `#`.
    pub anchor_span: Option<Span>,
}

/// Inline code outside fences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlineCode {
    /// The code.
    pub text: String,
    /// Its place, without backticks.
    pub span: Span,
}

/// A heading, which references can point at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// From 1 to 6.
    pub level: u8,
    /// Its text without markup.
    pub text: String,
    /// The anchor that GitHub gives it.
    pub slug: String,
    /// All of its line.
    pub span: Span,
}

/// What the prose of a file says that can be checked.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Prose {
    /// References to other files.
    pub references: Vec<Reference>,
    /// Inline code.
    pub code: Vec<InlineCode>,
    /// Headings.
    pub headings: Vec<Heading>,
}

/// Reads the prose of a Markdown file; `opaque` are the ranges of code and HTML.
pub(crate) fn prose(file: FileId, text: &str, opaque: &[Range<usize>]) -> Prose {
    let mut prose = Prose {
        references: references(file, text, opaque),
        ..Prose::default()
    };
    let mut heading: Option<Heading> = None;
    for (event, range) in islands::events(text) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let span = crate::span(file, range);
                heading = Some(Heading {
                    level: level as u8,
                    text: String::new(),
                    slug: String::new(),
                    span,
                });
            }
            Event::End(TagEnd::Heading(_)) => prose.headings.extend(heading.take().map(with_slug)),
            Event::Code(code) => {
                if let Some(heading) = &mut heading {
                    heading.text.push_str(&code);
                }
                prose.code.push(inline_code(file, text, &code, range));
            }
            Event::Text(plain) => {
                if let Some(heading) = &mut heading {
                    heading.text.push_str(&plain);
                }
            }
            _ => {}
        }
    }
    prose
}

fn with_slug(heading: Heading) -> Heading {
    let kept = |char: &char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_');
    let lower = heading.text.trim().to_lowercase();
    let slug = lower
        .chars()
        .filter(kept)
        .map(|char| if char == ' ' { '-' } else { char })
        .collect();
    Heading { slug, ..heading }
}

fn inline_code(file: FileId, text: &str, code: &str, range: Range<usize>) -> InlineCode {
    let raw = text.get(range.clone()).unwrap_or_default();
    let inner = raw.find(code).map_or(range.clone(), |at| {
        range.start + at..range.start + at + code.len()
    });
    InlineCode {
        text: code.to_owned(),
        span: crate::span(file, inner),
    }
}

fn references(file: FileId, text: &str, opaque: &[Range<usize>]) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut hidden = opaque.iter().peekable();
    for (at, _) in text.match_indices(MARK) {
        while hidden.next_if(|range| range.end <= at).is_some() {}
        let is_hidden = hidden.peek().is_some_and(|range| range.start <= at);
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if !is_hidden && !before.is_some_and(|char| char.is_alphanumeric() || char == '@') {
            found.push(reference(file, text, at));
        }
    }
    found
}

fn reference(file: FileId, text: &str, at: usize) -> Reference {
    let rest = text.get(at + 1..).unwrap_or_default();
    let path = taken(rest, |char| {
        char.is_ascii_alphanumeric() || matches!(char, '/' | '.' | '-' | '_')
    });
    let behind = rest.get(path.len()..).unwrap_or_default();
    let anchor = behind.strip_prefix('#').map(|anchor| {
        taken(anchor, |char| {
            char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | '/')
        })
    });
    let anchor = anchor.filter(|anchor| !anchor.is_empty());
    let end = at + 1 + path.len();
    let anchor_range = anchor.map(|anchor| end + 1..end + 1 + anchor.len());
    let whole = at..anchor_range.as_ref().map_or(end, |range| range.end);
    Reference {
        path: path.to_owned(),
        anchor: anchor.map(str::to_owned),
        span: crate::span(file, whole),
        anchor_span: anchor_range.map(|range| crate::span(file, range)),
    }
}

/// The longest start of allowed characters, without a full stop or such at its end.
fn taken(text: &str, allowed: impl Fn(char) -> bool) -> &str {
    let end = text.find(|char| !allowed(char)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches(['.', '-'])
}
