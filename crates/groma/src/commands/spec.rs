//! `groma spec`: writes what the design says about its API, and holds it up to date.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use groma_emit::{DatabaseOperation, Options};
use groma_files::{Drift, DriftKind, FileSet};
use groma_ir::Model;
use groma_sql::Described;

use crate::Exit;
use crate::cli::SpecArgs;
use crate::commands::freeze;
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::{words, world};

/// The folder of the generated files, relative to the project.
pub(super) const FOLDER: &str = "specs/api";

pub(super) fn run(args: &SpecArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    if args.frozen && !freeze::is_agreed(&project, &model)? {
        return Ok(Exit::Findings);
    }
    if args.check {
        let drifts = drift(&project, &files(&model))?;
        world::print(&checked(&drifts));
        return Ok(Exit::when(!drifts.is_empty()));
    }
    let written = write(&project, &model)?;
    world::print(&written.to_string());
    Ok(Exit::Fine)
}

/// What [`write`] did.
#[derive(Debug)]
pub(super) struct Written {
    drifts: Vec<Drift>,
    files: usize,
}

impl std::fmt::Display for Written {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for drift in &self.drifts {
            let word = match drift.kind {
                DriftKind::Missing => "new",
                DriftKind::Changed => "changed",
                DriftKind::Stale => "removed",
            };
            writeln!(out, "{word:<8} {}", drift.path)?;
        }
        let files = words::count(self.files, "file", "files");
        writeln!(out, "{files} in {FOLDER}, {} changed", self.drifts.len())
    }
}

/// Brings the generated files up to date.
pub(super) fn write(project: &Project, model: &Model) -> Result<Written, Failure> {
    let files = files(model);
    let drifts = drift(project, &files)?;
    for drift in &drifts {
        refuse_what_is_not_ours(project, drift)?;
    }
    for drift in &drifts {
        let path = project.path_of(&drift.path);
        match files.get(&drift.path) {
            Some(text) => world::write(&path, text)?,
            None => world::remove(&path)?,
        }
    }
    Ok(Written {
        drifts,
        files: files.len(),
    })
}

/// The OpenAPI document, as it is served too.
pub(super) fn openapi(model: &Model) -> String {
    groma_emit::openapi::text(model, &places())
}

fn files(model: &Model) -> FileSet {
    let described = groma_sql::describe_all(model).into_iter();
    let statements = described.map(|(route, all)| (route, all.into_iter().map(operation).collect()));
    groma_emit::emit_all(
        model,
        &Options {
            statements: statements.collect(),
            ..places()
        },
    )
}

/// What each room calls a statement: the emitters know nothing of the one that makes them.
fn operation(one: Described) -> DatabaseOperation {
    DatabaseOperation {
        purpose: one.purpose,
        sql: one.sql,
        index: one.index,
    }
}

/// Where the generated files go.
fn places() -> Options {
    Options {
        folder: FOLDER.to_owned(),
        openapi: format!("{FOLDER}/openapi.json"),
        ..Options::default()
    }
}

/// The generated files that are not there, or not what the design says.
pub(super) fn outdated(project: &Project, model: &Model) -> Result<BTreeSet<String>, Failure> {
    let drifts = drift(project, &files(model))?;
    Ok(drifts.into_iter().map(|drift| drift.path).collect())
}

/// How the files on disk differ from what the design says.
fn drift(project: &Project, files: &FileSet) -> Result<Vec<Drift>, Failure> {
    let present = world::texts_below(&project.path_of(FOLDER), &["md"], &[])?;
    let names: Vec<String> = present.iter().map(|path| project.name_of(path)).collect();
    let known = files.iter().map(|(path, _)| path.to_owned());
    let mut texts = std::collections::BTreeMap::new();
    for name in names.iter().cloned().chain(known) {
        if let Some(text) = world::read_if_there(&project.path_of(&name))? {
            texts.insert(name, text);
        }
    }
    Ok(
        files.compare(groma_emit::MARK, names.iter().map(String::as_str), |path| {
            texts.get(path).cloned()
        }),
    )
}

/// A file that a person wrote is never replaced.
fn refuse_what_is_not_ours(project: &Project, drift: &Drift) -> Result<(), Failure> {
    let path = project.path_of(&drift.path);
    let is_ours = match world::read_if_there(&path)? {
        Some(text) => text.trim().is_empty() || is_generated(&path, &text),
        None => true,
    };
    if is_ours {
        Ok(())
    } else {
        Err(Failure::NotOurs { path })
    }
}

fn is_generated(path: &Path, text: &str) -> bool {
    match path.extension() {
        Some(json) if json == "json" => text.contains("\"openapi\""),
        _ => text.starts_with(groma_emit::MARK),
    }
}

fn checked(drifts: &[Drift]) -> String {
    let mut text = String::new();
    for drift in drifts {
        let word = match drift.kind {
            DriftKind::Missing => "missing",
            DriftKind::Changed => "outdated",
            DriftKind::Stale => "left over",
        };
        let _ = writeln!(text, "{word:<9} {}", drift.path);
    }
    text.push_str(match drifts {
        [] => "the specification is what the design says\n",
        _ => "run `groma spec` to bring it up to date\n",
    });
    text
}
