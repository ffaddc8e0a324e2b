//! Questions, decisions and answers in words.

use super::names::{Path, StringLit};
use super::node::nodes;
use super::term::{Cond, Date};

nodes! {
    /// `question "..." affects Project default no`.
    Question = QUESTION;
    /// `decision X = a over b because "..." on 2026-11-21`.
    Decision = DECISION;
    /// An answer: words or a value.
    OpenValue = ANSWER_VALUE;
    /// Words such as `set null`.
    Words = WORDS;
}

impl Question {
    /// The question.
    pub fn text(&self) -> Option<StringLit> {
        self.0.child()
    }

    /// What it is about.
    pub fn affects(&self) -> impl Iterator<Item = Path> + use<> {
        self.0.children()
    }

    /// What holds until it is answered.
    pub fn default(&self) -> Option<OpenValue> {
        self.0.child()
    }
}

impl Decision {
    /// What was decided.
    pub fn subject(&self) -> Option<Path> {
        self.0.child()
    }

    /// The answer.
    pub fn value(&self) -> Option<OpenValue> {
        self.0.child()
    }

    /// What it beat.
    pub fn over(&self) -> impl Iterator<Item = OpenValue> + use<> {
        self.0.children().skip(1)
    }

    /// Why.
    pub fn because(&self) -> Option<StringLit> {
        self.0.child()
    }

    /// When.
    pub fn on(&self) -> Option<Date> {
        self.0.child()
    }
}

impl OpenValue {
    /// The answer as text, blanks between words made one.
    pub fn text(&self) -> String {
        self.0.read().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The words, if it is words: `cascade`, `set null`, `no`.
    pub fn words(&self) -> Option<Words> {
        self.0.child()
    }

    /// The value, if it is no words.
    pub fn cond(&self) -> Option<Cond> {
        self.0.child()
    }
}

impl Words {
    /// The words joined by single blanks.
    pub fn text(&self) -> String {
        self.0.read().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
