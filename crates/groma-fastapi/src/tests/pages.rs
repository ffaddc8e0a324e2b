//! The designs of the checker's pages: each that is one becomes a project.

use std::path::Path;

use groma_diag::Sources;
use groma_ir::Model;

use crate::Existing;

/// The sections of a page, each a design of its own, without the lines on which an error is found.
fn designs(text: &str) -> Vec<Sources> {
    let lines = text.lines().filter(|line| !line.contains("error["));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut parts = text.split("\n## ");
    let common = parts.next().unwrap_or_default();
    let of_section = |section: &str| {
        let mut sources = Sources::new();
        sources.add("common.md", common);
        for (at, part) in section.split("\n#### ").enumerate() {
            match part.split_once('\n') {
                Some((path, text)) if at > 0 => sources.add(path.trim(), text),
                _ => sources.add("page.md", format!("## {part}")),
            };
        }
        sources
    };
    parts.map(of_section).collect()
}

#[test]
fn every_design_of_the_pages_becomes_a_project() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../groma-sema/src/tests/pages");
    let mut count = 0;
    for page in std::fs::read_dir(folder).unwrap() {
        let page = page.unwrap().path();
        for sources in designs(&std::fs::read_to_string(&page).unwrap()) {
            let Some(design) = groma_sema::compile(&sources).design else {
                continue;
            };
            let project = crate::emit(&Model::new(design), &Existing::default()).unwrap();
            assert!(project.files.get("app/main.py").is_some());
            count += 1;
            let Some(out) = std::env::var_os("GROMA_FASTAPI_OUT") else {
                continue;
            };
            let name = page.file_stem().unwrap().to_string_lossy();
            let folder = Path::new(&out).join("pages").join(format!("{name}-{count}"));
            for (path, text) in project.files.iter() {
                let path = folder.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
    }
    assert!(count > 60, "{count} designs");
}
