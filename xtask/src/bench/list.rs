//! What a page of a list costs over ten thousand rows, a million and ten million.

use crate::run::{self, Outcome};

/// The smallest table.
pub(super) const FEWEST: usize = 10_000;

const SIZES: [usize; 3] = [FEWEST, 1_000_000, 10_000_000];

/// Builds the measurement, and lets it run over as many rows as are allowed.
pub(super) fn run(most: usize) -> Outcome {
    run::run(run::cargo().args(["build", "--release", "--locked", "--package", "groma-bench"]))?;
    let built = run::target().join("release");
    let mut bench = run::in_root(built.join("list"));
    bench.arg(built.join("groma")).arg("bench/list");
    let sizes = SIZES.iter().filter(|size| **size <= most);
    run::run(bench.args(sizes.map(usize::to_string)))
}
