//! `groma access`: who may do what, as a table or as the answer to one question.

mod tables;

use std::fmt::Write as _;
use std::slice;

use groma_access::{Answer, Matrix, Misread, Others, Question, Verdict, entity_named, persona_named};
use groma_diag::nearest;
use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId, Verb};
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::{AccessArgs, TableForm};
use crate::compile::model;
use crate::failure::Failure;
use crate::project::Project;
use crate::world::{self, GREEN, RED, Style, YELLOW};

pub(super) fn run(args: &AccessArgs) -> Result<Exit, Failure> {
    let project = Project::find(slice::from_ref(&args.dir))?;
    let Some(model) = model(&project)? else {
        return Ok(Exit::Findings);
    };
    match &args.question {
        Some(question) => answer(&model, question, args.format),
        None => tables(&model, args),
    }
}

fn tables(model: &Model, args: &AccessArgs) -> Result<Exit, Failure> {
    let entities = entities(model, args.entity.as_deref())?;
    let mut tables = Vec::new();
    for entity in entities {
        let persona = match &args.caller {
            // Of several entities only some know such a path.
            Some(name) => match persona_named(&model.design, &model.access, entity, name) {
                Ok(persona) => Some(persona),
                Err(_) if args.entity.is_none() && name_is_known(model, name) => continue,
                Err(misread) => return Err(misread_failure(&misread)),
            },
            None => None,
        };
        tables.push(Matrix::of(&model.design, &model.access, entity, persona.as_ref()));
    }
    world::print(&match args.format {
        TableForm::Human => tables::human(&model.design, &tables, world::stdout_style()),
        TableForm::Markdown => tables::markdown(&model.design, &tables),
        TableForm::Html => tables::html(&model.design, &tables),
        TableForm::Json => pretty(&tables::json(&model.design, &tables)),
    });
    Ok(Exit::Fine)
}

/// The entities whose rules are shown: those that have some, or the one that is asked for.
fn entities(model: &Model, only: Option<&str>) -> Result<Vec<EntityId>, Failure> {
    match only {
        Some(name) => Ok(vec![
            entity_named(&model.design, name).map_err(|misread| misread_failure(&misread))?,
        ]),
        None => Ok(model
            .design
            .entities
            .entries()
            .filter(|(_, entity)| !entity.rules.is_empty())
            .map(|(id, _)| id)
            .collect()),
    }
}

/// Whether somebody is called so towards the rows of some entity.
fn name_is_known(model: &Model, name: &str) -> bool {
    let mut entities = model.design.entities.ids();
    entities.any(|entity| persona_named(&model.design, &model.access, entity, name).is_ok())
}

fn answer(model: &Model, text: &str, form: TableForm) -> Result<Exit, Failure> {
    let (design, access) = (&model.design, &model.access);
    let question = Question::read(text, design, access).map_err(|misread| misread_failure(&misread))?;
    let asked = (question.entity, question.verb, question.field);
    let answer = groma_access::ask(design, access, asked, &question.persona, Others::Related);
    let reasons = answer.reasons(design, question.entity, question.verb);
    world::print(&match form {
        TableForm::Json => pretty(&as_json(&answer, &reasons)),
        TableForm::Human | TableForm::Markdown | TableForm::Html => {
            let mut text = in_words(&answer, &reasons, world::stdout_style());
            if answer.verdict == Verdict::No {
                text.push_str(&who_may(model, asked));
            }
            text
        }
    });
    Ok(Exit::when(answer.verdict == Verdict::No))
}

/// Who else may: what somebody who hears `no` asks next.
fn who_may(model: &Model, asked: (EntityId, Verb, Option<FieldId>)) -> String {
    match groma_access::anybody(&model.design, &model.access, asked) {
        Some(case) if case.is_empty() => String::from("  anybody else may\n"),
        Some(case) => format!("  somebody may: {}\n", case.join(" and ")),
        None => String::from("  nobody may\n"),
    }
}

fn in_words(answer: &Answer, reasons: &[(String, String)], style: Style) -> String {
    let mut text = match answer.verdict {
        Verdict::Yes => format!("{}, always\n", style.strong(GREEN, "yes")),
        Verdict::No => format!("{}: no rule lets them\n", style.strong(RED, "no")),
        Verdict::When(..) => format!("{}\n", style.strong(YELLOW, "it depends")),
        Verdict::Open => format!(
            "{}: the rules tell too much apart to be gone through\n",
            style.strong(YELLOW, "open")
        ),
    };
    if let Some((may, may_not)) = &answer.cases {
        for (word, case) in [("yes", may), ("no", may_not)] {
            let case = if case.is_empty() {
                String::from("in the plainest case")
            } else {
                format!("when {}", case.join(" and "))
            };
            let _ = writeln!(text, "  {word} {case}");
        }
    }
    for (rule, place) in reasons {
        let _ = writeln!(text, "  {rule} {}", style.faint(place));
    }
    text
}

fn as_json(answer: &Answer, reasons: &[(String, String)]) -> Value {
    json!({
        "answer": answer.verdict.word(),
        "cases": answer.cases.as_ref().map(|(may, may_not)| json!({ "yes": may, "no": may_not })),
        "rules": reasons.iter().map(|(rule, place)| json!({ "rule": rule, "place": place })).collect::<Vec<_>>(),
    })
}

fn misread_failure(misread: &Misread) -> Failure {
    let near = nearest(&misread.found, misread.known.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", misread.known.join(", ")),
    };
    Failure::usage(
        format!("expected {}, found `{}`", misread.wanted, misread.found),
        help,
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
