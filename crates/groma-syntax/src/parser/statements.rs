//! Statements, blocks and what is skipped after a mistake.

use super::Parser;
use crate::kind::SyntaxKind::*;

impl Parser<'_> {
    /// Reads the statements of a block in braces; the cursor stands on the `{`, or where one was lost.
    pub(crate) fn block(&mut self, item: fn(&mut Self)) {
        let outside = (
            (self.first, self.indent),
            self.brackets,
            self.objects,
            self.unclosed,
            self.closer,
        );
        (self.brackets, self.objects) = (0, 0);
        if self.is(L_BRACE) {
            self.bump();
        } else {
            self.expected("`{`");
            self.push_missing(L_BRACE);
            self.closer = self.stray_ahead();
        }
        self.statements(item);
        self.closes_around();
        if self.is(R_BRACE) {
            self.bump();
        }
        (
            (self.first, self.indent),
            self.brackets,
            self.objects,
            self.unclosed,
            self.closer,
        ) = outside;
        self.failed = false;
    }

    /// If a block that has lost its `{` ends earlier than at the `}` that had none, that one ends the block around it.
    fn closes_around(&mut self) {
        let Some(closer) = self
            .closer
            .filter(|closer| self.is(R_BRACE) && *closer != self.at)
        else {
            return;
        };
        self.strays.retain(|&(_, stray)| stray != closer);
        if let Some(token) = self.significant.get_mut(closer) {
            token.is_stray = false;
        }
    }

    /// Whether a block begins here, if only by the `}` that ends it on this line.
    pub(crate) fn at_block(&self) -> bool {
        let has_lost = || self.stray_ahead().is_some_and(|stray| self.at < stray);
        self.is(L_BRACE) || !self.at_end() && has_lost()
    }

    /// Whether the line goes on to a `{`.
    pub(crate) fn has_block_ahead(&self) -> bool {
        let rest = self.significant.get(self.at..).unwrap_or_default();
        let mut line = rest
            .iter()
            .enumerate()
            .take_while(|(at, token)| *at == 0 || !token.starts_line);
        let stop = line.find(|(_, token)| matches!(token.kind, L_BRACE | R_BRACE | SEMICOLON));
        stop.is_some_and(|(_, token)| token.kind == L_BRACE)
    }

    fn statements(&mut self, item: fn(&mut Self)) {
        loop {
            while self.is(SEMICOLON) {
                self.bump();
            }
            if self.at_stray() {
                self.failed = false;
                self.stray();
                self.node(ERROR, Self::bump);
                continue;
            }
            if matches!(self.kind(), R_BRACE | END) || self.at_declaration() {
                return;
            }
            self.statement(item);
        }
    }

    /// Reads one statement and what is wrong behind it; always moves on.
    pub(crate) fn statement(&mut self, item: fn(&mut Self)) {
        (self.failed, self.unclosed) = (false, 0);
        self.first = self.at;
        self.indent = self.significant.get(self.at).map_or(0, |token| token.indent);
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
        self.skip(|parser| parser.at_end() && !(parser.starts_line(0) && parser.hangs_on()));
    }

    /// Takes what is left of the head of a block, so that the block itself is read.
    pub(crate) fn skip_to_block(&mut self) {
        if !self.is(L_BRACE) {
            self.skip(|parser| parser.at_end() || parser.is(L_BRACE));
        }
    }

    fn skip(&mut self, stop: fn(&Self) -> bool) {
        (self.brackets, self.objects) = (0, 0);
        let mut braces = std::mem::take(&mut self.unclosed);
        if braces == 0 && stop(self) {
            return;
        }
        self.start(ERROR);
        // A `;` before a `}` that ends no block would have ended a statement in the block that was lost.
        let lost = self.stray_ahead();
        while !(self.is(END)
            || self.at_declaration()
            || braces == 0 && lost.is_none_or(|lost| self.at > lost) && stop(self))
        {
            match self.kind() {
                L_BRACE => braces += 1,
                R_BRACE => braces = braces.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
        self.finish();
    }

    /// Whether a declaration begins here.
    pub(crate) fn at_declaration(&self) -> bool {
        self.begins_declaration(self.at)
    }

    pub(super) fn begins_declaration(&self, at: usize) -> bool {
        let ahead = at - self.at;
        self.starts_line(ahead)
            && crate::grammar::is_declaration(self.nth_word(ahead))
            && !self.starts_line(ahead + 1)
            && matches!(self.nth(ahead + 1), IDENT | L_BRACE | SLASH | STRING)
    }
}
