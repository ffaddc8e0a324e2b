//! `groma ask`: goes through what is open, and writes each answer into the design.

mod answer;
mod session;

use std::fmt::Write as _;

use groma_diag::{Diagnostic, nearest};
use groma_ir::Model;
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::AskArgs;
use crate::compile::{self, Compiled};
use crate::failure::Failure;
use crate::open::{self, Open};
use crate::project::Project;
use crate::words;
use crate::world::{self, CYAN, Style};
use answer::{Answer, Outcome};

pub(super) fn run(args: &AskArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(asked) = Asked::of(&project)? else {
        return Ok(Exit::Findings);
    };
    if args.json {
        world::print(&as_json(&asked.points));
        return Ok(Exit::Fine);
    }
    if !args.answer.is_empty() {
        return answer_all(&project, asked, args);
    }
    if world::is_conversation() {
        return session::run(&project, asked);
    }
    world::print(&listed(&asked.points, world::stdout_style()));
    Ok(Exit::Fine)
}

/// A design and what it leaves open.
struct Asked {
    compiled: Compiled,
    points: Vec<Open>,
}

impl Asked {
    /// Reads a project; nothing after its errors have been shown.
    fn of(project: &Project) -> Result<Option<Asked>, Failure> {
        let mut compiled = compile::compile(project)?;
        let Some(design) = compiled.design.take() else {
            compile::show_errors(project, compiled);
            return Ok(None);
        };
        let model = Model::new(design);
        let points = open::points(&model, &compiled.sources, &compiled.diagnostics);
        Ok(Some(Asked { compiled, points }))
    }

    fn point(&self, id: &str) -> Result<&Open, Failure> {
        self.points.iter().find(|point| point.id == id).ok_or_else(|| {
            let known = self.points.iter().map(|point| point.id.as_str());
            let help = match nearest(id, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if self.points.is_empty() => String::from("everything is decided"),
                None => String::from("`groma ask --json` lists what is open"),
            };
            Failure::usage(format!("nothing is open under the id `{id}`"), help)
        })
    }
}

fn answer_all(project: &Project, mut asked: Asked, args: &AskArgs) -> Result<Exit, Failure> {
    if args.because.len() > 1 && args.because.len() != args.answer.len() {
        let (reasons, answers) = (args.because.len(), args.answer.len());
        return Err(Failure::usage(
            format!("there are {reasons} reasons for {answers} answers"),
            "give `--because` once for all, or once for each answer",
        ));
    }
    for (at, (id, text)) in args.answer.iter().enumerate() {
        let because = args.because.get(at).or(args.because.first());
        let answer = Answer {
            text,
            because: because.map(String::as_str),
            on: &world::today(),
        };
        let point = asked.point(id)?;
        match answer::give(project, &asked.compiled.sources, point, &answer)? {
            Outcome::Written(text) => world::print(&text),
            Outcome::Refused(text) => {
                world::say(&text);
                return Ok(Exit::Findings);
            }
        }
        match Asked::of(project)? {
            Some(next) => asked = next,
            None => return Ok(Exit::Findings),
        }
    }
    world::print(&left(&asked.points));
    Ok(Exit::Fine)
}

/// What is still open, in one line.
fn left(points: &[Open]) -> String {
    match points.len() {
        0 => String::from("nothing is open\n"),
        number => format!("{} left open\n", words::count(number, "point is", "points are")),
    }
}

fn listed(points: &[Open], style: Style) -> String {
    let mut text = String::new();
    for point in points {
        text.push_str(&shown(point, style));
        text.push('\n');
    }
    text.push_str(&left(points));
    if let Some(first) = points.first() {
        let option = first
            .options
            .first()
            .map_or("ANSWER", |option| option.answer.as_str());
        let _ = writeln!(
            text,
            "answer one with: groma ask --answer '{}={option}'",
            first.id
        );
    }
    text
}

/// A point with its options, as it is asked.
fn shown(point: &Open, style: Style) -> String {
    let mut text = format!(
        "{}  {}\n{}\n  an answer touches {}\n",
        style.strong(CYAN, &point.id),
        style.faint(&format!("{} {}", point.code, point.place)),
        point.question,
        point.radius
    );
    for note in &point.notes {
        let _ = writeln!(text, "  {note}");
    }
    let width = point
        .options
        .iter()
        .map(|option| option.answer.chars().count())
        .max()
        .unwrap_or(0);
    for (at, option) in point.options.iter().enumerate() {
        let recommended = if at == 0 && point.options.len() > 1 {
            " (recommended)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {}  {:<width$}  {}{recommended}",
            at + 1,
            option.answer,
            option.consequence
        );
    }
    text
}

fn as_json(points: &[Open]) -> String {
    let points = points.iter().map(|point| {
        let options = point.options.iter().enumerate().map(|(at, option)| {
            json!({ "answer": option.answer, "consequence": option.consequence, "recommended": at == 0 })
        });
        json!({
            "id": point.id,
            "code": point.code,
            "question": point.question,
            "subject": point.subject,
            "place": point.place,
            "notes": point.notes,
            "options": options.collect::<Vec<Value>>(),
            "any_answer": point.kind.is_free(),
            "touches": {
                "routes": point.radius.routes,
                "rules": point.radius.rules.len(),
                "entities": point.radius.entities.len(),
                "size": point.radius.size(),
            },
        })
    });
    let document = json!({ "version": 1, "open": points.collect::<Vec<Value>>() });
    format!("{document:#}\n")
}

/// Whether a finding keeps an answer from being written.
fn stands_in_the_way(found: &Diagnostic) -> bool {
    found.is_error()
}
