//! What a reader pastes into a shell.

use expect_test::{Expect, expect};

use super::models::models;
use super::{emitted, tasks};

/// The shell blocks of a page: the preparation, then one a route.
fn blocks(page: &str) -> Vec<String> {
    page.split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap().to_owned())
        .collect()
}

fn check(slug: &str, index: usize, expected: &Expect) {
    let files = emitted(&tasks());
    let page = files.get(&format!("specs/api/{slug}.md")).unwrap();
    expected.assert_eq(&blocks(page)[index]);
}

#[test]
fn the_preparation_makes_a_row_and_keeps_its_key() {
    check(
        "projects",
        0,
        &expect![[r#"
        export BASE_URL=http://127.0.0.1:8000
        export TOKEN="$(groma token)"
        digits() { od -An -N8 -tu8 /dev/urandom | tr -dc 0-9 | tail -c "$1"; }
        member() { A="$(cat)"; printf %s "$A" | grep -o "\"$1\":\"*[^\",}]*" | head -n 1 | sed 's/^[^:]*:"*//' | grep . || echo "no $1: $A" >&2; }
        export PROJECT_ID="$(curl -sS "$BASE_URL/api/projects" \
          -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
          -d '{"name": "Website relaunch 2027 '"$(digits 9)"'"}' | member id)""#]],
    );
}

#[test]
fn an_action_comes_after_those_that_lead_to_it() {
    check(
        "tasks",
        8,
        &expect![[r#"
        curl -sS -o /dev/null -X POST "$BASE_URL/api/tasks/$TASK_ID/complete" \
          -H "Authorization: Bearer $TOKEN"
        curl -sS -X POST "$BASE_URL/api/tasks/$TASK_ID/archive" \
          -H "Authorization: Bearer $TOKEN""#]],
    );
}

#[test]
fn a_row_that_is_needed_first_is_made_first() {
    use groma_ir::Id as _;
    let mut design = tasks().design;
    let task = &mut design.entities[groma_ir::design::EntityId::new(2)];
    let project = task.field("project").unwrap();
    task.fields[project].optional = false;
    let files = emitted(&groma_ir::Model::new(design));
    let preparation = &blocks(files.get("specs/api/tasks.md").unwrap())[0];
    assert!(preparation.contains("export PROJECT_ID="));
    assert!(
        preparation.contains(r#""project_id": "'"$PROJECT_ID"'""#),
        "{preparation}"
    );
    assert!(preparation.find("PROJECT_ID=") < preparation.find("TASK_ID="));
}

#[test]
fn every_block_is_whole_shell() {
    for model in models() {
        for (path, text) in emitted(&model).iter() {
            for block in blocks(text) {
                let quotes = block.replace("'\\''", "").matches('\'').count();
                assert_eq!(quotes % 2, 0, "{path}: {block}");
                assert!(!block.contains('\u{1}'), "{path}: {block}");
            }
        }
    }
}
