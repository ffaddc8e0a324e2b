//! Which braces belong together, decided before anything is parsed: where one was lost, the indentation of the lines
//! says which.
//!
//! A declaration begins at the start of a line, so a lost brace does no harm beyond the next one: every stretch from
//! one declaration to the next is looked at by itself, and only where its braces do not add up.
//!
//! Knows tokens and lines. Does not know what stands in a block; that is `grammar`.

mod missing;
mod surplus;

use std::ops::Range;

use super::Significant;
use crate::kind::SyntaxKind::*;

/// What has to be done so that every brace has its partner, by place among the significant tokens.
#[derive(Default)]
pub(super) struct Repairs {
    /// A `{`, and the token before which its `}` is missing.
    pub(super) closes: Vec<(usize, usize)>,
    /// The token behind which a `{` is missing, and its `}`.
    pub(super) opens: Vec<(usize, usize)>,
    /// A `}` without a `{`: if its line has lost one, only the grammar knows where.
    pub(super) strays: Vec<usize>,
    /// A `{` right behind another one, which opens nothing.
    pub(super) doubles: Vec<usize>,
}

impl Repairs {
    fn len(&self) -> usize {
        self.closes.len() + self.opens.len() + self.strays.len() + self.doubles.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn extend(&mut self, more: Repairs) {
        self.closes.extend(more.closes);
        self.opens.extend(more.opens);
        self.strays.extend(more.strays);
        self.doubles.extend(more.doubles);
    }
}

/// What is wrong with the braces; `starts` are the tokens that begin declarations, ascending.
pub(super) fn repairs(tokens: &[Significant], starts: &[usize]) -> Repairs {
    let mut all = Repairs::default();
    let mut from = 0;
    for to in starts.iter().copied().chain([tokens.len()]) {
        all.extend(of_stretch(tokens, from..to));
        from = to;
    }
    all
}

/// The `{` that is open at the end, if one is.
pub(super) fn open_at_end(tokens: &[Significant], starts: &[usize]) -> Option<usize> {
    let from = starts.last().copied().unwrap_or(0);
    let counted = by_count(tokens, from..tokens.len());
    counted.closes.last().map(|&(open, _)| open)
}

/// What the lines say, if it is neither more nor less than what must be wrong.
fn of_stretch(tokens: &[Significant], range: Range<usize>) -> Repairs {
    let counted = by_count(tokens, range.clone());
    let by_lines = match (counted.closes.len(), counted.strays.len()) {
        (1.., 0) => missing::find(tokens, range),
        (0, 1..) => surplus::find(tokens, range),
        _ => return counted,
    };
    if by_lines.len() == counted.len() {
        by_lines
    } else {
        counted
    }
}

/// Braces matched without a look at the lines.
fn by_count(tokens: &[Significant], range: Range<usize>) -> Repairs {
    let mut out = Repairs::default();
    let mut open = Vec::new();
    for at in range.clone() {
        match tokens.get(at).map(|token| token.kind) {
            Some(L_BRACE) => open.push(at),
            Some(R_BRACE) if open.pop().is_none() => out.strays.push(at),
            _ => {}
        }
    }
    out.closes = open.into_iter().map(|open| (open, range.end)).collect();
    out
}
