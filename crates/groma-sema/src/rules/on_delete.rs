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
    /// its target from being deleted.
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

/// A reference without `on delete`.
pub(crate) struct Unsaid {
    /// The whole field.
    pub(crate) place: Span,
    /// The rows that refer, for people: `tasks`.
    pub(crate) rows: String,
    /// What is deleted, for people: `project`.
    pub(crate) target: String,
    /// The field's name.
    pub(crate) field: String,
    /// What holds meanwhile.
    pub(crate) fallback: OnDelete,
}

impl Unsaid {
    /// What is assumed, as one sentence.
    pub(crate) fn assumption(&self) -> String {
        let Unsaid {
            rows, target, field, ..
        } = self;
        match self.fallback {
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

    fn answers(&self) -> Vec<(&'static str, String)> {
        let Unsaid {
            rows, target, field, ..
        } = self;
        let restrict = ("restrict", format!("409 while the {target} has {rows}"));
        let cascade = ("cascade", format!("its {rows} are deleted too"));
        match self.fallback {
            OnDelete::SetNull => vec![
                (
                    "set null",
                    format!("the {rows} stay, and `{field}` becomes empty"),
                ),
                cascade,
                restrict,
            ],
            OnDelete::Restrict | OnDelete::Cascade => vec![restrict, cascade],
        }
    }
}

pub(crate) fn unsaid(question: &Unsaid) -> Diagnostic {
    let message = format!(
        "what happens to {} when their {} is deleted?",
        question.rows, question.target
    );
    let found = Diagnostic::new(&ON_DELETE_UNSAID, question.place, message).note(question.assumption());
    question
        .answers()
        .into_iter()
        .fold(found, |found, (answer, effect)| {
            let edit = [Edit::after(question.place, format!(" on delete {answer}"))];
            found.option(answer, effect, edit)
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
