//! Bugs planted on purpose in a copy of the source: `groma verify` has to find each of them.
//!
//! The product has no switch that makes it wrong. A bug is one replacement in a copy of the workspace; the copy
//! is built and served like the real one, and judged by the real verifier.

mod bugs;
mod copy;

use std::path::{Path, PathBuf};

use super::live::Server;
use super::{Notes, groma};
use crate::run::{self, Outcome, failure};

use bugs::{BUGS, Bug};

/// Plants, builds, serves and verifies, bug by bug.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    let groma = groma()?;
    let tree = copy::tree()?;
    copy::built_dependencies()?;
    let mut missed = Vec::new();
    for bug in &BUGS {
        eprintln!("  -- {}", bug.what);
        match judged(&groma, &tree, bug) {
            Ok(found) => {
                eprintln!("  found by {}", if found.is_empty() { "nothing" } else { &found });
                if !bug.must_fire.iter().any(|check| found.contains(check)) {
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
    notes.insert(
        0,
        format!(
            "planted: {} of {} bugs found",
            BUGS.len() - missed.len(),
            BUGS.len()
        ),
    );
    if missed.is_empty() {
        Ok(())
    } else {
        Err(failure(missed.join("\n")))
    }
}

/// The checks that failed on a server with the bug.
fn judged(groma: &Path, tree: &Path, bug: &Bug) -> Outcome<String> {
    let wrong = copy::with(tree, bug, || build(tree))?;
    let mut server = Server::start(&wrong, "planted")?;
    let verdict = run::judge(
        run::in_root(groma)
            .args(["verify", &server.url, "--format", "json"])
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
