use std::collections::BTreeMap;

use groma_ir::http::RouteId;
use groma_ir::{Id as _, Model};

use super::models::models;
use super::{emitted, is_page, tasks};
use crate::markdown::anchor;
use crate::{DatabaseOperation, FileSet, MARK, Options, spec};

fn pages(model: &Model) -> FileSet {
    spec::emit(model, &Options::default())
}

/// The lines of a page that are not inside a fence.
pub(super) fn open_lines(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let ticks = line.split(|c| c != '`').next().filter(|ticks| ticks.len() >= 3);
        match (fence, ticks) {
            (None, Some(ticks)) => fence = Some(ticks),
            (Some(open), Some(ticks)) if ticks.len() >= open.len() && line == ticks => fence = None,
            (None, None) => lines.push(line),
            _ => {}
        }
    }
    assert_eq!(fence, None, "a fence is left open");
    lines
}

/// The anchors of a page, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = open_lines(text)
        .into_iter()
        .filter_map(|line| Some(line.trim_start_matches('#')).filter(|t| *t != line));
    headings
        .map(|heading| {
            let base = anchor(heading.trim());
            let count = seen.entry(base.clone()).or_default();
            *count += 1;
            if *count == 1 {
                base
            } else {
                format!("{base}-{}", *count - 1)
            }
        })
        .collect()
}

fn links(text: &str) -> Vec<String> {
    let lines = open_lines(text).join("\n");
    lines
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_link_leads_to_a_heading() {
    for model in models() {
        let files = emitted(&model);
        let mut checked = 0;
        for (path, text) in files.iter().filter(|(path, _)| is_page(path)) {
            for link in links(text) {
                let (file, fragment) = link.split_once('#').unwrap_or((link.as_str(), ""));
                if file.starts_with("../") {
                    continue;
                }
                let target = if file.is_empty() {
                    path.to_owned()
                } else {
                    format!("specs/api/{file}")
                };
                let text = files
                    .get(&target)
                    .unwrap_or_else(|| panic!("{path} links to {link}"));
                let is_there = fragment.is_empty() || anchors(text).iter().any(|anchor| anchor == fragment);
                assert!(is_there, "{path} links to {link}");
                checked += 1;
            }
        }
        assert!(checked > 40);
    }
}

#[test]
fn links_to_sources_lead_out_of_the_folder() {
    let files = emitted(&tasks());
    let tasks = files.get("specs/api/tasks.md").unwrap();
    assert!(tasks.contains("[@specs/tasks.md:1](../tasks.md#L1)"));
    assert!(
        files
            .get("specs/api/README.md")
            .unwrap()
            .contains("(../../openapi.json)")
    );
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    for model in models() {
        for (path, text) in pages(&model).iter() {
            check_tables(path, text);
        }
    }
}

pub(super) fn check_tables(path: &str, text: &str) {
    let mut width = None;
    for line in open_lines(text) {
        let cells = line
            .starts_with('|')
            .then(|| line.replace("\\|", "").matches('|').count());
        if let (Some(cells), Some(width)) = (cells, width) {
            assert_eq!(cells, width, "{path}: {line}");
        }
        width = cells;
    }
}

#[test]
fn every_json_block_is_json() {
    for model in models() {
        for (path, text) in pages(&model).iter() {
            for block in text.split("```json\n").skip(1) {
                let body = block.split("\n```").next().unwrap();
                assert!(
                    serde_json::from_str::<serde_json::Value>(body).is_ok(),
                    "{path}: {body}"
                );
            }
        }
    }
}

#[test]
fn every_route_has_its_section_with_every_status_and_a_request() {
    for model in models() {
        let files = pages(&model);
        for group in &model.http.groups {
            let page = files.get(&format!("specs/api/{}.md", group.slug)).unwrap();
            for route in model.http.routes_of(group) {
                let start = page.find(&format!("\n### {}\n", route.summary)).unwrap();
                let section = &page[start + 1..];
                let section = &section[..section.find("\n### ").unwrap_or(section.len())];
                let method = format!("```http\n{} {}\n", route.method.name(), route.path.template());
                assert!(section.contains(&method), "{}", route.operation_id);
                assert!(section.contains("curl -sS "), "{}", route.operation_id);
                for status in route.statuses() {
                    assert!(
                        section.contains(&format!("`{status}`")),
                        "{} {status}",
                        route.operation_id
                    );
                }
                for answer in &route.answers {
                    let (status, slug) = (answer.problem.status(), answer.problem.slug());
                    let target = format!("](#{})", anchor(&format!("{status} {slug}")));
                    let is_linked = section.contains(&target) || section.contains("](#errors)");
                    assert!(is_linked, "{} {target}", route.operation_id);
                    let body = format!("\n### {status} {slug}\n\n```json\n{{\n");
                    assert!(page.contains(&body), "{} {body}", route.operation_id);
                }
            }
        }
    }
}

#[test]
fn every_page_says_that_it_is_generated_and_how() {
    for model in models() {
        for (path, text) in pages(&model).iter() {
            let first = text.lines().next().unwrap();
            assert!(
                first.starts_with(MARK) && first.contains("`groma spec`") && first.ends_with("-->"),
                "{path}"
            );
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains("\n\n\n"),
                "{path}"
            );
        }
    }
}

#[test]
fn statements_stand_where_their_route_does() {
    let operation = DatabaseOperation {
        purpose: String::from("reads the page"),
        sql: String::from("SELECT 1"),
        index: Some(String::from("tasks_owner_idx")),
    };
    let statements = BTreeMap::from([(RouteId::new(0), vec![operation])]);
    let files = spec::emit(
        &tasks(),
        &Options {
            statements,
            ..Options::default()
        },
    );
    let page = files.get("specs/api/projects.md").unwrap();
    assert!(page.contains(
        "<details><summary>Database: 1 statement</summary>\n\nShown for a caller whose token names no \
             role. What a role decides does not reach the database.\n\nReads the page. Served by \
             `tasks_owner_idx`.\n\n```sql\nSELECT 1\n```\n\n</details>"
    ));
    assert!(
        !files
            .get("specs/api/tasks.md")
            .unwrap()
            .contains("<summary>Database")
    );
}

#[test]
fn an_answer_shows_what_the_request_did() {
    let files = pages(&tasks());
    let page = files.get("specs/api/tasks.md").unwrap();
    let complete = &page[page.find("### Complete a task").unwrap()..];
    let answer = complete
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("\n```")
        .next()
        .unwrap();
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["status"], "done");
    assert_eq!(answer["done_at"], answer["updated_at"]);
}

#[test]
fn a_secret_of_the_design_is_not_shown() {
    use groma_ir::design::{Jwks, Setting};
    let mut design = tasks().design;
    design.auth.as_mut().unwrap().jwks = Jwks::Secret(Setting::Value(String::from("hunter2-hunter2")));
    for (path, text) in emitted(&Model::new(design)).iter() {
        assert!(!text.contains("hunter2"), "{path}");
    }
}

#[test]
fn an_error_of_an_action_says_when_and_not_what_it_is_called() {
    let every_type = models().pop().unwrap();
    let files = pages(&every_type);
    let row = "| `410` | [`full`](#410-full) | `level` is at least `10`. |";
    assert!(files.get("specs/api/projects.md").unwrap().contains(row));
}

#[test]
fn what_the_design_changes_is_said_so() {
    let model = models().swap_remove(1);
    let files = pages(&model);
    let readme = files.get("specs/api/README.md").unwrap();
    assert!(readme.contains("A 400 or 422 for input lists every single mistake"));
    assert!(readme.contains("Endpoints that are public answer without one"));
    assert!(readme.contains("Public: no token is needed."));
    assert!(readme.contains("An endpoint that has a limit of its own says so."));
    let page = files.get("specs/api/tasks.md").unwrap();
    assert!(page.contains(
        "Operation `deleteTask` · answers `204` · token optional · at most 1,000 requests in an hour for each address"
    ));
    assert!(page.contains("| 1,000 requests in an hour by one address | one more | 429 `too-many-requests`"));
    assert!(page.contains("| no token | the request | 204; what everyone may do |"));
}

#[test]
fn a_filter_that_takes_any_text_has_no_wrong_value() {
    let files = pages(&tasks());
    let page = files.get("specs/api/tasks.md").unwrap();
    assert!(page.contains("`?priority=no-such-value` | 400"));
    assert!(!page.contains("`?tags=no-such-value`"));
}

#[test]
fn nobody_owns_a_row_before_it_is_made() {
    let mut design = tasks().design;
    let project = groma_ir::design::EntityId::new(1);
    design.entities[project].rules.truncate(1);
    let owner = design.entities[project].owner.unwrap();
    let rule = &mut design.entities[project].rules[0];
    rule.who = vec![groma_ir::design::Who::Path(groma_ir::design::Path {
        row: groma_ir::design::Row::This,
        steps: vec![owner],
    })];
    let files = pages(&Model::new(design));
    let page = files.get("specs/api/projects.md").unwrap();
    let create = &page[page.find("### Create a project").unwrap()..];
    assert!(create.contains("#### Access\n\n- Anyone signed in, for themselves.\n"));
}
