//! E505, Q506 and Q508.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Decision, Hole, OnDelete, Question};

use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::{Resolved, TopKind};

rule! {
    /// The design does what was decided.
    ///
    /// ## Why
    /// A decision is on record so that nobody changes it unaware. If it was changed on purpose, the record has to follow.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete restrict
    /// }
    /// decision Task.project.on_delete = cascade because "Tasks go with their project."
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete cascade
    /// }
    /// decision Task.project.on_delete = cascade because "Tasks go with their project."
    Error DECISION_DISAGREES "E505" "decision-disagrees"
}

rule! {
    /// Every `TBD` is decided.
    ///
    /// ## Why
    /// A hole works as its provisional answer, and is a decision that nobody has made. It stops `groma freeze`.
    ///
    /// ## Bad
    /// entity Task {
    ///   id: uuid key
    ///   due: TBD(date)
    /// }
    ///
    /// ## Good
    /// entity Task {
    ///   id: uuid key
    ///   due: date
    /// }
    Question HOLE_LEFT "Q506" "hole-left"
}

rule! {
    /// Every question of the author has an answer.
    ///
    /// ## Why
    /// The default holds meanwhile. An answer on record is a `decision`, which takes the place of the question.
    ///
    /// ## Bad
    /// entity Project {
    ///   id: uuid key
    /// }
    /// question "May a project be empty?" affects Project default yes
    ///
    /// ## Good
    /// entity Project {
    ///   id: uuid key
    /// }
    /// decision Project = yes because "It starts empty."
    Question OPEN_QUESTION "Q508" "open-question"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let holes = resolved.design.holes.iter().zip(&resolved.map.holes);
    let open = holes
        // What happens on deletion is asked with all its answers, as where it is unsaid.
        .filter(|(hole, _)| !hole.subject.ends_with(".on_delete"))
        .filter(|(hole, _)| !resolved.map.decided.contains(&hole.subject))
        .map(|(hole, tree)| hole_left(hole, tree.keyword_span()));
    let asked = resolved.design.questions.iter().map(open_question);
    let broken = resolved.design.decisions.iter().filter_map(|decision| {
        let (does, place) = disagreement(resolved, decision)?;
        Some(disagrees(decision, &does, place))
    });
    open.chain(asked).chain(broken).collect()
}

/// What the design does instead of what was decided, and where.
fn disagreement(resolved: &Resolved<'_>, decision: &Decision) -> Option<(String, Span)> {
    let mut names = decision.subject.split('.');
    let (entity, field, topic) = (names.next()?, names.next()?, names.next()?);
    let TopKind::Entity(id) = resolved.top.get(entity)?.kind else {
        return None;
    };
    let field = resolved.design.entities[id].field(field)?;
    let declared = &resolved.design.entities[id].fields[field];
    let does = match topic {
        "on_delete" => match declared.on_delete? {
            OnDelete::Cascade => String::from("cascade"),
            OnDelete::Restrict => String::from("restrict"),
            OnDelete::SetNull => String::from("set null"),
        },
        "default" => default(places::field(resolved, id, field)?)?,
        _ => return None,
    };
    // A line that is broken does what nobody wrote.
    let is_sound = resolved.is_sound_line(declared.origin);
    (does != decision.answer && is_sound).then_some((does, declared.origin))
}

/// The default of a field as it is written; `None` if it is open, or asked for in vain.
fn default(field: &ast::Field) -> Option<String> {
    let written = field.modifiers().find_map(|modifier| match modifier {
        ast::Modifier::Default(default) => Some(default),
        _ => None,
    });
    let Some(written) = written else {
        return Some(String::from("none"));
    };
    match written.term()? {
        ast::Term::Hole(_) => None,
        term => Some(term.source().split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

fn disagrees(decision: &Decision, does: &str, place: Span) -> Diagnostic {
    let Decision { subject, answer, .. } = decision;
    Diagnostic::new(
        &DECISION_DISAGREES,
        decision.origin,
        format!("`{subject}` was decided to be `{answer}`, and is `{does}`"),
    )
    .label(place, format!("this works as `{does}`"))
    .help("change the design back, or record the new decision and what it beats")
}

fn hole_left(hole: &Hole, keyword: Span) -> Diagnostic {
    let found = Diagnostic::new(&HOLE_LEFT, keyword, hole.question.clone()).about(&hole.subject);
    match &hole.provisional {
        Some(answer) => found.note(format!("it works as `{answer}` meanwhile")).option(
            answer.clone(),
            "what holds now",
            [Edit::replace(hole.origin, answer.clone())],
        ),
        None => found.help("replace `TBD` by an answer"),
    }
}

fn open_question(question: &Question) -> Diagnostic {
    let subject = question
        .affects
        .as_deref()
        .and_then(|affects| affects.split(", ").next());
    let found = Diagnostic::new(&OPEN_QUESTION, question.origin, question.text.clone());
    let found = match subject {
        Some(subject) => found.about(subject),
        None => found,
    };
    match (&question.default, subject) {
        (Some(default), Some(subject)) => {
            let reason = question.text.replace('"', "'");
            let decision = format!("decision {subject} = {default} because \"{reason} {default}\"");
            found.note(format!("`{default}` holds meanwhile")).option(
                default.clone(),
                "what holds now",
                [Edit::replace(question.origin, decision)],
            )
        }
        _ => found,
    }
}
