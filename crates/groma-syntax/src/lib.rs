//! From text to a lossless tree with typed views, and from a tree to its one written form.
//!
//! Knows the grammar and Markdown fences. Does not know what a design means: names are not resolved here, and
//! which clause fits where is not decided here.

pub mod ast;
mod docs;
mod format;
mod grammar;
mod islands;
mod kind;
mod lexer;
mod parse;
mod parser;
mod prose;
pub mod rules;
mod text;

pub use format::{Formatted, format_fence, format_file};
pub use kind::{Groma, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use parse::{Parsed, parse_file};
pub use prose::{Heading, InlineCode, Prose, Reference};

use groma_diag::{FileId, Span};

/// Whether a text is a date, time or time stamp as designs write them, without quotes.
pub fn is_temporal(text: &str, kind: ast::DateKind) -> bool {
    match kind {
        ast::DateKind::Date => text::is_date(text),
        ast::DateKind::Time => text::is_time(text),
        ast::DateKind::DateTime => text::is_datetime(text),
    }
}

/// A range of bytes of a file; files are never longer than 32 bits can say.
fn span(file: FileId, range: std::ops::Range<usize>) -> Span {
    let clip = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(file, clip(range.start), clip(range.end))
}

#[cfg(test)]
mod tests;
