//! What plans promise, on real tables: rows in the way are counted in the moment of their step, and keys change below
//! references.

use std::collections::BTreeSet;

use groma_migrate::file::File;
use groma_migrate::{Given, Plan, plan};
use groma_sql::schema::{Check, PrimaryKey, Schema, Unique};
use rusqlite::Connection;
use testkit::postgres::Database;
use tokio_postgres::Client;

use super::{quick, run, script, together};
use crate::catalog::tests::kit::connect;
use crate::catalog::{differences, of_postgres, of_sqlite};
use crate::runner::{Orders, Script, Work, applied, apply, sqlite, undo};

const TASKS: &str = "CREATE TABLE tasks (id integer PRIMARY KEY, name TEXT);
  INSERT INTO tasks VALUES (1, 'a'), (2, 'far too long')";

/// `tasks.name` as `tasks.title` of three letters at most.
fn shorter(source: &Schema) -> Plan {
    let mut target = source.clone();
    let tasks = target.tables.iter_mut().find(|it| it.name == "tasks").unwrap();
    tasks
        .columns
        .iter_mut()
        .find(|it| it.name == "name")
        .unwrap()
        .name = String::from("title");
    tasks.checks.push(Check {
        name: String::from("tasks_title_length_check"),
        expression: String::from("length(title) <= 3"),
        validated: true,
    });
    let mut given = Given::default();
    let place = (String::from("tasks"), String::from("title"));
    given.renames.columns.insert(place, String::from("name"));
    plan(source, &target, &given)
}

fn files(plan: &Plan) -> Vec<(String, File)> {
    let files = plan.migrations.iter().enumerate();
    let files = files.map(|(at, migration)| {
        let text = File::of(migration).text();
        (format!("{at:04}"), File::parse(&text).unwrap())
    });
    files.collect()
}

fn ours() -> BTreeSet<String> {
    ["tasks", "parent", "child"].map(String::from).into()
}

#[test]
fn rows_in_the_way_are_counted_in_the_moment_of_their_step_on_sqlite() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TASKS).unwrap();
    let plan = shorter(&of_sqlite(&connection).unwrap().schema);
    let files = files(&plan);
    let scripts: Vec<Script> = files.iter().map(|(name, file)| Script::of(name, file)).collect();
    let (ours, patience) = (ours(), quick());
    let orders = Orders {
        scripts: &scripts,
        ours: &ours,
        patience: &patience,
    };
    let error = sqlite::apply(&connection, &orders, &mut |_| {}).unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("would fail: 1 row where `tasks` breaks `tasks_title_length_check`"),
        "{said}"
    );
    let mend = "UPDATE tasks SET title = 'b' WHERE id = 2";
    connection.execute_batch(mend).unwrap();
    assert_eq!(
        sqlite::apply(&connection, &orders, &mut |_| {}).unwrap(),
        ["0001"]
    );
}

#[tokio::test]
async fn rows_in_the_way_are_counted_before_anything_is_done() {
    let database = Database::new();
    database.sql(TASKS);
    let client = connect(&database).await;
    let plan = shorter(&of_postgres(&client).await.unwrap().schema);
    let files = files(&plan);
    let scripts: Vec<Script> = files.iter().map(|(name, file)| Script::of(name, file)).collect();
    let (ours, patience) = (ours(), quick());
    let orders = Orders {
        scripts: &scripts,
        ours: &ours,
        patience: &patience,
    };
    let error = apply(&client, &orders, &mut |_| {}).await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("would fail: 1 row where `tasks` breaks `tasks_title_length_check`"),
        "{said}"
    );
    assert!(error.help().unwrap().ends_with("nothing of that file is done"));
    assert_eq!(
        applied(&client).await.unwrap(),
        [],
        "the renaming before it is not done"
    );
    database.sql("UPDATE tasks SET name = 'b' WHERE id = 2");
    assert_eq!(
        apply(&client, &orders, &mut |_| {}).await.unwrap(),
        ["0000", "0001"]
    );
    let checks = "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%length_check'";
    assert_eq!(database.sql(checks), "1");
}

/// Rows may come between the first look and a step.
#[tokio::test]
async fn rows_in_the_way_are_counted_again_in_the_moment_of_their_step() {
    let database = Database::new();
    database.sql("CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
    let counted = |sql: &str, count: &str| Work {
        obstacles: vec![(String::from("an id is wrong"), count.to_owned())],
        ..together(2, sql)
    };
    let steps = vec![
        together(1, "INSERT INTO a SELECT 2"),
        counted("CREATE TABLE b (id int)", "SELECT count(*) FROM a WHERE id = 2"),
        counted("CREATE TABLE c (id int)", "SELECT count(*) FROM a WHERE id = 1"),
    ];
    let script = [script("0001", steps)];
    let error = run(&database, &script).await.0.unwrap_err();
    assert!(error.to_string().starts_with("step 2 of `0001`"), "{error}");
    assert!(error.help().unwrap().contains("goes on from here"));
    // What is begun is looked at from where it stands: all that is in the way is said at once.
    let error = run(&database, &script).await.0.unwrap_err().to_string();
    assert!(
        error.contains("step 2 of `0001`") && error.contains("; step 3 of `0001`"),
        "{error}"
    );
    database.sql("DELETE FROM a");
    run(&database, &script).await.0.unwrap();
}

/// `tasks.name` as a whole number, and `tasks.size` as a smaller one.
fn narrower(source: &Schema, number: &str) -> Plan {
    let mut target = source.clone();
    let tasks = target.tables.iter_mut().find(|it| it.name == "tasks").unwrap();
    for column in tasks.columns.iter_mut().filter(|it| it.name != "id") {
        number.clone_into(&mut column.ty);
        column.collation = None;
    }
    plan(source, &target, &Given::default())
}

#[tokio::test]
async fn values_that_do_not_fit_into_their_new_type_are_counted_first() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE tasks (id bigint PRIMARY KEY, name text, size numeric(12,2));
         INSERT INTO tasks VALUES (1, '7', 3), (2, 'x', 4.5), (3, ' -8 ', 3000000000)",
    );
    let client = connect(&database).await;
    let plan = narrower(&held(&client).await, "integer");
    let steps = plan.migrations.iter().flat_map(|it| &it.steps);
    let counted: Vec<String> = steps
        .flat_map(|step| &step.obstacles)
        .map(|it| format!("{}: {}", it.what, database.sql(&it.count)))
        .collect();
    assert_eq!(
        counted,
        [
            "`tasks.name` does not fit into integer: 1",
            "`tasks.size` does not fit into integer: 2"
        ]
    );
}

/// Columns of the first table that get other types, and what each is said to lose and counted to be in the way of.
fn retyped(source: &Schema, types: &[(&str, &str, Option<&str>)]) -> Vec<(String, String)> {
    let mut target = source.clone();
    for (name, ty, class) in types {
        let column = target.tables[0]
            .columns
            .iter_mut()
            .find(|it| it.name == *name)
            .unwrap();
        (*ty).clone_into(&mut column.ty);
        column.class = class.map(str::to_owned);
        column.collation = None;
    }
    let plan = plan(source, &target, &Given::default());
    assert!(!plan.is_blocked(), "{:?}", plan.questions);
    let steps = plan.migrations.into_iter().flat_map(|it| it.steps);
    let found = steps
        .flat_map(|step| step.obstacles)
        .filter(|it| it.what.contains("does not fit"));
    found.map(|it| (it.what, it.count)).collect()
}

/// The queries themselves stumble over nothing that stands in a text.
#[tokio::test]
async fn every_text_that_does_not_convert_is_counted() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE tasks (id bigint PRIMARY KEY, price text, day text, at text, size text, j jsonb);
         INSERT INTO tasks VALUES (1, '12.34', '2024-02-29', '2024-02-29T23:59:59.5Z', '-7', '[1]'), (2, '12.345', '2023-02-29', '2023-02-29 10:00', '3000000000', '1'),
           (3, 'abc', 'x', '24:00', 'x', '{}'), (4, '1234567', '0000-01-01', '2024-13-01', '1.5', '\"a\"'), (5, NULL, NULL, NULL, NULL, NULL)",
    );
    let client = connect(&database).await;
    let mut source = held(&client).await;
    source.tables[0].columns[5].class = Some(String::from("json"));
    let types = [
        ("price", "numeric(8,2)", None),
        ("day", "date", None),
        ("at", "timestamp with time zone", None),
        ("size", "integer", None),
        ("j", "jsonb", Some("list")),
    ];
    for (what, count) in retyped(&source, &types) {
        assert_eq!(database.sql(&count), "3", "{what}: {count}");
        let name = what.split(['.', '`']).nth(2).unwrap();
        database.sql(&format!(
            "UPDATE tasks SET \"{name}\" = NULL WHERE id BETWEEN 2 AND 4"
        ));
        let ty = types.iter().find(|(it, ..)| *it == name).unwrap().1;
        database.sql(&format!(
            "ALTER TABLE tasks ALTER \"{name}\" TYPE {ty} USING \"{name}\"::{ty}"
        ));
    }
}

#[test]
fn every_value_that_does_not_convert_is_counted_on_sqlite() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE tasks (id INTEGER PRIMARY KEY, price TEXT, ratio TEXT, flag TEXT, cents INTEGER, share REAL, j TEXT);
             INSERT INTO tasks VALUES (1, '12.34', '1e3', 'Yes', 1200, 1.5, '[1]'), (2, '12.345', 'x', 'x', 1234, 1.234, '1'),
               (3, 'abc', '', '2', 1, 0.001, '{}'), (4, '', '1,5', '', -1, -7.777, '\"a\"'), (5, NULL, NULL, NULL, NULL, NULL, NULL)",
        )
        .unwrap();
    let mut source = of_sqlite(&connection).unwrap().schema;
    let classes = ["int", "text", "text", "text", "decimal(4)", "float", "json"];
    for (column, class) in source.tables[0].columns.iter_mut().zip(classes) {
        column.class = Some(String::from(class));
    }
    let found = retyped(
        &source,
        &[
            ("price", "INTEGER", Some("decimal(2)")),
            ("ratio", "REAL", Some("float")),
            ("flag", "INTEGER", Some("bool")),
            ("cents", "INTEGER", Some("decimal(2)")),
            ("share", "INTEGER", Some("decimal(2)")),
            ("j", "TEXT", Some("list")),
        ],
    );
    assert_eq!(found.len(), 6);
    for (what, count) in found {
        let rows: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 3, "{what}: {count}");
    }
}

#[test]
fn sqlite_does_not_make_words_into_zero() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TASKS).unwrap();
    let plan = narrower(&of_sqlite(&connection).unwrap().schema, "INTEGER");
    let scripts: Vec<Script> = files(&plan)
        .iter()
        .map(|(name, file)| Script::of(name, file))
        .collect();
    let (ours, patience) = (ours(), quick());
    let orders = Orders {
        scripts: &scripts,
        ours: &ours,
        patience: &patience,
    };
    let error = sqlite::apply(&connection, &orders, &mut |_| {}).unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("2 rows where `tasks.name` does not fit into INTEGER"),
        "{said}"
    );
}

const FAMILY: &str = "CREATE TABLE parent (id bigint CONSTRAINT parent_pkey PRIMARY KEY, code text NOT NULL);
  CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint CONSTRAINT child_parent_id_fkey REFERENCES parent (id));
  INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1, 1), (2, 2), (3, 2)";

/// Parents are known by their codes; their numbers are still unique.
fn known_by_code(source: &Schema) -> Schema {
    let mut target = source.clone();
    let parent = target.tables.iter_mut().find(|it| it.name == "parent").unwrap();
    parent.primary_key = Some(PrimaryKey {
        name: String::from("parent_pkey"),
        columns: vec![String::from("code")],
    });
    parent.uniques.push(Unique {
        name: String::from("parent_id_key"),
        columns: vec![String::from("id")],
    });
    target
}

async fn held(client: &Client) -> Schema {
    of_postgres(client).await.unwrap().schema
}

#[tokio::test]
async fn a_key_changes_while_references_point_at_what_it_was() {
    let database = Database::new();
    database.sql(FAMILY);
    let client = connect(&database).await;
    let source = held(&client).await;
    let target = known_by_code(&source);
    let plan = plan(&source, &target, &Given::default());
    assert!(!plan.is_blocked(), "{:?}", plan.questions);
    let files = files(&plan);
    let scripts: Vec<Script> = files.iter().map(|(name, file)| Script::of(name, file)).collect();
    let (ours, patience) = (ours(), quick());
    let orders = Orders {
        scripts: &scripts,
        ours: &ours,
        patience: &patience,
    };
    apply(&client, &orders, &mut |_| {}).await.unwrap();
    assert_eq!(differences(&target, &held(&client).await), []);
    for (name, file) in files.iter().rev() {
        undo(&client, &Script::back(name, file), (&orders, &mut |_| {}))
            .await
            .unwrap();
    }
    assert_eq!(differences(&source, &held(&client).await), []);
    assert_eq!(
        database.sql("SELECT count(*) FROM child JOIN parent p ON p.id = parent_id"),
        "3"
    );
}

#[test]
fn references_that_would_hold_another_key_are_asked_for() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(FAMILY).unwrap();
    let source = of_sqlite(&connection).unwrap().schema;
    let mut target = known_by_code(&source);
    let child = target.tables.iter_mut().find(|it| it.name == "child").unwrap();
    for key in &mut child.foreign_keys {
        key.to = vec![String::from("code")];
    }
    let plan = plan(&source, &target, &Given::default());
    assert!(plan.is_blocked());
    assert_eq!(
        plan.questions[0].to_string(),
        "what becomes of `child.parent_id`, which holds `id` of `parent`, where rows are known by `code` now?"
    );
}
