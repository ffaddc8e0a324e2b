//! From text to a lossless tree with typed views, and from a tree to its one written form.
//!
//! Knows the grammar and Markdown fences. Does not know what a design means: names are not resolved here, and
//! which clause fits where is not decided here.

pub mod ast;
mod kind;
mod text;

pub use kind::{Groma, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
