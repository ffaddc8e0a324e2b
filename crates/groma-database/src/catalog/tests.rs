//! What is read is what was made.

pub(crate) mod kit;
mod lint;

use groma_sql::Dialect;
use groma_sql::schema::of_model;
use testkit::postgres::Database;

use self::kit::{connect, differences, example, fenced};
use super::{of_postgres, of_sqlite, reconciled};

const EXAMPLES: [&str; 3] = ["tasks", "team", "blog"];

#[tokio::test]
async fn tables_that_were_just_made_differ_in_nothing() {
    let plain = EXAMPLES.map(|name| (name, example(name)));
    let fenced = EXAMPLES.map(|name| (name, fenced(name)));
    for (name, model) in plain.into_iter().chain(fenced) {
        let database = Database::new();
        let client = connect(&database).await;
        let wanted = of_model(&model, Dialect::Postgres);
        for (table, columns) in wanted.role.iter().flat_map(|role| &role.reads) {
            let columns: Vec<String> = columns.iter().map(|name| format!("{name:?} text")).collect();
            let statement = format!("CREATE TABLE {table:?} ({})", columns.join(", "));
            client.batch_execute(&statement).await.unwrap();
        }
        client
            .batch_execute(&wanted.create_statements().join(";\n"))
            .await
            .unwrap();
        let mut live = of_postgres(&client).await.unwrap().schema;
        live.tables.retain(|table| wanted.table(&table.name).is_some());
        let wanted = reconciled(&client, &wanted, &live).await.unwrap();
        assert_eq!(differences(&wanted, &live), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn a_check_that_means_something_else_differs() {
    let database = Database::new();
    let client = connect(&database).await;
    let wanted = of_model(&example("tasks"), Dialect::Postgres);
    client
        .batch_execute(&wanted.create_statements().join(";\n"))
        .await
        .unwrap();
    client
        .batch_execute(
            "ALTER TABLE tasks DROP CONSTRAINT tasks_priority_check,
               ADD CONSTRAINT tasks_priority_check CHECK (priority IN ('high', 'low'))",
        )
        .await
        .unwrap();
    let live = of_postgres(&client).await.unwrap().schema;
    let wanted = reconciled(&client, &wanted, &live).await.unwrap();
    let differences = differences(&wanted, &live);
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].contains("tasks_priority_check"), "{differences:?}");
}

#[test]
fn tables_of_sqlite_that_were_just_made_differ_in_nothing() {
    for name in EXAMPLES {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let wanted = of_model(&example(name), Dialect::Sqlite);
        for statement in wanted.create_statements() {
            connection.execute_batch(&statement).unwrap();
        }
        let live = of_sqlite(&connection).unwrap().schema;
        assert_eq!(differences(&wanted, &live), Vec::<String>::new(), "{name}");
    }
}
