//! Tokens of a real Better Auth, by every algorithm that it can sign with, at the native server and at the FastAPI project.

use super::{fastapi, groma, outside};
use crate::run::{self, Outcome, failure};

/// The files of the judge: a Better Auth in memory, and the conversation.
const FILES: [&str; 4] = ["package.json", "package-lock.json", "server.mjs", "check.mjs"];

/// Installs Better Auth and lets people of its talk to the server.
pub(super) fn run() -> Outcome {
    let groma = groma()?;
    let here = run::root().join("xtask/outside/better-auth");
    let place = outside::folder().join("better-auth");
    std::fs::create_dir_all(&place)
        .map_err(|error| failure(format!("cannot make `{}`: {error}", place.display())))?;
    for file in FILES {
        outside::write(&place.join(file), &run::read(&here.join(file))?)?;
    }
    run::run(
        run::in_root("npm")
            .args(["ci", "--silent", "--no-audit", "--no-fund"])
            .current_dir(&place),
    )?;
    let specs = run::root().join("examples/tasks/specs");
    run::run(
        run::in_root("node")
            .arg(place.join("check.mjs"))
            .arg(groma)
            .arg(specs)
            .arg(fastapi::programs()?),
    )
}
