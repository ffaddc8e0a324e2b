//! Pages are exact: whatever the rows, the order and the page, a walk gives what a sort in memory gives.

use groma_ir::Id;
use groma_ir::design::{FieldId, Sort};
use groma_ir::{Model, sample};
use proptest::prelude::*;

use super::harness::{Api, admin, user};
use crate::Presence;

/// The sample with more that can be sorted by: a nullable enum, a nullable date and text, a number of the row.
fn model() -> Model {
    let mut design = sample::tasks().design;
    let entity = design.entities.ids().nth(2).unwrap();
    let names = ["title", "notes", "priority", "due", "status", "id"];
    let sorts: Vec<FieldId> = names
        .iter()
        .map(|name| design.entities[entity].field(name).unwrap())
        .collect();
    let priority = design.entities[entity].field("priority").unwrap();
    design.entities[entity].fields[priority].optional = true;
    let list = design.resources[groma_ir::design::ResourceId::new(1)]
        .list
        .as_mut()
        .unwrap();
    list.sort = sorts
        .iter()
        .map(|field| Sort {
            field: *field,
            descending: false,
        })
        .collect();
    Model::new(design)
}

#[derive(Clone, Debug)]
struct Made {
    title: String,
    notes: Option<String>,
    priority: Option<usize>,
    due: Option<u8>,
    status: usize,
    mine: bool,
    in_project: bool,
}

const PRIORITIES: [&str; 3] = ["high", "medium", "low"];
const STATUSES: [&str; 4] = ["todo", "doing", "done", "archived"];
const ADAS: &str = "aaaaaaaa-0000-7000-8000-000000000000";
const BOBS: &str = "bbbbbbbb-0000-7000-8000-000000000000";
const SORTS: [&str; 6] = ["title", "notes", "priority", "due", "status", "id"];

fn made() -> impl Strategy<Value = Made> {
    (
        "[abÄ]{1,2}",
        proptest::option::of("[xy]"),
        proptest::option::of(0_usize..3),
        proptest::option::of(1_u8..4),
        0_usize..4,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(title, notes, priority, due, status, mine, in_project)| Made {
            title,
            notes,
            priority,
            due,
            status,
            mine,
            in_project,
        })
}

fn insert(api: &Api, rows: &[Made]) {
    api.run_all(&format!(
        "INSERT INTO projects (id, name, owner_id) VALUES ('{ADAS}', 'p', 'ada'), ('{BOBS}', 'p', 'bob')"
    ));
    for (index, row) in rows.iter().enumerate() {
        let text = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), |text| format!("'{text}'"));
        // Keys in an order of their own, so that ties show.
        let values = [
            text(Some(&id(index))),
            text(Some(&row.title)),
            text(row.notes.as_deref()),
            text(row.priority.map(|at| PRIORITIES[at])),
            text(row.due.map(|day| format!("2026-12-0{day}")).as_deref()),
            text(Some(STATUSES[row.status])),
            text(Some(if row.in_project { ADAS } else { BOBS })),
            text(Some(if row.mine { "ada" } else { "bob" })),
        ];
        api.run_all(&format!(
            "INSERT INTO tasks (id, title, notes, priority, due, status, project_id, owner_id, tags, created_at, \
             updated_at) VALUES ({}, '[]', '2026-11-21T10:00:00.000000Z', '2026-11-21T10:00:00.000000Z')",
            values.join(", ")
        ));
    }
}

/// The ids of all rows that ada sees, sorted in memory.
fn sorted(rows: &[Made], terms: &[(usize, bool)], all: bool) -> Vec<String> {
    type Key = (bool, String);
    let key = |index: usize, row: &Made, term: usize| -> Key {
        let value = match term {
            0 => Some(row.title.clone()),
            1 => row.notes.clone(),
            2 => row.priority.map(|at| at.to_string()),
            3 => row.due.map(|day| day.to_string()),
            4 => Some(row.status.to_string()),
            _ => Some(id(index)),
        };
        (value.is_none(), value.unwrap_or_default())
    };
    let mut seen: Vec<(usize, &Made)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| all || row.mine || row.in_project)
        .collect();
    let last = terms.last().is_some_and(|(_, descending)| *descending);
    seen.sort_by(|(a, left), (b, right)| {
        let mut full = terms.to_vec();
        full.push((5, last));
        for (term, descending) in full {
            let (x, y) = (key(*a, left, term), key(*b, right, term));
            let order =
                x.0.cmp(&y.0)
                    .then_with(|| if descending { y.1.cmp(&x.1) } else { x.1.cmp(&y.1) });
            if order.is_ne() {
                return order;
            }
        }
        std::cmp::Ordering::Equal
    });
    seen.into_iter().map(|(index, _)| id(index)).collect()
}

fn id(index: usize) -> String {
    format!("{:08x}-0000-7000-8000-000000000000", (index * 7919) % 65_536)
}

fn walk(api: &Api, all: bool, sort: &str, limit: usize) -> Vec<String> {
    let caller = if all { admin("ada") } else { user("ada") };
    let mut ids = Vec::new();
    let mut url = format!("/api/tasks?fields=id&limit={limit}{sort}");
    for _ in 0..200 {
        let page = api.get(&caller, &url);
        assert_eq!(page.status, 200, "{}", page.text);
        let items = page.body["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            return ids;
        };
        assert_eq!(items.len(), limit, "a page with a next one is full");
        url = format!("/api/tasks?fields=id&limit={limit}{sort}&cursor={cursor}");
    }
    panic!("the walk does not end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_in_any_order_gives_every_row_once(
        rows in proptest::collection::vec(made(), 0..24),
        order in Just(vec![0_usize, 1, 2, 3, 4, 5]).prop_shuffle(),
        count in 0_usize..4,
        signs in proptest::collection::vec(any::<bool>(), 6),
        limit in 1_usize..7,
        all in any::<bool>(),
    ) {
        let api = Api::new(model(), Presence::none());
        insert(&api, &rows);
        let terms: Vec<(usize, bool)> = order.into_iter().zip(signs).take(count).collect();
        let names: Vec<String> = terms
            .iter()
            .map(|(term, descending)| format!("{}{}", if *descending { "-" } else { "" }, SORTS[*term]))
            .collect();
        let sort = if names.is_empty() { String::new() } else { format!("&sort={}", names.join(",")) };
        let effective = if terms.is_empty() { vec![(0, false)] } else { terms };
        prop_assert_eq!(walk(&api, all, &sort, limit), sorted(&rows, &effective, all));
    }
}
