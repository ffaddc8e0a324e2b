//! One answer, written into the design: one edit, one decision beside it, the touched fences laid out.
//!
//! The design is compiled with the answer in it before a byte is written; what it does not bear is refused.

use groma_diag::{Edit, FileId, Sources, Span, apply, nearest};
use groma_ir::Model;
use groma_syntax::ast::{self, AstNode};

use super::stands_in_the_way;
use crate::compile::shown;
use crate::failure::Failure;
use crate::open::{self, Choice, Kind, Open};
use crate::project::Project;
use crate::world::{self, RED};

/// What somebody answers.
pub(super) struct Answer<'a> {
    /// The answer: an option, or for what is open any text.
    pub(super) text: &'a str,
    /// Why.
    pub(super) because: Option<&'a str>,
    /// The day, `2026-11-21`.
    pub(super) on: &'a str,
}

/// What became of an answer.
pub(super) enum Outcome {
    /// It is written; what to say about it.
    Written(String),
    /// The design does not bear it; why.
    Refused(String),
}

/// Writes an answer, if the design bears it.
pub(super) fn give(
    project: &Project,
    sources: &Sources,
    point: &Open,
    answer: &Answer<'_>,
) -> Result<Outcome, Failure> {
    let choice = chosen(point, answer.text)?;
    let decision = decision(point, &choice.answer, answer);
    let file = choice
        .edits
        .first()
        .map_or(point.span.file, |edit| edit.span.file);
    let text = written(sources, file, (point, &choice), &decision);
    let after = replaced(sources, file, &text);
    if let Some(why) = refusal(project, &after, point, &choice.answer) {
        return Ok(Outcome::Refused(why));
    }
    let path = project.path_of(sources.path(file));
    if world::read(&path)? != sources.text(file) {
        return Err(Failure::ChangedMeanwhile { path });
    }
    world::write(&path, &text)?;
    let name = sources.path(file);
    Ok(Outcome::Written(format!("{name}: {decision}\n")))
}

/// The option that a text names; what is open takes any other text too.
fn chosen(point: &Open, text: &str) -> Result<Choice, Failure> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let same = |choice: &&Choice| choice.answer == text;
    match (point.options.iter().find(same), point.kind) {
        (Some(choice), _) => Ok(choice.clone()),
        (None, Kind::Hole(place)) => Ok(Choice {
            edits: vec![Edit::replace(place, text.clone())],
            answer: text,
            consequence: String::new(),
        }),
        (None, Kind::InWords(_)) => Ok(Choice {
            answer: text,
            consequence: String::new(),
            edits: Vec::new(),
        }),
        (None, Kind::Asked) => {
            let known: Vec<&str> = point
                .options
                .iter()
                .map(|option| option.answer.as_str())
                .collect();
            let help = match nearest(&text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the options are `{}`", known.join("`, `")),
            };
            Err(Failure::usage(
                format!("`{text}` is no option of `{}`", point.id),
                help,
            ))
        }
    }
}

/// `decision Task.project.on_delete = cascade over set null, restrict because "..." on 2026-11-21`
fn decision(point: &Open, answer: &str, given: &Answer<'_>) -> String {
    let mut text = format!("decision {} = {}", point.subject, value(answer));
    let over = point.options.iter().filter(|option| option.answer != answer);
    let over: Vec<String> = over.map(|option| value(&option.answer)).collect();
    if !over.is_empty() {
        text.push_str(" over ");
        text.push_str(&over.join(", "));
    }
    let question = format!("{} {answer}", point.question);
    let because = match point.kind {
        // The question goes, and with it what was asked.
        Kind::InWords(_) => Some(
            given
                .because
                .map_or(question.clone(), |why| format!("{} {why}", point.question)),
        ),
        Kind::Hole(_) | Kind::Asked => given.because.map(str::to_owned),
    };
    if let Some(because) = because.filter(|because| !because.trim().is_empty()) {
        text.push_str(" because ");
        text.push_str(&quoted(&because));
    }
    text.push_str(" on ");
    text.push_str(given.on);
    text
}

/// An answer as a decision can hold it: as it is, if that reads as one answer, otherwise in quotes.
fn value(answer: &str) -> String {
    let text = format!("decision service = {answer} over it\n");
    let parsed = groma_syntax::parse_file(FileId(0), "answer.groma", &text);
    let is_whole = match parsed.declarations().as_slice() {
        [ast::Declaration::Decision(decision)] => {
            decision.value().is_some_and(|value| value.text() == answer) && decision.over().count() == 1
        }
        _ => false,
    };
    if is_whole && parsed.diagnostics.is_empty() {
        answer.to_owned()
    } else {
        quoted(answer)
    }
}

fn quoted(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("\"{}\"", one_line.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text of the file with the answer in it.
fn written(sources: &Sources, file: FileId, (point, choice): (&Open, &Choice), decision: &str) -> String {
    let (path, old) = (sources.path(file), sources.text(file));
    if let Kind::InWords(place) = point.kind {
        let text = apply(old, &[Edit::replace(place, decision)]).text;
        return groma_syntax::format_fence(file, path, &text, place.start).text;
    }
    let here: Vec<Edit> = choice
        .edits
        .iter()
        .filter(|edit| edit.span.file == file)
        .cloned()
        .collect();
    // Nothing before the first edit moves, so its place is found again in the new text.
    let at = here
        .iter()
        .map(|edit| edit.span.start)
        .min()
        .unwrap_or(point.span.start);
    let mut text = apply(old, &here).text;
    let beside = beside(file, path, &text, at);
    text.insert_str(beside.at, &format!("\n{}{decision}", beside.prefix));
    groma_syntax::format_fence(file, path, &text, at).text
}

/// Where a line behind a declaration goes.
struct Beside {
    at: usize,
    /// What every line there begins with, as in a quotation.
    prefix: String,
}

/// The end of the line on which the declaration at a place ends.
fn beside(file: FileId, path: &str, text: &str, at: u32) -> Beside {
    let parsed = groma_syntax::parse_file(file, path, text);
    let declarations = parsed.declarations();
    let mut spans = declarations
        .iter()
        .map(AstNode::span)
        .filter(|span| span.touches(at));
    let span = spans.next_back().unwrap_or(Span::at(file, at));
    let (start, end) = (span.start as usize, span.end as usize);
    let line_end = text
        .get(end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |length| end + length);
    let line_end = if text.get(..line_end).is_some_and(|before| before.ends_with('\r')) {
        line_end - 1
    } else {
        line_end
    };
    let before = text.get(..start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let prefix = line.chars().take_while(|char| matches!(char, '>' | ' ' | '\t'));
    Beside {
        at: line_end,
        prefix: prefix.collect(),
    }
}

fn replaced(sources: &Sources, file: FileId, text: &str) -> Sources {
    let mut after = Sources::new();
    for (id, source) in sources.iter() {
        let text = if id == file { text } else { source.text() };
        after.add(source.path(), text);
    }
    after
}

/// Why the design does not bear an answer.
fn refusal(project: &Project, after: &Sources, point: &Open, answer: &str) -> Option<String> {
    let mut compiled = groma_sema::compile(after);
    let error = world::stderr_style().strong(RED, "error");
    let Some(design) = compiled.design else {
        compiled.diagnostics.retain(stands_in_the_way);
        let found = shown(project, after, &compiled.diagnostics, world::stderr_style());
        return Some(format!(
            "{found}{error}: `{answer}` for `{}` would break the design; nothing was written\n",
            point.id
        ));
    };
    let model = Model::new(design);
    let left = open::points(&model, after, &compiled.diagnostics);
    let is_open = left
        .iter()
        .any(|other| other.id == point.id && other.question == point.question);
    is_open.then(|| {
        format!(
            "{error}: `{answer}` does not settle `{}`; nothing was written\n  help: change the design by hand\n",
            point.id
        )
    })
}

#[cfg(test)]
mod tests;
