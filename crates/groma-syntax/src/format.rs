//! The one written form: the same tokens and comments, laid out anew.
//!
//! Only fences are rewritten, and only those without errors. Two things of the author's layout are kept: a blank
//! line between members, and whether a short block stands on one line.

mod blocks;
mod statements;
mod tokens;

use groma_diag::{Diagnostic, FileId};

use crate::ast::AstNode;
use crate::islands::{self, Fence, Layout};
use crate::kind::{SyntaxElement, SyntaxKind, SyntaxNode};
use crate::parse::{self, Parsed};

/// How wide a line may be before it is broken.
const WIDTH: usize = 100;

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Formatted {
    /// The text in its written form.
    pub text: String,
    /// Errors of fences that were left as they are.
    pub errors: Vec<Diagnostic>,
}

/// Lays out a file: all of it, or for Markdown its fences. What has errors stays as it is.
pub fn format_file(file: FileId, path: &str, text: &str) -> Formatted {
    format_where(file, path, text, &|_| true)
}

/// Lays out the fence that a byte lies in, and leaves all others as they are; a file without fences is one.
pub fn format_fence(file: FileId, path: &str, text: &str, at: u32) -> Formatted {
    format_where(file, path, text, &|fence| fence.block.contains(&(at as usize)))
}

fn format_where(file: FileId, path: &str, text: &str, is_wanted: &dyn Fn(&Fence) -> bool) -> Formatted {
    let parsed = parse::parse_file(file, path, text);
    let errors: Vec<Diagnostic> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .cloned()
        .collect();
    let text = if parse::is_markdown(path) {
        format_markdown(&parsed, text, &errors, is_wanted)
    } else if errors.is_empty() {
        let lines = island_nodes(&parsed).first().map(blocks::island);
        let mark = text.get(..islands::mark(text)).unwrap_or_default();
        format!("{mark}{}", with_line_ends(&lines.unwrap_or_default(), text))
    } else {
        text.to_owned()
    };
    Formatted { text, errors }
}

fn island_nodes(parsed: &Parsed) -> Vec<SyntaxNode> {
    parsed
        .ast()
        .islands()
        .map(|island| island.syntax().clone())
        .collect()
}

fn format_markdown(
    parsed: &Parsed,
    text: &str,
    errors: &[Diagnostic],
    is_wanted: &dyn Fn(&Fence) -> bool,
) -> String {
    let layout = islands::layout(parsed.file, text);
    let mut out = String::with_capacity(text.len());
    let mut expected = Vec::new();
    let mut at = 0;
    // INVARIANT of the tree: every fence has its island, in order.
    for (fence, island) in layout.fences.iter().zip(island_nodes(parsed)) {
        let Some(content) = fence.content() else { continue };
        let lines = (is_wanted(fence) && !is_broken(fence, &island, errors)).then(|| blocks::island(&island));
        expected.push(lines.clone());
        let Some(lines) = lines else { continue };
        out.push_str(text.get(at..line_start(text, content.start)).unwrap_or_default());
        out.push_str(&with_prefix(
            &lines,
            &prefix(text, fence),
            text.get(content.clone()).unwrap_or_default(),
        ));
        at = content.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    // A container that Markdown reads otherwise than its prefix suggests must not cost a declaration.
    if reads_as(&islands::layout(parsed.file, &out), &out, &expected) {
        out
    } else {
        text.to_owned()
    }
}

/// Whether a fence has no written form. Errors are sorted by place.
fn is_broken(fence: &Fence, island: &SyntaxNode, errors: &[Diagnostic]) -> bool {
    let first = errors.partition_point(|found| (found.primary.start as usize) < fence.block.start);
    let has_error = errors
        .get(first)
        .is_some_and(|found| (found.primary.start as usize) < fence.block.end);
    !fence.is_closed || has_error || has_unread(island)
}

/// Whether something in the island was skipped, for example the rest of a declaration that another fence began.
fn has_unread(island: &SyntaxNode) -> bool {
    island.descendants_with_tokens().any(|element| match element {
        SyntaxElement::Node(node) => node.kind() == SyntaxKind::ERROR,
        SyntaxElement::Token(token) => token.kind() == SyntaxKind::UNKNOWN,
    })
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(islands::mark(text), |newline| newline + 1)
}

/// What stands before each line of the fence: quote signs and indentation, list markers as blanks.
fn prefix(text: &str, fence: &Fence) -> String {
    let opening = line_start(text, fence.block.start);
    let before = text.get(opening..).unwrap_or_default();
    let before = before.split(['`', '~']).next().unwrap_or_default();
    before
        .chars()
        .map(|char| {
            if matches!(char, '>' | ' ' | '\t') {
                char
            } else {
                ' '
            }
        })
        .collect()
}

fn with_prefix(lines: &str, prefix: &str, old: &str) -> String {
    let mut out = String::new();
    for line in lines.lines() {
        out.push_str(if line.is_empty() {
            prefix.trim_end()
        } else {
            prefix
        });
        out.push_str(line);
        out.push('\n');
    }
    with_line_ends(&out, old)
}

/// The text with the line ends that the old one had.
fn with_line_ends(text: &str, old: &str) -> String {
    if old.contains("\r\n") {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    }
}

/// Whether Markdown finds in the new text the fences that were written.
fn reads_as(layout: &Layout, text: &str, expected: &[Option<String>]) -> bool {
    let fences: Vec<&Fence> = layout
        .fences
        .iter()
        .filter(|fence| fence.content().is_some())
        .collect();
    let same = |(fence, lines): (&&Fence, &Option<String>)| {
        let pieces = fence
            .lines
            .iter()
            .map(|line| text.get(line.clone()).unwrap_or_default());
        let read: String = pieces.collect::<String>().replace('\r', "");
        lines
            .as_ref()
            .is_none_or(|lines| trimmed(lines).eq(trimmed(&read)))
    };
    fences.len() == expected.len() && fences.iter().zip(expected).all(same)
}

/// Lines without the blanks around them: how much of those belongs to the fence, Markdown says.
fn trimmed(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim)
}
