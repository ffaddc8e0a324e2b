//! The design as a FastAPI project that its owner can edit: SQLModel tables, Pydantic schemas, services, routers,
//! Alembic revisions, tests.
//!
//! A pure function from the lowered design to files. What is the same for every design stands in `project/` as the
//! Python that it is; what follows from the design is written by a module here for each kind of file.
//!
//! Knows the three views of a design and Python. Does not know disks, and does not decide a route, a status, a column or
//! a rule again.

mod access;
mod access_tests;
mod application;
mod callers;
mod change_tests;
mod checks;
mod constraints;
mod cx;
mod dependencies;
mod library;
mod list_tests;
mod literals;
mod models;
mod names;
mod owner;
mod people;
mod python;
mod queries;
mod recipe;
mod report_tests;
mod resource_tests;
mod revisions;
mod router;
mod sample_rows;
mod schemas;
mod service;
mod settings;
mod time_tests;
mod types;
mod values;
mod words;

#[cfg(test)]
mod tests;

pub use owner::{Existing, Finding, FindingKind, gone};
pub use revisions::{Frozen, SNAPSHOT, Stop};

use groma_files::FileSet;
use groma_ir::Model;
use groma_ir::http::Problem;

/// A project as it is generated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// Its files.
    pub files: FileSet,
    /// What the owner should look at in files of their own.
    pub findings: Vec<Finding>,
    /// What is to be known of the revisions that are new, a line each.
    pub notes: Vec<String>,
}

/// The project of a design, fitted to what its owner has there.
///
/// # Errors
/// When the revision that the design needs cannot be written before something is answered or mended.
pub fn emit(model: &Model, existing: &Existing) -> Result<Project, Stop> {
    let cx = cx::Cx::new(model, owner::Owner::of(existing));
    let mut files = FileSet::default();
    let uses = access::Uses::of(&cx);
    let needs = service::Needs::of(&cx);
    for package in &cx.packages {
        files.insert(package.file("__init__"), "");
        let modules = [
            ("models", models::write(&cx, package)),
            ("schemas", schemas::write(&cx, package)),
            ("access", access::write(&cx, &uses, package)),
            ("service", service::write(&cx, &uses, &needs, package)),
            ("router", router::write(&cx, package)),
        ];
        for (module, text) in modules {
            if let Some(text) = text {
                files.insert(package.file(module), text);
            }
        }
        resource_tests::add(&cx, package, &mut files);
    }
    let (config, environment) = settings::write(&cx);
    files.insert("app/core/config.py", config);
    files.insert(".env.example", environment);
    if let Some(text) = callers::write(&cx) {
        files.insert("app/core/auth.py", text);
    }
    resource_tests::add_retries(&cx, &mut files);
    access_tests::add(&cx, &mut files);
    list_tests::add(&cx, &mut files);
    change_tests::add(&cx, &mut files);
    report_tests::add(&cx, &mut files);
    time_tests::add(&cx, &mut files);
    application::add(&cx, &mut files);
    checks::add(&cx, &needs, &mut files);
    let notes = revisions::add(&cx, existing, &mut files)?;
    files.insert("app/__init__.py", "");
    files.insert("app/core/__init__.py", "");
    library::add(&mut files, existing);
    chosen_status(model, &mut files);
    usual_statuses(&cx, &mut files);
    mistakes_in_headers(&cx, &mut files);
    long_names(&mut files);
    Ok(Project {
        findings: cx.owner.findings(&cx),
        files,
        notes,
    })
}

/// The status of a body that does not fit, which a design chooses.
fn chosen_status(model: &Model, files: &mut FileSet) {
    let status = model.design.service.validation_status;
    let kind = format!("Kind({status}, \"invalid-body\"");
    let mut replace = |path: &str, usual: &str, chosen: &str| {
        if let Some(text) = files.get(path) {
            let text = text.replace(usual, chosen);
            files.insert(path, text);
        }
    };
    replace("app/core/errors.py", "Kind(400, \"invalid-body\"", &kind);
    if status == Problem::KeyReused.status() {
        let key = "The `Idempotency-Key` came with another request before.";
        let body = "The body does not fit its schema.";
        replace(
            "app/core/responses.py",
            &format!("422: \"{key}"),
            &format!("422: \"{body}"),
        );
    }
}

/// The problems of every route, which stand with none of them.
fn usual_statuses(cx: &cx::Cx<'_>, files: &mut FileSet) {
    let path = "app/core/responses.py";
    if let Some(text) = files.get(path) {
        let statuses: Vec<String> = cx.usual_statuses().iter().map(u16::to_string).collect();
        let text = text.replace("400, 401, 429, 500, 503}", &(statuses.join(", ") + "}"));
        files.insert(path, text);
    }
}

/// Mistakes in headers are told where a header has a form to be mistaken in.
fn mistakes_in_headers(cx: &cx::Cx<'_>, files: &mut FileSet) {
    let path = "app/core/errors.py";
    if let Some(text) = files.get(path).filter(|_| !cx.keeps_replies()) {
        let line = "    mistakes += getattr(request.state, \"mistakes_in_headers\", [])\n";
        let text = text.replace(line, "");
        files.insert(path, text);
    }
}

/// Lines that hold a name longer than they are wide cannot be laid out: then the linter leaves that to the formatter.
fn long_names(files: &mut FileSet) {
    // What is said to the linter itself does not count.
    let of_code = |line: &str| {
        line.split("  # noqa")
            .next()
            .map_or(0, |code| code.chars().count())
    };
    let is_long = |line: &str| of_code(line) > python::WIDTH;
    let is_module = |path: &str| {
        std::path::Path::new(path)
            .extension()
            .is_some_and(|end| end == "py")
    };
    let has_long = files
        .iter()
        .any(|(path, text)| is_module(path) && text.lines().any(is_long));
    let path = "pyproject.toml";
    if let Some(text) = files.get(path).filter(|_| has_long) {
        let usual = "allowed-confusables";
        let text = text.replace(
            usual,
            &format!("# Some names do not fit a line.\nignore = [\"E501\"]\n{usual}"),
        );
        files.insert(path, text);
    }
}
