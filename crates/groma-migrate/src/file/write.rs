//! Migrations to text.

use std::fmt::Write as _;

use groma_sql::Dialect;

use super::{File, FileStep};
use crate::danger::{CATALOGUE, Lint};
use crate::plan::Phase;
use crate::step::Step;

/// A planned step as its file says it, with what there is to know about it.
pub(super) fn step(step: &Step, lints: &[&Lint]) -> FileStep {
    let mut facts = Vec::new();
    for lock in &step.locks {
        facts.push(format!("lock: {lock}"));
    }
    let rows = step
        .rows
        .map_or_else(String::new, |rows| format!(", about {rows} rows"));
    facts.push(format!("cost: {}{rows}", step.cost.words()));
    facts.extend(step.lost.iter().map(|lost| format!("loses: {lost}")));
    facts.extend(
        step.obstacles
            .iter()
            .map(|it| format!("fails where: {}", it.what)),
    );
    facts.extend(step.way.iter().map(|way| format!("way: {way}")));
    for id in &step.avoids {
        if let Some(danger) = CATALOGUE.iter().find(|danger| danger.id == *id) {
            facts.push(format!("avoids: {id}, {}: {}", danger.what, danger.remedy));
        }
    }
    for lint in lints {
        let id = lint.id.map_or_else(String::new, |id| format!("{id}, "));
        let level = lint.level.name();
        facts.push(format!(
            "lint: {level}, {id}{}; help: {}",
            lint.message, lint.remedy
        ));
    }
    FileStep {
        title: step.title.clone(),
        facts,
        run: step.run,
        done: step.done.clone(),
        counts: step
            .obstacles
            .iter()
            .map(|obstacle| obstacle.count.clone())
            .collect(),
        sql: step.sql.clone(),
        down: step.undo.sql.clone(),
        lost: step.undo.lost.clone(),
        allowed: Vec::new(),
    }
}

pub(super) fn file(file: &File) -> String {
    let mut out = String::from("-- groma migration\n");
    let mut head = |word: &str, what: &str| {
        let _ = writeln!(out, "-- {word}: {what}");
    };
    match file.dialect {
        Some(Dialect::Postgres) => head("database", "postgres"),
        Some(Dialect::Sqlite) => head("database", "sqlite"),
        None => {}
    }
    head("phase", file.phase.name());
    if let Some((from, to)) = &file.states {
        head("from", from.as_str());
        head("to", to.as_str());
    }
    if let Some(planned) = &file.planned {
        head("hash", planned.as_str());
    }
    let when = match file.phase {
        Phase::Expand => file.before.words(),
        Phase::Contract => "Once the release before it runs no more: this takes away what that one needed.",
    };
    let _ = writeln!(out, "--\n-- {when}");
    if file.dialect == Some(Dialect::Sqlite) {
        out.push_str("-- Run with foreign keys off, and looked at with `PRAGMA foreign_key_check` before it is kept.\n");
    }
    for step in &file.steps {
        one(&mut out, step);
    }
    out
}

fn one(out: &mut String, step: &FileStep) {
    let _ = writeln!(out, "\n-- step: {}\n-- run: {}", step.title, step.run.words());
    for fact in &step.facts {
        let _ = writeln!(out, "-- {fact}");
    }
    for count in &step.counts {
        let _ = writeln!(out, "-- count: {count}");
    }
    if let Some(done) = &step.done {
        let _ = writeln!(out, "-- done: {done}");
    }
    for sql in &step.sql {
        let _ = writeln!(out, "{sql};");
    }
    if step.down.is_empty() && step.lost.is_empty() {
        return;
    }
    out.push_str("-- down:\n");
    for lost in &step.lost {
        let _ = writeln!(out, "-- not back: {lost}");
    }
    for line in step
        .down
        .iter()
        .flat_map(|sql| format!("{sql};").lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let _ = writeln!(out, "--   {line}");
    }
}
