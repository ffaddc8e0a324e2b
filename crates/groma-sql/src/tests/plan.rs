//! The database's own plan: pages and items are found by an index, never by a scan.

use super::harness::{Api, admin, user};

fn filled() -> Api {
    let api = Api::tasks();
    api.db
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO projects (id, name, owner_id) SELECT 'p' || i, 'p', 'user' || i FROM n WHERE i <= 40;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO tasks (id, title, priority, tags, status, project_id, owner_id, created_at, updated_at)
             SELECT printf('%08x-0000-7000-8000-000000000000', i), 't', 'low', '[]', 'todo',
                    CASE WHEN i % 10 = 0 THEN 'p' || (i % 400 / 10 + 1) END,
                    'user' || (i % 100), printf('2026-11-21T10:00:00.%06dZ', i), 'x' FROM n;
             ANALYZE;",
        )
        .unwrap();
    api
}

#[test]
fn an_item_is_found_by_its_key() {
    let plan = filled().explain(&user("user1"), "/api/tasks/00000001-0000-7000-8000-000000000000");
    assert!(
        plan.starts_with("SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        "{plan}"
    );
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[test]
fn a_page_is_one_range_of_the_index_for_each_branch() {
    let api = filled();
    let caller = user("user1");
    let first = api.explain(&caller, "/api/tasks");
    let wanted = "SEARCH t USING INDEX tasks_owner_id_created_at_id_idx (owner_id=?)";
    assert!(first.contains(wanted), "{first}");
    assert!(
        first.contains("SEARCH t USING INDEX tasks_project_id_idx (project_id=?)"),
        "{first}"
    );
    assert!(!first.contains("SCAN t") && !first.contains("SCAN r"), "{first}");
    let cursor = api.get(&caller, "/api/tasks?limit=5").body["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let next = api.explain(&caller, &format!("/api/tasks?limit=5&cursor={cursor}"));
    let wanted =
        "SEARCH t USING INDEX tasks_owner_id_created_at_id_idx (owner_id=? AND (created_at,id)<(?,?))";
    assert!(next.contains(wanted), "{next}");
}

#[test]
fn the_first_branch_of_a_page_is_not_sorted() {
    let api = filled();
    let plan = api.explain(&user("user1"), "/api/projects");
    assert!(plan.contains("(owner_id=?)"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
    let _ = admin("root");
}

#[test]
fn what_is_told_to_people_is_what_the_database_uses() {
    let model = groma_ir::sample::tasks();
    let api = Api::tasks();
    for (id, route) in model.http.routes.entries() {
        let described = crate::describe(&model, id);
        assert!(!described.is_empty(), "{}", route.operation_id);
        for statement in described {
            let mut prepared = api.db.prepare(&statement.sql).unwrap_or_else(|error| {
                // The users' table of the sample lives elsewhere.
                panic!("{error}: {}", statement.sql)
            });
            let names: Vec<String> = (1..=prepared.parameter_count())
                .filter_map(|index| prepared.parameter_name(index).map(str::to_owned))
                .collect();
            assert!(names.iter().all(|name| name.starts_with(':')), "{names:?}");
            if let Some(index) = statement.index.filter(|index| !index.starts_with("primary key")) {
                let explained = format!("EXPLAIN QUERY PLAN {}", statement.sql);
                prepared = api.db.prepare(&explained).unwrap();
                let mut rows = prepared.raw_query();
                let mut plan = String::new();
                while let Some(row) = rows.next().unwrap() {
                    plan += &row.get::<_, String>(3).unwrap();
                }
                let used = plan.contains(&index) || plan.contains("sqlite_autoindex");
                assert!(used, "{}: {index} is not in {plan}", statement.sql);
            }
        }
    }
}
