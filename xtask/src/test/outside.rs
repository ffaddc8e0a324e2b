//! Judges from outside: tools that know nothing of Groma, at pinned versions, kept below `target/outside`.

use std::path::{Path, PathBuf};

use super::EXAMPLES;
use crate::run::{self, Outcome, failure};

/// Where the tools are kept.
pub(super) fn folder() -> PathBuf {
    run::target().join("outside")
}

/// A program of the judges' Python environment.
pub(super) fn python_tool(name: &str) -> Outcome<PathBuf> {
    python_program("xtask/outside/requirements.txt", "venv", name)
}

/// A program of a Python environment, which is made when it is missing or its list has changed.
pub(crate) fn python_program(list: &str, environment: &str, name: &str) -> Outcome<PathBuf> {
    let wanted = run::read(&run::root().join(list))?;
    let venv = folder().join(environment);
    let installed = venv.join("requirements.txt");
    if std::fs::read_to_string(&installed).ok().as_deref() != Some(&wanted) {
        make_venv(&venv)?;
        let mut pip = run::in_root(venv.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            list,
        ]);
        run::run(&mut pip)?;
        write(&installed, &wanted)?;
    }
    Ok(venv.join("bin").join(name))
}

fn make_venv(venv: &Path) -> Outcome {
    let make = || run::run(run::in_root("python3").args(["-m", "venv", "--clear"]).arg(venv));
    // Debian ships `venv` without its `ensurepip`.
    make().or_else(|_| {
        apt_install("python3-venv")?;
        make()
    })
}

/// Installs a Debian package; needs root, as a gate has it.
pub(super) fn apt_install(package: &str) -> Outcome {
    eprintln!("  installing `{package}` by apt");
    let mut apt = run::in_root("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        package,
    ]);
    run::run(run::in_root("apt-get").args(["update", "-qq"]))
        .and_then(|()| run::run(&mut apt))
        .map_err(|why| {
            failure(format!(
                "{why}; install the Debian package `{package}` and run this again"
            ))
        })
}

/// Postgres and its pooler, which tests run themselves.
pub(super) fn postgres() -> Outcome {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&places).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    folders.extend(debian.filter_map(|version| Some(version.ok()?.path().join("bin"))));
    for (package, program) in [("postgresql", "initdb"), ("pgbouncer", "pgbouncer")] {
        if !folders.iter().any(|folder| folder.join(program).is_file()) {
            apt_install(package)?;
        }
    }
    Ok(())
}

/// The OpenAPI documents hold before a validator that is not ours.
pub(super) fn openapi() -> Outcome {
    let validator = python_tool("openapi-spec-validator")?;
    for example in EXAMPLES {
        run::run(run::in_root(&validator).arg(format!("{example}/specs/api/openapi.json")))?;
    }
    Ok(())
}

pub(super) fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|error| failure(format!("cannot write `{}`: {error}", path.display())))
}
