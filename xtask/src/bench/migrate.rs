//! A database of 1,000 tables, looked at, compared and linted, beside Alembic in the same run.

use crate::run::{self, Outcome};
use crate::test::outside;

/// Builds the measurement, and lets it run.
pub(super) fn run() -> Outcome {
    run::run(run::cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "groma-bench",
        "--bin",
        "migrate",
    ]))?;
    let python = outside::python_program("bench/migrate/requirements.txt", "alembic", "python")?;
    let mut bench = run::in_root(run::target().join("release").join("migrate"));
    run::run(bench.arg(python).arg("bench/migrate/compare.py"))
}
