//! Writes goldens again. What changed is read like code before it is committed.

use crate::run::{self, Outcome};
use crate::test::EXAMPLES;

/// Expected texts of the tests of some crates, all unless told; then the generated files of the examples.
pub(crate) fn run(crates: &[&str]) -> Outcome {
    let mut test = run::cargo();
    test.args(["test", "--no-fail-fast"])
        .env("UPDATE_EXPECT", "1")
        .env("INSTA_UPDATE", "always");
    if crates.is_empty() {
        test.arg("--workspace");
    }
    for name in crates {
        test.args(["--package", name]);
    }
    run::run(&mut test)?;
    for example in EXAMPLES {
        run::run(run::cargo().args(["run", "--quiet", "--package", "groma", "--", "spec", example]))?;
    }
    run::run(run::in_root("git").args(["status", "--short"]))
}
