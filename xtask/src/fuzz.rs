//! Runs every fuzz target for a while.
//!
//! The targets link libFuzzer themselves and are built by the ordinary compiler: the flags below are what
//! cargo-fuzz would pass, without its need for a nightly one.

use crate::run::{self, Outcome, failure};

/// Coverage feedback for libFuzzer, and the checks of a debug build.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Cdebuginfo=1";

/// `[--seconds n] [target..]`
pub(crate) fn run(words: &[&str]) -> Outcome {
    let (seconds, names) = match words {
        ["--seconds", seconds, names @ ..] => (number(seconds)?, names),
        names => (60, names),
    };
    let targets = targets()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !targets.iter().any(|target| target == **name))
    {
        return Err(failure(format!(
            "no fuzz target `{unknown}`; there are {}",
            targets.join(", ")
        )));
    }
    let built = run::target().join("fuzz");
    let mut build = run::cargo();
    build.args([
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target",
        &host()?,
    ]);
    run::run(build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &built))?;
    for target in targets
        .iter()
        .filter(|target| names.is_empty() || names.contains(&target.as_str()))
    {
        one(target, seconds)?;
    }
    Ok(())
}

fn one(target: &str, seconds: u32) -> Outcome {
    let work = run::target().join("fuzz");
    let corpus = work.join("corpus").join(target);
    let findings = work.join("findings").join(target);
    for folder in [&corpus, &findings] {
        std::fs::create_dir_all(folder)
            .map_err(|error| failure(format!("cannot make `{}`: {error}", folder.display())))?;
    }
    let mut fuzz = run::in_root(work.join(host()?).join("release").join(target));
    fuzz.arg(format!("-max_total_time={seconds}")).args([
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-verbosity=0",
        "-print_final_stats=1",
    ]);
    fuzz.arg(format!("-artifact_prefix={}/", findings.display()))
        .arg(&corpus);
    let seeds = run::root().join("fuzz/seeds").join(target);
    if seeds.is_dir() {
        fuzz.arg(seeds);
    }
    run::run(&mut fuzz).map_err(|why| failure(format!("{why}; the input is in `{}`", findings.display())))
}

/// The names of the targets: a file each.
fn targets() -> Outcome<Vec<String>> {
    let folder = run::root().join("fuzz/targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| {
        failure(format!(
            "cannot list the fuzz targets in `{}`: {error}",
            folder.display()
        ))
    })?;
    let names = entries.filter_map(|entry| {
        entry
            .ok()?
            .file_name()
            .to_str()?
            .strip_suffix(".rs")
            .map(str::to_owned)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

/// The machine that we build for: naming it keeps the flags away from build scripts.
fn host() -> Outcome<String> {
    let said = run::output(run::in_root("rustc").arg("-vV"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or_else(|| failure("`rustc -vV` names no host"))
}

fn number(word: &str) -> Outcome<u32> {
    word.parse()
        .map_err(|_| failure(format!("`{word}` is not a number of seconds")))
}
