//! Asking in a terminal.

use std::collections::BTreeSet;

use super::answer::{self, Answer, Outcome};
use super::{Asked, left, shown};
use crate::Exit;
use crate::failure::Failure;
use crate::open::Open;
use crate::project::Project;
use crate::world;

/// What somebody types.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Reply {
    /// An option, or an answer of their own.
    Answer(String),
    /// Not now.
    Skip,
    /// No more.
    Quit,
    /// Something that is none of that.
    Unclear,
}

impl Reply {
    fn read(line: &str, point: &Open) -> Reply {
        match line {
            "" => return Reply::Unclear,
            "s" | "skip" => return Reply::Skip,
            "q" | "quit" => return Reply::Quit,
            _ => {}
        }
        let number: Option<usize> = line.parse().ok();
        let by_number = number.and_then(|number| point.options.get(number.checked_sub(1)?));
        let by_name = point.options.iter().find(|option| option.answer == line);
        match by_number.or(by_name) {
            Some(option) => Reply::Answer(option.answer.clone()),
            None if point.kind.is_free() && number.is_none() => Reply::Answer(line.to_owned()),
            None => Reply::Unclear,
        }
    }
}

/// Asks point by point; each answer is written before the next one is asked for.
pub(super) fn run(project: &Project, mut asked: Asked) -> Result<Exit, Failure> {
    let mut skipped: BTreeSet<String> = BTreeSet::new();
    while let Some(point) = asked.points.iter().find(|point| !skipped.contains(&point.id)) {
        world::print(&format!("\n{}", shown(point, world::stdout_style())));
        match reply(point) {
            Reply::Quit => break,
            Reply::Skip | Reply::Unclear => {
                skipped.insert(point.id.clone());
            }
            Reply::Answer(text) => {
                // What was refused stays open, and is asked again.
                if write(project, &asked, point, &text)? {
                    match Asked::of(project)? {
                        Some(next) => asked = next,
                        None => return Ok(Exit::Findings),
                    }
                }
            }
        }
    }
    world::print(&left(&asked.points));
    Ok(Exit::Fine)
}

/// Writes an answer, and says how that went; whether it was written.
fn write(project: &Project, asked: &Asked, point: &Open, text: &str) -> Result<bool, Failure> {
    let because = world::ask("why? (empty: no reason) ").unwrap_or_default();
    let given = Answer {
        text,
        because: Some(because.as_str()),
        on: &world::today(),
    };
    match answer::give(project, &asked.compiled.sources, point, &given)? {
        Outcome::Written(text) => {
            world::print(&text);
            Ok(true)
        }
        Outcome::Refused(text) => {
            world::say(&text);
            Ok(false)
        }
    }
}

/// Asks until the reply means something.
fn reply(point: &Open) -> Reply {
    let options = match point.options.len() {
        0 => String::new(),
        1 => String::from("1, "),
        number => format!("1-{number}, "),
    };
    let own = if point.kind.is_free() {
        "an answer of your own, "
    } else {
        ""
    };
    loop {
        match world::ask(&format!("{options}{own}s to skip, q to quit: ")) {
            None => return Reply::Quit,
            Some(line) => match Reply::read(&line, point) {
                Reply::Unclear => {}
                reply => return reply,
            },
        }
    }
}

#[cfg(test)]
mod tests;
