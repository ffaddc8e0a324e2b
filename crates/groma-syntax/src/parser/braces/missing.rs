//! More `{` than `}`: a block ends before the first line that is indented no deeper than its head.

use std::ops::Range;

use super::Repairs;
use crate::kind::SyntaxKind::*;
use crate::parser::Significant;

/// So many blocks around a `}` are compared with its indentation.
const DEEPEST: usize = 64;

pub(super) fn find(tokens: &[Significant], range: Range<usize>) -> Repairs {
    let mut scan = Scan {
        open: Vec::new(),
        out: Repairs::default(),
    };
    let end = range.end;
    let has_indentation = is_indented(tokens.get(range.clone()).unwrap_or_default());
    for at in range {
        let Some(token) = tokens.get(at) else { break };
        if token.starts_line && has_indentation {
            scan.line(at, *token);
        }
        match token.kind {
            L_BRACE if at > 0 && tokens.get(at - 1).is_some_and(|before| before.kind == L_BRACE) => {
                scan.out.doubles.push(at);
            }
            L_BRACE => scan.open.push((at, token.indent)),
            R_BRACE => drop(scan.open.pop()),
            _ => {}
        }
    }
    let left = scan.open.into_iter().map(|(at, _)| (at, end));
    scan.out.closes.extend(left);
    scan.out
}

/// Whether any line stands further right than the first: else the lines say nothing.
fn is_indented(tokens: &[Significant]) -> bool {
    let first = tokens.first().map_or(0, |token| token.indent);
    tokens.iter().any(|token| token.indent > first)
}

struct Scan {
    /// Every `{` that waits, and how far its line is indented.
    open: Vec<(usize, usize)>,
    out: Repairs,
}

impl Scan {
    /// A line begins: blocks with a head no further left than it are over. A `}` ends the one that it stands under.
    fn line(&mut self, at: usize, token: Significant) {
        let least = if token.kind == R_BRACE {
            let mut near = self.open.iter().rev().take(DEEPEST);
            if !near.any(|&(_, indent)| indent == token.indent) {
                return;
            }
            token.indent + 1
        } else {
            token.indent
        };
        while let Some((open, _)) = self.open.pop_if(|(_, indent)| *indent >= least) {
            self.out.closes.push((open, at));
        }
    }
}
