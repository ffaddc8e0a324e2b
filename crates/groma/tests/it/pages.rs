//! The generated pages, as a reader uses them: every block of shell is pasted, and every request must succeed.

use std::path::Path;
use std::process::Command;

use crate::support::{Folder, Serving, groma_with};

const TASKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/tasks/specs");

/// Written before the block of an endpoint: from here on `curl` shows the status of each answer.
const SHOW_STATUS: &str = r#"curl() { command curl -w '\n[[%{http_code}]]\n' "$@"; }"#;

#[test]
fn of_the_example() {
    let folder = Folder::new();
    copy(Path::new(TASKS), &folder, "specs");
    check(&folder, &[]);
}

#[test]
fn with_roles_and_claims_and_slugs() {
    check(&with(include_str!("../designs/blog.md")), &[]);
}

#[test]
fn with_the_caller_in_the_path_and_numbers_for_keys_and_a_secret() {
    let secret = [("JWT_SECRET", "not-a-real-secret-not-a-real-secret-0")];
    check(&with(include_str!("../designs/legacy.md")), &secret);
}

#[test]
fn with_values_of_many_types_that_may_not_repeat() {
    check(&with(include_str!("../designs/stock.md")), &[]);
}

#[test]
fn with_rows_below_rows_of_others() {
    check(&with(include_str!("../designs/nested.md")), &[]);
}

#[test]
fn with_tenants_and_shares() {
    // One person makes the team in the examples, and cannot become a member of it again.
    let design = include_str!("../designs/teams.md");
    let alone = design.replace("create Team.members { team: team, user: caller, role: role }", "");
    assert_ne!(alone, design);
    check(&with(&alone), &[]);
}

#[test]
fn with_callers_that_are_rows_and_times_in_order_and_to_come() {
    check(&with(include_str!("../designs/staff.md")), &[]);
}

fn with(design: &str) -> Folder {
    let folder = Folder::new();
    folder.write("specs/design.md", design);
    folder
}

fn copy(from: &Path, folder: &Folder, name: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            copy(&path, folder, &name);
        } else if !name.starts_with("specs/api/") {
            folder.write(&name, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Runs the blocks of every page, each after the preparation of its page, against a server.
fn check(folder: &Folder, variables: &[(&str, &str)]) {
    let ran = groma_with(folder, &["spec"], variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let server = Serving::start(folder, &["serve"], variables);
    let mut pages = 0;
    for entry in std::fs::read_dir(folder.path().join("specs/api")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut blocks = text
            .split("```sh\n")
            .skip(1)
            .map(|rest| rest.split("\n```").next().unwrap())
            .map(|block| {
                block.replace(
                    "http://127.0.0.1:8000",
                    &format!("http://127.0.0.1:{}", server.port),
                )
            });
        let Some(preparation) = blocks.next() else {
            continue;
        };
        assert!(preparation.starts_with("export BASE_URL="), "{preparation}");
        pages += 1;
        for block in blocks {
            let script = format!("{preparation}\n{SHOW_STATUS}\n{block}\n");
            succeeds(folder, variables, &script);
        }
    }
    assert!(pages > 0);
}

/// Every request of the script is answered by a success, and nothing complains.
fn succeeds(folder: &Folder, variables: &[(&str, &str)], script: &str) {
    let tool = Path::new(env!("CARGO_BIN_EXE_groma")).parent().unwrap();
    let path = format!("{}:{}", tool.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let statuses: Vec<&str> = out
        .split("[[")
        .skip(1)
        .filter_map(|rest| rest.split("]]").next())
        .collect();
    let all_is_well = output.stderr.is_empty()
        && !statuses.is_empty()
        && statuses.iter().all(|status| status.starts_with('2'));
    assert!(
        all_is_well,
        "{script}\n-- answers --\n{out}\n-- complaints --\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
