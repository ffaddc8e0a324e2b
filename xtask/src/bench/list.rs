//! What a page costs over ten thousand rows, over a million, and with `--big` over ten million.

use crate::run::{self, Outcome};

/// Builds the measurement, and lets it run.
pub(super) fn run(is_big: bool) -> Outcome {
    run::run(run::cargo().args(["build", "--release", "--locked", "--package", "groma-bench"]))?;
    let built = run::target().join("release");
    let mut bench = run::in_root(built.join("list"));
    bench
        .arg(built.join("groma"))
        .args(["examples/tasks", "10000", "1000000"]);
    if is_big {
        bench.arg("10000000");
    }
    run::run(&mut bench)
}
