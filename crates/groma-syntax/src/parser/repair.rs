//! Makes every brace have its partner, and says what was wrong with them.

use groma_diag::{Diagnostic, Edit};

use super::braces::{self, Repairs};
use super::{Parser, Significant};
use crate::kind::SyntaxKind::*;
use crate::rules;

/// So many are reported in a file: more of them is one mistake, made early.
const MOST: usize = 50;

impl Parser<'_> {
    /// Puts a brace that nobody wrote where one is missing, and marks the ones that are too many.
    pub(super) fn repair_braces(&mut self) {
        let starts = self.declaration_starts();
        let repairs = braces::repairs(&self.significant, &starts);
        if repairs.is_empty() {
            return;
        }
        let open = braces::open_at_end(&self.significant, &starts);
        self.open_at_end = open.map(|open| self.span_of(open));
        self.report_braces(&repairs);
        self.significant = repaired(&self.significant, &repairs);
        let mut line = 0;
        for (at, token) in self.significant.iter().enumerate() {
            if token.starts_line {
                line = at;
            }
            if token.is_stray {
                self.strays.push((line, at));
            }
        }
    }

    fn declaration_starts(&self) -> Vec<usize> {
        let all = 0..self.significant.len();
        all.filter(|&at| self.begins_declaration(at)).collect()
    }

    fn report_braces(&mut self, repairs: &Repairs) {
        for &(open, before) in repairs.closes.iter().take(MOST) {
            let found = self.lost_close(open, before.saturating_sub(1));
            self.diagnostics.push(found);
        }
        for &(head, close) in repairs.opens.iter().take(MOST) {
            let place = self.span_of(head).after();
            let message = "expected `{`, found the end of the line";
            let found = Diagnostic::new(&rules::UNEXPECTED_TOKEN, place, message)
                .label(self.span_of(close), "this `}` has no other `{`")
                .suggestion("open the block here", [Edit::after(place, " {")]);
            self.diagnostics.push(found);
        }
        for &double in repairs.doubles.iter().take(MOST) {
            let span = self.span_of(double);
            let found = Diagnostic::new(&rules::UNEXPECTED_TOKEN, span, "this `{` opens nothing")
                .help("a block does not begin with another one: remove it")
                .suggestion("remove it", [Edit::delete(span)]);
            self.diagnostics.push(found);
        }
    }

    fn lost_close(&self, open: usize, last: usize) -> Diagnostic {
        let found = Diagnostic::new(&rules::UNCLOSED_BRACE, self.span_of(open), "this `{` has no `}`");
        let line = |at: usize| {
            self.significant
                .get(at)
                .map_or((0, 0), |token| (token.line, token.indent))
        };
        let is_one_line = line(open).0 == line(last).0;
        let brace = match line(open).1 {
            _ if is_one_line => String::from(" }"),
            wide @ 100.. => {
                return found.help(format!("add the `}}` where the block ends, {wide} columns in"));
            }
            indent => format!("\n{}}}", " ".repeat(indent)),
        };
        let place = self.span_of(last);
        let found = if last == open {
            found
        } else {
            found.label(place, "by its lines the block ends here")
        };
        found
            .help("add the `}` where the block ends")
            .suggestion("close it here", [Edit::after(place, brace)])
    }
}

/// The tokens with every brace that is missing, each where it belongs.
fn repaired(tokens: &[Significant], repairs: &Repairs) -> Vec<Significant> {
    let virtual_at = |kind, like: &Significant, raw| Significant {
        kind,
        raw,
        starts_line: kind == R_BRACE,
        line: like.line,
        indent: like.indent,
        is_virtual: true,
        is_stray: false,
    };
    let mut out = Vec::with_capacity(tokens.len() + repairs.closes.len() + repairs.opens.len());
    let mut closes: Vec<usize> = repairs.closes.iter().map(|&(_, before)| before).collect();
    closes.sort_unstable();
    let mut opens: Vec<usize> = repairs.opens.iter().map(|&(head, _)| head).collect();
    opens.sort_unstable();
    let (mut closes, mut opens) = (closes.into_iter().peekable(), opens.into_iter().peekable());
    for (at, token) in tokens.iter().enumerate() {
        while closes.next_if_eq(&at).is_some() {
            let before = tokens.get(at.saturating_sub(1)).unwrap_or(token);
            out.push(virtual_at(R_BRACE, before, before.raw + 1));
        }
        if repairs.doubles.binary_search(&at).is_err() {
            let is_stray = repairs.strays.binary_search(&at).is_ok();
            out.push(Significant { is_stray, ..*token });
        }
        while opens.next_if_eq(&at).is_some() {
            let raw = tokens.get(at + 1).map_or(token.raw + 1, |next| next.raw);
            out.push(virtual_at(L_BRACE, token, raw));
        }
    }
    if let Some(last) = tokens.last() {
        out.extend(closes.map(|_| virtual_at(R_BRACE, last, last.raw + 1)));
    }
    out
}
