//! The database's own plan: pages and items are found by an index, never by a scan.

use expect_test::expect;

use crate::Presence;

use super::harness::{Api, admin, user};

fn filled() -> Api {
    let api = Api::on_sqlite(groma_ir::sample::tasks(), Presence::none());
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
        first.contains("SEARCH t USING COVERING INDEX tasks_project_id_created_at_id_idx (project_id=?)"),
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
}

#[test]
fn what_is_told_to_people_is_what_the_database_uses() {
    let model = groma_ir::sample::tasks();
    let api = Api::on_sqlite(groma_ir::sample::tasks(), Presence::none());
    for (id, route) in model.http.routes.entries() {
        let described = crate::describe(&model, id);
        assert!(!described.is_empty(), "{}", route.operation_id);
        for statement in described {
            assert!(
                !statement.sql.lines().any(|line| line.ends_with(' ')),
                "{}",
                statement.sql
            );
            let mut prepared = api.db.prepare(&statement.sql).unwrap_or_else(|error| {
                // The users' table of the sample lives elsewhere.
                panic!("{error}: {}", statement.sql)
            });
            let names: Vec<String> = (1..=prepared.parameter_count())
                .filter_map(|index| prepared.parameter_name(index).map(str::to_owned))
                .collect();
            assert!(names.iter().all(|name| name.starts_with(':')), "{names:?}");
            if let Some(index) = statement.index.filter(|index| !index.contains(' ')) {
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

fn described(operation: &str) -> String {
    let model = groma_ir::sample::tasks();
    let (id, _) = model
        .http
        .routes
        .entries()
        .find(|(_, route)| route.operation_id == operation)
        .unwrap();
    let all = crate::describe(&model, id);
    let text = |one: &crate::Described| {
        format!(
            "-- {} [{}]\n{}",
            one.purpose,
            one.index.as_deref().unwrap_or("-"),
            one.sql
        )
    };
    all.iter().map(text).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_list_for_people() {
    expect![[r#"
        -- a page of rows [tasks_owner_id_created_at_id_idx]
        SELECT id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at, updated_at
        FROM (
          SELECT * FROM (
            SELECT t.*
            FROM tasks AS t
            WHERE t.owner_id = :caller
            ORDER BY t.created_at DESC, t.id DESC
            LIMIT :limit_plus_1
          )
          UNION
          SELECT * FROM (
            SELECT t.*
            FROM projects AS r1 JOIN tasks AS t ON t.project_id = r1.id
            WHERE r1.owner_id = :caller
            ORDER BY t.created_at DESC, t.id DESC
            LIMIT :limit_plus_1
          )
        )
        ORDER BY created_at DESC, id DESC
        LIMIT :limit_plus_1

        -- the total, when `count=true` asks for it [-]
        SELECT count(*)
        FROM tasks AS t
        WHERE (t.owner_id = :caller OR t.project_id IN (SELECT r1.id FROM projects AS r1 WHERE r1.owner_id = :caller))

        -- the rows that `include=project` embeds [primary key of projects]
        SELECT id, name, owner_id
        FROM projects
        WHERE projects.id IN (:keys)
          AND projects.owner_id = :caller"#]].assert_eq(&described("listTasks"));
}

#[test]
fn an_update_for_people() {
    expect![[r#"
        -- whether what the body refers to is there for the caller [primary key of projects]
        SELECT EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller)

        -- the change, here of every field that may be sent [primary key of tasks]
        UPDATE tasks
        SET title = :new_title, notes = :new_notes, priority = :new_priority, due = :new_due, tags = :new_tags, project_id = :new_project_id, status = :new_status, updated_at = :now
        WHERE tasks.id = :id
          AND (tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = tasks.project_id AND r1.owner_id = :caller))
          AND tasks.status <> 'archived'
          AND (EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller) OR :new_project_id IS NULL)
          AND (tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller))
          AND :new_status <> 'archived'
          AND tasks.status IN (:states_before_status)
        RETURNING id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at, updated_at

        -- only when nothing was changed, or with `If-Match`: why [primary key of tasks]
        SELECT ((tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = tasks.project_id AND r1.owner_id = :caller))
          AND tasks.status <> 'archived'
          AND (EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller) OR :new_project_id IS NULL)
          AND (tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller))
          AND :new_status <> 'archived'), tasks.status IN (:states_before_status)
        FROM tasks
        WHERE tasks.id = :id
          AND (tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r2 WHERE r2.id = tasks.project_id AND r2.owner_id = :caller))"#]].assert_eq(&described("updateTask"));
}

#[test]
fn a_create_for_people() {
    expect![[r#"
        -- whether what the body refers to is there for the caller [primary key of projects]
        SELECT EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller)

        -- the new row, if the rules allow it [-]
        INSERT INTO tasks (id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at, updated_at)
        SELECT :new_id, :new_title, :new_notes, :new_priority, :new_due, :new_tags, 'todo', NULL, :new_project_id, :caller, :now, :now
        WHERE (EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = :new_project_id AND r1.owner_id = :caller) OR :new_project_id IS NULL)
        RETURNING id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at, updated_at"#]].assert_eq(&described("createTask"));
}

#[test]
fn an_action_for_people() {
    expect![[r#"
        -- the change, if the rules and the state allow it [primary key of tasks]
        UPDATE tasks
        SET status = 'done', done_at = :now, updated_at = :now
        WHERE tasks.id = :id
          AND tasks.owner_id = :caller
          AND tasks.status IN ('todo', 'doing')
        RETURNING id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at, updated_at

        -- only when nothing was changed, or with `If-Match`: why [primary key of tasks]
        SELECT tasks.owner_id = :caller, tasks.status IN ('todo', 'doing')
        FROM tasks
        WHERE tasks.id = :id
          AND (tasks.owner_id = :caller OR EXISTS (SELECT 1 FROM projects AS r1 WHERE r1.id = tasks.project_id AND r1.owner_id = :caller))"#]].assert_eq(&described("completeTask"));
}

#[test]
fn a_report_for_people() {
    expect![[r#"
        -- every number, in one pass [an index that begins with `owner_id`]
        SELECT count(*),
               count(*) FILTER (WHERE t.status = 'done'),
               count(*) FILTER (WHERE t.priority = 'high' AND t.status <> 'done'),
               count(*) FILTER (WHERE t.priority = 'medium' AND t.status <> 'done'),
               count(*) FILTER (WHERE t.priority = 'low' AND t.status <> 'done')
        FROM tasks AS t
        WHERE (t.owner_id = :caller OR t.project_id IN (SELECT r1.id FROM projects AS r1 WHERE r1.owner_id = :caller))"#]].assert_eq(&described("getTaskStats"));
}

/// The steps of SQLite's machine for one page, where ada has so many tasks in her two projects.
fn steps(tasks: usize, url: &str, caller: &groma_plan::Caller) -> i32 {
    let api = Api::on_sqlite(groma_ir::sample::tasks(), Presence::none());
    api.db
        .execute_batch(&format!(
            "INSERT INTO projects (id, name, owner_id) VALUES ('p0', 'a', 'ada'), ('p1', 'b', 'ada');
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {tasks})
             INSERT INTO tasks (id, title, priority, tags, status, project_id, owner_id, created_at, updated_at)
             SELECT printf('%08x-0000-7000-8000-000000000000', i), 't', 'low', '[]', 'todo', 'p' || (i % 2),
                    CASE WHEN i % 9 = 0 THEN 'bob' ELSE 'ada' END, printf('2026-11-21T10:00:%09.6fZ', i / 1e3), 'x'
             FROM n;"
        ))
        .unwrap();
    api.steps(caller, url)
}

#[test]
fn a_page_costs_the_same_whatever_the_table_holds() {
    let cursor = {
        let api = filled();
        api.get(&user("user1"), "/api/tasks?limit=1").body["next_cursor"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (url, caller) in [
        ("/api/tasks".to_owned(), user("ada")),
        ("/api/tasks?sort=created_at".to_owned(), user("ada")),
        ("/api/tasks".to_owned(), admin("root")),
        ("/api/tasks?limit=100".to_owned(), user("ada")),
        (format!("/api/tasks?cursor={cursor}"), user("ada")),
    ] {
        let (few, many) = (steps(300, &url, &caller), steps(12_000, &url, &caller));
        assert!(many < few + few / 5, "{url}: {few} steps, then {many}");
    }
}
