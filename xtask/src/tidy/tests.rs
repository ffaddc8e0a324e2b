//! Tidy finds what it is there for, and is silent otherwise.

use super::*;

const ARCHITECTURE: &str = "\
## Rooms and arrows
| crate | may use | tests also | never |
| --- | --- | --- | --- |
| `low` | - | - | all of it |
| `high` | `low` | `kit` | - |
| `kit` | - | - | - |

## Dependencies
| crate | reason |
| --- | --- |
| `serde` | JSON |
";

fn files(manifests: &[(&str, &str)]) -> Vec<File> {
    let mut files = vec![
        File {
            path: "ARCHITECTURE.md".into(),
            text: ARCHITECTURE.into(),
        },
        File {
            path: "Cargo.toml".into(),
            text: "[workspace.dependencies]\nserde = \"1\"\n".into(),
        },
    ];
    for name in ["low", "high", "kit"] {
        let more = manifests
            .iter()
            .find(|(of, _)| of == &name)
            .map_or("", |(_, more)| more);
        let text = format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{more}");
        files.push(File {
            path: format!("crates/{name}/Cargo.toml"),
            text,
        });
    }
    files
}

#[test]
fn listed_arrows_are_silent() {
    let high = "[dependencies]\nlow.workspace = true\nserde.workspace = true\n[dev-dependencies]\nkit = { path = \"x\" }\n";
    assert_eq!(complaints(&files(&[("high", high)])), Vec::<String>::new());
}

#[test]
fn an_arrow_that_is_not_listed_is_found() {
    let found = complaints(&files(&[("low", "[dependencies]\nhigh.workspace = true\n")]));
    assert_eq!(found, ["`low` uses `high`: ARCHITECTURE.md lists no such arrow"]);
}

#[test]
fn a_test_only_arrow_is_no_arrow_of_the_product() {
    let found = complaints(&files(&[("high", "[dependencies]\nkit.workspace = true\n")]));
    assert_eq!(found, ["`high` uses `kit`: ARCHITECTURE.md lists no such arrow"]);
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
    let mut all = files(&[]);
    all.push(File {
        path: "crates/new/Cargo.toml".into(),
        text: "[package]\nname = \"new\"\n[lints]\nworkspace = true\n".into(),
    });
    all.retain(|file| file.path != "crates/kit/Cargo.toml");
    assert_eq!(
        complaints(&all),
        [
            "ARCHITECTURE.md: the table under `## Rooms and arrows` has no row for `new`",
            "ARCHITECTURE.md: there is no crate `kit`",
        ]
    );
}

#[test]
fn a_dependency_needs_a_reason_and_a_crate_needs_the_lints() {
    let mut all = files(&[]);
    all[1].text.push_str("rayon = \"1\"\n");
    all[2].text = "[package]\nname = \"low\"\n".into();
    assert_eq!(
        complaints(&all),
        [
            "ARCHITECTURE.md: say under `## Dependencies` why we depend on `rayon`",
            "crates/low/Cargo.toml: add `[lints]` with `workspace = true`",
        ]
    );
}

#[test]
fn long_files_hidden_tests_and_private_paths_are_found() {
    let long = "x\n".repeat(601);
    assert_eq!(
        texts::check("a.rs", &long),
        ["a.rs: 601 lines; split it before 600"]
    );
    assert_eq!(texts::check("a.md", &long), Vec::<String>::new());
    let hidden = format!("    #[{}]\nfn f() {{}}\n", "ignore");
    assert_eq!(
        texts::check("a.rs", &hidden),
        ["a.rs:1: a test runs or goes; `ignore` hides it"]
    );
    let private = format!("see {}alice/notes", "/home/");
    assert_eq!(texts::check("a.md", &private), ["a.md:1: a path of one machine"]);
    assert_eq!(
        texts::check("a.md", "GET /api/home/x, https://a.example/root/y"),
        Vec::<String>::new()
    );
}
