//! Bugs planted on purpose in a copy of the source: `groma verify` has to find each of them.
//!
//! The product has no switch that makes it wrong. A bug is one replacement in a copy of the workspace; the copy
//! is built and served like the real one, and judged by the real verifier.

mod bugs;
mod copy;
mod mutants;

use std::path::{Path, PathBuf};

use super::live::Server;
use super::{Notes, groma};
use crate::run::{self, Outcome, failure};

use bugs::{BUGS, Bug};
use mutants::MUTANTS;

/// The example, as everywhere.
const EXAMPLE: &str = "examples/tasks";
/// The design with tenants, and with rows that are found by what the body says.
const TEAMS: &str = "examples/team";
/// A design whose rules use all that the language has.
const CLINIC: &str = "xtask/src/test/planted/clinic";

/// Plants, builds, serves and verifies, bug by bug.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    hunt("planted", &BUGS, &[EXAMPLE], notes)
}

/// The same with every mutant of the rules' own code, on two designs; says what has found which.
pub(super) fn mutants(notes: &mut Notes) -> Outcome {
    let groma = groma()?;
    // What is found where nothing is wrong would be found everywhere.
    let found = checked(&groma, &groma, CLINIC)?;
    if !found.is_empty() {
        return Err(failure(format!(
            "without a mutant `{CLINIC}` already fails {found}"
        )));
    }
    hunt("mutants", &MUTANTS, &[TEAMS, EXAMPLE, CLINIC], notes)
}

fn hunt(name: &str, bugs: &[Bug], designs: &[&str], notes: &mut Notes) -> Outcome {
    let groma = groma()?;
    let tree = copy::tree()?;
    copy::built_dependencies()?;
    let mut missed = Vec::new();
    for bug in bugs {
        eprintln!("  -- {}", bug.what);
        match judged(&groma, &tree, bug, designs) {
            Ok(found) => {
                let shown = if found.is_empty() { "nothing" } else { &found };
                eprintln!("  found by {shown}");
                if designs.len() > 1 {
                    notes.push(format!("| {} | {shown} |", bug.what));
                }
                if found.is_empty() || !bug.must_fire.iter().any(|check| found.contains(check)) {
                    missed.push(format!(
                        "`{}` should be found by {}",
                        bug.what,
                        bug.must_fire.join(" or ")
                    ));
                }
            }
            Err(why) => missed.push(format!("`{}`: {why}", bug.what)),
        }
    }
    let found = bugs.len() - missed.len();
    notes.insert(0, format!("{name}: {found} of {} bugs found", bugs.len()));
    if missed.is_empty() {
        Ok(())
    } else {
        Err(failure(missed.join("\n")))
    }
}

/// The checks that failed on a server with the bug, by the last of the designs that shows it.
fn judged(groma: &Path, tree: &Path, bug: &Bug, designs: &[&str]) -> Outcome<String> {
    let wrong = copy::with(tree, bug, || build(tree))?;
    for design in designs.iter().rev() {
        let found = checked(groma, &wrong, design)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(String::new())
}

/// The checks that fail on a server of a design.
fn checked(groma: &Path, served_by: &Path, design: &str) -> Outcome<String> {
    let mut server = Server::of(served_by, design, "planted")?;
    let verdict = run::judge(
        run::in_root(groma)
            .args(["verify", &server.url, "--format", "json", "--database"])
            .arg(server.project.join(".groma/dev.db"))
            .arg(&server.project),
    )?;
    server.stop()?;
    Ok(failed_checks(&verdict))
}

fn build(tree: &Path) -> Outcome<PathBuf> {
    let target = copy::target();
    let mut build = run::cargo();
    build
        .current_dir(tree)
        .args(["build", "--quiet", "--locked", "--package", "groma"]);
    run::output(build.env("CARGO_TARGET_DIR", &target))?;
    Ok(target
        .join("debug")
        .join(format!("groma{}", std::env::consts::EXE_SUFFIX)))
}

/// The ids of the failed checks in a report. Its form puts `"id"` before `"status"` in each check.
fn failed_checks(report: &str) -> String {
    let mut ids: Vec<&str> = Vec::new();
    let mut id = "";
    for line in report.lines().map(|line| line.trim().trim_end_matches(',')) {
        if let Some(value) = line.strip_prefix("\"id\": ") {
            id = value.trim_matches('"');
        }
        if line == "\"status\": \"failed\"" {
            ids.push(id);
        }
    }
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{BUGS, MUTANTS};

    #[test]
    fn every_replacement_fits_its_file_once() {
        for bug in BUGS.iter().chain(&MUTANTS) {
            let text = crate::run::read(&crate::run::root().join(bug.file));
            let fits = text.map_or(0, |text| text.matches(bug.right).count());
            assert_eq!(fits, 1, "`{}` in `{}`", bug.what, bug.file);
        }
    }
}
