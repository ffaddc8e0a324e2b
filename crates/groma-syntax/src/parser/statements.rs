//! Statements, blocks and what is skipped after a mistake.

use super::Parser;
use crate::kind::SyntaxKind::*;

impl Parser<'_> {
    /// Reads the statements of a block in braces; the cursor stands on the `{`.
    pub(crate) fn block(&mut self, item: fn(&mut Self)) {
        self.block_before(item, |_| false);
    }

    /// The same, where a line that is indented no deeper than the head of the block and satisfies `outer` belongs to
    /// the block around: this one has lost its `}`.
    pub(crate) fn block_before(&mut self, item: fn(&mut Self), outer: fn(&Self) -> bool) {
        let open = self.at;
        let outside = (self.first, self.brackets, self.objects);
        (self.brackets, self.objects) = (0, 0);
        self.bump();
        self.statements(item, |p| {
            p.starts_line(0) && p.indent(p.at) <= p.indent(open) && outer(p)
        });
        self.close(open);
        (self.first, self.brackets, self.objects) = outside;
        self.failed = false;
    }

    fn statements(&mut self, item: fn(&mut Self), stop: impl Fn(&Self) -> bool) {
        loop {
            while self.is(SEMICOLON) {
                self.bump();
            }
            if matches!(self.kind(), R_BRACE | END) || self.at_declaration() || stop(self) {
                return;
            }
            self.statement(item);
        }
    }

    /// How far the line of this token is indented.
    fn indent(&self, at: usize) -> usize {
        self.significant.get(at).map_or(0, |token| token.indent)
    }

    /// Reads one statement and what is wrong behind it; always moves on.
    pub(crate) fn statement(&mut self, item: fn(&mut Self)) {
        self.failed = false;
        self.first = self.at;
        let before = self.at;
        item(self);
        self.end_statement();
        if self.at == before {
            self.node(ERROR, Self::bump);
        }
    }

    /// Says that the current token belongs to the statement, also at the start of a line.
    pub(crate) fn continue_statement(&mut self) {
        self.first = self.at;
    }

    fn end_statement(&mut self) {
        if self.at_end() || self.may_follow_directly() {
            return;
        }
        self.unexpected();
        self.skip_statement();
    }

    /// Behind a block on the same line the next statement may begin at once, and a `,` may join two.
    fn may_follow_directly(&self) -> bool {
        let before = self
            .at
            .checked_sub(1)
            .and_then(|before| self.significant.get(before));
        !self.failed && before.is_some_and(|token| matches!(token.kind, R_BRACE | COMMA)) && self.is(IDENT)
    }

    /// Takes what is left of the statement, blocks included, into an error node.
    pub(crate) fn skip_statement(&mut self) {
        self.skip(Parser::at_end);
    }

    /// Takes what is left of the head of a block, so that the block itself is read.
    pub(crate) fn skip_to_block(&mut self) {
        if !self.is(L_BRACE) {
            self.skip(|parser| parser.at_end() || parser.is(L_BRACE));
        }
    }

    fn skip(&mut self, stop: fn(&Self) -> bool) {
        (self.brackets, self.objects) = (0, 0);
        if stop(self) {
            return;
        }
        self.start(ERROR);
        let mut braces = 0_usize;
        while !(self.is(END) || self.at_declaration() || braces == 0 && stop(self)) {
            match self.kind() {
                L_BRACE => braces += 1,
                R_BRACE => braces = braces.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
        self.finish();
    }

    fn close(&mut self, open: usize) {
        if self.is(R_BRACE) {
            self.note_indentation(open);
            self.bump();
        } else if self.unclosed.is_none() {
            self.unclosed = Some(self.suspect.unwrap_or_else(|| self.span_of(open)));
        }
    }

    /// A `}` at the start of a line that stands otherwise than the line of its `{` hints at one that is missing.
    fn note_indentation(&mut self, open: usize) {
        if self.suspect.is_none() && self.starts_line(0) && self.indent(open) > self.indent(self.at) {
            self.suspect = Some(self.span_of(open));
        }
    }

    /// Whether a declaration begins here, so that blocks still open have lost their `}`.
    pub(crate) fn at_declaration(&self) -> bool {
        crate::grammar::is_declaration(self.word())
            && self.starts_line(0)
            && !self.starts_line(1)
            && matches!(self.nth(1), IDENT | L_BRACE | SLASH | STRING)
    }
}
