//! Requests a second from the native server and from a hand-written one, in the same run, over the same rows.

use crate::run::{self, Outcome};

/// Builds the peer and the load generator, and lets them run.
pub(super) fn run() -> Outcome {
    run::run(run::cargo().args(["build", "--release", "--locked", "--package", "groma-bench"]))?;
    let built = run::target().join("release");
    let mut bench = run::in_root(built.join("groma-bench"));
    run::run(
        bench
            .arg(built.join("groma"))
            .arg(built.join("peer"))
            .arg("examples/tasks"),
    )
}
