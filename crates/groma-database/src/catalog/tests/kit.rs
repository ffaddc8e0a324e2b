//! Designs, connections, and what differs between two schemas.

use std::path::Path;

use groma_diag::Sources;
use groma_ir::Model;
use groma_sql::schema::{Schema, Table};
use testkit::postgres::Database;
use tokio_postgres::{Client, NoTls};

/// A connection to a database.
pub(crate) async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The design of one of the examples.
pub(crate) fn example(name: &str) -> Model {
    Model::new(groma_sema::compile(&sources(name, |text| text)).design.unwrap())
}

/// The same with its rules inside the database too.
pub(crate) fn fenced(name: &str) -> Model {
    let sources = sources(name, |text| match text.find("\nservice ") {
        Some(at) => {
            let open = at + text[at..].find('{').unwrap() + 1;
            let (before, after) = text.split_at(open);
            format!("{before}\n  database row_security \"app\"{after}")
        }
        None => text,
    });
    let model = Model::new(groma_sema::compile(&sources).design.unwrap());
    assert!(model.design.service.row_security.is_some());
    model
}

fn sources(name: &str, change: impl Fn(String) -> String) -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
        .join("specs");
    let mut sources = Sources::new();
    let mut open = vec![folder.clone()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("api") {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
                sources.add(name.as_str(), change(std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// What differs, by table and part, whatever order they stand in.
pub(crate) fn differences(wanted: &Schema, live: &Schema) -> Vec<String> {
    let parts = |schema: &Schema| -> Vec<String> {
        let mut parts: Vec<String> = schema.tables.iter().flat_map(parts_of).collect();
        parts.extend(schema.role.iter().map(|role| format!("{role:?}")));
        parts.sort();
        parts
    };
    let (wanted, live) = (parts(wanted), parts(live));
    let only = |these: &[String], those: &[String], whose: &str| -> Vec<String> {
        let only = these.iter().filter(|part| !those.contains(part));
        only.map(|part| format!("{whose}: {part}")).collect()
    };
    let mut all = only(&wanted, &live, "wanted");
    // One part that differs is one difference.
    if all.is_empty() {
        all = only(&live, &wanted, "live");
    }
    all
}

fn parts_of(table: &Table) -> Vec<String> {
    let name = &table.name;
    let mut parts = vec![format!("{name}: {}", table.row_security)];
    let columns = table.columns.iter().cloned().map(|mut column| {
        column.fill = None;
        column.class = None;
        format!("{name}: {column:?}")
    });
    parts.extend(columns);
    parts.extend(
        table
            .primary_key
            .iter()
            .map(|key| format!("{name}: key {:?}", key.columns)),
    );
    parts.extend(table.uniques.iter().map(|part| format!("{name}: {part:?}")));
    parts.extend(table.foreign_keys.iter().map(|part| format!("{name}: {part:?}")));
    parts.extend(table.checks.iter().map(|part| format!("{name}: {part:?}")));
    parts.extend(table.indexes.iter().map(|part| format!("{name}: {part:?}")));
    parts.extend(table.functions.iter().map(|part| format!("{name}: {part:?}")));
    parts.extend(table.policies.iter().map(|part| format!("{name}: {part:?}")));
    parts
}
