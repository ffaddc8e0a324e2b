//! One finding: what is wrong or open, where, why, and what can be done about it.

use crate::{Edit, RuleInfo, Span};

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// The design is wrong: nothing is made from it.
    Error,
    /// The design works, and probably not as meant.
    Warning,
    /// The design leaves open what somebody must decide.
    Question,
}

impl Level {
    /// The level in lower case, as every output writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Question => "question",
        }
    }
}

/// A second place that explains the first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it has to do with it.
    pub text: String,
}

/// A change of the source that mends the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// All of it: either every edit is made, or none.
    pub edits: Vec<Edit>,
    /// Whether it may be made unasked.
    pub safe: bool,
}

/// One possible answer to a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuestionOption {
    /// The answer.
    pub text: String,
    /// What follows from it.
    pub consequence: String,
    /// The edits that write the answer into the source.
    pub edits: Vec<Edit>,
}

/// One finding, ready to be shown by any of the renderers.
///
/// ```text
/// Diagnostic::new(&DECLARED_TWICE, second, "field `email` is declared twice in `User`")
///     .label(first, "first declared here")
///     .help("rename one of them, or remove the second")
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The code, `E021`.
    pub code: &'static str,
    /// The name of the rule in words, `declared-twice`.
    pub name: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What is wrong: lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// The place.
    pub primary: Span,
    /// What stands under the place.
    pub primary_label: Option<String>,
    /// Places that explain it.
    pub labels: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
    /// For a question: what a decision about it names, `Task.project.on_delete`.
    pub subject: Option<String>,
    /// For a question: the answers, the recommended one first.
    pub options: Vec<QuestionOption>,
    /// Changes that mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding of `rule` at a place.
    pub fn new(rule: &RuleInfo, primary: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: rule.code,
            name: rule.name,
            level: rule.level,
            message: message.into(),
            primary,
            primary_label: None,
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            subject: None,
            options: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Says what stands under the place itself.
    #[must_use]
    pub fn primary_label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary_label = Some(text.into());
        self
    }

    /// Adds a place that explains it.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact that explains it.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// Adds a change that `--fix` makes unasked.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: impl Into<Vec<Edit>>) -> Diagnostic {
        self.fixes.push(Fix {
            title: title.into(),
            edits: edits.into(),
            safe: true,
        });
        self
    }

    /// Adds a change that a person has to choose.
    #[must_use]
    pub fn suggestion(mut self, title: impl Into<String>, edits: impl Into<Vec<Edit>>) -> Diagnostic {
        self.fixes.push(Fix {
            title: title.into(),
            edits: edits.into(),
            safe: false,
        });
        self
    }

    /// Says what a decision about it names.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Diagnostic {
        self.subject = Some(subject.into());
        self
    }

    /// Adds an answer to a question; the first one is the recommended one.
    #[must_use]
    pub fn option(
        mut self,
        text: impl Into<String>,
        consequence: impl Into<String>,
        edits: impl Into<Vec<Edit>>,
    ) -> Diagnostic {
        self.options.push(QuestionOption {
            text: text.into(),
            consequence: consequence.into(),
            edits: edits.into(),
        });
        self
    }

    /// Whether nothing can be made from the design before this is mended.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// What findings are sorted by: the place, then the code.
    pub fn order(&self) -> (Span, &'static str) {
        (self.primary, self.code)
    }
}
