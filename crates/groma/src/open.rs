//! What a design leaves open: holes, questions in words, and what the checker asks.
//!
//! Each point has an id that stays while the design around it changes, and says how much an answer touches.

mod radius;

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Edit, Level, Sources, Span};
use groma_ir::Model;
use groma_ir::design::{Hole, Question};

use crate::lock;
pub(crate) use radius::Radius;

/// The rule that asks what the author left open in words.
const IN_WORDS: &str = "Q508";

/// Something that somebody must decide.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    /// The id, `Task.project.on_delete`.
    pub(crate) id: String,
    /// What a decision about it names.
    pub(crate) subject: String,
    /// The code of the rule that asks.
    pub(crate) code: &'static str,
    /// What is asked.
    pub(crate) question: String,
    /// Where it stands, `specs/db/task.md:41`.
    pub(crate) place: String,
    /// The place itself.
    pub(crate) span: Span,
    /// Facts that help to decide.
    pub(crate) notes: Vec<String>,
    /// The answers, the recommended one first.
    pub(crate) options: Vec<Choice>,
    /// How an answer is written.
    pub(crate) kind: Kind,
    /// How much an answer touches.
    pub(crate) radius: Radius,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The answer.
    pub(crate) answer: String,
    /// What follows from it.
    pub(crate) consequence: String,
    /// The edits that write it; none where the record of it is enough.
    pub(crate) edits: Vec<Edit>,
}

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// In the place of a `TBD`.
    Hole(Span),
    /// A decision takes the place of the question.
    InWords(Span),
    /// By the edits of the option.
    Asked,
}

impl Kind {
    /// Whether any answer will do, not only those that are offered.
    pub(crate) fn is_free(self) -> bool {
        match self {
            Kind::Hole(_) | Kind::InWords(_) => true,
            Kind::Asked => false,
        }
    }
}

/// Everything that is open, what an answer touches most first.
pub(crate) fn points(model: &Model, sources: &Sources, found: &[Diagnostic]) -> Vec<Open> {
    let design = &model.design;
    let holes: BTreeMap<&str, &Hole> = design
        .holes
        .iter()
        .map(|hole| (hole.subject.as_str(), hole))
        .collect();
    let questions: BTreeMap<Span, &Question> = design
        .questions
        .iter()
        .map(|question| (question.origin, question))
        .collect();
    let mut points: Vec<Open> = Vec::new();
    for asked in found.iter().filter(|found| found.level == Level::Question) {
        let subject = asked.subject.clone().unwrap_or_else(|| String::from("service"));
        let question = questions.get(&asked.primary).filter(|_| asked.code == IN_WORDS);
        let kind = match (question, holes.get(subject.as_str())) {
            (Some(question), _) => Kind::InWords(question.origin),
            (None, Some(hole)) => Kind::Hole(hole.origin),
            (None, None) => Kind::Asked,
        };
        let affects = question.and_then(|question| question.affects.clone());
        points.push(Open {
            id: match kind {
                Kind::InWords(_) => format!("question-{}", short(&asked.message)),
                Kind::Hole(_) | Kind::Asked => subject.clone(),
            },
            radius: Radius::of(model, affects.as_deref().unwrap_or(&subject)),
            subject,
            code: asked.code,
            question: asked.message.clone(),
            place: sources.place(asked.primary),
            span: asked.primary,
            notes: asked.notes.clone(),
            options: asked.options.iter().map(choice).collect(),
            kind,
        });
    }
    points.extend(silent(model, sources, &points));
    points.sort_by_key(|point| (std::cmp::Reverse(point.radius.size()), point.span));
    number(&mut points);
    points
}

fn choice(option: &groma_diag::QuestionOption) -> Choice {
    Choice {
        answer: option.text.clone(),
        consequence: option.consequence.clone(),
        edits: option.edits.clone(),
    }
}

/// Holes of which the checker says nothing, because a decision about them is on record.
fn silent(model: &Model, sources: &Sources, known: &[Open]) -> Vec<Open> {
    let known: BTreeSet<Span> = known
        .iter()
        .filter_map(|point| match point.kind {
            Kind::Hole(place) => Some(place),
            Kind::InWords(_) | Kind::Asked => None,
        })
        .collect();
    let holes = model
        .design
        .holes
        .iter()
        .filter(|hole| !known.contains(&hole.origin));
    holes
        .map(|hole| Open {
            id: hole.subject.clone(),
            subject: hole.subject.clone(),
            code: "Q506",
            question: hole.question.clone(),
            place: sources.place(hole.origin),
            span: hole.origin,
            notes: vec![String::from(
                "a decision is on record, and `TBD` still stands here",
            )],
            options: hole
                .provisional
                .iter()
                .map(|answer| Choice {
                    answer: answer.clone(),
                    consequence: String::from("what holds now"),
                    edits: vec![Edit::replace(hole.origin, answer.clone())],
                })
                .collect(),
            kind: Kind::Hole(hole.origin),
            radius: Radius::of(model, &hole.subject),
        })
        .collect()
}

/// Tells points apart that are about the same subject: the second one gets `~2`.
fn number(points: &mut [Open]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for point in points {
        let times = seen.entry(point.id.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            point.id = format!("{}~{times}", point.id);
        }
    }
}

/// A few characters that stand for a text.
fn short(text: &str) -> String {
    lock::sha256(text).chars().take(6).collect()
}
