//! The projects of the repository's examples; with `GROMA_FASTAPI_OUT` they are written there, to be judged by Python's
//! own tools.

use std::path::Path;

use groma_diag::Sources;
use groma_ir::Model;

/// The examples of the repository.
pub(super) const EXAMPLES: [&str; 3] = ["tasks", "team", "blog"];

/// A design of what the examples lack.
fn wide() -> Model {
    let mut sources = Sources::new();
    sources.add("specs/wide.md", include_str!("designs/wide.md"));
    Model::new(groma_sema::compile(&sources).design.unwrap())
}

/// The design of an example.
pub(super) fn example(name: &str) -> Model {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let mut sources = Sources::new();
    let mut open = vec![project.join("specs")];
    let mut files = Vec::new();
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("api") {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    for path in files {
        let name = path
            .strip_prefix(&project)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        sources.add(name.as_str(), std::fs::read_to_string(&path).unwrap());
    }
    Model::new(groma_sema::compile(&sources).design.unwrap())
}

/// A design that has one of everything.
pub(super) fn everything() -> Model {
    let mut sources = Sources::new();
    sources.add("specs/everything.groma", include_str!("designs/everything.groma"));
    let compiled = groma_sema::compile(&sources);
    let found = compiled.diagnostics;
    Model::new(compiled.design.unwrap_or_else(|| panic!("{found:#?}")))
}

#[test]
fn every_example_becomes_a_project_and_the_same_one_each_time() {
    let examples = EXAMPLES.map(|name| (name, example(name)));
    let others = [("wide", wide()), ("everything", everything())];
    for (name, model) in examples.into_iter().chain(others) {
        let files = crate::emit(&model);
        assert_eq!(files, crate::emit(&model));
        let Some(out) = std::env::var_os("GROMA_FASTAPI_OUT") else {
            continue;
        };
        for (path, text) in files.iter() {
            let path = Path::new(&out).join(name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
}
