//! The generated pages, as a reader uses them: every block of shell is pasted, and every request must succeed.

use std::path::Path;
use std::process::Command;

use crate::support::{Folder, Serving, groma_with};

const TASKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/tasks/specs");

const TEAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/team/specs");
const BLOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/blog/specs");

/// Why some examples are not to be pasted.
const SECOND: &str = "it takes a second person, and everything here is made by one.";

/// Written before the block of an endpoint: from here on `curl` shows the status of each answer.
const SHOW_STATUS: &str = r#"curl() { command curl -w '\n[[%{http_code}]]\n' "$@"; }"#;

#[test]
fn of_the_example() {
    let folder = Folder::new();
    copy(Path::new(TASKS), &folder, "specs");
    check(&folder, &[], &[]);
}

#[test]
fn of_the_example_of_a_blog() {
    let folder = Folder::new();
    copy(Path::new(BLOG), &folder, "specs");
    check(&folder, &[], &[]);
}

#[test]
fn with_people_without_a_token() {
    check(&with(include_str!("../designs/wall.md")), &[], &[]);
}

#[test]
fn with_roles_and_claims_and_slugs() {
    check(&with(include_str!("../designs/blog.md")), &[], &[]);
}

#[test]
fn with_the_caller_in_the_path_and_numbers_for_keys_and_a_secret() {
    let secret = [("JWT_SECRET", "not-a-real-secret-not-a-real-secret-0")];
    check(&with(include_str!("../designs/legacy.md")), &secret, &[]);
}

#[test]
fn with_values_of_many_types_that_may_not_repeat() {
    check(&with(include_str!("../designs/stock.md")), &[], &[]);
}

#[test]
fn with_rows_below_rows_of_others() {
    check(&with(include_str!("../designs/nested.md")), &[], &[]);
}

#[test]
fn with_tenants_and_shares() {
    let left_out = [format!("Accept an invitation: {SECOND}")];
    check(&with(include_str!("../designs/teams.md")), &[], &left_out);
}

#[test]
fn of_the_example_of_a_team() {
    let folder = Folder::new();
    copy(Path::new(TEAM), &folder, "specs");
    let left_out = [
        "Accept an invitation of a team: no answer shows `token`; put in one that was handed out.".to_owned(),
        format!("Change some fields of a member of a team: {SECOND}"),
        format!("Delete a member of a team: {SECOND}"),
    ];
    check(&folder, &[], &left_out);
}

#[test]
fn with_rows_that_have_to_come_to_a_state_first_and_by_somebody_else() {
    let left_out = [
        format!("Accept a paper: {SECOND}"),
        format!("Delete a remark of a paper: {SECOND}"),
    ];
    check(&with(include_str!("../designs/review.md")), &[], &left_out);
}

#[test]
fn with_callers_that_are_rows_and_times_in_order_and_to_come() {
    check(&with(include_str!("../designs/staff.md")), &[], &[]);
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

/// Runs the blocks of every page, each after the preparation of its page, against a server. What is not to be pasted
/// says so, and is these endpoints.
fn check(folder: &Folder, variables: &[(&str, &str)], left_out: &[String]) {
    let ran = groma_with(folder, &["spec"], variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let unlimited = [variables, &[("RATE_LIMIT", "off")]].concat();
    let server = Serving::start(folder, &["serve"], &unlimited);
    let mut pages = 0;
    let mut not_pasted = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("specs/api")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        not_pasted.extend(not_to_be_pasted(&text));
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
    not_pasted.sort();
    assert_eq!(not_pasted, left_out);
}

/// The endpoints of a page whose examples say that they cannot be pasted, and why.
fn not_to_be_pasted(page: &str) -> Vec<String> {
    let sections = page.split("\n### ").skip(1);
    let said = sections.filter_map(|section| {
        let (_, why) = section.split_once("\nNot to be pasted as it stands: ")?;
        let heading = section.lines().next()?;
        Some(format!("{heading}: {}", why.lines().next()?))
    });
    said.collect()
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
