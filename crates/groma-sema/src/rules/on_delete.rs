//! Q103 and E104.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::OnDelete;

use super::page::rule;

rule! {
    /// A reference says what happens to its row when the row that it points at is deleted.
    ///
    /// ## Why
    /// Rows are lost, left without their parent, or keep the parent from being deleted: all three are right somewhere,
    /// and only the author knows where. Until it is said, a reference that may be empty is emptied, and any other keeps
    /// its target from being deleted. `restrict` is about rows that would be left: those that go in the same deletion,
    /// as all rows of a tenant go with it, do not stand in its way.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project
    ///   index project
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete restrict
    ///   index project
    /// }
    Question ON_DELETE_UNSAID "Q103" "on-delete-unsaid"
}

rule! {
    /// Only a reference that may be empty can be emptied.
    ///
    /// ## Why
    /// The deletion would fail at the first row that refers to what is deleted.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete set null
    ///   index project
    /// }
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete set null
    ///   index project
    /// }
    Error SET_NULL_ON_REQUIRED "E104" "set-null-on-required"
}

/// A reference whose `on delete` is unsaid or open.
pub(crate) struct Open {
    /// What is asked about: the whole field, or the `TBD`.
    pub(crate) place: Span,
    /// Where an answer goes.
    pub(crate) answer: Edit,
    /// The rows that refer, for people: `tasks`.
    pub(crate) rows: String,
    /// What is deleted, for people: `project`.
    pub(crate) target: String,
    /// The field's name.
    pub(crate) field: String,
    /// Whether the field may be empty.
    pub(crate) optional: bool,
    /// What holds meanwhile.
    pub(crate) meanwhile: OnDelete,
}

impl Open {
    /// What holds meanwhile, as one sentence.
    pub(crate) fn assumption(&self) -> String {
        let Open {
            rows, target, field, ..
        } = self;
        match self.meanwhile {
            OnDelete::SetNull => {
                format!(
                    "When a {target} is deleted, the {rows} that refer to it by `{field}` stay, without it."
                )
            }
            OnDelete::Restrict => {
                format!("A {target} cannot be deleted while {rows} refer to it by `{field}`.")
            }
            OnDelete::Cascade => format!("When a {target} is deleted, its {rows} are deleted too."),
        }
    }

    /// What is asked.
    pub(crate) fn text(&self) -> String {
        format!(
            "what happens to {} when their {} is deleted?",
            self.rows, self.target
        )
    }

    /// The answers, what holds meanwhile first.
    fn answers(&self) -> Vec<(OnDelete, String)> {
        let Open {
            rows, target, field, ..
        } = self;
        let mut all = vec![
            (
                OnDelete::SetNull,
                format!("the {rows} stay, and `{field}` becomes empty"),
            ),
            (OnDelete::Restrict, format!("409 while the {target} has {rows}")),
            (OnDelete::Cascade, format!("its {rows} are deleted too")),
        ];
        all.retain(|(answer, _)| self.optional || *answer != OnDelete::SetNull);
        all.sort_by_key(|(answer, _)| *answer != self.meanwhile);
        all
    }
}

/// The word that says it.
pub(crate) fn word(action: OnDelete) -> &'static str {
    match action {
        OnDelete::Cascade => "cascade",
        OnDelete::Restrict => "restrict",
        OnDelete::SetNull => "set null",
    }
}

pub(crate) fn open(question: &Open) -> Diagnostic {
    let found = Diagnostic::new(&ON_DELETE_UNSAID, question.place, question.text())
        .note(format!("until it is said: {}", question.assumption()));
    question
        .answers()
        .into_iter()
        .fold(found, |found, (answer, effect)| {
            let edit = Edit {
                insert: question.answer.insert.replace("{}", word(answer)),
                ..question.answer.clone()
            };
            found.option(word(answer), effect, [edit])
        })
}

/// `question_mark` is where the `?` would go.
pub(crate) fn set_null_on_required(span: Span, question_mark: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(
        &SET_NULL_ON_REQUIRED,
        span,
        "a reference that may not be empty cannot be set to null",
    )
    .help("make the reference optional by `?`, or say `on delete restrict` or `on delete cascade`");
    match question_mark {
        Some(place) => found.suggestion("make it optional", [Edit::replace(place, "?")]),
        None => found,
    }
}
