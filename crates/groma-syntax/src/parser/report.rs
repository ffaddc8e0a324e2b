//! Saying what is wrong, once a statement.

use groma_diag::{Diagnostic, Edit, RuleInfo, Span, is_slip, nearest};

use super::{CONTINUING, Parser};
use crate::kind::SyntaxKind::*;
use crate::rules;

impl Parser<'_> {
    /// Reports the statement, unless that has been done.
    pub(crate) fn fail(&mut self, diagnostic: Diagnostic) {
        if !self.failed {
            self.diagnostics.push(diagnostic);
        }
        self.failed = true;
    }

    /// Reports something after which the statement can be read on.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if !self.failed {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Reports that something else had to stand here.
    pub(crate) fn expected(&mut self, what: &str) {
        if self.at_stray() {
            return self.stray();
        }
        if self.at_virtual() {
            self.failed = true;
            return;
        }
        let message = format!("expected {what}, found {}", self.found());
        let found = Diagnostic::new(&rules::UNEXPECTED_TOKEN, self.place(), message);
        self.fail(found);
    }

    /// Reports what stands behind a statement that could have ended; maybe it was meant to continue it.
    pub(crate) fn unexpected(&mut self) {
        if self.at_stray() {
            return self.stray();
        }
        if self.at_virtual() {
            self.failed = true;
            return;
        }
        let word = self.word();
        // A word that may continue a line is no misspelling: it does not continue this one.
        let meant = match word {
            "and" | "or" | "over" => Some(","),
            _ => CONTINUING.into_iter().find(|meant| is_slip(word, meant)),
        };
        let message = format!("expected the end of the line or `;`, found {}", self.found());
        let found = self.finding(&rules::UNEXPECTED_TOKEN, message);
        let span = self.span();
        self.fail(match meant {
            Some(meant) => found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
            None => found,
        });
    }

    /// Reports a joining word that stands before the line that it has to begin.
    pub(super) fn trailing(&mut self, word: &str, span: Span) {
        let message = format!("`{word}` stands at the end of its line");
        let next = self.span().before();
        let found = Diagnostic::new(&rules::UNEXPECTED_TOKEN, span, message)
            .help(format!("a condition goes on in a line that begins with `{word}`"))
            .fix(
                format!("begin the next line with `{word}`"),
                [Edit::delete(span), Edit::before(next, format!("{word} "))],
            );
        self.report(found);
    }

    /// Reports a word that stands twice in a row.
    pub(super) fn twice(&mut self) {
        let span = self.span();
        let message = format!("`{}` stands here twice", self.word());
        let found = self.finding(&rules::UNEXPECTED_TOKEN, message);
        self.report(found.suggestion("remove one of them", [Edit::delete(span)]));
    }

    /// Reports a `}` that ends no block.
    pub(crate) fn stray(&mut self) {
        let span = self.span();
        let found = self
            .finding(&rules::UNEXPECTED_TOKEN, "this `}` closes nothing")
            .help("remove it, or add the `{` that it belongs to")
            .suggestion("remove it", [Edit::delete(span)]);
        self.fail(found);
    }

    /// What stands here, in words.
    pub(crate) fn found(&self) -> String {
        match self.kind() {
            END => "the end of the text".to_owned(),
            L_BRACE if self.text_of(0).is_empty() => "the end of the line".to_owned(),
            SEMICOLON | R_BRACE if !self.starts_line(0) => format!("`{}`", self.text_of(0)),
            _ if self.at_end() => "the end of the line".to_owned(),
            _ => format!("`{}`", self.text_of(0)),
        }
    }

    /// Reports a word that the place does not know; gives the one that was meant, if that is plain enough to read on.
    pub(crate) fn unknown_word(&mut self, what: &str, known: &[&'static str]) -> Option<&'static str> {
        let word = self.word();
        let meant = nearest(word, known.iter().copied())
            .and_then(|meant| known.iter().copied().find(|k| *k == meant));
        let span = self.span();
        let found = Diagnostic::new(&rules::UNKNOWN_WORD, span, format!("there is no {what} `{word}`"));
        self.report(match meant {
            Some(meant) => found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
            None => found.help(format!("it can be {}", listed(known))),
        });
        let meant = meant.filter(|meant| is_slip(word, meant));
        self.failed |= meant.is_none();
        meant
    }

    /// Reports a word that is nearly the one that has to stand here.
    pub(super) fn misspelt(&mut self, meant: &'static str) {
        let (word, span) = (self.word(), self.span());
        let found = self.finding(
            &rules::UNEXPECTED_TOKEN,
            format!("expected `{meant}`, found `{word}`"),
        );
        self.report(found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]));
    }

    /// Reports a word that is a slip of one of those that can stand here, if it is.
    pub(crate) fn misspelt_of(&mut self, known: &[&'static str]) -> bool {
        let meant = known.iter().find(|known| is_slip(self.word(), known));
        if let Some(meant) = meant {
            self.misspelt(meant);
        }
        meant.is_some()
    }

    /// A finding of this rule at the current token.
    pub(crate) fn finding(&self, rule: &RuleInfo, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, self.span(), message)
    }
}

/// `a`, `b` or `c`.
pub(crate) fn listed(words: &[&str]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        let joint = match at {
            0 => "",
            _ if at + 1 == words.len() => " or ",
            _ => ", ",
        };
        out.push_str(joint);
        out.push('`');
        out.push_str(word);
        out.push('`');
    }
    out
}
