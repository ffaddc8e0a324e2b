//! One statement: on one line if it fits, else broken before the words that continue a line.

use crate::kind::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use super::tokens::{hugs_left, is_spaced, written};
use super::{WIDTH, blocks};

/// Words before which a statement is broken first.
const BREAKS: [&str; 5] = ["when", "except", "over", "because", "affects"];

/// A part of a statement, in order.
pub(super) enum Part {
    Token(SyntaxToken),
    /// A comment inside the statement, and whether it stands on a line of its own.
    Comment(SyntaxToken, bool),
    /// The braces of this node and what is in them.
    Block(SyntaxNode),
}

/// The statement at this depth, without the indentation of its first line.
pub(super) fn statement(node: &SyntaxNode, depth: usize) -> String {
    let parts = parts(node);
    match flat(&parts) {
        Some(line) if fits(&line, depth) => line,
        _ if parts.iter().any(|part| matches!(part, Part::Block(_))) => with_blocks(&parts, depth),
        _ => broken(&parts, depth),
    }
}

/// The statement on one line, if it can stand on one.
pub(super) fn on_one_line(node: &SyntaxNode) -> Option<String> {
    flat(&parts(node))
}

fn fits(line: &str, depth: usize) -> bool {
    depth * 2 + line.chars().count() <= WIDTH
}

fn parts(node: &SyntaxNode) -> Vec<Part> {
    let mut out = Vec::new();
    collect(node, &mut out);
    out
}

fn collect(node: &SyntaxNode, out: &mut Vec<Part>) {
    let mut own_line = false;
    let mut in_block = false;
    for element in node.children_with_tokens() {
        match element {
            _ if in_block => in_block = element.kind() != SyntaxKind::R_BRACE,
            SyntaxElement::Node(child) => collect(&child, out),
            SyntaxElement::Token(token) => match token.kind() {
                SyntaxKind::NEWLINE => own_line = true,
                kind if kind.is_comment() => {
                    out.push(Part::Comment(token, own_line));
                    own_line = false;
                }
                kind if kind.is_trivia() => {}
                SyntaxKind::L_BRACE if blocks::is_block(node.kind()) => {
                    out.push(Part::Block(node.clone()));
                    in_block = true;
                }
                _ => {
                    out.push(Part::Token(token));
                    own_line = false;
                }
            },
        }
    }
}

fn flat(parts: &[Part]) -> Option<String> {
    let mut line = Line::default();
    for part in parts {
        match part {
            Part::Token(token) => line.token(token),
            Part::Comment(..) => return None,
            Part::Block(node) => line.word(&blocks::on_one_line(node)?),
        }
    }
    Some(line.text)
}

/// Each block over several lines, what stands between them on one.
fn with_blocks(parts: &[Part], depth: usize) -> String {
    let mut line = Line::default();
    for part in parts {
        match part {
            Part::Token(token) => line.token(token),
            Part::Comment(comment, own_line) => line.comment(comment, *own_line, depth),
            Part::Block(node) => line.word(&blocks::over_lines(node, depth)),
        }
    }
    line.text
}

/// Broken before the words that continue a line, and where that is not enough at `and`, `or` and commas.
fn broken(parts: &[Part], depth: usize) -> String {
    let mut line = Line::default();
    let segments = split(parts, |word| BREAKS.contains(&word));
    for (at, segment) in segments.iter().enumerate() {
        if at > 0 {
            line.break_line(depth + 1);
        }
        line.segment(segment, depth);
    }
    line.text
}

/// Cuts before each such keyword that stands in no brackets.
fn split(parts: &[Part], is_break: impl Fn(&str) -> bool) -> Vec<&[Part]> {
    let mut cuts = vec![0];
    let mut brackets = 0_usize;
    for (at, part) in parts.iter().enumerate() {
        let Part::Token(token) = part else { continue };
        match token.kind() {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACKET | SyntaxKind::L_BRACE => brackets += 1,
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACKET | SyntaxKind::R_BRACE => {
                brackets = brackets.saturating_sub(1);
            }
            SyntaxKind::KEYWORD if at > 0 && brackets == 0 && is_break(token.text()) => cuts.push(at),
            _ => {}
        }
    }
    cuts.push(parts.len());
    cuts.windows(2)
        .filter_map(|pair| parts.get(*pair.first()?..*pair.last()?))
        .collect()
}

/// Text under construction, and what decides about the next blank.
#[derive(Default)]
struct Line {
    text: String,
    last: Option<SyntaxToken>,
    /// The depth of the line that must begin before the next token.
    pending: Option<usize>,
}

impl Line {
    fn token(&mut self, token: &SyntaxToken) {
        let spaced = match &self.last {
            Some(last) => is_spaced(last, token),
            None => !hugs_left(token),
        };
        self.push(written(token), spaced);
        self.last = Some(token.clone());
    }

    fn word(&mut self, text: &str) {
        self.push(text, true);
        self.last = None;
    }

    fn push(&mut self, text: &str, spaced: bool) {
        match self.pending.take() {
            Some(depth) => self.start_line(depth),
            None if spaced && !self.text.is_empty() => self.text.push(' '),
            None => {}
        }
        self.text.push_str(text);
    }

    fn start_line(&mut self, depth: usize) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(depth));
    }

    fn break_line(&mut self, depth: usize) {
        self.pending = Some(depth);
    }

    fn comment(&mut self, comment: &SyntaxToken, own_line: bool, depth: usize) {
        if own_line {
            self.pending = Some(depth + 1);
        }
        self.push(written(comment), true);
        self.pending = Some(depth + 1);
    }

    /// One segment of a broken statement: as it is if it fits, else at `and` and `or`, else at commas.
    fn segment(&mut self, segment: &[Part], depth: usize) {
        if flat(segment).is_some_and(|line| fits(&line, depth + 1)) {
            return self.parts(segment, depth);
        }
        let pieces = split(segment, |word| matches!(word, "and" | "or"));
        if pieces.len() == 1 {
            return self.fill(segment, depth);
        }
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                self.break_line(depth + 1);
            }
            self.parts(piece, depth);
        }
    }

    fn parts(&mut self, parts: &[Part], depth: usize) {
        for part in parts {
            match part {
                Part::Token(token) => self.token(token),
                Part::Comment(comment, own_line) => self.comment(comment, *own_line, depth),
                Part::Block(node) => self.word(&blocks::over_lines(node, depth)),
            }
        }
    }

    /// As many elements of a list on each line as fit.
    fn fill(&mut self, parts: &[Part], depth: usize) {
        for element in elements(parts) {
            let width = flat(element).map_or(0, |text| text.chars().count() + 1);
            if self.after_comma() && self.pending.is_none() && self.column(depth) + width > WIDTH {
                self.break_line(depth + 1);
            }
            self.parts(element, depth);
        }
    }

    /// How wide the current line is; the first one is indented by the caller.
    fn column(&self, depth: usize) -> usize {
        match self.text.rsplit_once('\n') {
            Some((_, line)) => line.chars().count(),
            None => self.text.chars().count() + depth * 2,
        }
    }

    fn after_comma(&self) -> bool {
        self.last
            .as_ref()
            .is_some_and(|last| last.kind() == SyntaxKind::COMMA)
    }
}

/// Cuts behind each comma that stands in no brackets.
fn elements(parts: &[Part]) -> Vec<&[Part]> {
    let mut cuts = vec![0];
    let mut brackets = 0_usize;
    for (at, part) in parts.iter().enumerate() {
        let Part::Token(token) = part else { continue };
        match token.kind() {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACKET | SyntaxKind::L_BRACE => brackets += 1,
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACKET | SyntaxKind::R_BRACE => {
                brackets = brackets.saturating_sub(1);
            }
            SyntaxKind::COMMA if brackets == 0 => cuts.push(at + 1),
            _ => {}
        }
    }
    cuts.push(parts.len());
    cuts.windows(2)
        .filter_map(|pair| parts.get(*pair.first()?..*pair.last()?))
        .collect()
}
