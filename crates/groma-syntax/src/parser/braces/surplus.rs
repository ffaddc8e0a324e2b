//! More `}` than `{`: one at the start of a line closes what stands at the same indentation, one further right
//! something on its own line.

use std::ops::Range;

use super::Repairs;
use crate::kind::SyntaxKind::*;
use crate::parser::Significant;

pub(super) fn find(tokens: &[Significant], range: Range<usize>) -> Repairs {
    let mut scan = Scan {
        tokens,
        open: Vec::new(),
        lines: Vec::new(),
        out: Repairs::default(),
    };
    for at in range {
        let Some(token) = tokens.get(at) else { break };
        scan.token(at, *token);
    }
    scan.out
}

struct Open {
    at: usize,
    /// The first token of its line.
    line: usize,
    indent: usize,
}

struct Line {
    first: usize,
    last: usize,
    indent: usize,
    /// Whether the line behind it is indented deeper, and no block says why.
    is_head: bool,
}

struct Scan<'t> {
    tokens: &'t [Significant],
    open: Vec<Open>,
    /// The lines that this one may belong to and itself, each indented deeper than the one before.
    lines: Vec<Line>,
    out: Repairs,
}

impl Scan<'_> {
    fn token(&mut self, at: usize, token: Significant) {
        if token.starts_line {
            self.begin_line(at, token);
        }
        if let Some(line) = self.lines.last_mut().filter(|line| line.first == token.line) {
            line.last = at;
        }
        match token.kind {
            L_BRACE => self.open.push(Open {
                at,
                line: token.line,
                indent: token.indent,
            }),
            R_BRACE if token.starts_line => self.close_block(at, token.indent),
            R_BRACE => self.close_on_line(at, token.line),
            _ => {}
        }
    }

    fn begin_line(&mut self, first: usize, token: Significant) {
        let indent = token.indent;
        if token.kind == R_BRACE {
            return self.end_lines(indent);
        }
        while self.lines.pop_if(|line| line.indent >= indent).is_some() {}
        let block = self.open.last().map(|open| open.line);
        if let Some(head) = self.lines.last_mut() {
            let has_block = self
                .tokens
                .get(head.last)
                .is_some_and(|last| last.kind == R_BRACE);
            head.is_head |= block != Some(head.first) && !has_block;
        }
        self.lines.push(Line {
            first,
            last: first,
            indent,
            is_head: false,
        });
    }

    /// A `}` ends the lines of its block, and the line that the block began in.
    fn end_lines(&mut self, indent: usize) {
        let block = self
            .open
            .last()
            .filter(|open| open.indent >= indent)
            .map(|open| open.line);
        while self
            .lines
            .pop_if(|line| line.indent > indent || block == Some(line.first))
            .is_some()
        {}
    }

    fn close_block(&mut self, at: usize, indent: usize) {
        let inner = self.open.last().filter(|open| open.indent >= indent);
        if inner.is_some() {
            self.open.pop();
            return;
        }
        let around = self.open.last().map(|open| open.at);
        let is_head = |line: &&Line| {
            line.is_head && line.indent == indent && around.is_none_or(|around| line.first > around)
        };
        match self.lines.iter().rev().take(64).find(is_head) {
            Some(head) => self.out.opens.push((head.last, at)),
            None => self.out.strays.push(at),
        }
    }

    fn close_on_line(&mut self, at: usize, line: usize) {
        if self.open.pop_if(|open| open.line == line).is_none() {
            self.out.strays.push(at);
        }
    }
}
