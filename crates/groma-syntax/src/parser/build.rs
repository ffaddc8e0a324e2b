//! Reading tokens into the tree.

use groma_diag::{Diagnostic, nearest};
use rowan::{Checkpoint, Language};

use super::Parser;
use crate::kind::{Groma, SyntaxKind, SyntaxKind::*};
use crate::rules;

/// How deep parentheses, lists, objects and types may nest.
const DEEPEST: usize = 64;

impl Parser<'_> {
    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        self.flush();
        self.builder.start_node(Groma::kind_to_raw(kind));
    }

    pub(crate) fn finish(&mut self) {
        self.builder.finish_node();
    }

    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        self.flush();
        self.builder.checkpoint()
    }

    pub(crate) fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_node_at(checkpoint, Groma::kind_to_raw(kind));
    }

    /// A node around what `inside` reads.
    pub(crate) fn node(&mut self, kind: SyntaxKind, inside: impl FnOnce(&mut Self)) {
        self.start(kind);
        inside(self);
        self.finish();
    }

    /// Moves the trivia before the current token into the tree.
    pub(crate) fn flush(&mut self) {
        let upto = self
            .significant
            .get(self.at)
            .map_or(self.tokens.len(), |token| token.raw);
        while self.flushed < upto {
            self.push_raw(None);
        }
    }

    fn push_raw(&mut self, kind: Option<SyntaxKind>) {
        if let Some(token) = self.tokens.get(self.flushed) {
            let text = self.source.get(token.start..token.end).unwrap_or_default();
            self.builder
                .token(Groma::kind_to_raw(kind.unwrap_or(token.kind)), text);
        }
        self.flushed += 1;
    }

    fn bump_as(&mut self, kind: Option<SyntaxKind>) {
        if let Some(&token) = self.significant.get(self.at) {
            self.flush();
            if token.is_virtual {
                self.push_missing(token.kind);
            } else {
                self.push_raw(kind);
            }
            self.at += 1;
        }
    }

    /// A token that nobody wrote: it has a place in the tree and no text.
    pub(super) fn push_missing(&mut self, kind: SyntaxKind) {
        self.builder.token(Groma::kind_to_raw(kind), "");
    }

    pub(crate) fn bump(&mut self) {
        self.bump_as(None);
    }

    pub(crate) fn bump_keyword(&mut self) {
        self.bump_as(Some(KEYWORD));
    }

    /// Reads the keyword, and reports that it stands there twice in a row.
    pub(crate) fn bump_keyword_once(&mut self) {
        let word = self.word();
        self.bump_keyword();
        while self.is_word(word) && !matches!(self.nth(1), COLON | L_BRACE | END) && !self.starts_line(1) {
            self.twice();
            self.node(ERROR, Self::bump);
        }
    }

    /// Reads `and` or `or`, which stands at the start of a line and not at the end of one.
    pub(crate) fn bump_joint(&mut self) {
        let (word, span) = (self.word(), self.span());
        self.bump_keyword();
        let goes_on = self.brackets == 0 && self.starts_line(0) && self.is_deeper() && !self.is(R_BRACE);
        if goes_on && !self.is(END) {
            self.trailing(word, span);
            self.continue_statement();
        }
    }

    /// Reports that a word stands there twice in a row, and skips the first.
    pub(crate) fn bump_twice(&mut self) {
        self.twice();
        self.node(ERROR, Self::bump);
        self.first = self.at;
    }

    pub(crate) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let here = self.is(kind) && !self.at_end();
        if here {
            self.bump();
        }
        here
    }

    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let here = self.is_word(word);
        if here {
            self.bump_keyword();
        }
        here
    }

    /// Reads the token, or reports that it is missing.
    pub(crate) fn expect(&mut self, kind: SyntaxKind, shown: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.expected(shown);
        }
        found
    }

    /// Reads the word, or something that was probably meant to be it, or reports that it is missing.
    pub(crate) fn expect_word(&mut self, word: &'static str) -> bool {
        if self.eat_word(word) {
            return true;
        }
        if self.at_end() || nearest(self.word(), [word]).is_none() {
            self.expected(&format!("`{word}`"));
            return false;
        }
        self.misspelt(word);
        self.bump_keyword();
        true
    }

    /// Reads what stands between brackets, in which line ends mean nothing.
    pub(crate) fn bracketed(&mut self, close: SyntaxKind, shown: &str, inside: impl FnOnce(&mut Self)) {
        let is_object = usize::from(close == R_BRACE);
        self.bump();
        self.brackets += 1;
        self.objects += is_object;
        self.unclosed += is_object;
        inside(self);
        let closed = self.is(close) && !self.failed;
        if closed {
            self.bump();
            self.unclosed -= is_object;
        }
        self.brackets -= 1;
        self.objects -= is_object;
        if !closed {
            self.expected(shown);
        }
    }

    /// Runs `inside` one level deeper, or reports that this is too deep.
    pub(crate) fn deeper(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST {
            let found = Diagnostic::new(
                &rules::NESTING_TOO_DEEP,
                self.span(),
                format!("this nests deeper than {DEEPEST} levels"),
            )
            .help("split it into several statements");
            self.fail(found);
            return;
        }
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }
}
