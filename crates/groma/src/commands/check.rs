//! `groma check`: what is wrong with a design, or open.

use std::collections::BTreeSet;

use groma_diag::render::{self, Counts};
use groma_diag::{FixPlan, apply, safe_fixes};

use crate::Exit;
use crate::cli::{CheckArgs, Format};
use crate::compile::{Compiled, compile, shown};
use crate::failure::Failure;
use crate::project::Project;
use crate::words;
use crate::world::{self, GREEN, RED, Style, YELLOW};

/// A fix can make room for another one; a design that still moves after so many rounds has fixes that fight.
const MOST_ROUNDS: usize = 10;

pub(super) fn run(args: &CheckArgs) -> Result<Exit, Failure> {
    let project = Project::find(&args.paths)?;
    let mut compiled = compile(&project)?;
    if args.fix {
        let mended = mend(&project, &mut compiled)?;
        world::say(&mended.to_string());
    }
    world::print(&rendered(&project, &compiled, args.format));
    let counts = compiled.counts();
    Ok(Exit::when(
        counts.errors > 0 || args.deny_warnings && counts.warnings > 0,
    ))
}

fn rendered(project: &Project, compiled: &Compiled, format: Format) -> String {
    let found = &compiled.diagnostics;
    match format {
        Format::Human => {
            let style = world::stdout_style();
            shown(project, &compiled.sources, found, style) + &summary(compiled, style)
        }
        Format::Json => render::json::render(&project.as_seen(&compiled.sources), found),
        Format::Sarif => {
            let rules: Vec<_> = groma_sema::catalogue().iter().collect();
            render::sarif::render(&project.as_seen(&compiled.sources), found, &rules)
        }
        Format::Github => render::github::render(&project.as_seen_from_repository(&compiled.sources), found),
    }
}

/// `checked 8 files in 3 ms: 1 error, 2 questions`
fn summary(compiled: &Compiled, style: Style) -> String {
    let counts = compiled.counts();
    let files = words::count(compiled.sources.len(), "file", "files");
    let mut line = format!("checked {files} in {:.1} ms: ", compiled.took.as_secs_f64() * 1e3);
    line.push_str(&style.strong(colour(counts), &counts.to_string()));
    if let Some(example) = compiled.diagnostics.first() {
        let hint = format!("\n`groma explain {}` says more about a code", example.code);
        line.push_str(&style.faint(&hint));
    }
    line.push('\n');
    line
}

fn colour(counts: Counts) -> u8 {
    match counts {
        Counts { errors: 1.., .. } => RED,
        Counts { warnings: 1.., .. } => YELLOW,
        _ => GREEN,
    }
}

/// What `--fix` did.
#[derive(Debug, Default)]
struct Mended {
    fixes: usize,
    files: BTreeSet<String>,
}

impl std::fmt::Display for Mended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for file in &self.files {
            writeln!(out, "changed {file}")?;
        }
        let (fixes, files) = (
            words::count(self.fixes, "fix", "fixes"),
            words::count(self.files.len(), "file", "files"),
        );
        writeln!(out, "made {fixes} in {files}")
    }
}

/// Makes the safe fixes, round by round, until there are none.
fn mend(project: &Project, compiled: &mut Compiled) -> Result<Mended, Failure> {
    let mut mended = Mended::default();
    for _ in 0..MOST_ROUNDS {
        let plan = safe_fixes(&compiled.diagnostics);
        if plan.fixes == 0 {
            break;
        }
        mended.fixes += plan.fixes;
        write_fixes(project, compiled, &plan, &mut mended)?;
        *compiled = compile(project)?;
    }
    Ok(mended)
}

fn write_fixes(
    project: &Project,
    compiled: &Compiled,
    plan: &FixPlan,
    mended: &mut Mended,
) -> Result<(), Failure> {
    for (file, edits) in &plan.edits {
        let name = compiled.sources.path(*file);
        let applied = apply(compiled.sources.text(*file), edits);
        world::write(&project.path_of(name), &applied.text)?;
        mended.files.insert(name.to_owned());
    }
    Ok(())
}
