//! Requests a second on Postgres, beside a hand-written server and FastAPI with SQLModel, in the same run.

use crate::run::{self, Outcome};
use crate::test::outside;

/// Builds the peers and the load generator, and lets them run.
pub(super) fn run() -> Outcome {
    run::run(run::cargo().args(["build", "--release", "--locked", "--package", "groma-bench"]))?;
    let uvicorn = outside::python_program("bench/postgres/fastapi/requirements.txt", "fastapi", "uvicorn")?;
    let built = run::target().join("release");
    let mut bench = run::in_root(built.join("postgres"));
    run::run(
        bench
            .arg(built.join("groma"))
            .arg(built.join("peer_postgres"))
            .arg(uvicorn)
            .arg("bench/postgres"),
    )
}
