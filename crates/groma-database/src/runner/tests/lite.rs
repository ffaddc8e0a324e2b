//! On SQLite a migration is done, or not at all.

use groma_migrate::file::File;
use groma_migrate::{Given, plan};
use groma_sql::Dialect;
use groma_sql::schema::{Schema, of_model};
use rusqlite::Connection;

use super::{ours, quick, script, together};
use crate::runner::{Orders, Script, sqlite};

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE) STRICT;
             INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)",
        )
        .unwrap();
    connection
}

fn apply(connection: &Connection, script: Script) -> Result<Vec<String>, String> {
    let orders = Orders {
        scripts: &[script],
        ours: &ours(),
        patience: &quick(),
    };
    sqlite::apply(connection, &orders, &mut |_| {}).map_err(|error| error.to_string())
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection
        .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_table_is_made_anew_and_what_points_at_it_stays() {
    let connection = database();
    let rebuild = "CREATE TABLE new (id INTEGER PRIMARY KEY, a TEXT) STRICT;
        INSERT INTO new (id) SELECT id FROM p; DROP TABLE p; ALTER TABLE new RENAME TO p";
    assert_eq!(
        apply(&connection, script("0001", vec![together(1, rebuild)])).unwrap(),
        ["0001"]
    );
    assert_eq!((count(&connection, "p"), count(&connection, "c")), (1, 1));
    let dangling = connection.execute("INSERT INTO c VALUES (2, 9)", []);
    assert!(dangling.is_err(), "references are looked after again");
    assert_eq!(sqlite::applied(&connection).unwrap().len(), 1);
}

#[test]
fn references_to_nothing_undo_everything() {
    let connection = database();
    let steps = vec![
        together(1, "CREATE TABLE x (id INTEGER)"),
        together(1, "DELETE FROM p"),
    ];
    let error = apply(&connection, script("0001", steps)).unwrap_err();
    assert_eq!(
        error,
        "`0001` would leave rows of `c` that refer to rows which are not there"
    );
    assert_eq!(count(&connection, "p"), 1);
    assert!(connection.prepare("SELECT * FROM x").is_err());
    assert_eq!(sqlite::applied(&connection).unwrap(), []);
}

fn designed(fields: &str) -> Schema {
    let text = format!(
        "auth {{ issuer \"https://id.example.org\" jwks \"/jwks\"; audience \"n\"; algorithms EdDSA; caller User from claim sub }}
         entity User external table \"user\" {{ id: text(1..64) key }}
         entity Item {{ id: int key; {fields} }}"
    );
    let mut sources = groma_diag::Sources::new();
    sources.add("design.groma", text);
    let compiled = groma_sema::compile(&sources);
    let Some(design) = compiled.design else {
        panic!("{:#?}", compiled.diagnostics)
    };
    of_model(&groma_ir::Model::new(design), Dialect::Sqlite)
}

/// What one type of the database keeps for several of a design is converted with them; views and triggers of others stay.
#[test]
fn values_become_those_of_another_type_though_the_database_has_one_for_both() {
    let (old, new) = (
        "day: date; at: datetime; price: decimal(12,2); whole: int; name: text(..9)",
        "day: datetime; at: date; price: decimal(12,4); whole: decimal(12,2); name: text(..9)?",
    );
    let (source, target) = (designed(old), designed(new));
    let connection = Connection::open_in_memory().unwrap();
    for sql in source.create_statements() {
        connection.execute_batch(&sql).unwrap();
    }
    let others = "CREATE VIEW dear AS SELECT id, price, name FROM items WHERE price > 1;
        CREATE TABLE log (id INTEGER);
        CREATE TRIGGER told AFTER INSERT ON items BEGIN INSERT INTO log VALUES (new.id); END;
        CREATE TRIGGER through INSTEAD OF DELETE ON dear BEGIN DELETE FROM items WHERE id = old.id; END;
        INSERT INTO items (id, day, at, price, whole, name) VALUES (1, '2026-11-22', '2026-11-22T10:11:12.131415Z', 1250, 7, 'a')";
    connection.execute_batch(others).unwrap();
    let made =
        "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name";
    let text = |query: &str| -> String { connection.query_row(query, [], |row| row.get(0)).unwrap() };
    let before = text(made);
    let change = |from: &Schema, to: &Schema| {
        let mut given = Given::default();
        let place = (String::from("items"), String::from("cost"));
        given.renames.columns.insert(place, String::from("price"));
        let plan = plan(from, to, &given);
        let [migration] = plan.migrations.as_slice() else {
            panic!("{plan:?}");
        };
        File::parse(&File::of(migration).text()).unwrap()
    };
    let file = change(&source, &target);
    apply(&connection, Script::of("0001", &file)).unwrap();
    let row = "SELECT format('%s %s %s %s %s', day, at, price, whole, name) FROM items";
    assert_eq!(text(row), "2026-11-22T00:00:00.000000Z 2026-11-22 125000 700 a");
    assert_eq!(text(made), before);
    connection
        .execute_batch("UPDATE items SET price = 125050; DELETE FROM dear WHERE id = 9; DELETE FROM log")
        .unwrap();
    sqlite::undo(&connection, &Script::back("0001", &file), &mut |_| {}).unwrap();
    assert_eq!(text(row), "2026-11-22 2026-11-22T00:00:00.000000Z 1251 7 a");
    assert_eq!(text(made), before);
    let other = designed(&old.replace("price", "cost"));
    let error = apply(&connection, Script::of("0002", &change(&source, &other)));
    let error = error.unwrap_err();
    assert!(
        error.contains("would leave the view `dear` without what it reads: ")
            && error.contains("no such column: price"),
        "{error}"
    );
    assert_eq!((text(made), count(&connection, "items")), (before, 1));
}

#[test]
fn a_question_changes_nothing() {
    let connection = database();
    let step = crate::runner::Work {
        obstacles: vec![(String::from("rows"), String::from("DELETE FROM c RETURNING 0"))],
        ..together(1, "CREATE TABLE x (id INTEGER)")
    };
    assert!(apply(&connection, script("0001", vec![step])).is_err());
    assert_eq!(count(&connection, "c"), 1);
    connection.execute("DELETE FROM c", []).unwrap();
}
