//! Finds the fences of a Markdown file that belong to the language, line by line.
//!
//! Knows CommonMark by its parser and nothing of what the fences say.

use std::ops::Range;

use groma_diag::{Diagnostic, Edit, FileId};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::rules;

/// The tag of a fence that is read.
pub(crate) const TAG: &str = "groma";

/// One fence.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    /// The lines of its content in the file, line ends included, ascending.
    pub(crate) lines: Vec<Range<usize>>,
    /// The whole block, both fence lines included.
    pub(crate) block: Range<usize>,
    /// The paragraph right before it.
    pub(crate) paragraph: Option<Range<usize>>,
    /// Whether its closing line exists.
    pub(crate) is_closed: bool,
}

impl Fence {
    /// The content from the first byte to the last, prefixes of lines between included.
    pub(crate) fn content(&self) -> Option<Range<usize>> {
        Some(self.lines.first()?.start..self.lines.last()?.end)
    }
}

/// The fences of a file, what is wrong with fences, and the ranges in which prose is not read.
#[derive(Default)]
pub(crate) struct Layout {
    pub(crate) fences: Vec<Fence>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// All code blocks and HTML blocks.
    pub(crate) opaque: Vec<Range<usize>>,
}

/// The Markdown extensions that are understood: those of GitHub that can hold or hide a fence.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
}

/// What a byte order mark at the start of a text takes; it is no part of what is written there.
pub(crate) fn mark(text: &str) -> usize {
    text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len()
}

/// The blocks and words of a Markdown file, with their places in it.
pub(crate) fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let mark = mark(text);
    let written = Parser::new_ext(text.get(mark..).unwrap_or_default(), options());
    let events = written.into_offset_iter();
    events.map(move |(event, place)| (event, place.start + mark..place.end + mark))
}

/// Reads a Markdown file for its fences.
pub(crate) fn layout(file: FileId, text: &str) -> Layout {
    let mut scan = Scan {
        file,
        text,
        out: Layout::default(),
        open: None,
        paragraph: None,
    };
    for (event, range) in events(text) {
        scan.event(&event, range);
    }
    scan.out
}

struct Scan<'a> {
    file: FileId,
    text: &'a str,
    out: Layout,
    /// The fence that is being read.
    open: Option<Fence>,
    /// The last block, if it was a paragraph.
    paragraph: Option<Range<usize>>,
}

impl Scan<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => self.start(kind, range),
            Event::Text(_) => {
                if let Some(fence) = &mut self.open {
                    fence.lines.push(range);
                }
            }
            Event::End(TagEnd::CodeBlock) => self.end(range),
            Event::End(TagEnd::Paragraph) => self.paragraph = Some(range),
            Event::Start(Tag::HtmlBlock | Tag::MetadataBlock(_)) => {
                self.out.opaque.push(range);
                self.paragraph = None;
            }
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Table(_) | Tag::List(_) | Tag::Item)
            | Event::Rule => {
                self.paragraph = None;
            }
            _ => {}
        }
    }

    fn start(&mut self, kind: &CodeBlockKind<'_>, range: Range<usize>) {
        self.out.opaque.push(range.clone());
        let CodeBlockKind::Fenced(info) = kind else { return };
        let tag = tag_of(info);
        if tag == TAG {
            self.open = Some(Fence {
                lines: Vec::new(),
                block: range,
                paragraph: self.paragraph.take(),
                is_closed: true,
            });
        } else if is_nearly(tag) {
            self.out.diagnostics.extend(self.nearly(tag, range));
        }
    }

    fn nearly(&self, tag: &str, range: Range<usize>) -> Option<Diagnostic> {
        let at = range.start + self.text.get(range)?.find(tag)?;
        let span = crate::span(self.file, at..at + tag.len());
        let message = format!("the tag `{tag}` is nearly `{TAG}`: this fence is not read");
        Some(
            Diagnostic::new(&rules::FENCE_TAG, span, message)
                .help("write `groma`, or a tag that is less like it")
                .suggestion("write `groma`", [Edit::replace(span, TAG)]),
        )
    }

    fn end(&mut self, range: Range<usize>) {
        self.paragraph = None;
        let Some(mut fence) = self.open.take() else { return };
        fence.lines = whole_lines(self.text, &fence.lines);
        fence.is_closed = is_closed(self.text, &range, &fence);
        self.out.fences.extend(split_at_openings(self.text, fence));
    }
}

/// The first word of what stands behind the opening backticks, without attributes glued to it.
fn tag_of(info: &str) -> &str {
    let word = info.split([' ', '\t', ',']).next().unwrap_or_default();
    match word.split_once('{') {
        Some((head, _)) if !head.is_empty() => head,
        _ => word,
    }
}

/// Whether a tag was probably meant to be the language's.
fn is_nearly(tag: &str) -> bool {
    let lower = tag.to_lowercase();
    let bare = lower.trim_matches(|char: char| !char.is_alphanumeric());
    tag != TAG && (bare == TAG || is_one_slip_away(bare))
}

/// One letter more, less, other, or two swapped.
fn is_one_slip_away(word: &str) -> bool {
    let (word, tag): (Vec<char>, Vec<char>) = (word.chars().collect(), TAG.chars().collect());
    let same = |a: &[char], b: &[char]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let head = same(&word, &tag);
    let reversed = |chars: &[char]| chars.iter().rev().copied().collect::<Vec<_>>();
    let tail = same(&reversed(&word), &reversed(&tag)).min(word.len().min(tag.len()) - head);
    let (left, right) = (word.len() - head - tail, tag.len() - head - tail);
    let swapped = || {
        left == 2 && right == 2 && word.get(head) == tag.get(head + 1) && word.get(head + 1) == tag.get(head)
    };
    left <= 1 && right <= 1 || swapped()
}

/// The pieces of content that the Markdown parser gave, joined to one range a line.
fn whole_lines(text: &str, pieces: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let ends_line = |line: &Range<usize>| text.get(line.clone()).is_some_and(|line| line.ends_with('\n'));
        match lines.last_mut() {
            Some(last)
                if !ends_line(last)
                    && piece.start >= last.end
                    && !text
                        .get(last.end..piece.start)
                        .is_some_and(|gap| gap.contains('\n')) =>
            {
                last.end = piece.end;
            }
            Some(last) if piece.start < last.end => last.end = last.end.max(piece.end),
            _ => lines.push(piece.clone()),
        }
    }
    lines
        .iter()
        .flat_map(|piece| lines_of(text, piece.clone()))
        .collect()
}

/// A range cut behind each line end in it.
pub(crate) fn lines_of(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut at = range.start;
    let pieces = text.get(range).unwrap_or_default().split_inclusive('\n');
    pieces
        .map(|line| {
            at += line.len();
            at - line.len()..at
        })
        .collect()
}

/// Whether the last line of the block is a fence line of its own.
fn is_closed(text: &str, block: &Range<usize>, fence: &Fence) -> bool {
    let open = text.get(block.clone()).unwrap_or_default();
    let sign = open.chars().next().unwrap_or('`');
    let length = open.chars().take_while(|&char| char == sign).count();
    let content_end = fence
        .content()
        .map_or(block.start + open.lines().next().map_or(0, str::len), |content| {
            content.end
        });
    let tail = text.get(content_end..block.end).unwrap_or_default();
    tail.lines()
        .any(|line| line.chars().filter(|&char| char == sign).count() >= length)
}

/// A fence that was not closed runs up to the close of the next one: cut at each line that opens another.
fn split_at_openings(text: &str, fence: Fence) -> Vec<Fence> {
    let mut parts = vec![Fence {
        lines: Vec::new(),
        ..fence.clone()
    }];
    for line in fence.lines {
        let Some(last) = parts.last_mut() else { break };
        if opens_fence(text.get(line.clone()).unwrap_or_default()) {
            last.is_closed = false;
            last.block.end = line.start;
            let block = line.start..fence.block.end;
            parts.push(Fence {
                lines: Vec::new(),
                block,
                paragraph: None,
                is_closed: fence.is_closed,
            });
        } else {
            last.lines.push(line);
        }
    }
    parts
}

fn opens_fence(line: &str) -> bool {
    let line = line.trim();
    let info = line.trim_start_matches(['`', '~']);
    line.len() - info.len() >= 3 && tag_of(info.trim_start()) == TAG
}
